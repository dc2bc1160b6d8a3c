/* SPDX-License-Identifier: GPL-2.0 */
/* What a job is to be, told in no words of fio's; job.h makes it one. */
#ifndef NVME_PASSTHRU_JOB_REQUEST_H
#define NVME_PASSTHRU_JOB_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "job_placement.h"
#include "nvme/described.h"
#include "nvme/error_limit.h"
#include "nvme/limits.h"
#include "nvme/pi.h"
#include "ring/ring.h"

/* Directions of I/O, numbered as fio's; all from JOB_FLUSH on are one */
enum { JOB_READ, JOB_WRITE, JOB_TRIM, JOB_FLUSH, JOB_DIRECTIONS = 8 };

/* What is sent in place of Reads, Writes and trims, by job_family.h */
enum job_kind {
	KIND_ZEROES = JOB_DIRECTIONS,
	KIND_UNCOR,
	KIND_VERIFY,
	KIND_COMPARE,
	KIND_COPY,
	KIND_ZONE_APPEND,
	KIND_READ_CMD,
	KIND_WRITE_CMD,
	KIND_TRIM_CMD,
	JOB_KINDS,
};

#define JOB_FAMILIES (JOB_KINDS - JOB_DIRECTIONS)

/**
 * struct described_request - what the commands of a direction are to be
 * @given: they are described
 * @command: how
 */
struct described_request {
	bool given;
	struct nvme_described command;
};

/**
 * struct mode_request - what a job sends in place of Reads, Writes and trims
 * @nr: how many of @kinds, 0 where all writes are Writes
 * @kinds: what writes are: JOB_WRITE and those of enum job_kind
 * @percent: how many of a hundred writes are the kind at the same index
 * @deac: Write Zeroes may deallocate
 * @compare: the device compares what is verified
 * @dsm: attributes of Dataset Management, NVME_CDW11_*
 * @copy_start: byte that Copy copies from
 * @copy_bytes: how many bytes there are, before it begins anew
 * @copy_ranges: the most source ranges of one Copy
 * @append_bytes: the most that a Zone Append is to carry, 0 where none is sent
 * @append_exact: what is appended has to go to where fio believes it to be
 * @described: by direction, commands in the user's own words
 */
struct mode_request {
	unsigned int nr;
	unsigned int kinds[JOB_FAMILIES + 1];
	unsigned int percent[JOB_FAMILIES + 1];
	bool deac;
	bool compare;
	uint32_t dsm;
	uint64_t copy_start;
	uint64_t copy_bytes;
	unsigned int copy_ranges;
	uint64_t append_bytes;
	bool append_exact;
	struct described_request described[JOB_FLUSH];
};

/**
 * struct md_request - what a job asks about metadata
 * @pi: about protection information
 * @per_io: bytes of metadata that it has for each I/O, 0 for what is needed
 * @check: the host checks what it reads
 * @intact: fio looks for every byte that it wrote
 */
struct md_request {
	struct pi_request pi;
	uint64_t per_io;
	bool check;
	bool intact;
};

/**
 * struct job_request - what a job is to be, as the user asked for it
 * @ask: what it asks of each namespace
 * @place: where its Writes are to go
 * @modes: what it sends in place of Reads, Writes and trims
 * @md: what it asks about metadata
 * @ring: what its ring is to be
 * @depth: I/Os in flight
 * @max_bytes: bytes from one data buffer to the next
 * @max_data: the most bytes of data that an I/O can have
 * @cmd_bytes: of one command, 0 for as many as the device takes
 * @scatter: every command goes to a random address of its own
 * @seed: of those addresses
 * @ranges: the most ranges of one trim
 * @force_async: every so many commands go to a kernel worker, 0 for none
 * @fixedbufs: data buffers are registered
 * @registerfiles: files are registered
 * @vectored: Reads and Writes carry an array of buffers
 * @readfua: Reads carry FUA
 * @writefua: Writes carry FUA
 * @dry_run: commands are told, not sent
 * @timeout_ms: of every command, 0 for the driver's own
 * @retries: how often a command is sent again
 * @limits: of errors
 * @zoned: it keeps to the rules of zones, and a trim is the reset of one
 * @zone_bytes: of the zones that it makes up where a namespace has none, 0 for
 *	none
 * @part_bytes: of one command where an I/O is several, from here on by
 *	job_plan()
 * @parts: the most commands of one I/O
 * @splits: I/Os go by job_split.h
 */
struct job_request {
	struct nspace_request ask;
	struct placement_request place;
	struct mode_request modes;
	struct md_request md;
	struct ring_setup ring;
	unsigned int depth;
	uint64_t max_bytes;
	uint64_t max_data;
	uint64_t cmd_bytes;
	bool scatter;
	uint64_t seed;
	unsigned int ranges;
	unsigned int force_async;
	bool fixedbufs;
	bool registerfiles;
	bool vectored;
	bool readfua;
	bool writefua;
	bool dry_run;
	uint32_t timeout_ms;
	unsigned int retries;
	struct nvme_error_limits limits;
	bool zoned;
	uint64_t zone_bytes;
	uint64_t part_bytes;
	uint32_t parts;
	bool splits;
};

#endif
