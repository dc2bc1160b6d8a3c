// SPDX-License-Identifier: GPL-2.0
#include "job_split.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "job_watch.h"

/* The sequence and the mixer of wyrand (Wang Yi, 2019) */
#define SCATTER_STEP 0xa0761d6478bd642full
#define SCATTER_MIX 0xe7037ed1a0b428dbull

static inline uint64_t mix(uint64_t x)
{
	unsigned __int128 product = (unsigned __int128)x * (x ^ SCATTER_MIX);

	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

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
	if (!s->units) {
		free(s);
		return -ENOMEM;
	}
	s->part_bytes = request->part_bytes;
	s->most_parts = request->parts;
	s->most = request->ring.entries;
	s->head = SPLIT_NONE;
	s->scatter = request->scatter;
	/* seeds that are neighbours shall not make neighbours of addresses */
	s->seed = mix(request->seed + SCATTER_STEP);
	*split = s;
	return 0;
}

/**
 * split_destroy() - undo split_create()
 * @split: may be NULL
 */
void split_destroy(struct split *split)
{
	if (split)
		free(split->units);
	free(split);
}

static inline uint64_t scatter(uint64_t seed, uint64_t nth, uint64_t places)
{
	uint64_t x = mix(seed + nth * SCATTER_STEP);

	/* the high half of the product is even over the places */
	return (uint64_t)(((unsigned __int128)x * places) >> 64);
}

/*
 * Where an I/O's nth command goes. With scatter it can be told again from the
 * I/O's seed: neither those that wait nor those that fail are remembered.
 */
static inline uint64_t offset_of(const struct split *split,
				 const struct split_unit *io, uint32_t nth)
{
	if (!split->scatter)
		return io->offset + nth * split->part_bytes;
	return io->target->first +
	       scatter(io->seed, nth, io->target->places) * split->part_bytes;
}

static inline uint64_t bytes_of(const struct split *split,
				const struct split_unit *io, uint32_t nth)
{
	uint64_t left = io->bytes - nth * split->part_bytes;

	return left < split->part_bytes ? left : split->part_bytes;
}

/* A length that the slot did not hold, or blocks of no power of two */
static __attribute__((noinline)) void fill_other(const struct command *command,
						 struct nvme_uring_cmd *cmd,
						 uint64_t offset,
						 uint64_t bytes)
{
	uint32_t block = command->lba_mask + 1;

	cmd->data_len = (uint32_t)bytes;
	nvme_cmd_extent(cmd, offset / block, (uint32_t)(bytes / block),
			command->cdw12);
}

/*
 * All that is read more than once is read into locals: what is written into
 * the slots could be any of it, for all that the compiler knows.
 */
static void push_data(struct job *job, unsigned int unit, uint32_t nr)
{
	const struct split split = *job->split;
	const struct split_unit io = split.units[unit];
	const uint64_t places = io.target->places, start = io.target->first;
	const uint32_t lba_shift = io.command->lba_shift, first = io.sent;
	const uint32_t region = job->units[unit].region;
	uint64_t at = first * split.part_bytes;

	for (uint32_t i = 0; i < nr; i++, at += split.part_bytes) {
		struct ring_sqe *sqe = job_slot_ahead(job, io.command, i);
		struct nvme_uring_cmd *cmd = command_of(sqe);
		uint64_t bytes = io.bytes - at, offset = io.offset + at;
		uint64_t nth = first + i;

		if (bytes > split.part_bytes)
			bytes = split.part_bytes;
		if (split.scatter)
			offset = start + scatter(io.seed, nth, places) *
						 split.part_bytes;
		if (likely(cmd->data_len == bytes && lba_shift))
			nvme_cmd_start(cmd, offset >> lba_shift);
		else
			fill_other(io.command, cmd, offset, bytes);
		cmd->addr = (uintptr_t)io.data + at;
		sqe->sqe.buf_index =
			(uint16_t)(region + (nth >> job->region_shift));
		sqe->sqe.user_data = nth << 32 | unit;
		if (unlikely(job->force_async))
			job_force_async(job, io.command, sqe);
	}
	ring_push_all(&job->ring, nr);
}

static void push(struct job *job, unsigned int unit, uint32_t nr)
{
	const struct split_unit *io = &job->split->units[unit];
	const struct command *command = io->command;
	struct ring_sqe *sqe;

	if (likely(command->part == COMMAND_DATA)) {
		push_data(job, unit, nr);
		return;
	}
	sqe = job_slot(job, command);
	if (command->part == COMMAND_RANGES)
		nvme_cmd_ranges(command_of(sqe), job_unit_ranges(job, unit),
				(uint32_t)io->bytes);
	sqe->sqe.user_data = unit;
	ring_push(&job->ring);
}

/* Put commands into the ring, the oldest I/O's first, as far as there is room */
static void pump(struct job *job)
{
	struct split *split = job->split;

	while (split->head != SPLIT_NONE && split->in_flight < split->most) {
		struct split_unit *io = &split->units[split->head];
		uint32_t room = split->most - split->in_flight;
		uint32_t nr = io->parts - io->sent;

		if (nr > room)
			nr = room;
		push(job, split->head, nr);
		split->begun += !io->sent;
		split->in_flight += nr;
		split->commands += nr;
		io->sent += nr;
		if (io->sent == io->parts)
			split->head = io->next;
	}
}

/* Commands of an I/O, 0 where it cannot be any */
static uint32_t count_parts(const struct split *split,
			    const struct split_unit *io)
{
	const struct command *command = io->command;
	uint32_t block = command->lba_mask + 1;

	if (command->part == COMMAND_RANGES)
		return io->bytes - 1 < NVME_DSM_RANGES_MAX;
	if (command->part != COMMAND_DATA)
		return 1;
	if (!io->bytes || io->offset % block || io->bytes % block)
		return 0;
	return (uint32_t)((io->bytes - 1) / split->part_bytes) + 1;
}

/**
 * split_add() - begin an I/O
 * @job: a job with @split
 * @unit: index of the I/O
 * @io: its @owner to @bytes; the rest is of no meaning
 *
 * Its commands are put into the ring after those of the I/Os before it, now
 * or as others complete.
 *
 * Return: 0, or -EINVAL when offset and length are not whole blocks, or a trim
 * has no ranges or too many.
 */
int split_add(struct job *job, unsigned int unit, const struct split_unit *io)
{
	struct split *split = job->split;
	struct split_unit *slot = &split->units[unit];
	uint32_t parts = count_parts(split, io);

	if (unlikely(!parts))
		return -EINVAL;
	*slot = *io;
	slot->parts = parts;
	slot->sent = slot->done = slot->failed = 0;
	slot->res = 0;
	slot->next = SPLIT_NONE;
	slot->seed = split->seed;
	split->seed += parts * SCATTER_STEP;
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
static aside void fail(struct split *split, unsigned int unit, uint32_t nth,
		       int res)
{
	struct split_unit *io = &split->units[unit];

	if (!io->res || nth < io->failed) {
		io->res = res;
		io->failed = nth;
	}
	if (io->sent == io->parts)
		return;
	split->owed -= io->parts - io->sent;
	io->parts = io->sent;
	split->head = io->next;
}

static inline void watch_where(const struct split *split,
			       const struct split_unit *io, uint32_t nth,
			       struct watch_command *command)
{
	command->offset = offset_of(split, io, nth);
	if (command->direction == JOB_WRITE && io->target->placement)
		command->position = split_placement(io, nth, command->offset,
						    command->bytes);
}

/* Note a command before its I/O may be given back */
static inline void watch_part(struct job *job, unsigned int unit, uint32_t nth,
			      int res)
{
	const struct split *split = job->split;
	const struct split_unit *io = &split->units[unit];
	struct watch_command command = {
		.target = io->target,
		.owner = io->owner,
		.unit = unit,
		.direction = io->command->direction,
		.position = PLACEMENT_NONE,
		.res = res,
	};

	if (likely(command.direction <= JOB_WRITE)) {
		command.bytes = bytes_of(split, io, nth);
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

static inline __attribute__((always_inline)) unsigned int
read_all(struct job *job, void **done, unsigned int max, unsigned int *read,
	 bool watched)
{
	unsigned int ready = ring_ready(&job->ring), nr = 0, at = 0;
	struct split *split = job->split;

	while (at < ready && nr < max) {
		const struct ring_cqe *cqe = ring_cqe(&job->ring, at++);
		unsigned int unit = (uint32_t)cqe->user_data;
		struct split_unit *io = &split->units[unit];

		if (watched)
			watch_part(job, unit, (uint32_t)(cqe->user_data >> 32),
				   cqe->res);
		if (unlikely(cqe->res))
			fail(split, unit, (uint32_t)(cqe->user_data >> 32),
			     cqe->res);
		if (++io->done == io->parts)
			done[nr++] = io->owner;
	}
	*read = at;
	return nr;
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
	unsigned int read, nr;

	if (unlikely(job->watch))
		nr = read_all(job, done, max, &read, true);
	else
		nr = read_all(job, done, max, &read, false);
	ring_advance(&job->ring, read);
	split->in_flight -= read;
	split->owed -= read;
	split->open -= nr;
	if (!split->open)
		clock_gettime(CLOCK_MONOTONIC, &split->ended);
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
 * split_result() - what came of an I/O that is done
 * @split: the job's
 * @unit: index of the I/O
 * @residue: where it failed, set to the bytes from the first command that did
 *
 * Return: 0, or the result of that command: a status or a negative errno.
 */
int split_result(const struct split *split, unsigned int unit,
		 uint64_t *residue)
{
	const struct split_unit *io = &split->units[unit];

	if (likely(!io->res))
		return 0;
	*residue = io->command->part == COMMAND_DATA ?
			   io->bytes - io->failed * split->part_bytes :
			   0;
	return io->res;
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

	if (!io->command || io->command->part != COMMAND_DATA)
		return;
	*offset = offset_of(split, io, io->failed);
	*bytes = bytes_of(split, io, io->failed);
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
