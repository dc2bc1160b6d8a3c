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
	/* to fio it is a read, and FUA is what is asked for those */
	command->direction = JOB_READ;
	command->cdw12 = request->readfua ? NVME_CDW12_FUA : 0;
	command->kind = COMMAND_FAMILY;
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
