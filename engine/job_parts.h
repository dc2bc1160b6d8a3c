/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of an I/O that is several commands: where each of them goes, how
 * long it is, and what it becomes in a slot. Inline, for job_split.c alone.
 */
#ifndef NVME_PASSTHRU_JOB_PARTS_H
#define NVME_PASSTHRU_JOB_PARTS_H

#include "job_random.h"
#include "job_split.h"

/* A constant that stays where it is: made anew, it costs an instruction */
static inline uint64_t part_kept(uint64_t constant)
{
	__asm__("" : "+r"(constant));
	return constant;
}

/**
 * part_offset() - where an I/O's nth command goes
 * @split: the job's
 * @io: the I/O
 * @nth: which of its commands
 *
 * With scatter it can be told again from the I/O's seed: neither those that
 * wait nor those that fail are remembered.
 *
 * Return: in bytes.
 */
static inline uint64_t part_offset(const struct split *split,
				   const struct split_unit *io, uint32_t nth)
{
	if (!split->scatter)
		return io->offset + nth * split->part_bytes;
	return io->target->first +
	       random_below(io->seed, nth, io->target->places) *
		       split->part_bytes;
}

/**
 * part_length() - how long an I/O's nth command is
 * @split: the job's
 * @io: the I/O
 * @nth: which of its commands
 *
 * Return: in bytes.
 */
static inline uint64_t part_length(const struct split *split,
				   const struct split_unit *io, uint32_t nth)
{
	uint64_t left = io->bytes - nth * split->part_bytes;

	return left < split->part_bytes ? left : split->part_bytes;
}

/**
 * part_blocks() - bytes in logical blocks
 * @command: what is sent
 * @bytes: whole blocks
 *
 * Return: how many blocks.
 */
static inline uint64_t part_blocks(const struct command *command,
				   uint64_t bytes)
{
	uint32_t shift = command->lba_shift;

	return likely(shift) ? bytes >> shift : bytes / (command->lba_mask + 1);
}

/**
 * part_placed() - where on the medium a Write's nth command goes
 * @split: the job's
 * @io: the I/O, to a file with a placement
 * @nth: which of its commands
 *
 * Return: where.
 */
static inline struct placed part_placed(const struct split *split,
					const struct split_unit *io,
					uint32_t nth)
{
	const struct placement *placement = io->target->placement;

	if (placement->select == PLACEMENT_BY_FIO)
		return io->placed;
	/* what is cut is one thing, what is scattered are many */
	return placement_nth(placement, io->placed_from,
			     split->scatter ? nth : 0,
			     part_offset(split, io, nth), io->bytes);
}

/* Let a slot hold a command of full length */
static __attribute__((noinline)) void
part_hold(struct job *job, const struct command *command, unsigned int slot)
{
	uint32_t bytes = (uint32_t)job->split->part_bytes;
	struct nvme_uring_cmd *cmd =
		command_of(job_slot(job, command, slot, NULL));

	cmd->data_len = bytes;
	nvme_cmd_extent(cmd, 0, (uint32_t)command->part_blocks, command->cdw12);
}

/**
 * part_fill() - fill in the next parts of an I/O, all of full length
 * @job: the job, with as many free slots up to the end of the array
 * @unit: index of the I/O
 * @nr: how many, at least 1
 * @scattered: to random addresses; a constant, for a loop without the question
 *
 * All that is read more than once is read into locals: what is written into
 * the slots could be any of it, for all that the compiler knows. What differs
 * from part to part is counted on, not computed anew.
 */
static inline __attribute__((always_inline)) void
part_fill(struct job *job, unsigned int unit, uint32_t nr, const bool scattered)
{
	const struct split_unit *io = &job->split->units[unit];
	const struct command *command = io->command;
	const uint64_t part_bytes = job->split->part_bytes;
	const uint64_t blocks = command->part_blocks;
	const uint64_t places = io->target->places, first = io->sent;
	const uint64_t start = part_blocks(
		command, scattered ? io->target->first : io->offset);
	const unsigned int shift = job->region_shift;
	const struct command **const held = job->slots;
	struct ring_sqe *const slots = job->ring.slots;
	const unsigned int *free_slot = ring_free_slots(&job->ring);
	const unsigned int *const end = free_slot + nr;
	uint64_t random = io->seed + first * RANDOM_STEP;
	uint64_t slba = start + first * blocks;
	uint64_t data = (uintptr_t)io->data + first * part_bytes;
	uint64_t region = ((uint64_t)job->units[unit].region << shift) + first;
	uint64_t tag = split_tag(unit, 0, io->sent);
	uint64_t step = part_kept(RANDOM_STEP);
	uint64_t next = part_kept(1ull << SPLIT_NTH_SHIFT);

	do {
		const unsigned int slot = *free_slot;
		struct ring_sqe *sqe = &slots[slot];
		struct nvme_uring_cmd *cmd = command_of(sqe);

		if (unlikely(held[slot] != command))
			part_hold(job, command, slot);
		if (scattered)
			slba = start + random_at(random, places) * blocks;
		nvme_cmd_start(cmd, slba);
		cmd->addr = data;
		sqe->sqe.buf_index = (uint16_t)(region++ >> shift);
		sqe->sqe.user_data = tag | slot << SPLIT_SLOT_SHIFT;
		tag += next;
		data += part_bytes;
		if (scattered)
			random += step;
		else
			slba += blocks;
	} while (++free_slot != end);
}

#endif
