/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/Os that are several commands. Each is cut into parts of equal size, which
 * are sent in order as far as there is room for commands in flight; the rest
 * waits here, costing a few words an I/O and nothing a command. An I/O is done
 * when all of its commands are.
 *
 * A command's user_data is the index of its I/O, above that its slot, and above
 * that which of the I/O's commands it is: split_tag().
 */
#ifndef NVME_PASSTHRU_JOB_SPLIT_H
#define NVME_PASSTHRU_JOB_SPLIT_H

#include <time.h>

#include "job.h"

#define SPLIT_NONE UINT32_MAX
#define SPLIT_SLOT_SHIFT 16
#define SPLIT_NTH_SHIFT 32

_Static_assert(RING_ENTRIES_MAX <= 1 << SPLIT_SLOT_SHIFT,
	       "I/Os and slots do not fit into user_data");

/**
 * struct split_unit - an I/O on its way
 * @target: its file
 * @command: what each of its commands is
 * @data: its buffer
 * @offset: in bytes
 * @bytes: of the whole, or how many ranges a trim has
 * @seed: where its commands' random addresses start from
 * @placed_from: where their turns or chances of a placement start from
 * @placed: where they go by the choice of fio's core
 * @parts: how many commands it is
 * @whole: how many of them, from the first on, are parts of full length
 * @sent: how many of them were put into the ring
 * @failed: the first in order that failed, where @res is not 0
 * @res: of that one's completion, 0 while none failed
 * @next: waits after it, SPLIT_NONE where none does
 */
struct split_unit {
	const struct target *target;
	const struct command *command;
	char *data;
	uint64_t offset;
	uint64_t bytes;
	uint64_t seed;
	uint64_t placed_from;
	struct placed placed;
	uint32_t parts;
	uint32_t whole;
	uint32_t sent;
	uint32_t failed;
	int res;
	uint32_t next;
};

/**
 * struct split - the I/Os of a job that are several commands
 * @units: by the I/O's index
 * @owners: likewise, whose they are; to be given back by split_reap()
 * @left: likewise, how many of its commands have not completed; the one word
 *	that a completion touches
 * @part_bytes: of every command but an I/O's last
 * @most_parts: commands of the largest I/O
 * @most: commands in flight
 * @head: the I/O that sends next, SPLIT_NONE where none waits
 * @tail: the I/O that waits last
 * @in_flight: commands in the ring that have not completed
 * @open: I/Os that are not done
 * @begun: I/Os that sent their first command since split_issued() last asked
 * @owed: commands of those that have not completed, sent or not
 * @scatter: every command goes to a random address of its own
 * @seed: of the next random address
 * @ios: I/Os so far
 * @commands: commands of theirs that were sent
 * @began: when the first I/O did
 * @ended: when the last that left none open did
 */
struct split {
	struct split_unit *units;
	void **owners;
	uint32_t *left;
	uint64_t part_bytes;
	uint32_t most_parts;
	uint32_t most;
	uint32_t head;
	uint32_t tail;
	uint32_t in_flight;
	uint32_t open;
	uint32_t begun;
	uint64_t owed;
	bool scatter;
	uint64_t seed;
	uint64_t ios;
	uint64_t commands;
	struct timespec began;
	struct timespec ended;
};

int split_create(struct split **split, const struct job_request *request);
void split_destroy(struct split *split);
int split_add(struct job *job, unsigned int unit);
unsigned int split_reap(struct job *job, void **done, unsigned int max);
unsigned int split_wanted(const struct split *split, unsigned int ios);
uint64_t split_residue(const struct split *split, unsigned int unit);
void split_failure(const struct split *split, unsigned int unit,
		   uint64_t *offset, uint64_t *bytes);

bool split_report(const struct split *split, char *buf, size_t len);

/* What is said of a command by its user_data */
static inline unsigned int split_unit_of(uint64_t user_data)
{
	return (uint16_t)user_data;
}

static inline unsigned int split_slot_of(uint64_t user_data)
{
	return (uint16_t)(user_data >> SPLIT_SLOT_SHIFT);
}

static inline uint32_t split_nth_of(uint64_t user_data)
{
	return (uint32_t)(user_data >> SPLIT_NTH_SHIFT);
}

static inline uint64_t split_tag(unsigned int unit, unsigned int slot,
				 uint32_t nth)
{
	return (uint64_t)nth << SPLIT_NTH_SHIFT | slot << SPLIT_SLOT_SHIFT |
	       unit;
}

/**
 * split_result() - what came of an I/O that is done
 * @split: the job's
 * @unit: index of the I/O
 *
 * Return: 0, or the result of the first command in order that failed: a status
 * or a negative errno.
 */
static inline int split_result(const struct split *split, unsigned int unit)
{
	return split->units[unit].res;
}

/**
 * split_issues() - whose submission begins with a command
 * @split: the job's
 * @user_data: of the command
 *
 * Return: the owner of the I/O, or NULL where it is not the I/O's first.
 */
static inline void *split_issues(const struct split *split, uint64_t user_data)
{
	return split_nth_of(user_data) ?
		       NULL :
		       split->owners[split_unit_of(user_data)];
}

/**
 * split_issued() - I/Os that began since this was asked last
 * @split: the job's
 *
 * Return: how many.
 */
static inline unsigned int split_issued(struct split *split)
{
	unsigned int begun = split->begun;

	split->begun = 0;
	return begun;
}

/**
 * split_forget() - an I/O is over before any command of it was made
 * @split: the job's
 * @unit: index of the I/O
 *
 * What split_failure() would say is that of the I/O before it.
 */
static inline void split_forget(struct split *split, unsigned int unit)
{
	split->units[unit].command = NULL;
}

#endif
