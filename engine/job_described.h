/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that the user describes: what such a job needs beside its commands,
 * and what the device answered.
 */
#ifndef NVME_PASSTHRU_JOB_DESCRIBED_H
#define NVME_PASSTHRU_JOB_DESCRIBED_H

#include "job_family.h"

/* The most metadata of a command: all blocks, with 64 bytes each */
#define DESCRIBED_METADATA_MAX (NVME_NLB_MAX * 64u)
/* Results that are told apart */
#define DESCRIBED_RESULTS 32

/**
 * struct described_result - how often a command had a result
 * @kind: what the command is noted as
 * @dword0: of its completion
 * @count: how often
 */
struct described_result {
	unsigned int kind;
	uint32_t dword0;
	uint64_t count;
};

/**
 * struct described_job - what a job with described commands needs
 * @commands: by direction
 * @index: commands so far
 * @seed: of the next random number
 * @metadata: @metadata_bytes for each I/O, NULL where there is none
 * @metadata_bytes: the most that a command has
 * @nr_results: how many of @results
 * @results: of commands that succeeded, in the order in which they were first
 *	seen
 * @other_results: those that @results had no room for
 */
struct described_job {
	struct nvme_described commands[JOB_FLUSH];
	uint64_t index;
	uint64_t seed;
	char *metadata;
	size_t metadata_bytes;
	unsigned int nr_results;
	struct described_result results[DESCRIBED_RESULTS];
	uint64_t other_results;
};

const char *described_option(unsigned int direction);
int described_parse(struct mode_request *modes, unsigned int direction,
		    const char *text, char *why, size_t len);
bool described_any(const struct mode_request *modes);
bool described_moves(const struct mode_request *modes, unsigned int direction);
bool described_reads(const struct mode_request *modes, unsigned int direction);
bool described_writes(const struct mode_request *modes, unsigned int direction);
int described_check_len(const struct mode_request *modes,
			unsigned int direction, uint64_t bytes, char *why,
			size_t len);
int job_described_create(struct job *job, const struct job_request *request);
void job_described_destroy(struct job *job);

#endif
