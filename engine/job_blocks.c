// SPDX-License-Identifier: GPL-2.0
/*
 * Write Zeroes, Write Uncorrectable and Verify: commands that name logical
 * blocks and carry no data (NVM Command Set 1.0, 3.2.8, 3.2.7 and 3.2.5). An
 * address would be refused with EFAULT (Linux 6.1).
 */
#include "job_family.h"

static void encode(struct target *target, struct command *command,
		   unsigned int nth, enum nvme_opcode opcode, uint32_t cdw12)
{
	job_base_command(target, command, JOB_WRITE, nth, NVME_URING_CMD_IO,
			 COMMAND_FAMILY);
	command->cdw12 = cdw12;
	nvme_cmd_blocks(command_of(&command->sqe), target->ns.nsid, opcode,
			cdw12);
}

static int fill(struct job *job, const struct command *command,
		struct ring_sqe *sqe, const struct job_io *io)
{
	uint64_t slba;
	uint32_t nlb;
	int ret = family_extent(command, io, &slba, &nlb);

	if (ret)
		return ret;
	nvme_cmd_extent(command_of(sqe), slba, nlb, command->cdw12);
	if (job->force_async)
		job_force_async(job, command, sqe);
	return 0;
}

static void encode_zeroes(const struct job_request *request,
			  struct target *target, struct command *command,
			  unsigned int nth)
{
	uint32_t cdw12 = request->writefua ? NVME_CDW12_FUA : 0;

	if (request->modes.deac)
		cdw12 |= NVME_CDW12_DEAC;
	encode(target, command, nth, NVME_OPC_WRITE_ZEROES, cdw12);
}

static void encode_uncor(const struct job_request *request,
			 struct target *target, struct command *command,
			 unsigned int nth)
{
	(void)request;
	encode(target, command, nth, NVME_OPC_WRITE_UNCORRECTABLE, 0);
}

static void encode_verify(const struct job_request *request,
			  struct target *target, struct command *command,
			  unsigned int nth)
{
	(void)request;
	encode(target, command, nth, NVME_OPC_VERIFY, 0);
}

const struct command_family family_zeroes = {
	.name = "zeroes",
	.opcode = NVME_OPC_WRITE_ZEROES,
	.encode = encode_zeroes,
	.fill = fill,
};

const struct command_family family_uncor = {
	.name = "uncor",
	.opcode = NVME_OPC_WRITE_UNCORRECTABLE,
	.encode = encode_uncor,
	.fill = fill,
};

const struct command_family family_verify = {
	.name = "verify",
	.opcode = NVME_OPC_VERIFY,
	.encode = encode_verify,
	.fill = fill,
};
