// SPDX-License-Identifier: GPL-2.0
/*
 * fio's table of callbacks, and those that set a job up, in the order of their
 * calls.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "passthru.h"

#include "fio/load.h"
#include "fio/message.h"
#include "fio/options.h"
#include "job_dry.h"
#include "ring/support.h"

#ifndef FIO_MULTI_RANGE_TRIM
#define FIO_MULTI_RANGE_TRIM 0
#endif

static struct ioengine_ops ops;
/* The process that starts the jobs, 0 before it has set one up */
static pid_t starter;
/* The last that forked */
static pid_t forker;

/* -- set-up, in the process that started the jobs ------------------------ */

static int refuse(struct thread_data *td, int err, const char *why)
{
	message_refuse(why, td->subjob_number > 0);
	td_fail(td, err);
	return 1;
}

static int passthru_inspect(struct thread_data *td, struct fio_file *f)
{
	struct job_request request;
	struct target *target;
	char why[WHY_MAX];
	int ret;

	if (f->engine_data)
		return 0;
	ret = LAYOUT_SYM(passthru_request)(td, &request, why, sizeof(why));
	request.place.file = (unsigned int)f->fileno;
	if (!ret)
		ret = job_inspect(&target, f->file_name, &request,
				  td->subjob_number ? NULL : message_remark,
				  why, sizeof(why));
	if (ret)
		return refuse(td, ret, why);
	f->engine_data = target;
	f->real_file_size = target->ns.bytes;
	f->flags |= FIO_FILE_size_known;
	return 0;
}

/* Files that did not become the job's: fio goes on with others without it */
static void forget_files(struct thread_data *td)
{
	for (unsigned int i = 0; i < td->files_index; i++) {
		struct target *target = td->files[i]->engine_data;

		if (!target || target->job)
			continue;
		free(target);
		td->files[i]->engine_data = NULL;
	}
}

static int inspect_files(struct thread_data *td)
{
	for (unsigned int i = 0; i < td->files_index; i++)
		if (passthru_inspect(td, td->files[i]))
			return 1;
	return 0;
}

/* What verification will find is to be known first; fio asks for each I/O */
static void ask_to_prepare(struct thread_data *td,
			   const struct job_request *request)
{
#ifdef IO_U_F_ZEROED
	/* all jobs have one table, and with create_serialize=0 are threads here */
	if (family_any(request))
		__atomic_store_n(&td->io_ops->prep, LAYOUT_SYM(passthru_prep),
				 __ATOMIC_RELAXED);
#else
	(void)td;
	(void)request;
#endif
}

static int check(struct thread_data *td, char *why, size_t len)
{
	struct job_request request = { 0 };
	int ret;

	ret = LAYOUT_SYM(passthru_options_check)(td->eo, why, len);
	if (!ret)
		ret = LAYOUT_SYM(passthru_request)(td, &request, why, len);
	if (!ret)
		ret = td_check(td, request.ask.writes, why, len);
	if (!ret && request.scatter)
		ret = td_check_scatter(td, request.cmd_bytes, why, len);
	if (ret)
		return ret;
	ask_to_prepare(td, &request);
	return job_check(&request, why, len);
}

static void before_fork(void)
{
	forker = getpid();
}

static void in_forked(void)
{
	if (forker != starter)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* it may have gone already, and nobody tells */
	if (getppid() != forker)
		raise(SIGKILL);
}

/*
 * Where fio is killed its jobs would stay, go on writing, and hold what they
 * write. A job waits for fio before it comes to the engine, which is too late.
 */
static void end_jobs_with_fio(void)
{
	if (!starter)
		pthread_atfork(before_fork, NULL, in_forked);
	starter = getpid();
}

static int set_up(struct thread_data *td)
{
	char why[WHY_MAX];
	int ret;

	if (!td->o.use_thread && td->o.create_serialize)
		end_jobs_with_fio();
	ret = check(td, why, sizeof(why));
	if (ret)
		return refuse(td, ret, why);
	if (inspect_files(td))
		return 1;
	/* last, and before jobs are forked, who all write to these */
	ret = LAYOUT_SYM(passthru_report_open)(td, why, sizeof(why));
	if (ret)
		return refuse(td, ret, why);
	/* or a forked job would have it in its streams, and write it again */
	log_info_flush();
	return 0;
}

static int passthru_setup(struct thread_data *td)
{
	/* nothing of td may be touched before its layout is certain */
	int ret = layout_settle(&ops);

	if (ret)
		return ret < 0 ? 1 : ops.setup(td);
	ret = set_up(td);
	if (ret)
		forget_files(td);
	return ret;
}

/* -- set-up, in the job's own thread -------------------------------------- */

static int plan(struct thread_data *td, struct job_request *request,
		struct target *const *targets)
{
	char why[WHY_MAX];
	int ret = LAYOUT_SYM(passthru_request)(td, request, why, sizeof(why));

	if (!ret)
		ret = job_plan(request, targets, td->files_index, why,
			       sizeof(why));
	return ret ? refuse(td, ret, why) : 0;
}

static void tell_command(const void *owner, const char *what)
{
	message_report(((const struct thread_data *)owner)->o.name, what);
}

static int create(struct thread_data *td, const struct job_request *request,
		  struct target **targets)
{
	struct state *state = calloc(1, sizeof(*state));
	char why[WHY_MAX] = NO_MEMORY;
	int ret = -ENOMEM;

	if (!state)
		return refuse(td, ret, why);
	state->done = calloc(td->o.iodepth, sizeof(*state->done));
	if (state->done)
		ret = job_create(&state->job, request, why, sizeof(why));
	if (ret) {
		free(state->done);
		free(state);
		return refuse(td, ret, why);
	}
	job_adopt(state->job, targets, td->files_index);
	state->job->owner = td;
	if (state->job->dry)
		state->job->dry->tell = tell_command;
	state->wants_issue_time = td_wants_issue_time(td);
	state->may_share =
		td->o.disable_slat && !request->ring.sqpoll && !td_pauses(td);
	td->io_ops_data = state;
	return 0;
}

/* A log to be replayed may have named more files than setup saw */
static int begin(struct thread_data *td)
{
	struct job_request request;
	struct target **targets;

	if (inspect_files(td))
		return 1;
	targets = calloc(td->files_index, sizeof(*targets));
	if (!targets)
		return refuse(td, -ENOMEM, NO_MEMORY);
	for (unsigned int i = 0; i < td->files_index; i++)
		targets[i] = td->files[i]->engine_data;
	if (!plan(td, &request, targets) && !create(td, &request, targets))
		return 0;
	free(targets);
	return 1;
}

static int passthru_init(struct thread_data *td)
{
	/* with create_serialize=0 fio gets here before it comes to setup */
	int ret = layout_settle(&ops);

	if (ret)
		return ret < 0 ? 1 : ops.init(td);
	ret = begin(td);
	if (ret)
		forget_files(td);
	return ret;
}

static int passthru_io_u_init(struct thread_data *td, struct io_u *io_u)
{
	const struct state *state = td->io_ops_data;

	/* an index that is none means that the layout is not what it seemed */
	if (io_u->index < state->job->depth)
		return 0;
	return refuse(
		td, -EINVAL,
		"this fio is not what its version says it is; report it with the output of fio --version");
}

static int ready(struct thread_data *td, struct state *state,
		 const struct job_request *request, char *why, size_t len)
{
	char *memory = td->io_u_all.io_us[0]->buf, *end = memory;
	int ret = job_open(state->job, request, why, len);

	/* it may have waited for others, or have been told to start late */
	if (!ret && job_reformatted(state->job, "start fio again", why, len)) {
		/* which is told, and nothing was sent */
		state->ending = REFORMATTED;
		return -ESTALE;
	}
	if (td->orig_buffer)
		end = td->orig_buffer + td->orig_buffer_size;
	if (!ret)
		ret = job_register(state->job, request, memory,
				   (uint64_t)(end - memory), why, len);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < td->o.iodepth; i++)
		job_place(state->job, td->io_u_all.io_us[i]->index,
			  td->io_u_all.io_us[i]->buf);
	job_encode(state->job, request);
	return LAYOUT_SYM(passthru_report_begin)(td, state, why, len);
}

static int passthru_post_init(struct thread_data *td)
{
	struct state *state = td->io_ops_data;
	struct job_request request;
	char why[WHY_MAX];
	int ret;

	if (plan(td, &request, state->job->targets))
		return 1;
	ret = ready(td, state, &request, why, sizeof(why));
	return ret ? refuse(td, ret, why) : 0;
}

static int passthru_open_file(struct thread_data *td, struct fio_file *f)
{
	struct target *target = f->engine_data;
	char why[WHY_MAX];
	int ret = 0;

	/* not before: fio may size a file after post_init */
	if (((struct passthru_options *)td->eo)->scatter)
		ret = job_scatter(target, f->file_offset, f->io_size, why,
				  sizeof(why));
	if (ret)
		return refuse(td, ret, why);
	f->fd = target->fd;
	return 0;
}

static int passthru_close_file(struct thread_data *td, struct fio_file *f)
{
	(void)td;
	f->fd = -1; /* it stays open, the job's */
	return 0;
}

#ifdef HAVE_IOENGINE_OPS_FDP_FETCH_RUHS
/*
 * From fio 3.38 on the core asks first how many there are, with room for none.
 * Before, it asks once, with room for 128.
 */
static int passthru_fdp_fetch_ruhs(struct thread_data *td, struct fio_file *f,
				   struct fio_ruhs_info *info)
{
	const struct target *target = f->engine_data;
	const struct placement *placement = target->placement;
	bool counts = !info->nr_ruhs;

	(void)td;
	if (!placement)
		return -EINVAL;
	if (counts)
		info->nr_ruhs = placement->nr;
#ifdef HAVE_THREAD_OPTIONS_DP_TYPE
	if (counts)
		return 0;
#endif
	for (unsigned int i = 0; i < placement->nr && i < info->nr_ruhs; i++)
		info->plis[i] = placement->entries[i].pid;
	return 0;
}
#endif

/* Commands that went elsewhere may all have succeeded */
static void check_format(struct state *state)
{
	char why[WHY_MAX];

	if (state->ending || state->job->dry ||
	    !job_reformatted(state->job, REFORMATTED_REMEDY, why, sizeof(why)))
		return;
	message_refuse(why, false);
	state->ending = REFORMATTED;
}

static void passthru_cleanup(struct thread_data *td)
{
	struct state *state = td->io_ops_data;

	td->io_ops_data = NULL;
	if (!state)
		return;
	check_format(state);
	/* fio may have forgiven it meanwhile */
	if (state->ending)
		td_end(td, -EIO, state->ending);
	LAYOUT_SYM(passthru_report_end)(td, state);
	job_destroy(state->job);
	free(state->done);
	free(state);
}

static struct ioengine_ops ops = {
	.name = "nvme_passthru",
	.version = FIO_IOOPS_VERSION,
	.flags = FIO_NO_OFFLOAD | FIO_MEMALIGN | FIO_RAWIO |
		 FIO_ASYNCIO_SETS_ISSUE_TIME | FIO_MULTI_RANGE_TRIM,
	.setup = passthru_setup,
	.init = passthru_init,
	.io_u_init = passthru_io_u_init,
	.post_init = passthru_post_init,
	.queue = LAYOUT_SYM(passthru_queue),
	.commit = LAYOUT_SYM(passthru_commit),
	.getevents = LAYOUT_SYM(passthru_getevents),
	.event = LAYOUT_SYM(passthru_event),
	.errdetails = LAYOUT_SYM(passthru_errdetails),
	.cleanup = passthru_cleanup,
	.open_file = passthru_open_file,
	.close_file = passthru_close_file,
	.get_file_size = passthru_inspect,
#ifdef HAVE_IOENGINE_OPS_FDP_FETCH_RUHS
	.fdp_fetch_ruhs = passthru_fdp_fetch_ruhs,
#endif
	.get_zoned_model = LAYOUT_SYM(passthru_get_zoned_model),
	.report_zones = LAYOUT_SYM(passthru_report_zones),
	.reset_wp = LAYOUT_SYM(passthru_reset_wp),
	.get_max_open_zones = LAYOUT_SYM(passthru_get_max_open_zones),
#ifdef HAVE_IOENGINE_OPS_GET_MAX_ACTIVE_ZONES
	.get_max_active_zones = LAYOUT_SYM(passthru_get_max_active_zones),
#endif
#ifdef HAVE_IOENGINE_OPS_FINISH_ZONE
	.finish_zone = LAYOUT_SYM(passthru_finish_zone),
#endif
#ifdef HAVE_IOENGINE_OPS_MOVE_ZONE_WP
	.move_zone_wp = LAYOUT_SYM(passthru_move_zone_wp),
#endif
	.option_struct_size = sizeof(struct passthru_options),
};

static void set_options(void)
{
	ops.options = LAYOUT_SYM(passthru_options)();
}

/**
 * nvme_passthru_ops() - the engine, for one layout of fio
 *
 * Return: fio's table of callbacks; it lives as long as the plugin.
 */
struct ioengine_ops *LAYOUT_SYM(nvme_passthru_ops)(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	/* not again: jobs that are threads ask for it while fio reads it */
	pthread_once(&once, set_options);
	return &ops;
}
