/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands as dwords, for tests that look at every byte: struct
 * nvme_uring_cmd is laid out so that its dword N is the command's CDWN, but
 * for 6 to 9, which hold address, metadata length and data length
 * (linux/nvme_ioctl.h), and 16, a timeout.
 */
#ifndef NVME_PASSTHRU_DWORDS_H
#define NVME_PASSTHRU_DWORDS_H

#include <stdint.h>

#include "nvme/command.h"

#define DWORDS 18

_Static_assert(sizeof(struct nvme_uring_cmd) == DWORDS * 4, "72 bytes");

/* A place that no real buffer has, to be told from a length or an LBA */
#define ADDRESS 0x7f00123456789000ull
#define ADDRESS_LOW 0x56789000u
#define ADDRESS_HIGH 0x7f001234u

void assert_command(const struct nvme_uring_cmd *cmd, const uint32_t *want);
struct nvme_uring_cmd dirty(void);

#endif
