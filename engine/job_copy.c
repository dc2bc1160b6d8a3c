// SPDX-License-Identifier: GPL-2.0
/*
 * Copy (NVM Command Set 1.0, 3.2.2): the device copies blocks of a region of
 * the namespace to where fio writes. What it copies follows from where to: the
 * nth byte of the file is the nth of the region, which begins anew at its end.
 * What would lie across that end is the region's last blocks instead.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "job_family.h"

static int check(const struct nspace *ns, const struct nspace_effects *effects,
		 const struct job_request *request, char *why, size_t len)
{
	const struct mode_request *modes = &request->modes;
	uint64_t end = modes->copy_start + modes->copy_bytes;

	if (modes->copy_start % ns->lba_bytes ||
	    modes->copy_bytes % ns->lba_bytes || end > ns->bytes ||
	    end < modes->copy_start || modes->copy_bytes < request->max_bytes) {
		snprintf(
			why, len,
			"%s: copy_source= is %" PRIu64 " bytes at %" PRIu64
			": it has to be whole logical blocks within the namespace's %" PRIu64
			" bytes, and at least bs",
			ns->path, modes->copy_bytes, modes->copy_start,
			ns->bytes);
		return -EINVAL;
	}
	return nspace_check_copy(ns, effects, modes->copy_ranges,
				 request->max_bytes / ns->lba_bytes,
				 "write_mode=copy", why, len);
}

static void encode(const struct job_request *request, struct target *target,
		   struct command *command, unsigned int nth)
{
	job_base_command(target, command, JOB_WRITE, nth, NVME_URING_CMD_IO,
			 COMMAND_FAMILY);
	command->cdw12 = request->writefua ? NVME_CDW12_FUA : 0;
	nvme_cmd_copy(command_of(&command->sqe), target->ns.nsid,
		      command->cdw12);
}

/* The sources in a row, as even as blocks can be */
static uint32_t name_sources(const struct job *job,
			     struct nvme_copy_range *ranges, uint64_t slba,
			     uint32_t nlb)
{
	uint32_t nr = job->copy_ranges < nlb ? job->copy_ranges : nlb;

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t blocks = nlb / nr + (i < nlb % nr);

		ranges[i] = (struct nvme_copy_range){
			.slba = slba,
			.nlb = (uint16_t)(blocks - 1),
		};
		slba += blocks;
	}
	return nr;
}

static int fill(struct job *job, const struct command *command,
		struct ring_sqe *sqe, const struct job_io *io)
{
	struct nvme_copy_range *ranges =
		&job->copies[(size_t)io->unit * job->copy_ranges];
	uint64_t from = io->offset % job->copy_bytes, slba;
	uint32_t block = command->lba_mask + 1, nlb;
	int ret = family_extent(command, io, &slba, &nlb);

	if (ret)
		return ret;
	if (io->bytes > job->copy_bytes)
		return -EINVAL;
	if (from + io->bytes > job->copy_bytes)
		from = job->copy_bytes - io->bytes;
	from += job->copy_start;
	nvme_cmd_copy_ranges(command_of(sqe), slba, ranges, sizeof(*ranges),
			     name_sources(job, ranges, from / block, nlb),
			     command->cdw12);
	if (job->force_async)
		job_force_async(job, command, sqe);
	return 0;
}

const struct command_family family_copy = {
	.name = "copy",
	.opcode = NVME_OPC_COPY,
	.check = check,
	.encode = encode,
	.fill = fill,
};
