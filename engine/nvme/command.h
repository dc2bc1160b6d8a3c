/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NVMe I/O commands as values. What a job never changes is encoded once by
 * the functions of command.c; what differs from one I/O to the next is
 * written by the inline ones, which touch nothing else.
 */
#ifndef NVME_PASSTHRU_COMMAND_H
#define NVME_PASSTHRU_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/nvme_ioctl.h>

_Static_assert(sizeof(struct nvme_uring_cmd) == 72, "linux/nvme_ioctl.h");
_Static_assert(offsetof(struct nvme_uring_cmd, addr) == 24, "addr");
_Static_assert(offsetof(struct nvme_uring_cmd, data_len) == 36, "data_len");
_Static_assert(offsetof(struct nvme_uring_cmd, cdw10) == 40, "cdw10");
_Static_assert(offsetof(struct nvme_uring_cmd, cdw11) == 44, "cdw11");

/*
 * I/O commands (NVMe Base 2.0, 7, NVM Command Set 1.0, 3.2, and Zoned
 * Namespace Command Set 1.1, 3.4)
 */
enum nvme_opcode {
	NVME_OPC_FLUSH = 0x00,
	NVME_OPC_WRITE = 0x01,
	NVME_OPC_READ = 0x02,
	NVME_OPC_WRITE_UNCORRECTABLE = 0x04,
	NVME_OPC_COMPARE = 0x05,
	NVME_OPC_WRITE_ZEROES = 0x08,
	NVME_OPC_DSM = 0x09,
	NVME_OPC_VERIFY = 0x0c,
	NVME_OPC_RESERVATION_REPORT = 0x0e,
	NVME_OPC_IO_MGMT_RECEIVE = 0x12,
	NVME_OPC_COPY = 0x19,
	NVME_OPC_ZONE_SEND = 0x79,
	NVME_OPC_ZONE_RECEIVE = 0x7a,
	NVME_OPC_ZONE_APPEND = 0x7d,
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
/* Deallocate, in CDW12 of Write Zeroes (ibid., 3.2.8) */
#define NVME_CDW12_DEAC (1u << 25)
/* Attributes of all ranges, in CDW11 of Dataset Management (ibid., 3.2.3) */
#define NVME_CDW11_IDR (1u << 0)
#define NVME_CDW11_IDW (1u << 1)
/* Attribute Deallocate, in CDW11 of Dataset Management (ibid., 3.2.3) */
#define NVME_CDW11_AD (1u << 2)
/* NLB is 16 bits and zero-based (ibid., 3.2.4) */
#define NVME_NLB_MAX 65536u
/* NR is 8 bits and zero-based (ibid., 3.2.3) */
#define NVME_DSM_RANGES_MAX 256u
/* NR of Copy is 8 bits and zero-based, too (ibid., 3.2.2) */
#define NVME_COPY_RANGES_MAX 256u
/* Descriptor Format, in CDW12 of Copy (ibid., 3.2.2) */
#define NVME_CDW12_DESFMT_SHIFT 8
/* Select All, in CDW13 of Zone Management Send (ZNS 1.1, 3.4.3) */
#define NVME_CDW13_SELECT_ALL (1u << 8)
/* Which zones, and Partial Report, in CDW13 of Zone Management Receive (3.4.2) */
#define NVME_CDW13_ZRASF_SHIFT 8
#define NVME_CDW13_PARTIAL (1u << 16)

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

/**
 * struct nvme_copy_range - one source of Copy, descriptor format 0h
 * @rsvd0: 0
 * @slba: first logical block
 * @nlb: logical blocks, zero-based
 * @rsvd18: 0
 * @eilbrt: Expected Initial Logical Block Reference Tag
 * @elbat: Expected Logical Block Application Tag
 * @elbatm: its mask
 *
 * NVM Command Set 1.0, 3.2.2.
 */
struct nvme_copy_range {
	uint64_t rsvd0;
	uint64_t slba;
	uint16_t nlb;
	uint8_t rsvd18[6];
	uint32_t eilbrt;
	uint16_t elbat;
	uint16_t elbatm;
};

_Static_assert(sizeof(struct nvme_copy_range) == 32, "copy range, format 0h");
_Static_assert(offsetof(struct nvme_copy_range, eilbrt) == 24, "eilbrt");

/**
 * struct nvme_copy_range_1 - one source of Copy, descriptor format 1h
 * @rsvd0: 0
 * @slba: first logical block
 * @nlb: logical blocks, zero-based
 * @rsvd18: 0
 * @elbt: storage and reference tags expected, 80 bits, big-endian
 * @elbat: Expected Logical Block Application Tag
 * @elbatm: its mask
 *
 * For namespaces with 32 or 64 bits of guard. NVM Command Set 1.0, 3.2.2.
 */
struct nvme_copy_range_1 {
	uint64_t rsvd0;
	uint64_t slba;
	uint16_t nlb;
	uint8_t rsvd18[8];
	uint8_t elbt[10];
	uint16_t elbat;
	uint16_t elbatm;
};

_Static_assert(sizeof(struct nvme_copy_range_1) == 40, "copy range, format 1h");
_Static_assert(offsetof(struct nvme_copy_range_1, elbt) == 26, "elbt");
_Static_assert(offsetof(struct nvme_copy_range_1, elbat) == 36, "elbat");

/* What a Zone Management Send does (ZNS 1.1, 3.4.3) */
enum nvme_zone_send {
	NVME_ZSA_CLOSE = 0x01,
	NVME_ZSA_FINISH = 0x02,
	NVME_ZSA_OPEN = 0x03,
	NVME_ZSA_RESET = 0x04,
	NVME_ZSA_OFFLINE = 0x05,
};

/* What a Zone Management Receive asks for (ZNS 1.1, 3.4.2) */
enum nvme_zone_receive {
	NVME_ZRA_REPORT = 0x00,
	NVME_ZRA_EXTENDED_REPORT = 0x01,
};

void nvme_cmd_rw(struct nvme_uring_cmd *cmd, uint32_t nsid,
		 enum nvme_opcode opcode, uint32_t cdw12);
void nvme_cmd_flush(struct nvme_uring_cmd *cmd, uint32_t nsid);
void nvme_cmd_dsm(struct nvme_uring_cmd *cmd, uint32_t nsid, uint32_t cdw11);
void nvme_cmd_blocks(struct nvme_uring_cmd *cmd, uint32_t nsid,
		     enum nvme_opcode opcode, uint32_t cdw12);
void nvme_cmd_copy(struct nvme_uring_cmd *cmd, uint32_t nsid, uint32_t cdw12);
void nvme_cmd_zone_send(struct nvme_uring_cmd *cmd, uint32_t nsid,
			enum nvme_zone_send action, bool all);
void nvme_cmd_zone_receive(struct nvme_uring_cmd *cmd, uint32_t nsid,
			   enum nvme_zone_receive action, uint8_t which,
			   bool partial);

/**
 * nvme_cmd_start() - name the first block that a command is about
 * @cmd: made by nvme_cmd_rw(), nvme_cmd_blocks() or nvme_cmd_zone_send()
 * @slba: first logical block, of the zone where the command is about zones
 */
static inline void nvme_cmd_start(struct nvme_uring_cmd *cmd, uint64_t slba)
{
	/* in one store, which not every compiler finds by itself */
	__builtin_memcpy((char *)cmd + offsetof(struct nvme_uring_cmd, cdw10),
			 &slba, sizeof(slba));
}

/**
 * nvme_cmd_extent() - name the blocks that a command is about
 * @cmd: made by nvme_cmd_rw() or nvme_cmd_blocks()
 * @slba: first logical block; that of the zone for a Zone Append
 * @nlb: logical blocks, 1 to NVME_NLB_MAX
 * @cdw12: what @cmd was made with: the count shares the dword with it
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

/**
 * nvme_cmd_copy_ranges() - say what a Copy copies, and where to
 * @cmd: made by nvme_cmd_copy()
 * @sdlba: first logical block of the destination
 * @ranges: sources in the descriptor format of @cdw12, to be kept until the
 *	command completes
 * @bytes: of one of @ranges: 32 of format 0h, 40 of format 1h
 * @nr: 1 to NVME_COPY_RANGES_MAX, and no more than MSRC allows
 * @cdw12: what nvme_cmd_copy() was given: the number shares the dword with it
 */
static inline void nvme_cmd_copy_ranges(struct nvme_uring_cmd *cmd,
					uint64_t sdlba, const void *ranges,
					size_t bytes, uint32_t nr,
					uint32_t cdw12)
{
	nvme_cmd_start(cmd, sdlba);
	cmd->cdw12 = cdw12 | (nr - 1);
	nvme_cmd_data(cmd, ranges, nr * (uint32_t)bytes);
}

/**
 * nvme_cmd_zone_report() - say what zones to report, and where to
 * @cmd: made by nvme_cmd_zone_receive()
 * @slba: a logical block of the first zone
 * @addr: the buffer
 * @bytes: of it, a multiple of 4 and not 0
 */
static inline void nvme_cmd_zone_report(struct nvme_uring_cmd *cmd,
					uint64_t slba, const void *addr,
					uint32_t bytes)
{
	nvme_cmd_start(cmd, slba);
	/* NUMD counts dwords and is zero-based */
	cmd->cdw12 = bytes / 4 - 1;
	nvme_cmd_data(cmd, addr, bytes);
}

#endif
