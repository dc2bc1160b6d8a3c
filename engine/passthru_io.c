// SPDX-License-Identifier: GPL-2.0
/*
 * fio's callbacks from queue to event: every I/O goes this way.
 */
#include <errno.h>
#include <stdlib.h>

#include "passthru.h"

#include "job_dry.h"
#include "job_family.h"
#include "job_retry.h"

#include "fio/message.h"

_Static_assert((int)DDIR_READ == JOB_READ && (int)DDIR_WRITE == JOB_WRITE &&
		       (int)DDIR_TRIM == JOB_TRIM &&
		       (int)DDIR_SYNC == JOB_FLUSH,
	       "directions are numbered as fio's");
_Static_assert((int)DDIR_LAST <= JOB_DIRECTIONS, "a direction too many");

static aside enum fio_q_status refuse_io_u(const struct job *job,
					   struct io_u *io_u, int err)
{
	char why[WHY_MAX];

	job_refusal(io_u->file->engine_data, io_u->offset, io_u->xfer_buflen,
		    err, why, sizeof(why));
	message_refuse(why, false);
	job->units[io_u->index].res = err;
	if (job->split)
		split_forget(job->split, io_u->index);
	io_u->error = (unsigned int)-err;
	return FIO_Q_COMPLETED;
}

static __attribute__((noinline)) enum fio_q_status
queue_split(struct job *job, const struct command *command, struct io_u *io_u)
{
	struct split_unit *io = &job->split->units[io_u->index];
	int ret = 0;

	job->split->owners[io_u->index] = io_u;
	io->target = io_u->file->engine_data;
	io->command = command;
	io->data = io_u->xfer_buf;
	io->offset = io_u->offset;
	io->bytes = io_u->xfer_buflen;
	if (unlikely(command->part == COMMAND_RANGES)) {
		ret = LAYOUT_SYM(passthru_ranges)(job, io_u);
		io->bytes = (uint64_t)ret;
	}
	if (unlikely(command->part == COMMAND_PLACED))
		io->placed = LAYOUT_SYM(passthru_placed)(io->target->placement,
							 io_u);
	if (likely(ret >= 0))
		ret = split_add(job, io_u->index);
	return unlikely(ret) ? refuse_io_u(job, io_u, ret) : FIO_Q_QUEUED;
}

/* Each io_unit has a slot, and hands it over again and again */
static inline struct ring_sqe *
slot_of(struct job *job, const struct command *command, struct io_u *io_u)
{
	return job_slot(job, command, io_u->index, io_u);
}

static inline enum fio_q_status push(struct job *job, unsigned int slot)
{
	ring_push(&job->ring, slot);
	return FIO_Q_QUEUED;
}

static aside enum fio_q_status
queue_other(struct job *job, const struct command *command, struct io_u *io_u)
{
	struct ring_sqe *sqe;
	int ret;

	if (command->kind == COMMAND_RESET)
		return LAYOUT_SYM(passthru_reset)(job->owner, io_u);
	if (command->kind >= COMMAND_FAMILY)
		command = LAYOUT_SYM(passthru_choose)(command, io_u);
	sqe = slot_of(job, command, io_u);
	ret = LAYOUT_SYM(passthru_fill)(job, command, sqe, io_u);
	if (ret)
		return refuse_io_u(job, io_u, ret);
	if (job->retry)
		job_retry_first(job, io_u->index);
	return push(job, io_u->index);
}

/* What it calls it calls last: nothing has to be saved on the way in */
enum fio_q_status LAYOUT_SYM(passthru_queue)(struct thread_data *td,
					     struct io_u *io_u)
{
	const struct target *target = io_u->file->engine_data;
	const struct command *command = target->commands[io_u->ddir];
	/* read before anything is written, after which it would be again */
	const unsigned int slot = io_u->index;
	struct job *job = target->job;
	struct ring_sqe *sqe;
	int ret;

	(void)td;
	if (likely(command->kind == COMMAND_PLAIN)) {
		sqe = slot_of(job, command, io_u);
		ret = job_fill_plain(command, sqe, io_u->offset, io_u->xfer_buf,
				     io_u->xfer_buflen);
	} else if (command->kind == COMMAND_REGION) {
		sqe = slot_of(job, command, io_u);
		ret = job_fill_region(job, command, sqe, io_u->index,
				      io_u->offset, io_u->xfer_buf,
				      io_u->xfer_buflen);
	} else if (command->kind == COMMAND_SPLIT) {
		return queue_split(job, command, io_u);
	} else {
		return queue_other(job, command, io_u);
	}
	if (unlikely(ret))
		return refuse_io_u(job, io_u, ret);
	return push(job, slot);
}

/* The io_unit that a command is the first of, NULL where it is another */
static struct io_u *issued(const struct job *job, unsigned int slot)
{
	uint64_t user_data = job->ring.slots[slot].sqe.user_data;

	if (job->split)
		return split_issues(job->split, user_data);
	return (struct io_u *)(uintptr_t)user_data;
}

/*
 * Tell fio when the oldest @nr pending commands were handed over. An io_unit
 * of several commands counts as issued with the first of them.
 */
static void stamp(struct thread_data *td, const struct job *job,
		  unsigned int oldest, unsigned int nr)
{
	struct timespec now;
	struct io_u *io_u;

	fio_gettime(&now, NULL);
	for (unsigned int i = 0; i < nr; i++) {
		io_u = issued(job, ring_slot_at(&job->ring, oldest + i));
		if (!io_u)
			continue;
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
	const struct job *job = state->job;
	const struct ring *ring = &job->ring;
	unsigned int before = ring_pending(ring), taken;
	unsigned int oldest = ring->sq_tail - before;
	bool shared = reap && before && state->may_share;
	int ret;

	if (unlikely(job->dry))
		job_dry_turn(state->job);
	if (state->wants_issue_time && shared)
		stamp(td, job, oldest, before);
	if (before && !shared)
		ret = job_hand_over(state->job, 0, false);
	else
		ret = job_hand_over(state->job, wait, reap);
	taken = before - ring_pending(ring);
	if (!taken)
		return ret;
	if (state->wants_issue_time && !shared)
		stamp(td, job, oldest, taken);
	if (unlikely(job->split))
		taken = split_issued(job->split);
	if (taken)
		io_u_mark_submit(td, taken);
	return ret;
}

/*
 * An error of the call itself belongs to no io_unit: fio asks for no details
 * of it, and ends the job.
 */
static aside int fail(struct thread_data *td, struct state *state, int err)
{
	char why[WHY_MAX];

	/* first, for fio keeps the sign of what it is given */
	td_end(td, err, "io_uring_enter");
	if (!state->told) {
		job_explain_ring(state->job, err, why, sizeof(why));
		message_refuse(why, false);
	}
	state->told = true;
	return err;
}

int LAYOUT_SYM(passthru_commit)(struct thread_data *td)
{
	struct state *state = td->io_ops_data;
	struct ring *ring = &state->job->ring;
	int ret;

	/* the queue is at its depth: fio reaps next, and one call does both */
	if (state->may_share && td->cur_depth >= state->job->depth)
		return 0;
	while (ring_pending(ring)) {
		ret = hand_over(td, state, 0, false);
		if (unlikely(ret < 0))
			return fail(td, state, ret);
		/* no room: getevents goes on when it has made some */
		if (ring_ready(ring))
			return 0;
	}
	return 0;
}

/* One line says which limit, whatever fio says of the error itself */
static void count_error(struct thread_data *td, struct job *job,
			const struct io_u *io_u, int res)
{
	struct state *state = td->io_ops_data;
	const struct nvme_error_limit *over =
		nvme_error_limits_count(&job->limits, res);
	char why[WHY_MAX];

	if (!over || state->ending)
		return;
	snprintf(
		why, sizeof(why),
		"%s: error_limit=%s: there were more such errors, the last being: ",
		io_u->file->file_name, over->name);
	job_failure_text(io_u->file->engine_data, res, why + strlen(why),
			 sizeof(why) - strlen(why));
	message_refuse(why, false);
	state->ending = "error_limit: there were too many errors";
	state->over = true;
}

/*
 * Commands made for another format go elsewhere, so that one which succeeds is
 * worse than one that fails. Of many that fail few are worth a question.
 */
static void check_format(struct job *job, struct state *state, int res)
{
	char why[WHY_MAX];
	unsigned int before;

	if (state->ending || res <= 0 ||
	    !nvme_status_of_format(nvme_status_of(res)))
		return;
	before = state->suspects++;
	if (before & (before - 1))
		return;
	if (!job_reformatted(job, REFORMATTED_REMEDY, why, sizeof(why)))
		return;
	message_refuse(why, false);
	state->ending = REFORMATTED;
	state->over = true;
}

/*
 * EIO and the like keep continue_on_error's meaning. Whoever names the status
 * itself in ignore_error, as fio's own engine has it since 3.38, is heard.
 */
static aside void failed(struct thread_data *td, struct job *job,
			 struct io_u *io_u, int res)
{
	job->units[io_u->index].res = res;
	count_error(td, job, io_u, res);
	check_format(job, td->io_ops_data, res);
	if (res > 0 && td_ignores(td, io_u->ddir, res))
		io_u->error = (unsigned int)res;
	else
		io_u->error = (unsigned int)job_errno(io_u->file->engine_data,
						      io_u->xfer_buflen, res);
}

static int completed(const struct job *job, const struct command *command,
		     const struct io_u *io_u, uint64_t result)
{
	struct job_io io = io_of(io_u);

	return job_complete(job, command, &io, result);
}

static void note_time(struct watch *watch)
{
	struct timespec now;

	if (watch->timed)
		fio_gettime(&watch->now, NULL);
	if (!watch->traces)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	watch->traced_at =
		(uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void note_ranges(const struct job *job, const struct io_u *io_u,
			struct watch_command *command)
{
	uint64_t offset, bytes;

	while (command->ranges < job->nr_ranges &&
	       io_u_range(io_u, job->nr_ranges, command->ranges, &offset,
			  &bytes))
		command->ranges++;
	command->bytes = watch_trimmed(job, command->target, io_u->index,
				       command->ranges);
}

static inline void note(struct job *job, const struct io_u *io_u,
			const struct command *became, int res)
{
	struct watch_command command = {
		.target = io_u->file->engine_data,
		.owner = io_u,
		.unit = io_u->index,
		.kind = became->noted,
		.direction = io_u->ddir,
		.offset = io_u->offset,
		.bytes = io_u->xfer_buflen,
		.position = job->units[io_u->index].placement,
		.res = res,
	};

	if (unlikely(command.kind == JOB_TRIM))
		note_ranges(job, io_u, &command);
	watch_note(job, &command);
}

/* As reap(), of which it is kept apart: that pays nothing for it */
static __attribute__((noinline)) unsigned int reap_noted(struct job *job,
							 struct thread_data *td,
							 void **done,
							 unsigned int ready)
{
	struct ring *ring = &job->ring;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < ready; i++) {
		const struct ring_cqe *cqe = ring_cqe(ring, i);
		struct io_u *io_u = (struct io_u *)(uintptr_t)cqe->user_data;
		const struct command *became = job_became(
			io_u->file->engine_data, io_u->ddir, io_u->index);
		int res = cqe->res;

		if (unlikely(res) && job->retry &&
		    job_retry(job, io_u->index, res))
			continue;
		if (unlikely(became->family) && !res)
			res = completed(job, became, io_u, cqe->result[0]);
		if (job->watch)
			note(job, io_u, became, res);
		if (unlikely(res))
			failed(td, job, io_u, res);
		done[nr++] = io_u;
	}
	ring_advance(ring, ready);
	if (unlikely(job->retry))
		job_retry_flush(job);
	return nr;
}

static unsigned int reap_split(struct thread_data *td, struct state *state,
			       unsigned int have, unsigned int max)
{
	struct job *job = state->job;
	unsigned int nr = split_reap(job, &state->done[have], max - have);

	for (unsigned int i = 0; i < nr; i++) {
		struct io_u *io_u = state->done[have + i];
		int res = split_result(job->split, io_u->index);

		if (likely(!res))
			continue;
		io_u->resid = split_residue(job->split, io_u->index);
		failed(td, job, io_u, res);
	}
	return have + nr;
}

/* Where completions are more than read */
static unsigned int reap_detour(struct thread_data *td, struct state *state,
				unsigned int have, unsigned int max)
{
	struct job *job = state->job;
	unsigned int ready = ring_ready(&job->ring);

	if (ready && job->watch)
		note_time(job->watch);
	if (job->split)
		return reap_split(td, state, have, max);
	if (ready > max - have)
		ready = max - have;
	return have + reap_noted(job, td, state->done + have, ready);
}

static unsigned int reap(struct thread_data *td, struct state *state,
			 unsigned int have, unsigned int max)
{
	struct ring *ring = &state->job->ring;
	unsigned int ready = ring_ready(ring);
	void **done = state->done + have;

	if (unlikely(state->job->detour))
		return reap_detour(td, state, have, max);
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

/*
 * An error that belongs to no io_unit ends a job even where it survives those
 * of io_units. fio reaps what is in flight then, and is not to begin anew.
 */
static aside int end(struct thread_data *td, struct state *state)
{
	state->over = false;
	td->done = 1;
	/* first, for fio keeps the sign of what it is given */
	td_end(td, -EIO, state->ending);
	return -EIO;
}

int LAYOUT_SYM(passthru_getevents)(struct thread_data *td, unsigned int min,
				   unsigned int max, const struct timespec *t)
{
	struct state *state = td->io_ops_data;
	const struct job *job = state->job;
	unsigned int events = 0, wait;
	bool asked = false;
	int ret;

	(void)t;
	if (unlikely(state->over))
		return end(td, state);
	if (!ring_pending(&job->ring))
		events = reap(td, state, 0, max);
	while (events < min || (!events && !asked)) {
		wait = events < min ? min - events : 0;
		if (unlikely(job->split))
			wait = split_wanted(job->split, wait);
		ret = hand_over(td, state, wait, true);
		if (unlikely(ret < 0))
			return fail(td, state, ret);
		asked = true;
		events = reap(td, state, events, max);
	}
	/* what waited until now; fio may be long in coming back */
	if (unlikely(job->split) && ring_pending(&job->ring) &&
	    !state->may_share)
		hand_over(td, state, 0, false);
	return (int)events;
}

struct io_u *LAYOUT_SYM(passthru_event)(struct thread_data *td, int event)
{
	return ((struct state *)td->io_ops_data)->done[event];
}

char *LAYOUT_SYM(passthru_errdetails)(TD_ERRDETAILS(io_u))
{
	const struct target *target = io_u->file->engine_data;
	const struct job *job = target->job;
	uint64_t offset = io_u->offset, bytes = io_u->xfer_buflen;
	char *text = malloc(WHY_MAX);

	if (job->split)
		split_failure(job->split, io_u->index, &offset, &bytes);
	if (text)
		job_explain(target, job_became(target, io_u->ddir, io_u->index),
			    io_u->index, offset, bytes,
			    job->units[io_u->index].res, text, WHY_MAX);
	return text;
}
