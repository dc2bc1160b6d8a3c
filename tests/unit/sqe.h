/* SPDX-License-Identifier: GPL-2.0 */
/*
 * io_units and the 128 bytes that they become, written down by hand: dwords
 * of struct io_uring_sqe (include/uapi/linux/io_uring.h, Linux 5.19), from
 * dword 12 on those of struct nvme_uring_cmd, whose dwords 10 to 15 are the
 * command's CDW10 to CDW15 (NVM Command Set 1.0, 3.2).
 *
 * Owner (8, 9), file (1) and address (18, 19) differ from run to run;
 * sqe_check_row() puts in what they have to be.
 */
#ifndef SQE_H
#define SQE_H

#include "host.h"

#define URING_CMD 46u
#define FIXED_FILE (1u << 8)
#define ASYNC (1u << 12)
#define CMD_IO 0xc0484e80u
#define CMD_IO_VEC 0xc0484e81u
#define URING_CMD_FIXED 1u
#define FUA (1u << 30)
#define AD (1u << 2)

struct row {
	enum fio_ddir ddir;
	uint64_t offset;
	uint64_t bytes;
	uint32_t want[32];
};

struct sqe {
	uint32_t dw[32];
};

struct sqe sqe_nth(unsigned int nth);
struct sqe sqe_last(void);
struct sqe sqe_send(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		    uint64_t bytes);
uint64_t sqe_get64(const struct sqe *sqe, unsigned int dword);
void sqe_put64(struct sqe *sqe, unsigned int dword, uint64_t value);
struct sqe sqe_wanted(const struct row *row, unsigned int unit);
void sqe_assert(const struct sqe *got, const struct sqe *want);
void sqe_check_row(const struct row *row, unsigned int unit);
void sqe_check_rows(const struct row *rows, size_t nr);

#define SQE_CHECK(rows) sqe_check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
