/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A job's files as NVMe commands in a ring, told in no words of fio's. Only
 * passthru.h, which knows fio, includes this.
 *
 * Before the first I/O every kind of command that the job can send is encoded
 * for each of its files (struct command). An SQ slot keeps what was last
 * written into it, so an I/O of the same kind writes its extent, its buffer
 * and its owner, and nothing else.
 */
#ifndef NVME_PASSTHRU_JOB_H
#define NVME_PASSTHRU_JOB_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job_request.h"
#include "nvme/command.h"
#include "nvme/namespace.h"
#include "nvme/pi.h"
#include "nvme/status.h"
#include "nvme/zones.h"
#include "ring/ring.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
/* Kept out of the hot path, whose registers it would take */
#define aside __attribute__((cold, noinline))

#define JOB_DATA_MAX (1u << 31)

/**
 * enum command_kind - how an I/O is filled in
 * @COMMAND_NONE: the job may not send it
 * @COMMAND_PLAIN: a Read or Write, by job_fill_plain()
 * @COMMAND_REGION: the same with one of several registered regions, by
 *	job_fill_region()
 * @COMMAND_DATA: a Read or Write with more to it, by job_fill_data()
 * @COMMAND_PLACED: a Write with a placement, by job_fill_placed()
 * @COMMAND_RANGES: Dataset Management, by job_fill_ranges()
 * @COMMAND_BARE: nothing is left to fill in
 * @COMMAND_SPLIT: the job's I/Os may be several commands, by split_add()
 * @COMMAND_RESET: the reset of a zone, which does not go by the ring
 * @COMMAND_FAMILY: by the command's family
 * @COMMAND_MIX: one of several commands, by family_choose()
 * @COMMAND_VERIFY: a Compare where the I/O is to verify, else a Read
 */
enum command_kind {
	COMMAND_NONE,
	COMMAND_PLAIN,
	COMMAND_REGION,
	COMMAND_DATA,
	COMMAND_PLACED,
	COMMAND_RANGES,
	COMMAND_BARE,
	COMMAND_SPLIT,
	COMMAND_RESET,
	COMMAND_FAMILY,
	COMMAND_MIX,
	COMMAND_VERIFY,
};

/**
 * struct command - what one direction of I/O to one file becomes
 * @sqe: all that never changes
 * @kind: how the rest is filled in
 * @part: the same of one of several commands: COMMAND_DATA, COMMAND_PLACED,
 *	COMMAND_RANGES or COMMAND_BARE
 * @cdw12: what shares the dword with the number of blocks
 * @lba_shift: log2 of the bytes of a logical block
 * @lba_mask: bits of an offset or a length that must be 0
 * @direction: whose it is, JOB_FLUSH for all from that on
 * @noted: what it is to the job's watch: @direction or one of enum job_kind
 * @family: of COMMAND_FAMILY, else NULL
 * @pi: of a family of job_pi.h, else NULL
 * @placed: a family that says where it goes
 * @max_bytes: the most that it can carry
 * @part_blocks: logical blocks of a part of full length, where I/Os may be
 *	several commands
 * @zone_bytes: from one zone to the next, of a Zone Append
 * @append_exact: see struct mode_request
 */
struct command {
	struct ring_sqe sqe;
	enum command_kind kind;
	enum command_kind part;
	uint32_t cdw12;
	uint32_t lba_shift;
	uint32_t lba_mask;
	uint32_t direction;
	uint32_t noted;
	const struct command_family *family;
	const struct pi_check *pi;
	bool placed;
	uint64_t max_bytes;
	uint64_t part_blocks;
	uint64_t zone_bytes;
	bool append_exact;
};

struct command_family;
struct described_job;
struct dry_run;
struct job;
struct job_pi;
struct retry;
struct split;
struct watch;
struct watch_file;

/**
 * struct target - a file of a job
 * @ns: the namespace behind it
 * @job: the job whose it is, from job_adopt() on
 * @fd: open from job_open() to job_destroy(), else -1
 * @placement: where its Writes go, which is @spots, or NULL where the device
 *	decides
 * @spots: see @placement
 * @first: byte that random addresses start from, by job_scatter()
 * @places: how many of them there are
 * @watch: what is noted of its commands, NULL where nothing is
 * @commands: by direction, what an I/O becomes, or what decides that
 * @encoded: in the same order, the flushes being one
 * @others: of the families, by enum job_kind less JOB_DIRECTIONS
 * @verification: the reads, where some are Compares
 * @mix: the mix of writes, where there are several kinds
 * @mixed: what they are, each as often as in a hundred
 * @mix_seed: of the next choice among them
 * @zones: what it is divided into, of a job with @zoned
 * @pi: what its Reads and Writes say of metadata
 */
struct target {
	struct nspace ns;
	struct job *job;
	int fd;
	struct placement *placement;
	struct placement spots;
	uint64_t first;
	uint64_t places;
	struct watch_file *watch;
	const struct command *commands[JOB_DIRECTIONS];
	struct command encoded[JOB_FLUSH + 1];
	struct command others[JOB_FAMILIES];
	struct command verification;
	struct command mix;
	const struct command *mixed[100];
	uint64_t mix_seed;
	struct zones zones;
	struct pi_check pi;
};

/**
 * struct unit_append - where a Zone Append went
 * @slba: where fio believes it to be
 * @alba: where the device says it is (Assigned LBA)
 */
struct unit_append {
	uint64_t slba;
	uint64_t alba;
};

/**
 * struct unit - what one of the I/Os in flight needs beside it
 * @command: what it became, where its direction does not say so
 * @vector: for vectored commands, until they complete
 * @append: of a Zone Append, once it completed without an error
 * @res: of its last completion, when that was a failure
 * @region: of the registered memory, which its data begins in
 * @placement: where a Write of one command went, as a position in its file's
 *	placement, or PLACEMENT_NONE; without a placement it has no meaning
 */
struct unit {
	const struct command *command;
	union {
		struct iovec vector;
		struct unit_append append;
	};
	int res;
	uint16_t region;
	uint16_t placement;
};

/**
 * struct job - a job that runs
 * @ring: its ring
 * @slots: what each SQ slot holds
 * @units: by the I/O's index, below @depth
 * @ranges: @nr_ranges for each unit, NULL where the job may not write
 * @nr_ranges: the most ranges of one trim
 * @copies: @copy_ranges sources for each unit, NULL where nothing is copied
 * @copy_ranges: the most sources of one Copy
 * @copy_start: byte that Copy copies from
 * @copy_bytes: how many bytes there are, before it begins anew
 * @depth: I/Os in flight
 * @split: where I/Os may be several commands, else NULL
 * @watch: where commands are noted as they complete, else NULL
 * @described: where commands are described, else NULL
 * @retry: where commands are sent again, else NULL
 * @dry: where they are not sent at all, else NULL
 * @limits: of errors, by how the job failed so far
 * @detour: completions are not just read: @split, @watch, @retry or @checks is
 *	set
 * @checks: a family looks at what completed
 * @pi: buffers of metadata, NULL where no file has any
 * @force_async: every so many commands go to a kernel worker, 0 for none
 * @since_async: how many since the last did
 * @memory: registered memory, and @regions its parts of @region_bytes each
 * @region_bytes: bytes of all parts but the last
 * @region_parts: regions that the data of an I/O lies in
 * @region_shift: log2 of how many commands of an I/O in a row share one
 * @regions: 0 where nothing is registered
 * @targets: its files
 * @nr_targets: how many
 * @owner: whose job it is; the caller's, and not touched here
 */
struct job {
	struct ring ring;
	const struct command **slots;
	struct unit *units;
	struct nvme_range *ranges;
	unsigned int nr_ranges;
	struct nvme_copy_range *copies;
	unsigned int copy_ranges;
	uint64_t copy_start;
	uint64_t copy_bytes;
	unsigned int depth;
	struct split *split;
	struct watch *watch;
	struct described_job *described;
	struct retry *retry;
	struct dry_run *dry;
	struct nvme_error_limits limits;
	bool detour;
	bool checks;
	struct job_pi *pi;
	unsigned int force_async;
	unsigned int since_async;
	char *memory;
	uint64_t region_bytes;
	unsigned int region_parts;
	unsigned int region_shift;
	unsigned int regions;
	struct target **targets;
	unsigned int nr_targets;
	void *owner;
};

typedef void (*job_remark_fn)(const char *what);

int job_check(const struct job_request *request, char *why, size_t len);
int job_inspect(struct target **target, const char *path,
		const struct job_request *request, job_remark_fn remark,
		char *why, size_t len);
int job_plan(struct job_request *request, struct target *const *targets,
	     unsigned int nr, char *why, size_t len);
int job_create(struct job **job, const struct job_request *request, char *why,
	       size_t len);
void job_adopt(struct job *job, struct target **targets, unsigned int nr);
int job_open(struct job *job, const struct job_request *request, char *why,
	     size_t len);
int job_register(struct job *job, const struct job_request *request,
		 char *memory, uint64_t bytes, char *why, size_t len);
void job_place(struct job *job, unsigned int unit, const void *buffer);
void job_encode(struct job *job, const struct job_request *request);
int job_scatter(struct target *target, uint64_t offset, uint64_t bytes,
		char *why, size_t len);
bool job_reformatted(const struct job *job, const char *remedy, char *why,
		     size_t len);
void job_destroy(struct job *job);

int job_fill_data(struct job *job, const struct command *command,
		  struct ring_sqe *sqe, unsigned int unit, uint64_t offset,
		  void *data, uint64_t bytes);
int job_fill_placed(struct job *job, const struct command *command,
		    struct ring_sqe *sqe, unsigned int unit, uint64_t offset,
		    void *data, uint64_t bytes, struct placed placed);
int job_fill_ranges(const struct command *command, struct ring_sqe *sqe,
		    const struct nvme_range *ranges, unsigned int nr);
int job_range(const struct target *target, struct nvme_range *range,
	      uint64_t offset, uint64_t bytes);
void job_force_async(struct job *job, const struct command *command,
		     struct ring_sqe *sqe);
int job_check_vectored(const struct target *target, int fd, char *why,
		       size_t len);
struct command *job_base_command(struct target *target, struct command *command,
				 unsigned int direction, unsigned int nth,
				 uint32_t cmd_op, enum command_kind kind);
void job_encode_rw(const struct job_request *request, struct target *target,
		   struct command *command, unsigned int nth, uint8_t opcode);
const struct command *job_became(const struct target *target,
				 unsigned int direction, unsigned int unit);
void job_outlive_broken_pipes(void);
int job_hand_over(struct job *job, unsigned int wait, bool reap);
void job_explain_ring(const struct job *job, int err, char *buf, size_t len);
void job_refusal(const struct target *target, uint64_t offset, uint64_t bytes,
		 int err, char *buf, size_t len);
int job_errno(const struct target *target, uint64_t bytes, int res);
void job_failure_text(const struct target *target, int res, char *buf,
		      size_t len);
void job_explain(const struct target *target, const struct command *command,
		 unsigned int unit, uint64_t offset, uint64_t bytes, int res,
		 char *buf, size_t len);

/* Where the ranges of a trim are kept until it completes */
static inline struct nvme_range *job_unit_ranges(const struct job *job,
						 unsigned int unit)
{
	return &job->ranges[(size_t)unit * job->nr_ranges];
}

static inline struct nvme_uring_cmd *command_of(struct ring_sqe *sqe)
{
	return (struct nvme_uring_cmd *)sqe->cmd;
}

/* What never changes of a command, to be read */
static inline const struct nvme_uring_cmd *
job_encoded(const struct command *command)
{
	return (const struct nvme_uring_cmd *)command->sqe.cmd;
}

/**
 * job_slot() - an SQE, holding what never changes of a command
 * @job: the job
 * @command: the command
 * @index: of the slot, whose last command completed
 * @owner: its user_data, where that never changes
 *
 * What was written into the slot before is still in it, so that the caller
 * need write only what differs.
 *
 * Return: the entry, to be filled in and then handed over.
 */
static inline struct ring_sqe *job_slot(struct job *job,
					const struct command *command,
					unsigned int index, const void *owner)
{
	const struct command **held = &job->slots[index];
	struct ring_sqe *sqe = &job->ring.slots[index];

	if (unlikely(*held != command)) {
		*sqe = command->sqe;
		sqe->sqe.user_data = (uintptr_t)owner;
		*held = command;
	}
	return sqe;
}

#include "job_fill.h"

#endif
