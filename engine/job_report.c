// SPDX-License-Identifier: GPL-2.0
#include "job_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "job_append.h"
#include "job_described.h"
#include "job_json.h"
#include "job_retry.h"
#include "job_split.h"
#include "nvme/opcode.h"

#define SCHEMA 1

/* -- words, for the summary as well --------------------------------------- */

/**
 * report_next() - which kind of commands is told after another
 * @kind: JOB_READ first
 *
 * Return: it; JOB_KINDS when there are no more.
 */
unsigned int report_next(unsigned int kind)
{
	return kind == JOB_FLUSH ? JOB_DIRECTIONS : kind + 1;
}

/**
 * report_kind() - what was noted of one kind of commands
 * @job: a job with @watch
 * @which: by report_next(); JOB_FLUSH stands for all flushes
 *
 * Return: the figures.
 */
struct watch_kind report_kind(const struct job *job, unsigned int which)
{
	struct watch_kind kind = job->watch->kinds[which];

	if (which != JOB_FLUSH)
		return kind;
	for (unsigned int i = JOB_FLUSH + 1; i < JOB_DIRECTIONS; i++) {
		kind.commands += job->watch->kinds[i].commands;
		kind.errors += job->watch->kinds[i].errors;
	}
	return kind;
}

/**
 * report_commands() - commands that completed
 * @job: a job with @watch
 *
 * Return: how many.
 */
uint64_t report_commands(const struct job *job)
{
	uint64_t nr = 0;

	for (unsigned int i = 0; i < JOB_KINDS; i++)
		nr += job->watch->kinds[i].commands;
	return nr;
}

/**
 * report_name() - what to call a kind of commands
 * @job: a job that ran
 * @kind: by report_next()
 *
 * Return: the specification's name, or nvme_opcode_text().
 */
const char *report_name(const struct job *job, unsigned int kind)
{
	return nvme_opcode_text(watch_opcode(job, kind));
}

/**
 * report_error_text() - one way of failing in words
 * @job: the job
 * @error: as its watch noted it
 * @buf: where to
 * @len: bytes of @buf
 */
void report_error_text(const struct job *job, const struct watch_error *error,
		       char *buf, size_t len)
{
	if (error->res > 0)
		nvme_status_text(nvme_status_of(error->res),
				 job->targets[0]->ns.fabrics, buf, len);
	else
		snprintf(buf, len, "%s", strerror(-error->res));
}

/* -- the job --------------------------------------------------------------- */

static json_object *job_of(const struct job_identity *identity)
{
	json_object *to = json_new_object();

	json_put_text(to, "name", identity->name);
	json_put_number(to, "number", identity->number);
	json_put_number(to, "group", identity->group);
	json_put_signed(to, "pid", getpid());
	json_put_time(to, "started", &identity->started);
	json_put_time(to, "ended", &identity->ended);
	json_put_signed(to, "error", identity->error);
	return to;
}

static json_object *options_of(const struct job_identity *identity)
{
	json_object *to = json_new_object();

	for (unsigned int i = 0; i < identity->nr_settings; i++) {
		const struct job_setting *setting = &identity->settings[i];

		if (setting->numeric)
			json_put_signed(to, setting->name, setting->number);
		else
			json_put_text(to, setting->name, setting->text);
	}
	return to;
}

static json_object *ring_of(const struct job *job)
{
	json_object *to = json_new_object();
	json_object *features = json_new_array();
	const struct ring *ring = &job->ring;
	const char *feature;

	for (unsigned int i = 0; (feature = ring_feature(ring, i)); i++)
		json_add_text(features, feature);
	json_put_number(to, "entries", ring->sq_mask + 1ull);
	json_put(to, "features", features);
	json_put_bool(to, "registered_files", ring->files);
	json_put_number(to, "registered_regions", job->regions);
	json_put_number(to, "system_calls", ring->enters);
	if (ring->enters)
		json_put_real(to, "commands_per_call",
			      (double)report_commands(job) /
				      (double)ring->enters);
	else
		json_put(to, "commands_per_call", NULL);
	return to;
}

static json_object *commands_of(const struct job *job)
{
	json_object *list = json_new_array();

	for (unsigned int i = JOB_READ; i < JOB_KINDS; i = report_next(i)) {
		struct watch_kind kind = report_kind(job, i);
		json_object *to;

		if (!kind.commands)
			continue;
		to = json_new_object();
		json_put_number(to, "opcode", watch_opcode(job, i));
		json_put_text(to, "name", report_name(job, i));
		json_put_number(to, "commands", kind.commands);
		json_put_number(to, "bytes", kind.bytes);
		json_put_number(to, "errors", kind.errors);
		json_add(list, to);
	}
	return list;
}

static json_object *error_of(const struct job *job,
			     const struct watch_error *error)
{
	json_object *to = json_new_object();
	char text[256];

	report_error_text(job, error, text, sizeof(text));
	json_put_text(to, "name", report_name(job, error->kind));
	json_put(to, "status", NULL);
	json_put(to, "errno", NULL);
	if (error->res > 0)
		json_put_number(to, "status", nvme_status_of(error->res).field);
	else
		json_put_signed(to, "errno", -error->res);
	json_put_text(to, "text", text);
	json_put_number(to, "count", error->count);
	return to;
}

static json_object *errors_of(const struct job *job)
{
	json_object *list = json_new_array(), *to;
	const struct watch *watch = job->watch;

	for (unsigned int i = 0; i < watch->nr_errors; i++)
		json_add(list, error_of(job, &watch->errors[i]));
	if (!watch->other_errors)
		return list;
	to = json_new_object();
	json_put(to, "name", NULL);
	json_put(to, "status", NULL);
	json_put(to, "errno", NULL);
	json_put_text(to, "text", "errors of other kinds");
	json_put_number(to, "count", watch->other_errors);
	json_add(list, to);
	return list;
}

/* What the device answered to described commands; NULL where there are none */
static json_object *results_of(const struct job *job)
{
	const struct described_job *described = job->described;
	json_object *list, *to;

	if (!described)
		return NULL;
	list = json_new_array();
	for (unsigned int i = 0; i < described->nr_results; i++) {
		const struct described_result *result = &described->results[i];

		to = json_new_object();
		json_put_text(to, "name", report_name(job, result->kind));
		json_put_number(to, "dword0", result->dword0);
		json_put_number(to, "count", result->count);
		json_add(list, to);
	}
	if (!described->other_results)
		return list;
	to = json_new_object();
	json_put(to, "name", NULL);
	json_put(to, "dword0", NULL);
	json_put_number(to, "count", described->other_results);
	json_add(list, to);
	return list;
}

static json_object *record_of(const struct report *report,
			      const struct job *job,
			      const struct job_identity *identity)
{
	json_object *to = json_new_object();
	json_object *files = json_new_array();
	struct utsname machine = { 0 };

	uname(&machine);
	for (unsigned int i = 0; i < report->nr; i++)
		json_add(files, record_file(job->targets[i], report->fdp[i]));
	json_put_number(to, "schema", SCHEMA);
	json_put_text(to, "plugin", NVME_PASSTHRU_VERSION);
	json_put_text(to, "fio", identity->fio);
	json_put_text(to, "layout", identity->layout);
	json_put_text(to, "kernel", machine.release);
	json_put(to, "job", job_of(identity));
	json_put(to, "options", options_of(identity));
	json_put_number(to, "io_units",
			job->split ? job->split->ios : report_commands(job));
	json_put(to, "ring", ring_of(job));
	json_put(to, "commands", commands_of(job));
	json_put(to, "errors", errors_of(job));
	if (job->retry)
		json_put_number(to, "retries", job->retry->count);
	if (job->described)
		json_put(to, "results", results_of(job));
	json_put(to, "files", files);
	return to;
}

static int write_line(int fd, json_object *record)
{
	const char *text = json_object_to_json_string_ext(
		record,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *line;
	int n, ret;

	n = text ? asprintf(&line, "%s\n", text) : -1;
	if (n < 0)
		return -ENOMEM;
	ret = append_write(fd, line, (size_t)n);
	free(line);
	return ret;
}

/* -- around the job -------------------------------------------------------- */

static void read_log(struct report_fdp *fdp, const struct target *target,
		     struct nspace_fdp_log *log)
{
	if (!fdp || fdp->failed)
		return;
	fdp->failed = nspace_fdp_log_read(log, &target->ns, target->fd,
					  fdp->why, sizeof(fdp->why));
}

/**
 * report_begin() - note what is to be known before a job's first I/O
 * @report: set to it, to be ended by report_destroy()
 * @job: a job with open files
 * @fd: where the report goes, by append_open()
 *
 * Logs that may not be read are no reason not to go on: the report says so.
 *
 * Return: 0, or -ENOMEM.
 */
int report_begin(struct report **report, const struct job *job, int fd)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->fd = fd;
	r->fdp = calloc(job->nr_targets, sizeof(struct report_fdp *));
	if (!r->fdp) {
		free(r);
		return -ENOMEM;
	}
	r->nr = job->nr_targets;
	for (unsigned int i = 0; i < r->nr; i++) {
		if (!job->targets[i]->ns.fdp)
			continue;
		r->fdp[i] = calloc(1, sizeof(*r->fdp[i]));
		if (!r->fdp[i]) {
			report_destroy(r);
			return -ENOMEM;
		}
		read_log(r->fdp[i], job->targets[i], &r->fdp[i]->before);
	}
	*report = r;
	return 0;
}

/**
 * report_end() - write the report
 * @report: of report_begin()
 * @job: the same job with @watch, before its files are closed
 * @identity: whose it is
 *
 * Return: 0, or a negative errno.
 */
int report_end(struct report *report, const struct job *job,
	       const struct job_identity *identity)
{
	json_object *record;
	int ret;

	for (unsigned int i = 0; i < report->nr; i++)
		if (report->fdp[i])
			read_log(report->fdp[i], job->targets[i],
				 &report->fdp[i]->after);
	json_begin();
	record = record_of(report, job, identity);
	/* a record that lacks something would be taken for a whole one */
	ret = json_whole() ? write_line(report->fd, record) : -ENOMEM;
	json_object_put(record);
	return ret;
}

/**
 * report_destroy() - undo report_begin()
 * @report: may be NULL
 */
void report_destroy(struct report *report)
{
	if (!report)
		return;
	for (unsigned int i = 0; i < report->nr; i++)
		free(report->fdp[i]);
	free(report->fdp);
	free(report);
}
