/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a job's commands came to: counted, timed and traced as their
 * completions are read, where someone asked for it. Without a watch nothing of
 * this is done.
 *
 * A command's completion is noted by watch_note(); what it adds to the hot path
 * is a few counters.
 */
#ifndef NVME_PASSTHRU_JOB_WATCH_H
#define NVME_PASSTHRU_JOB_WATCH_H

#include <time.h>

#include "job.h"
#include "job_placement.h"
#include "job_trace.h"

/* Kinds of errors that are told apart */
#define WATCH_ERRORS 32
/*
 * Buckets of a power of two: 64 make each 1.6 % wide at most, as fio's are.
 * What takes 2^40 ns (18 minutes) or longer is in the last one.
 */
#define WATCH_BITS 6
#define WATCH_TOP 40
#define WATCH_BUCKETS ((WATCH_TOP - WATCH_BITS + 1) << WATCH_BITS)

/**
 * struct watch_kind - the commands of one direction
 * @commands: that completed
 * @bytes: of those that succeeded
 * @errors: how many did not
 */
struct watch_kind {
	uint64_t commands;
	uint64_t bytes;
	uint64_t errors;
};

/**
 * struct watch_error - one way in which commands failed
 * @kind: what the commands are noted as
 * @res: of their completions: a status or a negative errno
 * @count: how many
 */
struct watch_error {
	unsigned int kind;
	int res;
	uint64_t count;
};

/**
 * struct watch_latency - how long commands took, in nanoseconds
 * @nr: how many
 * @min: the least
 * @max: the most
 * @sum: of all
 * @buckets: how many by watch_bucket()
 */
struct watch_latency {
	uint64_t nr;
	uint64_t min;
	uint64_t max;
	uint64_t sum;
	uint64_t buckets[WATCH_BUCKETS];
};

/**
 * struct watch_place - Writes to one placement identifier
 * @count: how many
 * @latency: from the io_unit's issue, of those that succeeded
 */
struct watch_place {
	struct watch_kind count;
	struct watch_latency latency;
};

/**
 * struct watch_file - what is noted of a file's commands
 * @trace: where they are traced, else NULL
 * @nr: how many positions its placement has, 0 without one
 * @places: by position, and of the Writes that named none of them
 */
struct watch_file {
	struct trace *trace;
	unsigned int nr;
	struct watch_place *places;
};

/**
 * struct watch - what is noted of a job's commands
 * @kinds: by what commands are noted as: direction or enum job_kind
 * @details: there is more to note than that
 * @timed: latencies are noted; @now is set before a batch
 * @traces: commands are traced; @traced_at is set before a batch
 * @issued_at: where in an I/O's owner the time of its issue lies, in bytes
 * @now: when the batch was read, by the clock of that time
 * @traced_at: the same by CLOCK_MONOTONIC, in nanoseconds
 * @tell: called with one line when the trace cannot be written any more
 * @nr_errors: how many of @errors
 * @errors: in the order in which they were first seen
 * @other_errors: those that @errors had no room for
 */
struct watch {
	struct watch_kind kinds[JOB_KINDS];
	bool details;
	bool timed;
	bool traces;
	size_t issued_at;
	struct timespec now;
	uint64_t traced_at;
	job_remark_fn tell;
	unsigned int nr_errors;
	struct watch_error errors[WATCH_ERRORS];
	uint64_t other_errors;
};

/**
 * struct watch_request - what is to be noted
 * @timed: latencies, where files have a placement
 * @issued_at: where in an I/O's owner the time of its issue lies, in bytes
 * @trace_fd: where the trace goes, by append_open(); negative for none
 * @job: number of the job, from 1 on
 * @tell: see struct watch
 */
struct watch_request {
	bool timed;
	size_t issued_at;
	int trace_fd;
	unsigned int job;
	job_remark_fn tell;
};

/**
 * struct watch_command - a command that completed
 * @target: its file
 * @owner: of the I/O, where the time of issue is
 * @unit: index of the I/O
 * @kind: what it is noted as: @direction or of enum job_kind
 * @direction: of the I/O
 * @offset: in bytes
 * @bytes: of data, or that a trim takes away; 0 for Flush
 * @ranges: that a trim has
 * @position: in the file's placement, of a Write; or PLACEMENT_NONE
 * @res: of the completion
 */
struct watch_command {
	const struct target *target;
	const void *owner;
	unsigned int unit;
	unsigned int kind;
	unsigned int direction;
	uint64_t offset;
	uint64_t bytes;
	unsigned int ranges;
	uint16_t position;
	int res;
};

int watch_create(struct job *job, const struct watch_request *request);
int watch_target(struct watch_file **file, const struct target *target,
		 bool timed);
void watch_flush(struct job *job);
void watch_destroy(struct job *job);
uint8_t watch_opcode(const struct job *job, unsigned int kind);
void watch_failed(struct watch *watch, const struct watch_command *command);
void watch_trace(struct job *job, const struct watch_command *command);
uint64_t watch_trimmed(const struct job *job, const struct target *target,
		       unsigned int unit, unsigned int ranges);
double watch_percentile(const struct watch_latency *latency, double percent);

/**
 * watch_bucket() - which bucket a latency falls into
 * @ns: nanoseconds
 *
 * Return: its index in watch_latency.buckets.
 */
static inline unsigned int watch_bucket(uint64_t ns)
{
	unsigned int shift;

	if (unlikely(ns >> WATCH_TOP))
		return WATCH_BUCKETS - 1;
	shift = 63u - (unsigned int)__builtin_clzll(ns | 1u << WATCH_BITS) -
		WATCH_BITS;
	return (shift << WATCH_BITS) + (unsigned int)(ns >> shift);
}

/**
 * watch_took() - note a latency
 * @latency: where
 * @ns: nanoseconds
 */
static inline void watch_took(struct watch_latency *latency, uint64_t ns)
{
	latency->nr++;
	latency->sum += ns;
	if (unlikely(ns < latency->min))
		latency->min = ns;
	if (unlikely(ns > latency->max))
		latency->max = ns;
	latency->buckets[watch_bucket(ns)]++;
}

/* From the issue of an I/O to the batch in which its command is read */
static inline uint64_t watch_age(const struct watch *watch, const void *owner)
{
	const struct timespec *issued =
		(const void *)((const char *)owner + watch->issued_at);
	int64_t ns = (watch->now.tv_sec - issued->tv_sec) * 1000000000 +
		     watch->now.tv_nsec - issued->tv_nsec;

	return ns > 0 ? (uint64_t)ns : 0;
}

static inline void watch_details(struct job *job,
				 const struct watch_command *command)
{
	const struct watch_file *file = command->target->watch;
	struct watch *watch = job->watch;
	struct watch_place *place;

	if (file->nr && command->kind == JOB_WRITE) {
		place = &file->places[command->position < file->nr ?
					      command->position :
					      file->nr];
		place->count.commands++;
		if (unlikely(command->res)) {
			place->count.errors++;
		} else {
			place->count.bytes += command->bytes;
			if (watch->timed)
				watch_took(&place->latency,
					   watch_age(watch, command->owner));
		}
	}
	if (file->trace)
		watch_trace(job, command);
}

/**
 * watch_note() - note a command that completed
 * @job: a job with @watch, whose clocks are set where they are asked for
 * @command: the command
 */
static inline __attribute__((always_inline)) void
watch_note(struct job *job, const struct watch_command *command)
{
	struct watch *watch = job->watch;
	struct watch_kind *kind = &watch->kinds[command->kind];

	kind->commands++;
	if (likely(!command->res))
		kind->bytes += command->bytes;
	else
		watch_failed(watch, command);
	if (unlikely(watch->details))
		watch_details(job, command);
}

#endif
