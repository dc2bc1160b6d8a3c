/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NVMe I/O commands as values. What a job never changes is encoded once by
 * the functions of command.c; what differs from one I/O to the next is
 * written by the inline ones, which touch nothing else.
 */
#ifndef NVME_PASSTHRU_COMMAND_H
#define NVME_PASSTHRU_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include <linux/nvme_ioctl.h>

_Static_assert(sizeof(struct nvme_uring_cmd) == 72, "linux/nvme_ioctl.h");
_Static_assert(offsetof(struct nvme_uring_cmd, addr) == 24, "addr");
_Static_assert(offsetof(struct nvme_uring_cmd, data_len) == 36, "data_len");
_Static_assert(offsetof(struct nvme_uring_cmd, cdw10) == 40, "cdw10");
_Static_assert(offsetof(struct nvme_uring_cmd, cdw11) == 44, "cdw11");

/* NVM command set, I/O commands (NVM Command Set 1.0, figure 16) */
enum nvme_opcode {
	NVME_OPC_FLUSH = 0x00,
	NVME_OPC_WRITE = 0x01,
	NVME_OPC_READ = 0x02,
	NVME_OPC_DSM = 0x09,
};

/* Directive types (NVMe Base 2.0, 8.7); the numbers are fio's, too */
enum nvme_dtype {
	NVME_DTYPE_NONE = 0,
	NVME_DTYPE_STREAMS = 1,
	NVME_DTYPE_FDP = 2,
};

/* DTYPE in CDW12 and DSPEC in CDW13 of Write (NVM Command Set 1.0, 3.2.6) */
#define NVME_CDW12_DTYPE_SHIFT 20
#define NVME_CDW12_DTYPE (0xfu << NVME_CDW12_DTYPE_SHIFT)
#define NVME_CDW13_DSPEC_SHIFT 16
/* Force Unit Access, in CDW12 of Read and Write (NVM Command Set 1.0, 3.2.4) */
#define NVME_CDW12_FUA (1u << 30)
/* Attribute Deallocate, in CDW11 of Dataset Management (ibid., 3.2.3) */
#define NVME_CDW11_AD (1u << 2)
/* NLB is 16 bits and zero-based (ibid., 3.2.4) */
#define NVME_NLB_MAX 65536u
/* NR is 8 bits and zero-based (ibid., 3.2.3) */
#define NVME_DSM_RANGES_MAX 256u

/**
 * struct nvme_range - one range of Dataset Management
 * @cattr: context attributes
 * @nlb: logical blocks, not zero-based
 * @slba: first logical block
 *
 * NVM Command Set 1.0, figure 36. Little-endian, as every host that this
 * is built for.
 */
struct nvme_range {
	uint32_t cattr;
	uint32_t nlb;
	uint64_t slba;
};

_Static_assert(sizeof(struct nvme_range) == 16, "DSM range");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian");

void nvme_cmd_rw(struct nvme_uring_cmd *cmd, uint32_t nsid,
		 enum nvme_opcode opcode, uint32_t cdw12);
void nvme_cmd_flush(struct nvme_uring_cmd *cmd, uint32_t nsid);
void nvme_cmd_dsm(struct nvme_uring_cmd *cmd, uint32_t nsid, uint32_t cdw11);

/**
 * nvme_cmd_start() - name the first block that a Read or Write is about
 * @cmd: made by nvme_cmd_rw()
 * @slba: first logical block
 */
static inline void nvme_cmd_start(struct nvme_uring_cmd *cmd, uint64_t slba)
{
	/* in one store, which not every compiler finds by itself */
	__builtin_memcpy((char *)cmd + offsetof(struct nvme_uring_cmd, cdw10),
			 &slba, sizeof(slba));
}

/**
 * nvme_cmd_extent() - name the blocks that a Read or Write is about
 * @cmd: made by nvme_cmd_rw()
 * @slba: first logical block
 * @nlb: logical blocks, 1 to NVME_NLB_MAX
 * @cdw12: what nvme_cmd_rw() was given: the count shares the dword with it
 */
static inline void nvme_cmd_extent(struct nvme_uring_cmd *cmd, uint64_t slba,
				   uint32_t nlb, uint32_t cdw12)
{
	nvme_cmd_start(cmd, slba);
	cmd->cdw12 = cdw12 | (nlb - 1);
}

/**
 * nvme_cmd_data() - say where the data is
 * @cmd: a command with data
 * @addr: the buffer, or with NVME_URING_CMD_IO_VEC an array of struct iovec
 * @len: bytes, or the number of elements of that array
 */
static inline void nvme_cmd_data(struct nvme_uring_cmd *cmd, const void *addr,
				 uint32_t len)
{
	cmd->addr = (uintptr_t)addr;
	cmd->data_len = len;
}

/**
 * nvme_cmd_place() - say where on the medium the data is to go
 * @cmd: a Write with its extent
 * @dtype: the kind of @dspec
 * @dspec: placement identifier or stream identifier
 */
static inline void nvme_cmd_place(struct nvme_uring_cmd *cmd,
				  enum nvme_dtype dtype, uint16_t dspec)
{
	cmd->cdw12 = (cmd->cdw12 & ~NVME_CDW12_DTYPE) |
		     (uint32_t)dtype << NVME_CDW12_DTYPE_SHIFT;
	cmd->cdw13 = (uint32_t)dspec << NVME_CDW13_DSPEC_SHIFT;
}

/**
 * nvme_cmd_ranges() - name the ranges of a Dataset Management command
 * @cmd: made by nvme_cmd_dsm()
 * @ranges: to be kept until the command completes
 * @nr: 1 to NVME_DSM_RANGES_MAX
 */
static inline void nvme_cmd_ranges(struct nvme_uring_cmd *cmd,
				   const struct nvme_range *ranges, uint32_t nr)
{
	cmd->cdw10 = nr - 1;
	nvme_cmd_data(cmd, ranges, nr * (uint32_t)sizeof(*ranges));
}

#endif
