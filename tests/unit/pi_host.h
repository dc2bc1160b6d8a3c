/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host with one I/O of a few blocks, on a namespace of any layout: its
 * buffers, and where in them everything is by the model.
 */
#ifndef NVME_PASSTHRU_PI_HOST_H
#define NVME_PASSTHRU_PI_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvme/pi.h"
#include "pi_model.h"

#define LBA_SIZE 512u
#define MS_MAX 64u
#define NLB 3u
#define SLBA 0x123456789abcdef0ull
#define ALL                                              \
	(NVME_CDW12_PRCHK_GUARD | NVME_CDW12_PRCHK_APP | \
	 NVME_CDW12_PRCHK_REF | NVME_CDW12_STC)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct host_io - an I/O's buffers; metadata is in one of them
 * @data: data buffer
 * @md: metadata buffer
 */
struct host_io {
	unsigned char data[NLB * (LBA_SIZE + MS_MAX)];
	unsigned char md[NLB * MS_MAX];
};

extern const struct pi_request everything;
extern struct host_io io;
extern struct nspace_pi pi;
extern struct pi_check check;

void *md_buffer(void);
unsigned char *block_data(uint32_t n);
unsigned char *block_md(uint32_t n);
uint32_t bytes_before(void);
struct model_field field_of(enum pi_field field);
uint64_t tag(enum pi_field field, uint32_t n);
void set_tag(enum pi_field field, uint32_t n, uint64_t value);
uint64_t low(uint64_t value, unsigned int bits);

void set_layout(enum pi_guard guard, uint32_t ms, uint8_t type, uint8_t sts,
		unsigned int kind);
void each_layout(void (*test)(void));

void fill(void);
void generate(uint64_t slba);
int verify(uint64_t slba, struct pi_mismatch *wrong);
void assert_fine(uint64_t slba);
void assert_wrong(enum pi_field field, uint64_t lba);

#endif
