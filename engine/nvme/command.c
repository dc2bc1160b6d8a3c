// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include <string.h>

static void nvme_cmd_base(struct nvme_uring_cmd *cmd, uint32_t nsid,
			  enum nvme_opcode opcode)
{
	/* flags stay 0: the kernel refuses fused commands (Linux 6.1) */
	memset(cmd, 0, sizeof(*cmd));
	cmd->opcode = opcode;
	cmd->nsid = nsid;
}

/**
 * nvme_cmd_rw() - encode what all Reads or Writes of a job share
 * @cmd: the command; to be completed by nvme_cmd_extent() and nvme_cmd_data()
 * @nsid: the namespace of the file; the kernel takes no other
 * @opcode: NVME_OPC_READ or NVME_OPC_WRITE
 * @cdw12: bits 31:16 of CDW12, such as NVME_CDW12_FUA
 *
 * NVM Command Set 1.0, 3.2.4 and 3.2.6.
 */
void nvme_cmd_rw(struct nvme_uring_cmd *cmd, uint32_t nsid,
		 enum nvme_opcode opcode, uint32_t cdw12)
{
	nvme_cmd_base(cmd, nsid, opcode);
	cmd->cdw12 = cdw12;
}

/**
 * nvme_cmd_flush() - encode a Flush
 * @cmd: the command, complete
 * @nsid: the namespace of the file
 *
 * Without data: an address would be refused with EFAULT (Linux 6.1).
 * NVMe Base 2.0, 7.1.
 */
void nvme_cmd_flush(struct nvme_uring_cmd *cmd, uint32_t nsid)
{
	nvme_cmd_base(cmd, nsid, NVME_OPC_FLUSH);
}

/**
 * nvme_cmd_dsm() - encode what all Dataset Management commands share
 * @cmd: the command; to be completed by nvme_cmd_ranges()
 * @nsid: the namespace of the file
 * @cdw11: attributes, such as NVME_CDW11_AD
 *
 * NVM Command Set 1.0, 3.2.3.
 */
void nvme_cmd_dsm(struct nvme_uring_cmd *cmd, uint32_t nsid, uint32_t cdw11)
{
	nvme_cmd_base(cmd, nsid, NVME_OPC_DSM);
	cmd->cdw11 = cdw11;
}
