// SPDX-License-Identifier: GPL-2.0
/*
 * fio's callbacks from queue to event: every I/O goes this way.
 */
#include <errno.h>
#include <stdlib.h>

#include "passthru.h"

#include "fio/message.h"

_Static_assert((int)DDIR_READ == JOB_READ && (int)DDIR_WRITE == JOB_WRITE &&
		       (int)DDIR_TRIM == JOB_TRIM &&
		       (int)DDIR_SYNC == JOB_FLUSH,
	       "directions are numbered as fio's");
_Static_assert((int)DDIR_LAST <= JOB_DIRECTIONS, "a direction too many");

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

static int fill(struct job *job, const struct command *command,
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

static inline enum fio_q_status push(struct job *job, struct ring_sqe *sqe,
				     struct io_u *io_u)
{
	sqe->sqe.user_data = (uintptr_t)io_u;
	ring_push(&job->ring);
	return FIO_Q_QUEUED;
}

static aside enum fio_q_status queue_other(struct job *job,
					   const struct command *command,
					   struct ring_sqe *sqe,
					   struct io_u *io_u)
{
	int ret = fill(job, command, sqe, io_u);

	return ret ? refuse_io_u(job, io_u, ret) : push(job, sqe, io_u);
}

/* What it calls it calls last: nothing has to be saved on the way in */
enum fio_q_status LAYOUT_SYM(passthru_queue)(struct thread_data *td,
					     struct io_u *io_u)
{
	const struct target *target = io_u->file->engine_data;
	const struct command *command = target->commands[io_u->ddir];
	struct job *job = target->job;
	struct ring_sqe *sqe;
	int ret;

	(void)td;
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
		return queue_other(job, command, sqe, io_u);
	if (unlikely(ret))
		return refuse_io_u(job, io_u, ret);
	return push(job, sqe, io_u);
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
	unsigned int before = ring_pending(ring), taken;
	unsigned int oldest = ring->sq_tail - before;
	bool shared = reap && before && state->may_share;
	int ret;

	if (state->wants_issue_time && shared)
		stamp(td, ring, oldest, before);
	if (before && !shared)
		ret = job_hand_over(state->job, 0, false);
	else
		ret = job_hand_over(state->job, wait, reap);
	taken = before - ring_pending(ring);
	if (!taken)
		return ret;
	if (state->wants_issue_time && !shared)
		stamp(td, ring, oldest, taken);
	io_u_mark_submit(td, taken);
	return ret;
}

int LAYOUT_SYM(passthru_commit)(struct thread_data *td)
{
	struct state *state = td->io_ops_data;
	struct ring *ring = &state->job->ring;
	int ret = 0;

	/* the queue is at its depth: fio reaps next, and one call does both */
	if (state->may_share && td->cur_depth >= state->job->depth)
		return 0;
	while (ring_pending(ring) && !ret) {
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
	struct io_u **done = state->done + have;

	if (ready > max - have)
		ready = max - have;
	for (unsigned int i = 0; i < ready; i++) {
		const struct ring_cqe *cqe = ring_cqe(ring, i);
		struct io_u *io_u = (struct io_u *)(uintptr_t)cqe->user_data;

		if (unlikely(cqe->res))
			failed(td, state->job, io_u, cqe->res);
		done[i] = io_u;
	}
	ring_advance(ring, ready);
	return have + ready;
}

int LAYOUT_SYM(passthru_getevents)(struct thread_data *td, unsigned int min,
				   unsigned int max, const struct timespec *t)
{
	struct state *state = td->io_ops_data;
	unsigned int events = 0;
	bool asked = false;
	int ret;

	(void)t;
	if (!ring_pending(&state->job->ring))
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

struct io_u *LAYOUT_SYM(passthru_event)(struct thread_data *td, int event)
{
	return ((struct state *)td->io_ops_data)->done[event];
}

char *LAYOUT_SYM(passthru_errdetails)(TD_ERRDETAILS(io_u))
{
	const struct target *target = io_u->file->engine_data;
	int res = target->job->units[io_u->index].res;
	char *text = malloc(WHY_MAX);

	if (text)
		job_explain(target, io_u->ddir, io_u->offset, io_u->xfer_buflen,
			    res, text, WHY_MAX);
	return text;
}
