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
 * @opcode: NVME_OPC_READ, NVME_OPC_WRITE, or what is laid out alike,
 *	NVME_OPC_COMPARE and NVME_OPC_ZONE_APPEND
 * @cdw12: bits 31:16 of CDW12, such as NVME_CDW12_FUA
 *
 * NVM Command Set 1.0, 3.2.4, 3.2.6 and 3.2.1; ZNS 1.1, 3.4.1.
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

/**
 * nvme_cmd_blocks() - encode what all commands on blocks without data share
 * @cmd: the command; to be completed by nvme_cmd_extent()
 * @nsid: the namespace of the file
 * @opcode: NVME_OPC_WRITE_ZEROES, NVME_OPC_WRITE_UNCORRECTABLE or
 *	NVME_OPC_VERIFY
 * @cdw12: bits 31:16 of CDW12, such as NVME_CDW12_DEAC of Write Zeroes; 0 for
 *	Write Uncorrectable
 *
 * Not to be given data: an address would be refused with EFAULT (Linux 6.1).
 * NVM Command Set 1.0, 3.2.8, 3.2.7 and 3.2.5.
 */
void nvme_cmd_blocks(struct nvme_uring_cmd *cmd, uint32_t nsid,
		     enum nvme_opcode opcode, uint32_t cdw12)
{
	nvme_cmd_base(cmd, nsid, opcode);
	cmd->cdw12 = cdw12;
}

/**
 * nvme_cmd_copy() - encode what all Copies share
 * @cmd: the command; to be completed by nvme_cmd_copy_ranges()
 * @nsid: the namespace of the file, which is source and destination
 * @cdw12: bits 31:8 of CDW12: the format of the ranges, shifted by
 *	NVME_CDW12_DESFMT_SHIFT, and such as NVME_CDW12_FUA
 *
 * NVM Command Set 1.0, 3.2.2.
 */
void nvme_cmd_copy(struct nvme_uring_cmd *cmd, uint32_t nsid, uint32_t cdw12)
{
	nvme_cmd_base(cmd, nsid, NVME_OPC_COPY);
	cmd->cdw12 = cdw12;
}

/**
 * nvme_cmd_zone_send() - encode a Zone Management Send without data
 * @cmd: the command; to be completed by nvme_cmd_start() unless @all
 * @nsid: the namespace of the file
 * @action: Zone Send Action
 * @all: of all zones whose state allows it, whatever the first block
 *
 * ZNS 1.1, 3.4.3.
 */
void nvme_cmd_zone_send(struct nvme_uring_cmd *cmd, uint32_t nsid,
			enum nvme_zone_send action, bool all)
{
	nvme_cmd_base(cmd, nsid, NVME_OPC_ZONE_SEND);
	cmd->cdw13 = (uint32_t)action | (all ? NVME_CDW13_SELECT_ALL : 0);
}

/**
 * nvme_cmd_zone_receive() - encode what all Zone Management Receives share
 * @cmd: the command; to be completed by nvme_cmd_zone_report()
 * @nsid: the namespace of the file
 * @action: Zone Receive Action
 * @which: Zone Receive Action Specific: 0 for zones of all states
 * @partial: the number of zones reported is that of those in the buffer
 *
 * ZNS 1.1, 3.4.2.
 */
void nvme_cmd_zone_receive(struct nvme_uring_cmd *cmd, uint32_t nsid,
			   enum nvme_zone_receive action, uint8_t which,
			   bool partial)
{
	nvme_cmd_base(cmd, nsid, NVME_OPC_ZONE_RECEIVE);
	cmd->cdw13 = (uint32_t)action |
		     (uint32_t)which << NVME_CDW13_ZRASF_SHIFT |
		     (partial ? NVME_CDW13_PARTIAL : 0);
}
