// SPDX-License-Identifier: GPL-2.0
#include "job_family.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long submission may fail for want of memory: 50,000 times 100 us */
#define PATIENCE 50000
#define PATIENCE_US 100
/* Looks at the CQ before the kernel is asked to wait, where its thread submits */
#define SPINS 2000

/* Blocks of data and metadata together are no power of two */
static int fill_extended(const struct command *command, struct ring_sqe *sqe,
			 uint64_t offset, void *data, uint64_t bytes)
{
	uint32_t block = command->lba_mask + 1;

	if (offset % block || bytes % block || bytes - 1 >= command->max_bytes)
		return -EINVAL;
	nvme_cmd_extent(command_of(sqe), offset / block,
			(uint32_t)(bytes / block), command->cdw12);
	nvme_cmd_data(command_of(sqe), data, (uint32_t)bytes);
	return 0;
}

/**
 * job_force_async() - give every so manieth command to a kernel worker
 * @job: a job with @force_async
 * @command: the command
 * @sqe: from job_slot()
 */
void job_force_async(struct job *job, const struct command *command,
		     struct ring_sqe *sqe)
{
	sqe->sqe.flags = command->sqe.sqe.flags;
	if (++job->since_async < job->force_async)
		return;
	job->since_async = 0;
	sqe->sqe.flags |= IOSQE_ASYNC;
}

/**
 * job_fill_data() - fill in a Read or Write that is more than plain
 * @job: the job
 * @command: of COMMAND_DATA
 * @sqe: from job_slot()
 * @unit: index of the I/O
 * @offset: in bytes
 * @data: the buffer
 * @bytes: to be transferred
 *
 * Return: 0, or -EINVAL when offset and length are not whole blocks or more
 * than a command can carry.
 */
int job_fill_data(struct job *job, const struct command *command,
		  struct ring_sqe *sqe, unsigned int unit, uint64_t offset,
		  void *data, uint64_t bytes)
{
	struct iovec *vector = &job->units[unit].vector;
	int ret;

	if (command->lba_shift)
		ret = job_fill_whole(command, sqe, offset, data, bytes);
	else
		ret = fill_extended(command, sqe, offset, data, bytes);
	if (ret)
		return ret;
	if (sqe->sqe.cmd_op == NVME_URING_CMD_IO_VEC) {
		*vector = (struct iovec){ .iov_base = data, .iov_len = bytes };
		nvme_cmd_data(command_of(sqe), vector, 1);
	}
	sqe->sqe.buf_index = job->units[unit].region;
	if (job->force_async)
		job_force_async(job, command, sqe);
	return 0;
}

/**
 * job_fill_placed() - job_fill_data(), and where on the medium it goes
 * @job: the job
 * @command: of COMMAND_PLACED
 * @sqe: from job_slot()
 * @unit: index of the I/O, which remembers the position
 * @offset: in bytes
 * @data: the buffer
 * @bytes: to be transferred
 * @placed: where
 *
 * Return: as job_fill_data().
 */
int job_fill_placed(struct job *job, const struct command *command,
		    struct ring_sqe *sqe, unsigned int unit, uint64_t offset,
		    void *data, uint64_t bytes, struct placed placed)
{
	int ret = job_fill_data(job, command, sqe, unit, offset, data, bytes);

	/* after the extent, which is written with the rest of its dword */
	nvme_cmd_place(command_of(sqe), placed.dtype, placed.dspec);
	job->units[unit].placement = placed.position;
	return ret;
}

/**
 * job_range() - one range of a trim
 * @target: the file
 * @range: filled in
 * @offset: in bytes
 * @bytes: how many
 *
 * Return: 0, or -EINVAL when they are not whole blocks, or too many.
 */
int job_range(const struct target *target, struct nvme_range *range,
	      uint64_t offset, uint64_t bytes)
{
	uint32_t block = target->ns.lba_bytes;

	if (offset % block || bytes % block || bytes / block - 1 >= UINT32_MAX)
		return -EINVAL;
	*range = (struct nvme_range){
		.nlb = (uint32_t)(bytes / block),
		.slba = offset / block,
	};
	return 0;
}

/**
 * job_fill_ranges() - fill in a Dataset Management command
 * @command: of COMMAND_RANGES
 * @sqe: from job_slot()
 * @ranges: by job_range(); to be kept until the command completes
 * @nr: how many
 *
 * Return: 0, or -EINVAL when there are none or too many.
 */
int job_fill_ranges(const struct command *command, struct ring_sqe *sqe,
		    const struct nvme_range *ranges, unsigned int nr)
{
	(void)command;
	if (nr - 1 >= NVME_DSM_RANGES_MAX)
		return -EINVAL;
	nvme_cmd_ranges(command_of(sqe), ranges, nr);
	return 0;
}

/**
 * job_outlive_broken_pipes() - prepare a thread for commands over fabrics
 *
 * Linux 6.1 sends to a target over TCP on behalf of who submits, and that gets
 * SIGPIPE where the connection is broken (nvme_tcp_try_send()). The command has
 * its error all the same.
 */
void job_outlive_broken_pipes(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The kernel's thread is at work: looking costs less than asking to wait */
static bool spin(const struct ring *ring, unsigned int wait)
{
	for (unsigned int i = 0; i < SPINS; i++) {
		if (ring_ready(ring) >= wait)
			return true;
		__builtin_ia32_pause();
	}
	return false;
}

/**
 * job_complete() - let a family look at what completed without an error
 * @job: the job
 * @command: the command
 * @io: the I/O
 * @result: of the completion
 *
 * Return: 0, or a negative errno that the I/O fails with.
 */
int job_complete(const struct job *job, const struct command *command,
		 const struct job_io *io, uint64_t result)
{
	if (!command->family || !command->family->complete)
		return 0;
	return command->family->complete(job, command, io, result);
}

/**
 * job_hand_over() - submit what is pending and wait for completions
 * @job: the job
 * @wait: completions to wait for, beyond those already read
 * @reap: let the kernel do what completes commands, even with @wait 0
 *
 * Interruptions are no reason to come back. Where the kernel is out of memory
 * or of room for completions, those that are ready have to be read first; with
 * none in flight it gets about five seconds to recover.
 *
 * Return: 0, with ring_pending() the number that the kernel has yet to
 * take, or a negative errno.
 */
int job_hand_over(struct job *job, unsigned int wait, bool reap)
{
	struct ring *ring = &job->ring;
	int ret;

	if (ring->sqpoll && wait && !ring_pending(ring) && spin(ring, wait))
		return 0;
	for (unsigned int tries = 0; tries < PATIENCE; tries++) {
		ret = ring_enter(ring, wait, reap);
		if (ret >= 0)
			return 0;
		if (ret == -EINTR) {
			tries = 0;
			if (ring_ready(ring) >= wait)
				return 0;
			continue;
		}
		if (ret != -EAGAIN && ret != -EBUSY)
			return ret;
		if (ring_ready(ring))
			return 0;
		/* completing what is in flight is what frees memory */
		reap = true;
		wait = 0;
		usleep(PATIENCE_US);
	}
	return -EAGAIN;
}

/* What a user can do about the call that hands over and waits */
static const char *remedy_of(const struct job *job, int err)
{
	switch (err) {
	case -EAGAIN:
	case -EBUSY:
	case -ENOMEM:
		return "free some memory, or use a smaller iodepth";
	case -EOWNERDEAD:
		return "the kernel's thread (sqthread_poll) is gone, see dmesg; use sqthread_poll=0";
	case -ENODEV:
	case -ENXIO:
	case -EIO:
		return "is the controller gone or being reset? see dmesg";
	default:
		return job->ring.iopoll ? "see dmesg, and try hipri=0" :
					  "see dmesg";
	}
}

/**
 * job_explain_ring() - say in words how job_hand_over() failed
 * @job: the job
 * @err: what it returned
 * @buf: where to
 * @len: bytes of @buf
 */
void job_explain_ring(const struct job *job, int err, char *buf, size_t len)
{
	char others[32] = "";

	if (job->nr_targets > 1)
		snprintf(others, sizeof(others), " and %u more",
			 job->nr_targets - 1);
	snprintf(
		buf, len,
		"%s%s: the kernel does not take commands any more, and the job ends (io_uring_enter: %s); %s",
		job->targets[0]->ns.path, others, strerror(-err),
		remedy_of(job, err));
}

/**
 * job_refusal() - say in words why an I/O was not made a command
 * @target: the file
 * @offset: in bytes
 * @bytes: of the I/O
 * @err: -EROFS, or what job_fill_plain() and its like returned
 * @buf: where to
 * @len: bytes of @buf
 */
void job_refusal(const struct target *target, uint64_t offset, uint64_t bytes,
		 int err, char *buf, size_t len)
{
	const struct nspace *ns = &target->ns;

	if (err == -EROFS)
		snprintf(
			buf, len,
			"%s: the job was set up for reading only, and writes; nothing was sent",
			ns->path);
	else
		snprintf(
			buf, len,
			"%s: an I/O of %" PRIu64 " bytes at offset %" PRIu64
			" is not whole logical blocks of %u bytes, or too large for one command; nothing was sent",
			ns->path, bytes, offset, ns->lba_bytes);
}

/**
 * job_became() - the command that an I/O is or was
 * @target: the file
 * @direction: of the I/O
 * @unit: index of the I/O
 *
 * Return: it.
 */
const struct command *job_became(const struct target *target,
				 unsigned int direction, unsigned int unit)
{
	const struct command *command = target->commands[direction];

	/* what more than the direction decided, was remembered */
	return command->kind < COMMAND_FAMILY ?
		       command :
		       target->job->units[unit].command;
}

static const char *name_of(const struct command *command)
{
	static const char *const names[] = {
		[JOB_READ] = "Read",
		[JOB_WRITE] = "Write",
		[JOB_TRIM] = "Dataset Management (deallocate)",
	};

	if (command->family)
		return nvme_opcode_text(job_encoded(command)->opcode);
	if (command->direction == JOB_TRIM &&
	    !(job_encoded(command)->cdw11 & NVME_CDW11_AD))
		return nvme_opcode_name(NVME_OPC_DSM);
	return command->direction < JOB_FLUSH ? names[command->direction] :
						"Flush";
}

/*
 * A head without a usable path says -EINVAL (nvme_ns_head_chr_uring_cmd() of
 * Linux 5.19 and later), where other devices let commands wait.
 */
static bool no_path(const struct target *target, uint64_t bytes, int res)
{
	const char *limit;

	return res == -EINVAL && target->ns.multipath &&
	       bytes <= nspace_max_bytes(&target->ns, false, &limit);
}

/**
 * job_errno() - what an I/O fails with
 * @target: the file
 * @bytes: of the I/O
 * @res: of its completion: a status or a negative errno
 *
 * What the kernel cancelled, as it does with what is in flight when a
 * controller is reset or pulled out, is -EINTR (nvme_uring_cmd_end_io() of
 * Linux 5.19 and later). That and a path that is gone are errors of I/O, which
 * a job may be told to outlive; interrupted or invalid the I/O was not.
 *
 * Return: a positive errno.
 */
int job_errno(const struct target *target, uint64_t bytes, int res)
{
	if (res > 0)
		return nvme_status_errno(nvme_status_of(res));
	if (res == -EINTR || no_path(target, bytes, res))
		return EIO;
	return -res;
}

static void explain_errno(const struct target *target, uint64_t bytes, int res,
			  char *buf, size_t len)
{
	const char *limit;
	uint64_t max = nspace_max_bytes(&target->ns, false, &limit);

	if (res == -EINVAL && bytes > max)
		snprintf(buf, len,
			 "the kernel refused it: more than %" PRIu64
			 " bytes (%s); use a smaller bs",
			 max, limit);
	else if (res == -ENODEV || res == -ENXIO || res == -EIO)
		snprintf(
			buf, len,
			"the kernel gave up on it: %s (is the controller gone or being reset? see dmesg)",
			strerror(-res));
	else if (res == -EINTR)
		snprintf(
			buf, len,
			"the kernel cancelled it: the controller was reset, is gone or did not answer in time (see dmesg)");
	else if (no_path(target, bytes, res))
		snprintf(
			buf, len,
			"the kernel refused it: %s, as it does while no path to the namespace can be used (is the controller gone or being reset? see dmesg)",
			strerror(-res));
	else
		snprintf(buf, len, "the kernel refused it: %s", strerror(-res));
}

static void explain_status(const struct target *target,
			   const struct command *command, uint64_t offset,
			   uint64_t bytes, struct nvme_status status, char *buf,
			   size_t len)
{
	size_t at;

	nvme_status_text(status, target->ns.fabrics, buf, len);
	at = strlen(buf);
	if (command->family && command->family->detail)
		command->family->detail(target, command, offset, bytes, status,
					buf + at, len - at);
}

static void explain(const struct target *target, const struct command *command,
		    unsigned int unit, uint64_t offset, uint64_t bytes, int res,
		    char *buf, size_t len)
{
	if (res > 0)
		explain_status(target, command, offset, bytes,
			       nvme_status_of(res), buf, len);
	else if (res == -EILSEQ && command->family && command->family->explain)
		command->family->explain(target->job, command, unit, buf, len);
	else
		explain_errno(target, bytes, res, buf, len);
}

/**
 * job_failure_text() - a failure in words, whatever it was that failed
 * @target: the file
 * @res: of the completion: a status or a negative errno
 * @buf: where to
 * @len: bytes of @buf
 */
void job_failure_text(const struct target *target, int res, char *buf,
		      size_t len)
{
	if (res > 0)
		nvme_status_text(nvme_status_of(res), target->ns.fabrics, buf,
				 len);
	else
		snprintf(buf, len, "%s", strerror(-res));
}

/**
 * job_explain() - say in words how a command failed
 * @target: the file
 * @command: the command
 * @unit: index of the I/O
 * @offset: in bytes
 * @bytes: of the I/O
 * @res: of its completion: a status or a negative errno
 * @buf: where to
 * @len: bytes of @buf
 */
void job_explain(const struct target *target, const struct command *command,
		 unsigned int unit, uint64_t offset, uint64_t bytes, int res,
		 char *buf, size_t len)
{
	const struct nspace *ns = &target->ns;
	char cause[384];

	explain(target, command, unit, offset, bytes, res, cause,
		sizeof(cause));
	if (command->direction >= JOB_FLUSH)
		snprintf(buf, len, "%s: Flush: %s", ns->path, cause);
	else
		snprintf(buf, len,
			 "%s: %s, slba %" PRIu64 ", %" PRIu64 " blocks: %s",
			 ns->path, name_of(command), offset / ns->lba_bytes,
			 bytes / ns->lba_bytes, cause);
}
