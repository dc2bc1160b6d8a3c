// SPDX-License-Identifier: GPL-2.0
#include "job.h"

#include <stdlib.h>

#include "ring/support.h"

/* The kernel's limit for one registered buffer (Linux 6.1, io_uring/rsrc.c) */
#define REGION_MAX (1ULL << 30)

static int register_files(struct job *job)
{
	int *fds = calloc(job->nr_targets, sizeof(*fds));
	int ret;

	if (!fds)
		return -ENOMEM;
	for (unsigned int i = 0; i < job->nr_targets; i++)
		fds[i] = job->targets[i]->fd;
	ret = ring_register_files(&job->ring, fds, job->nr_targets);
	free(fds);
	return ret;
}

static uint64_t least_segments(const struct job *job)
{
	uint64_t least = UINT32_MAX;

	for (unsigned int i = 0; i < job->nr_targets; i++)
		if (job->targets[i]->ns.max_segments < least)
			least = job->targets[i]->ns.max_segments;
	return least;
}

static uint64_t pages_of(const void *memory, uint64_t bytes)
{
	return ((uintptr_t)memory % JOB_PAGE + bytes - 1) / JOB_PAGE + 1;
}

/*
 * As few regions as the kernel is good with, none ending within the data of a
 * command. For it a command has all pages of the region that follow its first
 * one: above the device's max_segments it copies the data (Linux 6.12) or
 * refuses the command (6.1), and before 6.12 it maps them all. So what is not
 * in huge pages gets a region for each command's data, as far as so many can
 * be had, unless all of it, or all of an I/O, is no more than one command may
 * have. Data of several pages never shares one: each may turn out to be
 * contiguous, all of them hardly.
 */
static void plan_regions(struct job *job, const struct job_request *request,
			 const char *memory, uint64_t bytes)
{
	uint64_t unit = request->max_bytes, buffers = (bytes - 1) / unit + 1;
	bool small = unit <= JOB_PAGE || request->part_bytes <= JOB_PAGE;
	bool share = small && ring_support_large_segments();
	uint64_t most = least_segments(job);

	job->region_parts = 1;
	job->region_bytes =
		unit * ((buffers + RING_REGIONS_MAX - 1) / RING_REGIONS_MAX);
	if (request->ask.huge_pages)
		job->region_bytes = unit < REGION_MAX ?
					    REGION_MAX - REGION_MAX % unit :
					    unit;
	else if (share && pages_of(memory, bytes) <= most)
		job->region_bytes = bytes;
	else if (share && pages_of(memory, unit) <= most)
		return;
	else if (buffers * request->parts <= RING_REGIONS_MAX)
		job->region_parts = request->parts;
}

/* The nth region, of the @bytes that are to be in regions */
static struct iovec region(const struct job *job,
			   const struct job_request *request, char *memory,
			   uint64_t bytes, unsigned int nth)
{
	uint64_t start = nth / job->region_parts * job->region_bytes;
	uint64_t end = start + job->region_bytes;

	if (job->region_parts > 1) {
		start += nth % job->region_parts * request->part_bytes;
		if (end > start + request->part_bytes)
			end = start + request->part_bytes;
	}
	if (end > bytes)
		end = bytes;
	return (struct iovec){ .iov_base = memory + start,
			       .iov_len = end - start };
}

static int register_memory(struct job *job, const struct job_request *request,
			   char *memory, uint64_t bytes)
{
	struct iovec *regions;
	int ret;

	if (bytes > request->max_bytes * job->depth)
		bytes = request->max_bytes * job->depth;
	plan_regions(job, request, memory, bytes);
	job->memory = memory;
	job->regions = (unsigned int)((bytes - 1) / job->region_bytes + 1) *
		       job->region_parts;
	regions = calloc(job->regions, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	for (unsigned int i = 0; i < job->regions; i++)
		regions[i] = region(job, request, memory, bytes, i);
	ret = ring_register_buffers(&job->ring, regions, job->regions);
	free(regions);
	return ret;
}

/**
 * job_register() - register what the job asks for with the kernel
 * @job: a job whose files are open
 * @request: the job, as asked for
 * @memory: the first data buffer; all lie in one piece, one after the other
 * @bytes: of all of them, 0 where there are none
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int job_register(struct job *job, const struct job_request *request,
		 char *memory, uint64_t bytes, char *why, size_t len)
{
	int ret;

	/* without registration descriptors do: slower, and nothing else */
	if (request->registerfiles)
		register_files(job);
	if (!request->fixedbufs || !bytes)
		return 0;
	ret = register_memory(job, request, memory, bytes);
	if (ret)
		ring_support_explain(
			ret, "fixedbufs=1: registering the data buffers", why,
			len);
	return ret;
}

/**
 * job_place() - say which data buffer an I/O has
 * @job: a job after job_register()
 * @unit: index of the I/O
 * @buffer: its buffer, in the memory that was registered
 */
void job_place(struct job *job, unsigned int unit, const void *buffer)
{
	uint64_t at = (uint64_t)((const char *)buffer - job->memory);

	if (job->regions)
		job->units[unit].region =
			(uint16_t)(at / job->region_bytes * job->region_parts);
}
