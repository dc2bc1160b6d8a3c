/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where on the medium a job's Writes go: Flexible Data Placement (NVMe Base
 * 2.1, 8.1.10) or Streams (8.1.9.3). Which of the identifiers a command names
 * is a function of the command and of where its I/O began to count, so that it
 * can be told again when the command completes.
 */
#ifndef NVME_PASSTHRU_JOB_PLACEMENT_H
#define NVME_PASSTHRU_JOB_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvme/command.h"
#include "nvme/fdp.h"
#include "nvme/namespace.h"

#define PLACEMENTS_MAX NSPACE_PLACEMENTS_MAX
/* In place of a position: the command names no identifier */
#define PLACEMENT_NONE UINT16_MAX

/**
 * enum placement_select - what decides which identifier a command names
 * @PLACEMENT_ROUNDROBIN: one after the other, for each file
 * @PLACEMENT_RANDOM: chance
 * @PLACEMENT_JOB: the number of the job
 * @PLACEMENT_FILE: the number of the file in the job
 * @PLACEMENT_LBA: the address
 * @PLACEMENT_SIZE: the bytes of the I/O
 * @PLACEMENT_BY_FIO: fio's core, with every I/O
 */
enum placement_select {
	PLACEMENT_ROUNDROBIN,
	PLACEMENT_RANDOM,
	PLACEMENT_JOB,
	PLACEMENT_FILE,
	PLACEMENT_LBA,
	PLACEMENT_SIZE,
	PLACEMENT_BY_FIO,
};

/**
 * struct placement_request - the placement that a job asks for
 * @type: NVME_DTYPE_FDP or NVME_DTYPE_STREAMS, NVME_DTYPE_NONE for none
 * @select: what decides
 * @nr_ids: how many of @ids, 0 for all that the namespace has
 * @ids: indices into its list of reclaim unit handles, or stream identifiers
 * @nr_bounds: how many of @bounds
 * @bounds: bytes, ascending: what is below the first goes to the first
 *	identifier, and so on
 * @seed: of chance
 * @job: number of the job, from 0 on
 * @file: number of the file, from 0 on
 */
struct placement_request {
	enum nvme_dtype type;
	enum placement_select select;
	unsigned int nr_ids;
	uint16_t ids[PLACEMENTS_MAX];
	unsigned int nr_bounds;
	uint64_t bounds[PLACEMENTS_MAX];
	uint64_t seed;
	unsigned int job;
	unsigned int file;
};

/**
 * struct placement_entry - one identifier that Writes may name
 * @index: of the namespace's list of reclaim unit handles
 * @pid: placement identifier, or stream identifier
 * @ruhid: reclaim unit handle
 * @left: bytes left in its reclaim unit when the job was set up
 *
 * With streams only @pid has a meaning.
 */
struct placement_entry {
	uint16_t index;
	uint16_t pid;
	uint16_t ruhid;
	uint64_t left;
};

/**
 * struct placement - where the Writes to a file go
 * @type: as of the request
 * @select: as of the request
 * @nr: how many of @entries, at least 1
 * @entries: by position
 * @nr_bounds: how many of @bounds
 * @bounds: as of the request, or of equal parts of the namespace
 * @fixed: the position, where job or file decide
 * @next: what the next I/O starts from, where turn or chance decide
 */
struct placement {
	enum nvme_dtype type;
	enum placement_select select;
	unsigned int nr;
	struct placement_entry entries[PLACEMENTS_MAX];
	unsigned int nr_bounds;
	uint64_t bounds[PLACEMENTS_MAX];
	unsigned int fixed;
	uint64_t next;
};

/**
 * struct placed - where one command goes
 * @position: in the file's placement, PLACEMENT_NONE for none of it
 * @dspec: placement identifier or stream identifier
 * @dtype: the kind of @dspec
 */
struct placed {
	uint16_t position;
	uint16_t dspec;
	enum nvme_dtype dtype;
};

int placement_init(struct placement *placement, const struct nspace *ns, int fd,
		   const struct placement_request *request, char *why,
		   size_t len);
uint64_t placement_begin(struct placement *placement, uint32_t parts);
struct placed placement_nth(const struct placement *placement, uint64_t base,
			    uint32_t nth, uint64_t offset, uint64_t bytes);
struct placed placement_by_fio(const struct placement *placement,
			       enum nvme_dtype dtype, uint16_t dspec);
const char *placement_select_name(enum placement_select select);
bool placement_row(const struct placement *placement, unsigned int nth,
		   char *row, size_t len);

#endif
