// SPDX-License-Identifier: GPL-2.0
#include "job_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "job_watch.h"

/**
 * split_create() - make room for a job's I/Os of several commands
 * @split: set to it, to be ended by split_destroy()
 * @request: the job, after job_plan()
 *
 * Return: 0, or -ENOMEM.
 */
int split_create(struct split **split, const struct job_request *request)
{
	struct split *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->units = calloc(request->depth, sizeof(*s->units));
	s->owners = calloc(request->depth, sizeof(*s->owners));
	s->left = calloc(request->depth, sizeof(*s->left));
	if (!s->units || !s->owners || !s->left) {
		split_destroy(s);
		return -ENOMEM;
	}
	s->part_bytes = request->part_bytes;
	s->most_parts = request->parts;
	s->most = request->ring.entries;
	s->head = SPLIT_NONE;
	s->scatter = request->scatter;
	s->seed = random_seed(request->seed);
	*split = s;
	return 0;
}

/**
 * split_destroy() - undo split_create()
 * @split: may be NULL
 */
void split_destroy(struct split *split)
{
	if (!split)
		return;
	free(split->units);
	free(split->owners);
	free(split->left);
	free(split);
}

static inline bool has_data(const struct command *command)
{
	return command->part == COMMAND_DATA || command->part == COMMAND_PLACED;
}

static aside void force_async(struct job *job, const struct command *command,
			      uint32_t nr)
{
	const unsigned int *slots = ring_free_slots(&job->ring);

	for (uint32_t i = 0; i < nr; i++)
		job_force_async(job, command, &job->ring.slots[slots[i]]);
}

/* Where on the medium the next commands of an I/O go, which are filled in */
static aside void place_parts(struct job *job, unsigned int unit, uint32_t nr)
{
	const struct split_unit *io = &job->split->units[unit];
	const unsigned int *slots = ring_free_slots(&job->ring);

	for (uint32_t i = 0; i < nr; i++) {
		struct placed to = part_placed(job->split, io, io->sent + i);

		nvme_cmd_place(command_of(&job->ring.slots[slots[i]]), to.dtype,
			       to.dspec);
	}
}

/*
 * The next parts of full length of an I/O that has some to send, as far as
 * there is room; the array's end ends them, and the caller goes on from there.
 */
static inline uint32_t push_parts(struct job *job, unsigned int unit,
				  uint32_t room)
{
	const struct split_unit *io = &job->split->units[unit];
	const struct command *command = io->command;
	uint32_t nr = io->whole - io->sent;
	uint32_t run = ring_free_run(&job->ring);

	if (nr > room)
		nr = room;
	if (nr > run)
		nr = run;
	if (job->split->scatter)
		part_fill(job, unit, nr, true);
	else
		part_fill(job, unit, nr, false);
	if (unlikely(job->force_async))
		force_async(job, command, nr);
	if (unlikely(command->part == COMMAND_PLACED))
		place_parts(job, unit, nr);
	ring_push_free(&job->ring, nr);
	return nr;
}

/* The last part, where it is shorter than the others */
static void fill_rest(struct job *job, unsigned int unit, struct ring_sqe *sqe)
{
	const struct split *split = job->split;
	const struct split_unit *io = &split->units[unit];
	const struct command *command = io->command;
	struct nvme_uring_cmd *cmd = command_of(sqe);
	uint64_t bytes = part_length(split, io, io->sent);

	nvme_cmd_extent(cmd,
			part_blocks(command, part_offset(split, io, io->sent)),
			(uint32_t)part_blocks(command, bytes), command->cdw12);
	nvme_cmd_data(cmd, io->data + io->sent * split->part_bytes,
		      (uint32_t)bytes);
	sqe->sqe.buf_index = (uint16_t)(job->units[unit].region +
					(io->sent >> job->region_shift));
	if (job->force_async)
		job_force_async(job, command, sqe);
	if (command->part == COMMAND_PLACED)
		place_parts(job, unit, 1);
}

/* A command that is no part of full length */
static __attribute__((noinline)) void push_other(struct job *job,
						 unsigned int unit)
{
	const struct split_unit *io = &job->split->units[unit];
	unsigned int slot = *ring_free_slots(&job->ring);
	struct ring_sqe *sqe = job_slot(job, io->command, slot, NULL);

	if (has_data(io->command)) {
		fill_rest(job, unit, sqe);
		/* who sends parts of full length shall see to that */
		job->slots[slot] = NULL;
	} else if (io->command->part == COMMAND_RANGES) {
		nvme_cmd_ranges(command_of(sqe), job_unit_ranges(job, unit),
				(uint32_t)io->bytes);
	}
	sqe->sqe.user_data = split_tag(unit, slot, io->sent);
	ring_push_free(&job->ring, 1);
}

/* Put commands into the ring, the oldest I/O's first, as far as there is room */
static void pump(struct job *job)
{
	struct split *split = job->split;

	while (split->head != SPLIT_NONE && split->in_flight < split->most) {
		struct split_unit *io = &split->units[split->head];
		uint32_t nr = 1;

		if (likely(io->sent < io->whole))
			nr = push_parts(job, split->head,
					split->most - split->in_flight);
		else
			push_other(job, split->head);
		split->begun += !io->sent;
		split->in_flight += nr;
		split->commands += nr;
		io->sent += nr;
		if (io->sent == io->parts)
			split->head = io->next;
	}
}

static bool whole_blocks(const struct command *command, uint64_t offset,
			 uint64_t bytes)
{
	uint32_t block = command->lba_mask + 1;

	if (likely(command->lba_shift))
		return !((offset | bytes) & command->lba_mask);
	return !(offset % block || bytes % block);
}

/* How many commands an I/O is; none where it cannot be any */
static inline void count_parts(const struct split *split, struct split_unit *io)
{
	const struct command *command = io->command;

	io->whole = 0;
	io->parts = 1;
	if (likely(has_data(command))) {
		io->whole = (uint32_t)(io->bytes / split->part_bytes);
		io->parts = io->whole + !!(io->bytes % split->part_bytes);
		if (unlikely(!whole_blocks(command, io->offset, io->bytes)))
			io->parts = 0;
	} else if (command->part == COMMAND_RANGES) {
		io->parts = io->bytes - 1 < NVME_DSM_RANGES_MAX;
	}
}

/**
 * split_add() - begin an I/O
 * @job: a job with @split
 * @unit: index of the I/O; its @owners, and its @target to @bytes in @units,
 *	are set by the caller
 *
 * Its commands are put into the ring after those of the I/Os before it, now
 * or as others complete.
 *
 * Return: 0, or -EINVAL when offset and length are not whole blocks, or a trim
 * has no ranges or too many.
 */
int split_add(struct job *job, unsigned int unit)
{
	struct split *split = job->split;
	struct split_unit *io = &split->units[unit];
	uint32_t parts;

	count_parts(split, io);
	parts = io->parts;
	if (unlikely(!parts))
		return -EINVAL;
	split->left[unit] = parts;
	io->sent = 0;
	io->res = 0;
	io->next = SPLIT_NONE;
	io->seed = split->seed;
	split->seed += parts * RANDOM_STEP;
	if (unlikely(io->command->part == COMMAND_PLACED))
		io->placed_from = placement_begin(io->target->placement,
						  split->scatter ? parts : 1);
	if (unlikely(!split->ios++))
		clock_gettime(CLOCK_MONOTONIC, &split->began);
	split->open++;
	split->owed += parts;
	if (split->head == SPLIT_NONE)
		split->head = unit;
	else
		split->units[split->tail].next = unit;
	split->tail = unit;
	pump(job);
	return 0;
}

/*
 * The error that counts is the one at the lowest address, whichever command
 * came back first: all before it was transferred. What was not sent yet, which
 * only the I/O at the head can have, will not be.
 */
static aside void fail(struct split *split, const struct ring_cqe *cqe)
{
	unsigned int unit = split_unit_of(cqe->user_data);
	uint32_t nth = split_nth_of(cqe->user_data);
	struct split_unit *io = &split->units[unit];

	if (!io->res || nth < io->failed) {
		io->res = cqe->res;
		io->failed = nth;
	}
	if (io->sent == io->parts)
		return;
	split->owed -= io->parts - io->sent;
	split->left[unit] -= io->parts - io->sent;
	io->parts = io->sent;
	split->head = io->next;
}

static inline void watch_where(const struct split *split,
			       const struct split_unit *io, uint32_t nth,
			       struct watch_command *command)
{
	command->offset = part_offset(split, io, nth);
	if (command->direction == JOB_WRITE && io->target->placement)
		command->position = part_placed(split, io, nth).position;
}

/* Note a command before its I/O may be given back */
static inline void watch_part(struct job *job, const struct ring_cqe *cqe)
{
	unsigned int unit = split_unit_of(cqe->user_data);
	uint32_t nth = split_nth_of(cqe->user_data);
	const struct split *split = job->split;
	const struct split_unit *io = &split->units[unit];
	struct watch_command command = {
		.target = io->target,
		.owner = split->owners[unit],
		.unit = unit,
		.kind = io->command->direction,
		.direction = io->command->direction,
		.position = PLACEMENT_NONE,
		.res = cqe->res,
	};

	if (likely(command.direction <= JOB_WRITE)) {
		command.bytes = part_length(split, io, nth);
		/* which takes longer to tell again */
		if (unlikely(job->watch->details))
			watch_where(split, io, nth, &command);
	} else if (command.direction == JOB_TRIM) {
		command.ranges = (unsigned int)io->bytes;
		command.bytes =
			watch_trimmed(job, io->target, unit, command.ranges);
	}
	watch_note(job, &command);
}

/*
 * Read completions that follow one another in the CQ, until @done is full, and
 * free their slots.
 * @watched is a constant, for a loop without the question. Returns the first
 * that was not read.
 */
static inline __attribute__((always_inline)) const struct ring_cqe *
read_run(struct job *job, const struct ring_cqe *cqe,
	 const struct ring_cqe *end, void **done, unsigned int *nr,
	 unsigned int max, const bool watched)
{
	struct split *split = job->split;
	uint32_t *const left = split->left;
	unsigned int *freed = ring_freed(&job->ring, cqe);

	do {
		unsigned int unit;

		if (watched)
			watch_part(job, cqe);
		if (unlikely(cqe->res))
			fail(split, cqe);
		*freed++ = split_slot_of(cqe->user_data);
		unit = split_unit_of(cqe->user_data);
		if (likely(--left[unit]))
			continue;
		done[(*nr)++] = split->owners[unit];
		if (*nr == max)
			return cqe + 1;
	} while (++cqe != end);
	return end;
}

/* The first completions that are ready, until @done is full */
static inline __attribute__((always_inline)) unsigned int
read_all(struct job *job, void **done, unsigned int *nr, unsigned int max,
	 const bool watched)
{
	unsigned int ready = ring_ready(&job->ring), read = 0;

	while (read < ready && *nr < max) {
		const struct ring_cqe *cqe = ring_cqe(&job->ring, read);
		unsigned int run = ring_run(&job->ring, read);

		if (run > ready - read)
			run = ready - read;
		read += (unsigned int)(read_run(job, cqe, cqe + run, done, nr,
						max, watched) -
				       cqe);
	}
	return read;
}

/**
 * split_reap() - read completions
 * @job: a job with @split
 * @done: set to the owners of the I/Os that are done
 * @max: room in @done
 *
 * What waits is put into the ring where there is room for it now.
 *
 * Return: how many I/Os are done.
 */
unsigned int split_reap(struct job *job, void **done, unsigned int max)
{
	struct split *split = job->split;
	unsigned int read, nr = 0;

	if (unlikely(job->watch))
		read = read_all(job, done, &nr, max, true);
	else
		read = read_all(job, done, &nr, max, false);
	ring_advance(&job->ring, read);
	split->in_flight -= read;
	split->owed -= read;
	split->open -= nr;
	if (!split->open)
		clock_gettime(CLOCK_MONOTONIC, &split->ended);
	if (unlikely(split->head != SPLIT_NONE))
		pump(job);
	return nr;
}

/**
 * split_wanted() - completions that it takes for some I/Os to be done
 * @split: the job's
 * @ios: how many I/Os
 *
 * Never more than that, so that waiting for them delays no I/O: if all others
 * still lacked all of their commands, the rest would be just these.
 *
 * Return: at least 1 and at most the commands in flight; 0 for no I/Os.
 */
unsigned int split_wanted(const struct split *split, unsigned int ios)
{
	uint64_t others, wanted;

	if (!ios || !split->open)
		return 0;
	if (ios > split->open)
		ios = split->open;
	others = (uint64_t)(split->open - ios) * split->most_parts;
	wanted = split->owed > others ? split->owed - others : 1;
	return wanted < split->in_flight ? (unsigned int)wanted :
					   split->in_flight;
}

/**
 * split_residue() - where in an I/O it failed
 * @split: the job's
 * @unit: index of the I/O, which has a split_result()
 *
 * Return: the bytes from the first command on that failed.
 */
uint64_t split_residue(const struct split *split, unsigned int unit)
{
	const struct split_unit *io = &split->units[unit];

	return has_data(io->command) ?
		       io->bytes - io->failed * split->part_bytes :
		       0;
}

/**
 * split_failure() - where an I/O failed
 * @split: the job's
 * @unit: index of the I/O
 * @offset: set to that of the command that failed, if it has one
 * @bytes: set likewise
 */
void split_failure(const struct split *split, unsigned int unit,
		   uint64_t *offset, uint64_t *bytes)
{
	const struct split_unit *io = &split->units[unit];

	if (!io->command || !has_data(io->command))
		return;
	*offset = part_offset(split, io, io->failed);
	*bytes = part_length(split, io, io->failed);
}

/**
 * split_report() - say in words what a job's I/Os became
 * @split: the job's
 * @buf: where to
 * @len: bytes of @buf
 *
 * Return: false where each was one command.
 */
bool split_report(const struct split *split, char *buf, size_t len)
{
	double seconds =
		(double)(split->ended.tv_sec - split->began.tv_sec) +
		(double)(split->ended.tv_nsec - split->began.tv_nsec) / 1e9;

	if (split->commands == split->ios)
		return false;
	snprintf(buf, len,
		 "%" PRIu64 " io_units were %" PRIu64
		 " commands of up to %" PRIu64
		 " bytes, %.0f commands/s; fio's figures count io_units",
		 split->ios, split->commands, split->part_bytes,
		 seconds > 0 ? (double)split->commands / seconds : 0);
	return true;
}
