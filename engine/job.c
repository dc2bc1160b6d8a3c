// SPDX-License-Identifier: GPL-2.0
#include "job_described.h"
#include "job_dry.h"
#include "job_family.h"
#include "job_pi.h"
#include "job_retry.h"
#include "job_split.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job_watch.h"
#include "job_zones.h"
#include "nvme/buffer.h"
#include "nvme/holder.h"
#include "ring/support.h"

_Static_assert(sizeof(struct nvme_uring_cmd) <= RING_SQE_CMD_SIZE,
	       "the command does not fit into the SQE");

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

	if (request->depth > RING_ENTRIES_MAX) {
		snprintf(
			why, len,
			"iodepth=%u is above what io_uring can hold, %u; use a smaller iodepth, or more jobs",
			request->depth, RING_ENTRIES_MAX);
		return -EINVAL;
	}
	ret = ring_support_check(why, len);
	if (!ret && request->ring.hybrid)
		ret = ring_support_hybrid(why, len);
	if (!ret && request->ring.sqpoll && request->ring.sqpoll_cpu >= 0)
		ret = ring_support_processor(request->ring.sqpoll_cpu, why,
					     len);
	if (ret || !request->fixedbufs)
		return ret;
	bytes = request->max_bytes;
	/* whole pages count, and what is in regions of its own shares none */
	if (!request->ask.huge_pages) {
		uint64_t grain =
			request->cmd_bytes ? request->cmd_bytes : bytes;

		bytes = (bytes + grain - 1) / grain * nvme_whole_pages(grain);
	}
	return ring_support_memlock(bytes * request->depth, why, len);
}

static int inspect(struct target *target, int fd,
		   const struct job_request *request, char *why, size_t len)
{
	struct nspace *ns = &target->ns;
	int ret = nspace_identify(ns, fd, why, len);

	if (!ret)
		ret = pi_inspect(target, request, why, len);
	if (!ret)
		ret = nspace_check(ns, &request->ask, why, len);
	if (!ret && request->ring.iopoll && !ring_support_polling()) {
		snprintf(
			why, len,
			"%s: hipri=1: this kernel can panic when it polls for passthrough commands; use Linux 6.5 or later, or hipri=0",
			ns->path);
		return -EOPNOTSUPP;
	}
	/* which sends a Read */
	if (!ret && request->vectored && request->fixedbufs &&
	    !request->dry_run)
		ret = job_check_vectored(target, fd, why, len);
	return ret;
}

static int place(struct target *target, int fd,
		 const struct job_request *request, char *why, size_t len)
{
	/* fio's core asks for the handles whatever the job does */
	if (!request->place.type ||
	    (!request->ask.writes && request->place.select != PLACEMENT_BY_FIO))
		return 0;
	target->placement = &target->spots;
	return placement_init(&target->spots, &target->ns, fd, &request->place,
			      why, len);
}

/* Which index is which identifier, since people mistake one for the other */
static void remark_placement(const struct target *target, job_remark_fn remark,
			     char *what, size_t len)
{
	const struct placement *placement = target->placement;

	if (!placement || !remark)
		return;
	snprintf(what, len, "%s: Writes are placed by %s:", target->ns.path,
		 placement_select_name(placement->select));
	remark(what);
	for (unsigned int i = 0; placement_row(placement, i, what, len); i++)
		remark(what);
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

static int inspect_open(struct target *target, int fd,
			const struct job_request *request, job_remark_fn remark,
			char *why, size_t len)
{
	int ret = inspect(target, fd, request, why, len);

	if (!ret)
		ret = place(target, fd, request, why, len);
	if (!ret)
		ret = family_check(&target->ns, fd, request, why, len);
	if (!ret && request->zoned)
		ret = job_zones_inspect(target, fd, request, remark, why, len);
	return ret;
}

/**
 * job_inspect() - find out whether a file can do what a job asks
 * @target: set to the file as a target, the caller's to free()
 * @path: the file
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
	size_t named = strlen(path) + 1;
	struct target *t = calloc(1, sizeof(*t) + named);
	int fd, ret;

	if (!t) {
		snprintf(why, len, "%s: out of memory", path);
		return -ENOMEM;
	}
	/* behind it, for fio frees its own before the job ends */
	t->ns.path = memcpy(t + 1, path, named);
	t->fd = -1;
	fd = open_for(request, path, why, len);
	ret = fd;
	if (fd >= 0) {
		ret = inspect_open(t, fd, request, remark, why, len);
		close(fd);
	}
	if (!ret)
		ret = hold(&t->ns, request, remark, why, len);
	if (ret) {
		free(t);
		return ret;
	}
	remark_placement(t, remark, why, len);
	if (remark && pi_remark(t, request, why, len))
		remark(why);
	*target = t;
	return 0;
}

/* -- a job that runs ---------------------------------------------------- */

static int alloc_copies(struct job *job, const struct mode_request *modes)
{
	if (!modes->copy_bytes)
		return 0;
	job->copy_ranges = modes->copy_ranges;
	job->copy_start = modes->copy_start;
	job->copy_bytes = modes->copy_bytes;
	job->copies = calloc((size_t)job->depth * job->copy_ranges,
			     sizeof(*job->copies));
	return job->copies ? 0 : -ENOMEM;
}

static int alloc_tables(struct job *job, const struct job_request *request)
{
	size_t depth = request->depth;

	job->depth = request->depth;
	job->nr_ranges = request->ranges;
	job->units = calloc(depth, sizeof(*job->units));
	job->slots = calloc(job->ring.sq_mask + 1ul, sizeof(*job->slots));
	if (!job->units || !job->slots)
		return -ENOMEM;
	if (request->splits && split_create(&job->split, request))
		return -ENOMEM;
	job->detour = job->split;
	job->limits = request->limits;
	if (job_retry_create(job, request) || job_dry_create(job, request) ||
	    job_described_create(job, request))
		return -ENOMEM;
	if (!request->ask.writes)
		return 0;
	job->ranges = calloc(depth * request->ranges, sizeof(*job->ranges));
	if (!job->ranges)
		return -ENOMEM;
	return alloc_copies(job, &request->modes);
}

/**
 * job_create() - make a job's ring and what goes with it
 * @job: set to the job, to be ended by job_destroy()
 * @request: the job, after job_plan()
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
 * job_adopt() - make files the job's
 * @job: a job without any
 * @targets: from job_inspect(); the array, and they, are the job's from here on
 * @nr: how many
 */
void job_adopt(struct job *job, struct target **targets, unsigned int nr)
{
	job->targets = targets;
	job->nr_targets = nr;
	for (unsigned int i = 0; i < nr; i++)
		targets[i]->job = job;
}

/**
 * job_open() - open the files for I/O
 * @job: a job after job_adopt()
 * @request: the job, as asked for
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * To be called by the thread that will do the I/O.
 *
 * Return: 0, or a negative errno with @why.
 */
int job_open(struct job *job, const struct job_request *request, char *why,
	     size_t len)
{
	for (unsigned int i = 0; i < job->nr_targets; i++) {
		struct target *target = job->targets[i];

		target->fd = open_for(request, target->ns.path, why, len);
		if (target->fd < 0)
			return target->fd;
		if (target->ns.fabrics)
			job_outlive_broken_pipes();
	}
	return 0;
}

/**
 * job_base_command() - begin a command: what all of them share
 * @target: its file
 * @command: the command; its @sqe is to be completed
 * @direction: of the I/Os that become it
 * @nth: of the job's files, the file
 * @cmd_op: NVME_URING_CMD_IO or NVME_URING_CMD_IO_VEC
 * @kind: how it is filled in
 *
 * Return: @command.
 */
struct command *job_base_command(struct target *target, struct command *command,
				 unsigned int direction, unsigned int nth,
				 uint32_t cmd_op, enum command_kind kind)
{
	bool registered = target->job->ring.files;

	command->kind = kind;
	command->direction = direction;
	command->noted = direction;
	command->lba_shift = target->ns.lba_shift;
	command->lba_mask = target->ns.lba_bytes - 1;
	command->max_bytes = (uint64_t)NVME_NLB_MAX * target->ns.lba_bytes;
	/* the length is 32 bits wide */
	if (command->max_bytes > JOB_DATA_MAX)
		command->max_bytes = JOB_DATA_MAX;
	ring_sqe_command(&command->sqe, cmd_op,
			 registered ? (int)nth : target->fd, registered);
	return command;
}

/**
 * job_encode_rw() - encode a command that is like a Read or a Write
 * @request: the job
 * @target: its file
 * @command: the command
 * @nth: of the job's files, the file
 * @opcode: of the command
 *
 * The direction is that of its data.
 */
void job_encode_rw(const struct job_request *request, struct target *target,
		   struct command *command, unsigned int nth, uint8_t opcode)
{
	bool read = opcode == NVME_OPC_READ;
	bool fua = read ? request->readfua : request->writefua;
	const struct job *job = target->job;

	job_base_command(target, command, read ? JOB_READ : JOB_WRITE, nth,
			 request->vectored ? NVME_URING_CMD_IO_VEC :
					     NVME_URING_CMD_IO,
			 COMMAND_PLAIN);
	command->cdw12 = fua ? NVME_CDW12_FUA : 0;
	nvme_cmd_rw(command_of(&command->sqe), target->ns.nsid,
		    (enum nvme_opcode)opcode, command->cdw12);
	/* a length that holds, until the first I/O brings its own */
	nvme_cmd_extent(command_of(&command->sqe), 0, 1, command->cdw12);
	nvme_cmd_data(command_of(&command->sqe), NULL, target->ns.lba_bytes);
	if (job->regions)
		ring_sqe_buffer(&command->sqe, 0);
	if (job->regions > 1)
		command->kind = COMMAND_REGION;
	if (request->vectored || job->force_async || job->retry ||
	    !target->ns.lba_shift)
		command->kind = COMMAND_DATA;
	if (opcode == NVME_OPC_WRITE && target->placement)
		command->kind = COMMAND_PLACED;
}

/* Where any I/O may be several commands, all take that way */
static void encode_split(const struct job_request *request,
			 struct target *target)
{
	for (unsigned int i = 0; i <= JOB_FLUSH; i++) {
		struct command *command = &target->encoded[i];

		if (command->kind == COMMAND_NONE)
			continue;
		command->part = command->kind;
		if ((i == JOB_READ || i == JOB_WRITE) &&
		    command->kind != COMMAND_PLACED)
			command->part = COMMAND_DATA;
		command->part_blocks =
			request->part_bytes / target->ns.lba_bytes;
		command->kind = COMMAND_SPLIT;
	}
}

static void encode_writes(const struct job_request *request,
			  struct target *target, unsigned int nth)
{
	struct command *command = &target->encoded[JOB_TRIM];

	job_encode_rw(request, target, &target->encoded[JOB_WRITE], nth,
		      NVME_OPC_WRITE);
	job_base_command(target, command, JOB_TRIM, nth, NVME_URING_CMD_IO,
			 COMMAND_RANGES);
	nvme_cmd_dsm(command_of(&command->sqe), target->ns.nsid,
		     request->modes.dsm);
	if (request->zoned)
		command->kind = COMMAND_RESET;
}

/* It never changes, and so costs an I/O nothing */
static void encode_timeout(const struct job_request *request,
			   struct target *target)
{
	for (unsigned int i = 0; i <= JOB_FLUSH; i++)
		command_of(&target->encoded[i].sqe)->timeout_ms =
			request->timeout_ms;
	for (unsigned int i = 0; i < JOB_FAMILIES; i++)
		command_of(&target->others[i].sqe)->timeout_ms =
			request->timeout_ms;
}

static void encode_target(const struct job_request *request,
			  struct target *target, unsigned int nth)
{
	struct command *command;

	for (unsigned int i = 0; i < JOB_DIRECTIONS; i++) {
		command = &target->encoded[i < JOB_FLUSH ? i : JOB_FLUSH];
		/* what may not be sent has a name, too */
		command->direction = i;
		target->commands[i] = command;
	}
	job_encode_rw(request, target, &target->encoded[JOB_READ], nth,
		      NVME_OPC_READ);
	command =
		job_base_command(target, &target->encoded[JOB_FLUSH], JOB_FLUSH,
				 nth, NVME_URING_CMD_IO, COMMAND_BARE);
	nvme_cmd_flush(command_of(&command->sqe), target->ns.nsid);
	if (request->ask.writes)
		encode_writes(request, target, nth);
	pi_encode(request, target);
	family_encode(request, target, nth);
	encode_timeout(request, target);
}

/**
 * job_encode() - encode every command that the job can send
 * @job: a job after job_register()
 * @request: the job, as asked for
 */
void job_encode(struct job *job, const struct job_request *request)
{
	for (unsigned int i = 0; i < job->nr_targets; i++) {
		encode_target(request, job->targets[i], i);
		if (job->split)
			encode_split(request, job->targets[i]);
	}
}

/**
 * job_destroy() - end a job
 * @job: the job; nothing may be in flight
 */
void job_destroy(struct job *job)
{
	ring_exit(&job->ring);
	watch_destroy(job);
	for (unsigned int i = 0; i < job->nr_targets; i++) {
		if (job->targets[i]->fd >= 0)
			close(job->targets[i]->fd);
		free(job->targets[i]);
	}
	free(job->targets);
	split_destroy(job->split);
	job_retry_destroy(job);
	job_described_destroy(job);
	free(job->dry);
	pi_destroy(job);
	free(job->ranges);
	free(job->copies);
	free(job->units);
	free(job->slots);
	free(job);
}
