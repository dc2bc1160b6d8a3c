// SPDX-License-Identifier: GPL-2.0
/*
 * What a job is to tell at its end, from summary=, report= and trace=: opened
 * in setup, begun before the first I/O, told in cleanup.
 */
#include <errno.h>

#include "passthru.h"

#include "fio/message.h"
#include "fio/options.h"
#include "job_append.h"
#include "job_report.h"

static int open_all(struct passthru_options *o, char *why, size_t len)
{
	o->report_fd = o->trace_fd = -1;
	if (o->report) {
		o->report_fd = append_open(o->report, APPEND_REPORT, why, len);
		if (o->report_fd < 0)
			return o->report_fd;
	}
	if (o->trace) {
		o->trace_fd = append_open(o->trace, APPEND_TRACE, why, len);
		if (o->trace_fd < 0)
			return o->trace_fd;
	}
	o->opened = true;
	return 0;
}

/**
 * passthru_report_open() - open what a job will write at its end
 * @td: the job, in the process that starts the jobs
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int LAYOUT_SYM(passthru_report_open)(struct thread_data *td, char *why,
				     size_t len)
{
	struct passthru_options *o = td->eo;

	/* each job would take itself for the first, and empty the file */
	if (o->trace && !td->o.create_serialize) {
		snprintf(
			why, len,
			"trace=%s with create_serialize=0 is refused: each job would begin the file anew; leave one of them out",
			o->trace);
		return -EINVAL;
	}
	return o->opened ? 0 : open_all(o, why, len);
}

static bool wants_summary(const struct passthru_options *o)
{
	/* what was not sent did nothing */
	return o->summary && !o->dry_run && output_format == FIO_OUTPUT_NORMAL;
}

static void tell(const char *what)
{
	message_refuse(what, false);
}

static int begin(struct thread_data *td, struct state *state, char *why,
		 size_t len)
{
	const struct passthru_options *o = td->eo;
	const struct watch_request request = {
		.timed = !td->o.disable_clat,
		.issued_at = offsetof(struct io_u, issue_time),
		.trace_fd = o->trace_fd,
		.job = td->thread_number,
		.tell = tell,
	};
	int ret = watch_create(state->job, &request);

	if (!ret && o->report_fd >= 0)
		ret = report_begin(&state->report, state->job, o->report_fd);
	clock_gettime(CLOCK_REALTIME, &state->started);
	if (!ret)
		return 0;
	/* or cleanup would tell what is half there */
	watch_destroy(state->job);
	snprintf(why, len, NO_MEMORY);
	return ret;
}

/**
 * passthru_report_begin() - note what a job does from now on
 * @td: the job, whose files are open
 * @state: its state
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Where nobody asked, nothing is noted.
 *
 * Return: 0, or a negative errno with @why.
 */
int LAYOUT_SYM(passthru_report_begin)(struct thread_data *td,
				      struct state *state, char *why,
				      size_t len)
{
	const struct passthru_options *o = td->eo;
	int ret = 0;

	/* with create_serialize=0 fio has not come to setup yet */
	ret = LAYOUT_SYM(passthru_report_open)(td, why, len);
	if (ret)
		return ret;
	if (!wants_summary(o) && o->report_fd < 0 && o->trace_fd < 0)
		return 0;
	return begin(td, state, why, len);
}

static void write_report(const struct thread_data *td, struct state *state)
{
	struct job_setting settings[OPTIONS_MAX];
	struct job_identity identity = {
		.fio = fio_version_string,
		.layout = FIO_LAYOUT_ID,
		.name = td->o.name,
		.number = td->thread_number,
		.group = td->groupid,
		.error = td->error,
		.started = state->started,
		.settings = settings,
	};
	unsigned int *nr = &identity.nr_settings;
	const char *path = ((const struct passthru_options *)td->eo)->report;
	struct passthru_setting setting;
	char what[WHY_MAX];
	int ret;

	while (*nr < OPTIONS_MAX &&
	       LAYOUT_SYM(passthru_options_nth)(td->eo, *nr, &setting))
		settings[(*nr)++] = (struct job_setting){
			.name = setting.name,
			.text = setting.text,
			.number = setting.number,
			.numeric = setting.numeric,
		};
	clock_gettime(CLOCK_REALTIME, &identity.ended);
	ret = report_end(state->report, state->job, &identity);
	if (!ret)
		return;
	snprintf(what, sizeof(what), "report=%s: writing it failed: %s", path,
		 strerror(-ret));
	message_refuse(what, false);
}

/**
 * passthru_report_end() - tell what a job did
 * @td: the job, after its last I/O
 * @state: its state
 */
void LAYOUT_SYM(passthru_report_end)(struct thread_data *td,
				     struct state *state)
{
	char what[SUMMARY_MAX];

	if (!state->job->watch)
		return;
	watch_flush(state->job);
	if (wants_summary(td->eo) &&
	    summary_text(state->job, what, sizeof(what)))
		message_report(td->o.name, what);
	if (state->report)
		write_report(td, state);
	report_destroy(state->report);
	state->report = NULL;
}
