// SPDX-License-Identifier: GPL-2.0
#include "job.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nvme/holder.h"
#include "ring/support.h"

_Static_assert(sizeof(struct nvme_uring_cmd) <= RING_SQE_CMD_SIZE,
	       "the command does not fit into the SQE");

/* The kernel's limit for one registered buffer (Linux 6.1, io_uring/rsrc.c) */
#define REGION_MAX (1ULL << 30)
#define PAGE_BYTES 4096u
#define DATA_LEN_MAX (1u << 31)
/**
 * job_check() - whether this machine and user can have what a job asks for
 * @request: the job
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int job_check(const struct job_request *request, char *why, size_t len)
{
	uint64_t bytes;
	int ret;

	if (request->ring.entries > RING_ENTRIES_MAX) {
		snprintf(
			why, len,
			"iodepth=%u is above what io_uring can hold, %u; use a smaller iodepth, or more jobs",
			request->ring.entries, RING_ENTRIES_MAX);
		return -EINVAL;
	}
	ret = ring_support_check(why, len);
	if (!ret && request->ring.hybrid)
		ret = ring_support_hybrid(why, len);
	if (ret || !request->fixedbufs)
		return ret;
	bytes = request->max_bytes;
	/* whole pages count, and buffers of a region of their own share none */
	if (!ring_support_large_segments())
		bytes = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	return ring_support_memlock(bytes * request->ring.entries, why, len);
}

/*
 * Whether the kernel takes a vectored command with a registered buffer is not
 * told by any version number that could be relied on: one block is read so.
 */
static int try_vectored(struct ring *ring, const struct nspace *ns, int fd,
			void *block, struct ring_cqe *cqe)
{
	struct iovec vector = { .iov_base = block, .iov_len = ns->lba_bytes };
	struct ring_sqe sqe;
	int ret;

	ret = ring_register_buffers(ring, &vector, 1);
	if (ret)
		return ret;
	ring_sqe_command(&sqe, NVME_URING_CMD_IO_VEC, fd, false);
	ring_sqe_buffer(&sqe, 0);
	nvme_cmd_rw(command_of(&sqe), ns->nsid, NVME_OPC_READ, 0);
	nvme_cmd_extent(command_of(&sqe), 0, 1, 0);
	nvme_cmd_data(command_of(&sqe), &vector, 1);
	return ring_call(ring, &sqe, cqe);
}

static int check_vectored(const struct nspace *ns, int fd, char *why,
			  size_t len)
{
	const struct ring_setup setup = { .entries = 1, .sqpoll_cpu = -1 };
	struct ring_cqe cqe = { 0 };
	struct ring ring;
	void *block;
	int ret;

	block = aligned_alloc(4096, (ns->lba_bytes + 4095u) & ~4095u);
	ret = block ? ring_init(&ring, &setup) : -ENOMEM;
	if (!ret) {
		ret = try_vectored(&ring, ns, fd, block, &cqe);
		ring_exit(&ring);
	}
	free(block);
	if (ret) {
		ring_support_explain(
			ret, "nonvectored=0 with fixedbufs=1: trying it", why,
			len);
		return ret;
	}
	/* a status is the controller's: the kernel took the command */
	if (cqe.res >= 0)
		return 0;
	snprintf(
		why, len,
		"%s: nonvectored=0 with fixedbufs=1: this kernel refuses vectored commands with registered buffers (%s); use nonvectored=1 or fixedbufs=0, or Linux 6.15 or later",
		ns->path, strerror(-cqe.res));
	return cqe.res;
}

static int inspect(struct nspace *ns, int fd, const struct job_request *request,
		   char *why, size_t len)
{
	int ret = nspace_identify(ns, fd, why, len);

	if (!ret)
		ret = nspace_check(ns, &request->ask, why, len);
	if (!ret && request->ring.iopoll && !ring_support_polling()) {
		snprintf(
			why, len,
			"%s: hipri=1: this kernel can panic when it polls for passthrough commands; use Linux 6.5 or later, or hipri=0",
			ns->path);
		return -EOPNOTSUPP;
	}
	if (!ret && request->vectored && request->fixedbufs)
		ret = check_vectored(ns, fd, why, len);
	return ret;
}

static int hold(const struct nspace *ns, const struct job_request *request,
		job_remark_fn remark, char *why, size_t len)
{
	int ret = 0;

	if (request->ask.hold) {
		ret = nspace_hold(ns, why, len);
		if (!ret && why[0] && remark)
			remark(why);
	}
	for (unsigned int i = 0;
	     !ret && nspace_remark(ns, &request->ask, i, why, len); i++)
		if (why[0] && remark)
			remark(why);
	return ret;
}

static int open_for(const struct job_request *request, const char *path,
		    char *why, size_t len)
{
	return nspace_open(path, request->ask.writes ? O_RDWR : O_RDONLY, why,
			   len);
}

/**
 * job_inspect() - find out whether a file can do what a job asks
 * @target: set to the file as a target, the caller's to free()
 * @path: the file; kept by reference
 * @request: the job
 * @remark: called with what the user should know though the job may run; may
 *	be NULL
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * To be called in the process that will outlive the job: it keeps others off
 * a namespace that the job can write (nspace_hold()).
 *
 * Return: 0, or a negative errno with @why.
 */
int job_inspect(struct target **target, const char *path,
		const struct job_request *request, job_remark_fn remark,
		char *why, size_t len)
{
	struct target *t = calloc(1, sizeof(*t));
	int fd, ret;

	if (!t) {
		snprintf(why, len, "%s: out of memory", path);
		return -ENOMEM;
	}
	t->ns.path = path;
	t->fd = -1;
	fd = open_for(request, path, why, len);
	ret = fd;
	if (fd >= 0) {
		ret = inspect(&t->ns, fd, request, why, len);
		close(fd);
	}
	if (!ret)
		ret = hold(&t->ns, request, remark, why, len);
	if (ret) {
		free(t);
		return ret;
	}
	*target = t;
	return 0;
}

/* -- a job that runs ---------------------------------------------------- */

static int alloc_tables(struct job *job, const struct job_request *request)
{
	size_t depth = request->ring.entries;

	job->depth = request->ring.entries;
	job->nr_ranges = request->ranges;
	job->units = calloc(depth, sizeof(*job->units));
	job->slots = calloc(job->ring.sq_mask + 1ul, sizeof(*job->slots));
	if (!job->units || !job->slots)
		return -ENOMEM;
	if (!request->ask.writes)
		return 0;
	job->ranges = calloc(depth * request->ranges, sizeof(*job->ranges));
	return job->ranges ? 0 : -ENOMEM;
}

/**
 * job_create() - make a job's ring and what goes with it
 * @job: set to the job, to be ended by job_destroy()
 * @request: the job, as asked for
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * To be called by the thread that will do the I/O.
 *
 * Return: 0, or a negative errno with @why.
 */
int job_create(struct job **job, const struct job_request *request, char *why,
	       size_t len)
{
	struct job *j = calloc(1, sizeof(*j));
	int ret = j ? 0 : -ENOMEM;

	if (!ret)
		ret = ring_init(&j->ring, &request->ring);
	if (ret) {
		free(j);
		ring_support_explain(ret, "setting up io_uring", why, len);
		return ret;
	}
	j->force_async = request->force_async;
	ret = alloc_tables(j, request);
	if (ret) {
		job_destroy(j);
		ring_support_explain(ret, "setting up the job", why, len);
		return ret;
	}
	*job = j;
	return 0;
}

/**
 * job_open() - open a file for I/O
 * @job: the job
 * @target: from job_inspect(); from here on the job's
 * @request: the job, as asked for
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int job_open(struct job *job, struct target *target,
	     const struct job_request *request, char *why, size_t len)
{
	struct target **targets;

	targets = realloc(job->targets,
			  (job->nr_targets + 1ul) * sizeof(*targets));
	if (!targets) {
		snprintf(why, len, "%s: out of memory", target->ns.path);
		return -ENOMEM;
	}
	job->targets = targets;
	job->targets[job->nr_targets++] = target;
	target->job = job;
	target->fd = open_for(request, target->ns.path, why, len);
	return target->fd < 0 ? target->fd : 0;
}

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

/*
 * As few regions as the kernel is good with, none ending within a buffer. For
 * it a command has all pages of the region that follow its first one: above
 * the device's max_segments it copies the data (Linux 6.12) or refuses the
 * command (6.1), and before 6.12 it maps them all. So what is not in huge
 * pages gets a region for each buffer, as far as so many can be had, unless
 * all of it is no more than one command may have. Buffers of several pages
 * never share one: each may turn out to be contiguous, all of them hardly.
 */
static uint64_t region_bytes(const struct job *job,
			     const struct job_request *request,
			     const char *memory, uint64_t bytes)
{
	uint64_t unit = request->max_bytes, buffers = (bytes - 1) / unit + 1;
	uint64_t pages =
		((uintptr_t)memory % PAGE_BYTES + bytes - 1) / PAGE_BYTES + 1;

	if (request->ask.huge_pages)
		return unit < REGION_MAX ? REGION_MAX - REGION_MAX % unit :
					   unit;
	if (unit <= PAGE_BYTES && pages <= least_segments(job) &&
	    ring_support_large_segments())
		return bytes;
	return unit * ((buffers + RING_REGIONS_MAX - 1) / RING_REGIONS_MAX);
}

static int register_memory(struct job *job, const struct job_request *request,
			   char *memory, uint64_t bytes)
{
	struct iovec *regions;
	int ret;

	if (bytes > request->max_bytes * job->depth)
		bytes = request->max_bytes * job->depth;
	job->memory = memory;
	job->region_bytes = region_bytes(job, request, memory, bytes);
	job->regions = (unsigned int)((bytes - 1) / job->region_bytes) + 1;
	regions = calloc(job->regions, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	for (unsigned int i = 0; i < job->regions; i++) {
		uint64_t start = i * job->region_bytes, left = bytes - start;

		regions[i].iov_base = memory + start;
		regions[i].iov_len =
			left < job->region_bytes ? left : job->region_bytes;
	}
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
		job->units[unit].region = (uint16_t)(at / job->region_bytes);
}

static struct command *base_command(struct target *target,
				    unsigned int direction, unsigned int nth,
				    uint32_t cmd_op, enum command_kind kind)
{
	struct command *command = &target->encoded[direction];
	bool registered = target->job->ring.files;

	command->kind = kind;
	command->lba_shift = target->ns.lba_shift;
	command->lba_mask = target->ns.lba_bytes - 1;
	command->max_bytes = (uint64_t)NVME_NLB_MAX * target->ns.lba_bytes;
	/* the length is 32 bits wide */
	if (command->max_bytes > DATA_LEN_MAX)
		command->max_bytes = DATA_LEN_MAX;
	ring_sqe_command(&command->sqe, cmd_op,
			 registered ? (int)nth : target->fd, registered);
	return command;
}

static void encode_rw(const struct job_request *request, struct target *target,
		      unsigned int nth, unsigned int direction)
{
	bool read = direction == JOB_READ;
	bool fua = read ? request->readfua : request->writefua;
	const struct job *job = target->job;
	struct command *command;

	command = base_command(target, direction, nth,
			       request->vectored ? NVME_URING_CMD_IO_VEC :
						   NVME_URING_CMD_IO,
			       COMMAND_PLAIN);
	command->cdw12 = fua ? NVME_CDW12_FUA : 0;
	nvme_cmd_rw(command_of(&command->sqe), target->ns.nsid,
		    read ? NVME_OPC_READ : NVME_OPC_WRITE, command->cdw12);
	/* a length that holds, until the first I/O brings its own */
	nvme_cmd_extent(command_of(&command->sqe), 0, 1, command->cdw12);
	nvme_cmd_data(command_of(&command->sqe), NULL, target->ns.lba_bytes);
	if (job->regions)
		ring_sqe_buffer(&command->sqe, 0);
	if (job->regions > 1)
		command->kind = COMMAND_REGION;
	if (request->vectored || job->force_async || !target->ns.lba_shift)
		command->kind = COMMAND_DATA;
}

static void encode_target(const struct job_request *request,
			  struct target *target, unsigned int nth)
{
	struct command *command;

	for (unsigned int i = 0; i < JOB_DIRECTIONS; i++)
		target->commands[i] =
			&target->encoded[i < JOB_FLUSH ? i : JOB_FLUSH];
	encode_rw(request, target, nth, JOB_READ);
	command = base_command(target, JOB_FLUSH, nth, NVME_URING_CMD_IO,
			       COMMAND_BARE);
	nvme_cmd_flush(command_of(&command->sqe), target->ns.nsid);
	if (!request->ask.writes)
		return;
	encode_rw(request, target, nth, JOB_WRITE);
	command = base_command(target, JOB_TRIM, nth, NVME_URING_CMD_IO,
			       COMMAND_RANGES);
	nvme_cmd_dsm(command_of(&command->sqe), target->ns.nsid, NVME_CDW11_AD);
}

/**
 * job_encode() - encode every command that the job can send
 * @job: a job after job_register()
 * @request: the job, as asked for
 */
void job_encode(struct job *job, const struct job_request *request)
{
	for (unsigned int i = 0; i < job->nr_targets; i++)
		encode_target(request, job->targets[i], i);
}

/**
 * job_destroy() - end a job
 * @job: the job; nothing may be in flight
 */
void job_destroy(struct job *job)
{
	ring_exit(&job->ring);
	for (unsigned int i = 0; i < job->nr_targets; i++) {
		if (job->targets[i]->fd >= 0)
			close(job->targets[i]->fd);
		free(job->targets[i]);
	}
	free(job->targets);
	free(job->ranges);
	free(job->units);
	free(job->slots);
	free(job);
}
