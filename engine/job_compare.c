// SPDX-License-Identifier: GPL-2.0
/*
 * Compare (NVM Command Set 1.0, 3.2.1): the device looks whether it holds the
 * data of an I/O. It answers with a status where it does not.
 */
#include "job_family.h"

static void encode(const struct job_request *request, struct target *target,
		   struct command *command, unsigned int nth)
{
	job_encode_rw(request, target, command, nth, NVME_OPC_COMPARE);
	/* what a Write may say in the same bit is not for Compare */
	command->cdw12 = 0;
	command->direction = JOB_READ;
	command->kind = COMMAND_FAMILY;
	nvme_cmd_extent(command_of(&command->sqe), 0, 1, 0);
}

static int fill(struct job *job, const struct command *command,
		struct ring_sqe *sqe, const struct job_io *io)
{
	return job_fill_data(job, command, sqe, io->unit, io->offset, io->data,
			     io->bytes);
}

const struct command_family family_compare = {
	.name = "compare",
	.opcode = NVME_OPC_COMPARE,
	.encode = encode,
	.fill = fill,
};
