/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs whose io_units are several commands, and what the kernel got of them. */
#ifndef SPLIT_H
#define SPLIT_H

#include "sqe.h"

/**
 * struct part - a command of an io_unit
 * @at: where its data begins, in bytes from the io_unit's
 * @want: its dwords, but for owner (8, 9) and address (18, 19)
 */
struct part {
	uint64_t at;
	uint32_t want[32];
};

void split_sizes(uint64_t bs, uint64_t cmd_bs);
void split_scatter(uint64_t bs, uint64_t cmd_bs);
void split_check(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		 uint64_t bytes, const struct part *parts, unsigned int nr);
struct sqe split_sqe(unsigned int nth);
unsigned int split_unit(unsigned int nth);
unsigned int split_index(unsigned int nth);
uint64_t split_slba(unsigned int nth);
void split_assert_sent(const unsigned int (*want)[2], unsigned int nr);
char *split_details(struct io_u *io_u);

#define SPLIT_CHECK(unit, ddir, offset, bytes, parts) \
	split_check(unit, ddir, offset, bytes, parts, \
		    sizeof(parts) / sizeof((parts)[0]))
/* Pairs of an io_unit and which of its commands, in the order of sending */
#define SPLIT_SENT(want) \
	split_assert_sent(want, sizeof(want) / sizeof((want)[0]))

#endif
