// SPDX-License-Identifier: GPL-2.0
#include "pi_host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

const struct pi_request everything = {
	.prchk = ALL,
	.apptag = 0x1234,
	.apptag_mask = 0xffff,
	.storage_tag = 0xfedcba9876543210,
};

struct host_io io;
struct nspace_pi pi;
struct pi_check check;

void *md_buffer(void)
{
	return pi.extended ? NULL : io.md;
}

unsigned char *block_data(uint32_t n)
{
	return io.data + n * (LBA_SIZE + (pi.extended ? pi.ms : 0));
}

unsigned char *block_md(uint32_t n)
{
	return pi.extended ? block_data(n) + LBA_SIZE : io.md + n * pi.ms;
}

uint32_t bytes_before(void)
{
	return pi.first ? 0 : pi.ms - pi.size;
}

static unsigned char *block_pi(uint32_t n)
{
	return block_md(n) + bytes_before();
}

struct model_field field_of(enum pi_field field)
{
	return model_field(pi.guard, pi.sts, field);
}

uint64_t tag(enum pi_field field, uint32_t n)
{
	return model_get(block_pi(n), field_of(field));
}

void set_tag(enum pi_field field, uint32_t n, uint64_t value)
{
	model_put(block_pi(n), field_of(field), value);
}

uint64_t low(uint64_t value, unsigned int bits)
{
	return bits < 64 ? value & ((1ull << bits) - 1) : value;
}

int verify(uint64_t slba, struct pi_mismatch *wrong)
{
	memset(wrong, 0xa5, sizeof(*wrong));
	return pi_verify(&check, slba, NLB, io.data, md_buffer(), wrong);
}

void assert_fine(uint64_t slba)
{
	struct pi_mismatch wrong;
	char text[256];

	if (!verify(slba, &wrong))
		return;
	pi_explain(&wrong, text, sizeof(text));
	fail_msg("guard %u, type %u, sts %u, ms %u: %s", 16u << pi.guard,
		 pi.type, pi.sts, pi.ms, text);
}

void assert_wrong(enum pi_field field, uint64_t lba)
{
	struct pi_mismatch wrong;

	assert_int_equal(verify(SLBA, &wrong), -EILSEQ);
	assert_int_equal(wrong.field, field);
	assert_true(wrong.lba == lba);
}

static const uint8_t sts_16[] = { 0, 1, 16, 31, 32 };
static const uint8_t sts_32[] = { 16, 17, 32, 48, 63, 64 };
static const uint8_t sts_64[] = { 0, 1, 16, 18, 47, 48 };

static const struct {
	const uint8_t *sts;
	size_t nr;
	uint8_t size;
} guards[] = {
	[PI_GUARD_16] = { sts_16, COUNT(sts_16), 8 },
	[PI_GUARD_32] = { sts_32, COUNT(sts_32), 16 },
	[PI_GUARD_64] = { sts_64, COUNT(sts_64), 16 },
};

void set_layout(enum pi_guard guard, uint32_t ms, uint8_t type, uint8_t sts,
		unsigned int kind)
{
	pi = (struct nspace_pi){
		.lba_size = LBA_SIZE,
		.ms = ms,
		.extended = kind & 1,
		.first = kind & 2,
		.type = type,
		.guard = guard,
		.size = guards[guard].size,
		.sts = sts,
		.storage_mask = UINT64_MAX,
	};
	pi_check_init(&check, &pi, &everything);
}

void fill(void)
{
	unsigned char *bytes = (unsigned char *)&io;

	for (unsigned int i = 0; i < sizeof(io); i++)
		bytes[i] = (unsigned char)((i * 2654435761u) >> 11);
}

void generate(uint64_t slba)
{
	fill();
	pi_generate(&check, slba, NLB, io.data, md_buffer());
}

static void each_type_and_sts(enum pi_guard guard, uint32_t ms,
			      void (*test)(void))
{
	for (size_t i = 0; i < guards[guard].nr * 3; i++)
		for (unsigned int kind = 0; kind < 4; kind++) {
			set_layout(guard, ms, (uint8_t)(1 + i % 3),
				   guards[guard].sts[i / 3], kind);
			test();
		}
}

void each_layout(void (*test)(void))
{
	static const uint32_t sizes[] = { 8, 16, 64 };

	for (size_t guard = 0; guard < COUNT(guards); guard++)
		for (size_t i = 0; i < COUNT(sizes); i++)
			if (sizes[i] >= guards[guard].size)
				each_type_and_sts((enum pi_guard)guard,
						  sizes[i], test);
}
