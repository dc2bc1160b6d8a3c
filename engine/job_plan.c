// SPDX-License-Identifier: GPL-2.0
#include "job_family.h"
#include "job_pi.h"
#include "job_split.h"
#include "job_zones.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t common_multiple(uint64_t a, uint64_t b)
{
	uint64_t x = a, y = b, rest;

	if (!b)
		return a;
	for (; y; y = rest) {
		rest = x % y;
		x = y;
	}
	return a / x * b;
}

/* The most that a command to any of the files can carry, in whole blocks */
static uint64_t part_bytes(const struct job_request *request,
			   struct target *const *targets, unsigned int nr)
{
	uint64_t most = request->cmd_bytes ? request->cmd_bytes : JOB_DATA_MAX;
	uint64_t block = 1, limit;
	const char *name;

	for (unsigned int i = 0; i < nr; i++) {
		const struct nspace *ns = &targets[i]->ns;

		limit = nspace_max_bytes(ns, request->ask.huge_pages, &name);
		most = limit < most ? limit : most;
		block = common_multiple(block, ns->lba_bytes);
	}
	return most - most % block;
}

/* Commands that all queues together take at once */
static uint64_t tags_of(struct target *const *targets, unsigned int nr)
{
	uint64_t tags = 0;

	for (unsigned int i = 0; i < nr; i++)
		tags += targets[i]->ns.tags ? targets[i]->ns.tags :
					      RING_ENTRIES_MAX;
	return tags < RING_ENTRIES_MAX ? tags : RING_ENTRIES_MAX;
}

/* Refuse what would be several commands, and cannot be */
static int check_splits(const struct job_request *request,
			struct target *const *targets, unsigned int nr,
			char *why, size_t len)
{
	const struct nspace *ns = &targets[0]->ns;
	int ret = 0;

	if (request->splits && request->vectored) {
		snprintf(
			why, len,
			"%s: nonvectored=0: I/Os of more than %" PRIu64
			" bytes are several commands, which vectored ones cannot be; use nonvectored=1, or a bs of no more",
			ns->path, request->part_bytes);
		return -EINVAL;
	}
	if (request->splits && request->retries) {
		snprintf(
			why, len,
			"%s: retries=%u: I/Os of more than %" PRIu64
			" bytes, or with scatter, are several commands, which are not sent again; use a bs of no more, or retries=0",
			ns->path, request->retries, request->part_bytes);
		return -EINVAL;
	}
	ret = family_check_plan(request, ns, why, len);
	return ret ? ret : pi_check_plan(request, targets, nr, why, len);
}

/**
 * job_plan() - decide how many commands the job's I/Os are
 * @request: the job; its @part_bytes, @parts, @splits and ring are set
 * @targets: its files
 * @nr: how many
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * An I/O that one command cannot carry becomes several. What the queues' tags
 * do not suffice for waits here: the kernel would give it to its workers.
 *
 * Return: 0, or a negative errno with @why.
 */
int job_plan(struct job_request *request, struct target *const *targets,
	     unsigned int nr, char *why, size_t len)
{
	uint64_t tags = tags_of(targets, nr), commands;
	int ret;

	request->part_bytes = part_bytes(request, targets, nr);
	if (!request->part_bytes) {
		snprintf(
			why, len,
			"the files of this job have logical blocks that no command size is a multiple of; use a job for each");
		return -EINVAL;
	}
	request->parts = 1;
	if (request->max_data > request->part_bytes)
		request->parts = (uint32_t)((request->max_data - 1) /
					    request->part_bytes) +
				 1;
	commands = (uint64_t)request->depth * request->parts;
	request->splits =
		request->parts > 1 || request->scatter ||
		(commands > tags && !request->vectored && !request->retries &&
		 !family_any(request) && !pi_any(targets, nr));
	ret = check_splits(request, targets, nr, why, len);
	if (ret)
		return ret;
	if (request->splits)
		request->ring.entries =
			(unsigned int)(commands < tags ? commands : tags);
	return request->zoned ?
		       job_zones_plan(request, targets, nr, tags, why, len) :
		       0;
}

/**
 * job_scatter() - say where a file's random addresses may lie
 * @target: the file, of a job with @scatter
 * @offset: in bytes, where the region begins
 * @bytes: of the region
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why where no command fits in.
 */
int job_scatter(struct target *target, uint64_t offset, uint64_t bytes,
		char *why, size_t len)
{
	uint64_t part = target->job->split->part_bytes;
	uint64_t end = offset + bytes;

	target->first = (offset + part - 1) / part * part;
	target->places = end > target->first ? (end - target->first) / part : 0;
	if (target->places)
		return 0;
	snprintf(why, len,
		 "%s: scatter=1: the region of %" PRIu64
		 " bytes at offset %" PRIu64
		 " has no room for a command of %" PRIu64
		 " bytes; use a larger size, or a smaller cmd_bs",
		 target->ns.path, bytes, offset, part);
	return -EINVAL;
}
