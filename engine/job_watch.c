// SPDX-License-Identifier: GPL-2.0
#include "job_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS 1000000000ull

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

/**
 * watch_target() - make room for what is noted of a file
 * @file: set to it
 * @target: the file
 * @timed: latencies are noted
 *
 * Return: 0, or -ENOMEM.
 */
int watch_target(struct watch_file **file, const struct target *target,
		 bool timed)
{
	struct watch_file *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	*file = f;
	if (!target->placement)
		return 0;
	f->places = calloc(target->placement->nr + 1ul, sizeof(*f->places));
	if (!f->places)
		return -ENOMEM;
	f->nr = target->placement->nr;
	for (unsigned int i = 0; timed && i <= f->nr; i++)
		f->places[i].latency.min = UINT64_MAX;
	return 0;
}

static int trace_file(struct watch_file *file, const struct target *target,
		      const struct watch_request *request, unsigned int nth)
{
	const struct nspace *ns = &target->ns;
	const struct trace_header header = {
		.realtime =
			clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC),
		.nlb = ns->nlb,
		.nsid = ns->nsid,
		.lba_size = ns->lba_size,
		.job = (uint16_t)request->job,
		.file = (uint16_t)nth,
	};

	return trace_create(&file->trace, &header, ns->serial,
			    request->trace_fd);
}

/**
 * watch_create() - note a job's commands from now on
 * @job: a job whose files are open and have their placement; its @watch and
 *	@detour are set, and its files' @watch
 * @request: what is to be noted
 *
 * Return: 0, or -ENOMEM; what was made is undone by job_destroy() then, too.
 */
int watch_create(struct job *job, const struct watch_request *request)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int ret = 0;

	if (!watch)
		return -ENOMEM;
	job->watch = watch;
	job->detour = true;
	watch->traces = request->trace_fd >= 0;
	watch->issued_at = request->issued_at;
	watch->tell = request->tell;
	watch->details = watch->traces;
	for (unsigned int i = 0; !ret && i < job->nr_targets; i++) {
		struct target *target = job->targets[i];

		ret = watch_target(&target->watch, target, request->timed);
		if (!ret && watch->traces)
			ret = trace_file(target->watch, target, request, i);
		if (!ret && target->placement) {
			watch->details = true;
			watch->timed = request->timed;
		}
	}
	return ret;
}

static void free_file(struct watch_file *file)
{
	if (!file)
		return;
	trace_destroy(file->trace);
	free(file->places);
	free(file);
}

/**
 * watch_destroy() - undo watch_create()
 * @job: the job
 */
void watch_destroy(struct job *job)
{
	for (unsigned int i = 0; i < job->nr_targets; i++) {
		free_file(job->targets[i]->watch);
		job->targets[i]->watch = NULL;
	}
	free(job->watch);
	job->watch = NULL;
	job->detour = job->split || job->checks;
}

/**
 * watch_opcode() - what commands noted as one kind are
 * @job: a job that ran
 * @kind: direction or of enum job_kind
 *
 * Return: their opcode.
 */
uint8_t watch_opcode(const struct job *job, unsigned int kind)
{
	static const uint8_t opcodes[JOB_DIRECTIONS] = {
		[JOB_READ] = NVME_OPC_READ,
		[JOB_WRITE] = NVME_OPC_WRITE,
		[JOB_TRIM] = NVME_OPC_DSM,
		/* the others are Flush, which is 0 */
	};

	_Static_assert(!NVME_OPC_FLUSH, "the opcode of kinds not listed");
	if (kind < JOB_DIRECTIONS)
		return opcodes[kind];
	kind -= JOB_DIRECTIONS;
	return job_encoded(&job->targets[0]->others[kind])->opcode;
}

/* -- errors ---------------------------------------------------------------- */

/**
 * watch_failed() - note that a command failed
 * @watch: the job's
 * @command: the command
 */
aside void watch_failed(struct watch *watch,
			const struct watch_command *command)
{
	struct watch_error *error;
	unsigned int kind = command->kind;

	watch->kinds[kind].errors++;
	/* all of fio's ways to sync are flushes */
	if (kind > JOB_FLUSH && kind < JOB_DIRECTIONS)
		kind = JOB_FLUSH;
	for (unsigned int i = 0; i < watch->nr_errors; i++) {
		error = &watch->errors[i];
		if (error->kind != kind || error->res != command->res)
			continue;
		error->count++;
		return;
	}
	if (watch->nr_errors == WATCH_ERRORS) {
		watch->other_errors++;
		return;
	}
	watch->errors[watch->nr_errors++] = (struct watch_error){
		.kind = kind,
		.res = command->res,
		.count = 1,
	};
}

/* -- the trace ------------------------------------------------------------- */

static aside void end_trace(struct job *job, int err)
{
	char what[WHY_MAX];

	for (unsigned int i = 0; i < job->nr_targets; i++) {
		trace_destroy(job->targets[i]->watch->trace);
		job->targets[i]->watch->trace = NULL;
	}
	job->watch->traces = false;
	snprintf(what, sizeof(what),
		 "trace=: writing it failed, it is incomplete: %s",
		 strerror(-err));
	job->watch->tell(what);
}

/* A Zone Append's is where it went, or the zone where that is not known */
static uint64_t slba_of(const struct job *job,
			const struct watch_command *command)
{
	const struct target *target = command->target;
	uint64_t offset = command->offset;

	if (command->kind == KIND_ZONE_APPEND) {
		if (!command->res)
			return job->units[command->unit].append.alba;
		offset -= offset % target->zones.bytes;
	}
	return offset / target->ns.lba_bytes;
}

static void fill(struct trace_record *record, const struct job *job,
		 const struct watch_command *command)
{
	const struct target *target = command->target;
	uint32_t block = target->ns.lba_bytes;

	*record = (struct trace_record){
		.time = job->watch->traced_at,
		.opcode = watch_opcode(job, command->kind),
		.unit = command->unit,
	};
	if (command->res < 0) {
		record->status = (uint16_t)-command->res;
		record->flags = TRACE_ERRNO;
	} else {
		record->status = nvme_status_of(command->res).field;
	}
	if (command->kind == JOB_TRIM || command->direction > JOB_TRIM)
		return;
	record->slba = slba_of(job, command);
	record->nlb = (uint32_t)(command->bytes / block);
}

static void fill_placed(struct trace_record *record,
			const struct watch_command *command)
{
	const struct placement *placement = command->target->placement;

	if (!placement || command->kind != JOB_WRITE ||
	    command->position >= placement->nr)
		return;
	record->dspec = placement->entries[command->position].pid;
	record->flags |= (uint8_t)placement->type;
}

static void put_ranges(struct trace *trace, const struct job *job,
		       const struct watch_command *command)
{
	const struct nvme_range *ranges = job_unit_ranges(job, command->unit);

	for (unsigned int i = 0; i < command->ranges; i++) {
		struct trace_record *record = trace_next(trace);

		fill(record, job, command);
		record->slba = ranges[i].slba;
		record->nlb = ranges[i].nlb;
		if (i)
			record->flags |= TRACE_FURTHER_RANGE;
	}
}

/**
 * watch_trace() - put a command into the trace
 * @job: the job
 * @command: the command, to a file that is traced
 */
void watch_trace(struct job *job, const struct watch_command *command)
{
	struct trace *trace = command->target->watch->trace;
	bool trim = command->kind == JOB_TRIM;
	struct trace_record *record;
	int ret = trace_room(trace, trim ? command->ranges : 1);

	if (unlikely(ret)) {
		end_trace(job, ret);
		return;
	}
	if (trim) {
		put_ranges(trace, job, command);
		return;
	}
	record = trace_next(trace);
	fill(record, job, command);
	fill_placed(record, command);
}

/**
 * watch_flush() - write what is left of the trace
 * @job: a job with @watch
 */
void watch_flush(struct job *job)
{
	for (unsigned int i = 0; i < job->nr_targets; i++) {
		struct trace *trace = job->targets[i]->watch->trace;
		int ret = trace ? trace_flush(trace) : 0;

		if (ret)
			end_trace(job, ret);
	}
}

/* -- figures --------------------------------------------------------------- */

/**
 * watch_trimmed() - bytes that a trim takes away
 * @job: the job
 * @target: the file
 * @unit: index of the I/O
 * @ranges: how many it has
 *
 * Return: bytes.
 */
uint64_t watch_trimmed(const struct job *job, const struct target *target,
		       unsigned int unit, unsigned int ranges)
{
	const struct nvme_range *range = job_unit_ranges(job, unit);
	uint64_t blocks = 0;

	for (unsigned int i = 0; i < ranges; i++)
		blocks += range[i].nlb;
	return blocks * target->ns.lba_bytes;
}

/* The middle of a bucket, which no member is further from than 0.8 % */
static double middle(unsigned int bucket)
{
	unsigned int shift = bucket >> WATCH_BITS;
	uint64_t low;

	if (shift <= 1)
		return bucket;
	shift--;
	low = (uint64_t)(bucket - (shift << WATCH_BITS)) << shift;
	return (double)low + (double)((1ull << shift) - 1) / 2;
}

/**
 * watch_percentile() - the latency that so many percent did not exceed
 * @latency: with at least one
 * @percent: above 0, up to 100
 *
 * Return: nanoseconds, off by 0.8 % at most below 2^WATCH_TOP.
 */
double watch_percentile(const struct watch_latency *latency, double percent)
{
	uint64_t rank, seen = 0;
	unsigned int i = 0;
	double ns;

	/* the least rank that is so much of all, told in no floating remainder */
	rank = (uint64_t)((double)latency->nr * percent / 100);
	if ((double)rank * 100 < (double)latency->nr * percent || !rank)
		rank++;
	while (i < WATCH_BUCKETS - 1 && (seen += latency->buckets[i]) < rank)
		i++;
	ns = i < WATCH_BUCKETS - 1 ? middle(i) : (double)latency->max;
	if (ns > (double)latency->max)
		ns = (double)latency->max;
	return ns < (double)latency->min ? (double)latency->min : ns;
}
