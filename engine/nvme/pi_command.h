/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a Read or Write says about metadata and protection information: once
 * for a job, by pi_cmd_rw(), and for each I/O by the others. Apart from pi.h,
 * because libnvme and linux/nvme_ioctl.h name the same things.
 */
#ifndef NVME_PASSTHRU_PI_COMMAND_H
#define NVME_PASSTHRU_PI_COMMAND_H

#include <stdint.h>

#include "command.h"
#include "pi.h"

_Static_assert(offsetof(struct nvme_uring_cmd, cdw2) == 8, "cdw2");
_Static_assert(offsetof(struct nvme_uring_cmd, metadata) == 16, "metadata");
_Static_assert(offsetof(struct nvme_uring_cmd, metadata_len) == 32,
	       "metadata_len");
_Static_assert(offsetof(struct nvme_uring_cmd, cdw14) == 56, "cdw14");

/**
 * pi_cmd_start() - name the tags that a Read or Write starts with
 * @cmd: a command that pi_cmd_rw() was called for
 * @check: what it was given
 * @slba: first logical block
 *
 * The Initial, or Expected Initial, Logical Block Reference Tag is what fits
 * of the SLBA: type 1 has to have it so (5.2.3), for type 2 the kernel and
 * fio choose the same. Where the bits are: figures 124 and 125.
 */
static inline void pi_cmd_start(struct nvme_uring_cmd *cmd,
				const struct pi_check *check, uint64_t slba)
{
	uint64_t tags = check->stor_lo | (slba & check->ref_mask);

	cmd->cdw3 = (uint32_t)(tags >> 32);
	cmd->cdw14 = (uint32_t)tags;
}

/**
 * pi_cmd_rw() - add what all Reads or Writes of a job say
 * @cmd: made by nvme_cmd_rw(), whose @cdw12 is to have @check->cdw12 in it
 * @check: from pi_check_init()
 *
 * Application tag and mask: figures 51 and 66.
 */
static inline void pi_cmd_rw(struct nvme_uring_cmd *cmd,
			     const struct pi_check *check)
{
	cmd->cdw2 = check->stor_hi;
	cmd->cdw15 = check->cdw15;
	pi_cmd_start(cmd, check, 0);
}

/**
 * pi_cmd_metadata() - say where separate metadata is
 * @cmd: a Read or Write
 * @check: from pi_check_init()
 * @md: the metadata buffer; not looked at if @check->md_bytes is 0
 * @nlb: logical blocks
 */
static inline void pi_cmd_metadata(struct nvme_uring_cmd *cmd,
				   const struct pi_check *check, const void *md,
				   uint32_t nlb)
{
	cmd->metadata = check->md_bytes ? (uintptr_t)md : 0;
	cmd->metadata_len = nlb * check->md_bytes;
}

#endif
