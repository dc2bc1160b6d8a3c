// SPDX-License-Identifier: GPL-2.0
#include "job_pi.h"

#include <stdio.h>
#include <stdlib.h>

#include "nvme/buffer.h"
#include "ring/support.h"

/* The kernel's limit for one registered buffer (Linux 6.1, io_uring/rsrc.c) */
#define REGION_MAX (1ULL << 30)
/* Commands of an I/O are fewer: all of them share one region */
#define NO_SHIFT 31u

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

/* Bytes of a buffer that commands may name; a trim has none there */
static uint64_t data_bytes(const struct job_request *request)
{
	return request->max_data ? request->max_data : request->max_bytes;
}

/* A region for each command's data, or for as few commands as can be had */
static void plan_parts(struct job *job, const struct job_request *request,
		       uint64_t buffers)
{
	for (unsigned int shift = 0; shift < NO_SHIFT; shift++) {
		uint64_t parts = ((request->parts - 1) >> shift) + 1;

		if (buffers * parts > RING_REGIONS_MAX)
			continue;
		job->region_parts = (unsigned int)parts;
		job->region_shift = shift;
		return;
	}
}

/*
 * For the kernel a command has all pages of the region that follow its first
 * one: above the device's max_segments it copies the data (Linux 6.12) or
 * refuses the command (6.1), before 6.12 it maps them all, and even where they
 * are few it takes longer to find the right one. So what is not in huge pages
 * gets a region for each command's data, as far as so many can be had.
 */
static void plan_regions(struct job *job, const struct job_request *request,
			 uint64_t bytes)
{
	uint64_t unit = request->max_bytes, buffers = (bytes - 1) / unit + 1;

	job->region_bytes =
		unit * ((buffers + RING_REGIONS_MAX - 1) / RING_REGIONS_MAX);
	if (request->ask.huge_pages)
		job->region_bytes = unit < REGION_MAX ?
					    REGION_MAX - REGION_MAX % unit :
					    unit;
	else
		plan_parts(job, request, buffers);
}

/* Before Linux 6.12 a command in a region of too many pages is refused */
static int check_regions(const struct job *job,
			 const struct job_request *request, char *why,
			 size_t len)
{
	uint64_t most = least_segments(job) * NVME_PAGE;

	if (request->ask.huge_pages || ring_support_large_segments() ||
	    !job->region_shift || !most)
		return 0;
	if (job->region_shift < NO_SHIFT &&
	    request->part_bytes << job->region_shift <= most)
		return 0;
	if (job->region_shift == NO_SHIFT && job->region_bytes <= most)
		return 0;
	snprintf(
		why, len,
		"fixedbufs=1: %u I/Os of %u commands each are more than can be registered with this kernel, which takes %u buffers; use a smaller iodepth or bs, or fixedbufs=0, or Linux 6.12 or later",
		request->depth, request->parts, RING_REGIONS_MAX);
	return -E2BIG;
}

/* The nth region, of the @bytes that are to be in regions */
static struct iovec region(const struct job *job,
			   const struct job_request *request, char *memory,
			   uint64_t bytes, unsigned int nth)
{
	uint64_t start = nth / job->region_parts * job->region_bytes;
	uint64_t end = start + job->region_bytes;

	if (job->region_shift < NO_SHIFT) {
		uint64_t part = request->part_bytes << job->region_shift;

		end = start + data_bytes(request);
		start += nth % job->region_parts * part;
		if (end > start + part)
			end = start + part;
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
	job->region_parts = 1;
	job->region_shift = NO_SHIFT;
	ret = pi_create(job, request);
	if (ret) {
		snprintf(why, len, "out of memory for metadata");
		return ret;
	}
	if (!request->fixedbufs || !bytes)
		return 0;
	if (bytes > request->max_bytes * job->depth)
		bytes = request->max_bytes * job->depth;
	plan_regions(job, request, bytes);
	ret = check_regions(job, request, why, len);
	if (ret)
		return ret;
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
