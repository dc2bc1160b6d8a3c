/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command that the user describes, dword by dword, as text of field=value.
 * Read once into what never changes and a short list of what does.
 */
#ifndef NVME_PASSTHRU_DESCRIBED_H
#define NVME_PASSTHRU_DESCRIBED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "command.h"
#include "opcode.h"

/* CDW2, CDW3 and CDW10 to CDW15 */
#define NVME_DESCRIBED_DWORDS 8

/* What a field of a described command can follow */
enum nvme_term {
	NVME_TERM_NUMBER,
	NVME_TERM_SLBA,
	NVME_TERM_SLBA_HI,
	NVME_TERM_NLB,
	NVME_TERM_NLB0,
	NVME_TERM_BYTES,
	NVME_TERM_INDEX,
	NVME_TERM_RANDOM,
	NVME_TERM_PLACEMENT,
	NVME_TERMS,
};

/**
 * struct nvme_described_fill - one dword that differs from one I/O to the next
 * @term: what it follows
 * @offset: where it is in struct nvme_uring_cmd, bytes
 * @plus: added to it, modulo 2^32
 */
struct nvme_described_fill {
	uint8_t term;
	uint8_t offset;
	uint32_t plus;
};

/**
 * struct nvme_described - a command as a text describes it
 * @base: all that never changes; without namespace, data and metadata
 * @fills: what does
 * @nr_fills: how many of them
 * @len_bytes: the data is as long as the I/O
 * @len: where it is not, its bytes; 0 for no data
 * @mdlen: bytes of metadata in a buffer of its own, 0 for none
 */
struct nvme_described {
	struct nvme_uring_cmd base;
	struct nvme_described_fill fills[NVME_DESCRIBED_DWORDS];
	unsigned int nr_fills;
	bool len_bytes;
	uint32_t len;
	uint32_t mdlen;
};

/**
 * struct nvme_values - what one I/O puts into a described command
 * @slba: first logical block
 * @nlb: logical blocks, not zero-based
 * @bytes: of data
 * @index: how many such commands came before, or any other running number
 * @random: of which the lower 32 bits are used
 * @placement: placement identifier or stream identifier (DSPEC)
 */
struct nvme_values {
	uint64_t slba;
	uint32_t nlb;
	uint32_t bytes;
	uint64_t index;
	uint64_t random;
	uint16_t placement;
};

int nvme_described_parse(struct nvme_described *d, const char *option,
			 const char *text, char *why, size_t len);
bool nvme_described_text(const struct nvme_uring_cmd *cmd, unsigned int nth,
			 char *buf, size_t len);

/**
 * nvme_described_base() - encode what all commands of a description share
 * @cmd: to be completed by nvme_described_fill(), and by nvme_cmd_data()
 *	where nvme_described_len() is not 0
 * @d: the description
 * @nsid: the namespace of the file; the kernel takes no other
 */
static inline void nvme_described_base(struct nvme_uring_cmd *cmd,
				       const struct nvme_described *d,
				       uint32_t nsid)
{
	*cmd = d->base;
	cmd->nsid = nsid;
}

/**
 * nvme_described_fill() - encode what differs from one I/O to the next
 * @cmd: made by nvme_described_base() with the same @d
 * @d: the description
 * @v: the I/O
 */
static inline void nvme_described_fill(struct nvme_uring_cmd *cmd,
				       const struct nvme_described *d,
				       const struct nvme_values *v)
{
	const uint32_t values[NVME_TERMS] = {
		[NVME_TERM_SLBA] = (uint32_t)v->slba,
		[NVME_TERM_SLBA_HI] = (uint32_t)(v->slba >> 32),
		[NVME_TERM_NLB] = v->nlb,
		[NVME_TERM_NLB0] = v->nlb - 1,
		[NVME_TERM_BYTES] = v->bytes,
		[NVME_TERM_INDEX] = (uint32_t)v->index,
		[NVME_TERM_RANDOM] = (uint32_t)v->random,
		/* where CDW13 has DSPEC */
		[NVME_TERM_PLACEMENT] = (uint32_t)v->placement << 16,
	};

	for (unsigned int i = 0; i < d->nr_fills; i++) {
		const struct nvme_described_fill *fill = &d->fills[i];
		uint32_t dword = values[fill->term] + fill->plus;

		memcpy((char *)cmd + fill->offset, &dword, sizeof(dword));
	}
}

/**
 * nvme_described_encode() - encode a described command but for its data
 * @cmd: to be completed by nvme_cmd_data() where nvme_described_len() is not 0
 * @d: the description
 * @nsid: the namespace of the file; the kernel takes no other
 * @v: the I/O
 */
static inline void nvme_described_encode(struct nvme_uring_cmd *cmd,
					 const struct nvme_described *d,
					 uint32_t nsid,
					 const struct nvme_values *v)
{
	nvme_described_base(cmd, d, nsid);
	nvme_described_fill(cmd, d, v);
}

/**
 * nvme_described_len() - how long the data of a described command is
 * @d: the description
 * @v: the I/O
 *
 * May be above @v->bytes where the text says a number: whoever owns the
 * buffer compares them.
 *
 * Return: bytes, or 0 for no data: then no address may be given, either
 * (EFAULT, Linux 6.1).
 */
static inline uint32_t nvme_described_len(const struct nvme_described *d,
					  const struct nvme_values *v)
{
	return d->len_bytes ? v->bytes : d->len;
}

#endif
