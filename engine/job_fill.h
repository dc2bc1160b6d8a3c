/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs from one plain Read or Write to the next, written in place.
 * A part of job.h, which includes it.
 */
#ifndef NVME_PASSTHRU_JOB_FILL_H
#define NVME_PASSTHRU_JOB_FILL_H

#include "job.h"

/**
 * job_fill_whole() - write all that can differ between Reads or Writes
 * @command: of a Read or Write
 * @sqe: from job_slot()
 * @offset: in bytes
 * @data: the buffer
 * @bytes: to be transferred
 *
 * Return: 0, or -EINVAL when offset and length are not whole blocks or more
 * than a command can carry.
 */
static inline int job_fill_whole(const struct command *command,
				 struct ring_sqe *sqe, uint64_t offset,
				 void *data, uint64_t bytes)
{
	struct nvme_uring_cmd *cmd = command_of(sqe);
	uint32_t shift = command->lba_shift;

	/* one comparison for both ends: 0 bytes wrap around */
	if (unlikely((offset | bytes) & command->lba_mask ||
		     bytes - 1 >= command->max_bytes))
		return -EINVAL;
	nvme_cmd_extent(cmd, offset >> shift, (uint32_t)(bytes >> shift),
			command->cdw12);
	nvme_cmd_data(cmd, data, (uint32_t)bytes);
	return 0;
}

/**
 * job_fill_plain() - write what differs from one Read or Write to the next
 * @command: of COMMAND_PLAIN
 * @sqe: from job_slot()
 * @offset: in bytes
 * @data: the buffer
 * @bytes: to be transferred
 *
 * Most jobs have one length, and one that the slot holds was checked when it
 * was written.
 *
 * Return: as job_fill_whole().
 */
static inline int job_fill_plain(const struct command *command,
				 struct ring_sqe *sqe, uint64_t offset,
				 void *data, uint64_t bytes)
{
	struct nvme_uring_cmd *cmd = command_of(sqe);

	/* first of all: that leaves a register to what follows */
	cmd->addr = (uintptr_t)data;
	if (unlikely(cmd->data_len != bytes))
		return job_fill_whole(command, sqe, offset, data, bytes);
	if (unlikely(offset & command->lba_mask))
		return -EINVAL;
	nvme_cmd_start(cmd, offset >> command->lba_shift);
	return 0;
}

/**
 * job_fill_region() - job_fill_plain(), and the region that the data lies in
 * @job: the job
 * @command: of COMMAND_REGION
 * @sqe: from job_slot()
 * @unit: index of the I/O
 * @offset: in bytes
 * @data: the buffer
 * @bytes: to be transferred
 *
 * Return: as job_fill_plain().
 */
static inline int job_fill_region(const struct job *job,
				  const struct command *command,
				  struct ring_sqe *sqe, unsigned int unit,
				  uint64_t offset, void *data, uint64_t bytes)
{
	sqe->sqe.buf_index = job->units[unit].region;
	return job_fill_plain(command, sqe, offset, data, bytes);
}

#endif
