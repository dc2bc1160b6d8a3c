// SPDX-License-Identifier: GPL-2.0
/*
 * fio's callbacks in the order of their calls, told in terms of job.h.
 * Compiled once for each layout of fio's structures.
 */
#include <errno.h>
#include <stdlib.h>

#include "layout.h"

#include "fio/message.h"
#include "fio/options.h"
#include "fio/load.h"
#include "fio/td.h"
#include "job.h"
#include "ring/support.h"

#ifndef FIO_MULTI_RANGE_TRIM
#define FIO_MULTI_RANGE_TRIM 0
#endif

_Static_assert((int)DDIR_READ == JOB_READ && (int)DDIR_WRITE == JOB_WRITE &&
		       (int)DDIR_TRIM == JOB_TRIM &&
		       (int)DDIR_SYNC == JOB_FLUSH,
	       "directions are numbered as fio's");
_Static_assert((int)DDIR_LAST <= JOB_DIRECTIONS, "a direction too many");

/**
 * struct state - thread_data.io_ops_data
 * @job: what runs
 * @done: what the last getevents found, for event
 * @wants_issue_time: something reads io_u->issue_time
 * @may_share: submission may wait for the call that reaps
 */
struct state {
	struct job *job;
	struct io_u **done;
	bool wants_issue_time;
	bool may_share;
};

static struct ioengine_ops ops;

/* -- set-up, in the process that started the jobs ------------------------ */

static int refuse(struct thread_data *td, int err, const char *why)
{
	message_refuse(why, td->subjob_number > 0);
	td_fail(td, err);
	return 1;
}

static struct job_request request_of(const struct thread_data *td)
{
	const struct passthru_options *o = td->eo;
	bool writes = td_may_write(td);
	struct job_request request = {
		.ask = {
			.writes = writes,
			.trims = td_may_trim(td),
			.poll = o->hipri,
			.huge_pages = td_huge_pages(td) &&
				      (!o->fixedbufs ||
				       ring_support_large_segments()),
			.hold = writes && !td->o.allow_mounted_write,
			.depth = td->o.iodepth,
		},
		.ring = {
			.entries = td->o.iodepth,
			.iopoll = o->hipri,
			.sqpoll = o->sqthread_poll,
			.sqpoll_cpu = o->sqthread_poll_cpu,
		},
		.max_bytes = td_max_bs(td),
		.ranges = td_ranges(td),
		.force_async = o->force_async,
		.fixedbufs = o->fixedbufs,
		.registerfiles = !o->plainfiles,
		.vectored = !o->nonvectored,
		.readfua = o->readfua,
		.writefua = o->writefua,
	};

	td_each_size(td, nspace_ask_size, &request.ask);
	return request;
}

static int passthru_inspect(struct thread_data *td, struct fio_file *f)
{
	struct job_request request;
	struct target *target;
	char why[WHY_MAX];
	int ret;

	if (f->engine_data)
		return 0;
	request = request_of(td);
	ret = job_inspect(&target, f->file_name, &request,
			  td->subjob_number ? NULL : message_remark, why,
			  sizeof(why));
	if (ret)
		return refuse(td, ret, why);
	f->engine_data = target;
	f->real_file_size = target->ns.bytes;
	f->flags |= FIO_FILE_size_known;
	return 0;
}

static int check(const struct thread_data *td, char *why, size_t len)
{
	struct job_request request = request_of(td);
	int ret;

	ret = LAYOUT_SYM(passthru_options_check)(td->eo, why, len);
	if (!ret)
		ret = td_check(td, why, len);
	return ret ? ret : job_check(&request, why, len);
}

static int passthru_setup(struct thread_data *td)
{
	char why[WHY_MAX];
	/* nothing of td may be touched before its layout is certain */
	int ret = layout_settle(&ops);

	if (ret)
		return ret < 0 ? 1 : ops.setup(td);

	ret = check(td, why, sizeof(why));
	if (ret)
		return refuse(td, ret, why);
	for (unsigned int i = 0; i < td->files_index; i++)
		if (passthru_inspect(td, td->files[i]))
			return 1;
	return 0;
}

/* -- set-up, in the job's own thread -------------------------------------- */

static int passthru_init(struct thread_data *td)
{
	/* with create_serialize=0 fio gets here before it comes to setup */
	int ret = layout_settle(&ops);
	char why[WHY_MAX] = "out of memory";
	struct job_request request;
	struct state *state;

	if (ret)
		return ret < 0 ? 1 : ops.init(td);

	request = request_of(td);
	state = calloc(1, sizeof(*state));
	if (!state)
		return refuse(td, -ENOMEM, why);
	ret = -ENOMEM;
	state->done = calloc(td->o.iodepth, sizeof(*state->done));
	if (state->done)
		ret = job_create(&state->job, &request, why, sizeof(why));
	if (ret) {
		free(state->done);
		free(state);
		return refuse(td, ret, why);
	}
	state->wants_issue_time = td_wants_issue_time(td);
	state->may_share = td->o.disable_slat && !request.ring.sqpoll;
	td->io_ops_data = state;
	return 0;
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

static int open_files(struct thread_data *td, struct job *job,
		      const struct job_request *request)
{
	char why[WHY_MAX];
	int ret;

	for (unsigned int i = 0; i < td->files_index; i++) {
		/* a log to be replayed may have named more of them */
		if (passthru_inspect(td, td->files[i]))
			return 1;
		ret = job_open(job, td->files[i]->engine_data, request, why,
			       sizeof(why));
		if (ret)
			return refuse(td, ret, why);
	}
	return 0;
}

static int passthru_post_init(struct thread_data *td)
{
	struct job_request request = request_of(td);
	struct state *state = td->io_ops_data;
	char *memory = td->io_u_all.io_us[0]->buf, *end;
	char why[WHY_MAX];
	int ret;

	if (open_files(td, state->job, &request))
		return 1;
	end = td->orig_buffer ? td->orig_buffer + td->orig_buffer_size : memory;
	ret = job_register(state->job, &request, memory,
			   (uint64_t)(end - memory), why, sizeof(why));
	if (ret)
		return refuse(td, ret, why);
	for (unsigned int i = 0; i < td->o.iodepth; i++)
		job_place(state->job, td->io_u_all.io_us[i]->index,
			  td->io_u_all.io_us[i]->buf);
	job_encode(state->job, &request);
	return 0;
}

static int passthru_open_file(struct thread_data *td, struct fio_file *f)
{
	(void)td;
	f->fd = ((struct target *)f->engine_data)->fd;
	return 0;
}

static int passthru_close_file(struct thread_data *td, struct fio_file *f)
{
	(void)td;
	f->fd = -1; /* it stays open, the job's */
	return 0;
}

static void passthru_cleanup(struct thread_data *td)
{
	struct state *state = td->io_ops_data;

	td->io_ops_data = NULL;
	if (!state)
		return;
	job_destroy(state->job);
	free(state->done);
	free(state);
}

/* -- I/O ------------------------------------------------------------------ */

static int fill_trim(struct job *job, const struct command *command,
		     struct ring_sqe *sqe, const struct io_u *io_u)
{
	const struct target *target = io_u->file->engine_data;
	struct nvme_range *ranges =
		&job->ranges[(size_t)io_u->index * job->nr_ranges];
	uint64_t offset, bytes;
	unsigned int nr = 0;

	while (io_u_range(io_u, job->nr_ranges, nr, &offset, &bytes)) {
		if (nr >= job->nr_ranges ||
		    job_range(target, &ranges[nr++], offset, bytes))
			return -EINVAL;
	}
	return job_fill_ranges(command, sqe, ranges, nr);
}

static aside int fill(struct job *job, const struct command *command,
		      struct ring_sqe *sqe, const struct io_u *io_u)
{
	switch (command->kind) {
	case COMMAND_DATA:
		return job_fill_data(job, command, sqe, io_u->index,
				     io_u->offset, io_u->xfer_buf,
				     io_u->xfer_buflen);
	case COMMAND_RANGES:
		return fill_trim(job, command, sqe, io_u);
	case COMMAND_BARE:
		return 0;
	default:
		return -EROFS;
	}
}

static aside enum fio_q_status refuse_io_u(const struct job *job,
					   struct io_u *io_u, int err)
{
	char why[WHY_MAX];

	job_refusal(io_u->file->engine_data, io_u->offset, io_u->xfer_buflen,
		    err, why, sizeof(why));
	message_refuse(why, false);
	job->units[io_u->index].res = err;
	io_u->error = (unsigned int)-err;
	return FIO_Q_COMPLETED;
}

static enum fio_q_status passthru_queue(struct thread_data *td,
					struct io_u *io_u)
{
	struct state *state = td->io_ops_data;
	struct target *target = io_u->file->engine_data;
	const struct command *command = &target->commands[io_u->ddir];
	struct job *job = state->job;
	struct ring_sqe *sqe;
	int ret;

	if (unlikely(ring_full(&job->ring)))
		return FIO_Q_BUSY;
	sqe = job_slot(job, command);
	if (likely(command->kind == COMMAND_PLAIN))
		ret = job_fill_plain(command, sqe, io_u->offset, io_u->xfer_buf,
				     io_u->xfer_buflen);
	else if (command->kind == COMMAND_REGION)
		ret = job_fill_region(job, command, sqe, io_u->index,
				      io_u->offset, io_u->xfer_buf,
				      io_u->xfer_buflen);
	else
		ret = fill(job, command, sqe, io_u);
	if (unlikely(ret))
		return refuse_io_u(job, io_u, ret);
	sqe->sqe.user_data = (uintptr_t)io_u;
	ring_push(&job->ring);
	return FIO_Q_QUEUED;
}

/* Tell fio when the oldest @nr pending commands were handed over */
static void stamp(struct thread_data *td, const struct ring *ring,
		  unsigned int oldest, unsigned int nr)
{
	struct timespec now;

	fio_gettime(&now, NULL);
	for (unsigned int i = 0; i < nr; i++) {
		const struct ring_sqe *sqe =
			&ring->slots[(oldest + i) & ring->sq_mask];
		struct io_u *io_u =
			(struct io_u *)(uintptr_t)sqe->sqe.user_data;

		io_u->issue_time = now;
		io_u_queued(td, io_u);
	}
	if (td->o.read_iolog_file)
		td->last_issue = now;
}

/*
 * One call to the kernel. fio counts a command as issued when the call that
 * submits it returns. A call that also waits returns too late for that: it is
 * made only where submission latency is not measured.
 */
static int hand_over(struct thread_data *td, struct state *state,
		     unsigned int wait, bool reap)
{
	struct ring *ring = &state->job->ring;
	unsigned int before = ring->pending, taken;
	unsigned int oldest = ring->sq_tail - before;
	bool shared = reap && before && state->may_share;
	int ret;

	if (state->wants_issue_time && shared)
		stamp(td, ring, oldest, before);
	if (before && !shared)
		ret = job_hand_over(state->job, 0, false);
	else
		ret = job_hand_over(state->job, wait, reap);
	taken = before - ring->pending;
	if (!taken)
		return ret;
	if (state->wants_issue_time && !shared)
		stamp(td, ring, oldest, taken);
	io_u_mark_submit(td, taken);
	return ret;
}

static int passthru_commit(struct thread_data *td)
{
	struct state *state = td->io_ops_data;
	struct ring *ring = &state->job->ring;
	int ret = 0;

	/* the queue is at its depth: fio reaps next, and one call does both */
	if (state->may_share && td->cur_depth >= state->job->depth)
		return 0;
	while (ring->pending && !ret) {
		ret = hand_over(td, state, 0, false);
		/* no room: getevents goes on when it has made some */
		if (ret == -EAGAIN || ring_ready(ring))
			return ret;
	}
	return ret;
}

/*
 * EIO and the like keep continue_on_error's meaning. Whoever names the status
 * itself in ignore_error, as fio's own engine has it since 3.38, is heard.
 */
static aside void failed(struct thread_data *td, const struct job *job,
			 struct io_u *io_u, int res)
{
	job->units[io_u->index].res = res;
	if (res < 0)
		io_u->error = (unsigned int)-res;
	else if (td_ignores(td, io_u->ddir, res))
		io_u->error = (unsigned int)res;
	else
		io_u->error =
			(unsigned int)nvme_status_errno(nvme_status_of(res));
}

static unsigned int reap(struct thread_data *td, struct state *state,
			 unsigned int have, unsigned int max)
{
	struct ring *ring = &state->job->ring;
	unsigned int ready = ring_ready(ring);

	if (ready > max - have)
		ready = max - have;
	for (unsigned int i = 0; i < ready; i++) {
		const struct ring_cqe *cqe = ring_cqe(ring, i);
		struct io_u *io_u = (struct io_u *)(uintptr_t)cqe->user_data;

		if (unlikely(cqe->res))
			failed(td, state->job, io_u, cqe->res);
		state->done[have + i] = io_u;
	}
	ring_advance(ring, ready);
	return have + ready;
}

static int passthru_getevents(struct thread_data *td, unsigned int min,
			      unsigned int max, const struct timespec *t)
{
	struct state *state = td->io_ops_data;
	unsigned int events = 0;
	bool asked = false;
	int ret;

	(void)t;
	if (!state->job->ring.pending)
		events = reap(td, state, 0, max);
	while (events < min || (!events && !asked)) {
		ret = hand_over(td, state, events < min ? min - events : 0,
				true);
		if (ret < 0)
			return ret;
		asked = true;
		events = reap(td, state, events, max);
	}
	return (int)events;
}

static struct io_u *passthru_event(struct thread_data *td, int event)
{
	return ((struct state *)td->io_ops_data)->done[event];
}

static char *passthru_errdetails(TD_ERRDETAILS(io_u))
{
	const struct target *target = io_u->file->engine_data;
	int res = target->job->units[io_u->index].res;
	char *text = malloc(WHY_MAX);

	if (text)
		job_explain(target, io_u->ddir, io_u->offset, io_u->xfer_buflen,
			    res, text, WHY_MAX);
	return text;
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
	.queue = passthru_queue,
	.commit = passthru_commit,
	.getevents = passthru_getevents,
	.event = passthru_event,
	.errdetails = passthru_errdetails,
	.cleanup = passthru_cleanup,
	.open_file = passthru_open_file,
	.close_file = passthru_close_file,
	.get_file_size = passthru_inspect,
	.option_struct_size = sizeof(struct passthru_options),
};

/**
 * nvme_passthru_ops() - the engine, for one layout of fio
 *
 * Return: fio's table of callbacks; it lives as long as the plugin.
 */
struct ioengine_ops *LAYOUT_SYM(nvme_passthru_ops)(void)
{
	ops.options = LAYOUT_SYM(passthru_options)();
	return &ops;
}
