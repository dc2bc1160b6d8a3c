// SPDX-License-Identifier: GPL-2.0
/*
 * What commands say about metadata and protection information, as all dwords
 * of struct nvme_uring_cmd (see test_command.c): 2, 3, 12, 14 and 15 are the
 * command's, 4 and 5 the metadata pointer, 8 its length. Sections and figures
 * are those of the NVM Command Set Specification 1.0.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/pi_command.h"

#define DWORDS 18
#define ADDRESS_LOW 0x56789000u
#define ADDRESS_HIGH 0x7f001234u
#define MD_LOW 0x9abcd000u
#define MD_HIGH 0x7f00dcbau
#define SLBA 0x123456789abcdef0ull
#define SLBA_LOW 0x9abcdef0u
#define SLBA_HIGH 0x12345678u
/* PRINFO is CDW12 29:26: PRACT, and PRCHK of guard, application tag and
 * reference tag; STC is bit 24 (figures 48 and 63) */
#define PRACT 0x20000000u
#define GUARD 0x10000000u
#define APP 0x08000000u
#define REF 0x04000000u
#define STC 0x01000000u
#define ALL (GUARD | APP | REF)

static const struct nspace_pi formats[] = {
	[PI_GUARD_16] = { .lba_size = 512,
			  .ms = 8,
			  .type = 1,
			  .size = 8,
			  .guard = PI_GUARD_16 },
	[PI_GUARD_32] = { .lba_size = 4096,
			  .ms = 16,
			  .type = 1,
			  .size = 16,
			  .guard = PI_GUARD_32 },
	[PI_GUARD_64] = { .lba_size = 4096,
			  .ms = 16,
			  .type = 1,
			  .size = 16,
			  .guard = PI_GUARD_64 },
};

struct row {
	enum pi_guard guard;
	uint8_t type;
	uint8_t sts;
	struct pi_request ask;
	uint32_t want[DWORDS];
};

static void assert_command(const struct nvme_uring_cmd *cmd,
			   const uint32_t *want)
{
	uint32_t got[DWORDS];

	memcpy(got, cmd, sizeof(got));
	for (unsigned int i = 0; i < DWORDS; i++)
		if (got[i] != want[i])
			fail_msg("dword %u is 0x%08x, not 0x%08x", i, got[i],
				 want[i]);
}

static void *address(uint32_t high, uint32_t low)
{
	return (void *)(uintptr_t)((uint64_t)high << 32 | low);
}

/* As an engine does: once, and then for an extent that is not the first */
static struct nvme_uring_cmd encoded(const struct pi_check *check,
				     uint64_t slba, uint32_t nlb)
{
	struct nvme_uring_cmd cmd;

	memset(&cmd, 0xa5, sizeof(cmd));
	nvme_cmd_rw(&cmd, 1, NVME_OPC_WRITE, check->cdw12);
	pi_cmd_rw(&cmd, check);
	for (int again = 1; again >= 0; again--) {
		uint64_t at = again ? ~slba : slba;

		nvme_cmd_extent(&cmd, at, nlb + again, check->cdw12);
		pi_cmd_start(&cmd, check, at);
		nvme_cmd_data(&cmd, address(ADDRESS_HIGH, ADDRESS_LOW),
			      nlb * check->data_bytes);
		pi_cmd_metadata(&cmd, check, address(MD_HIGH, MD_LOW),
				nlb + again);
	}
	return cmd;
}

static void check_row(const struct row *row)
{
	struct nspace_pi pi = formats[row->guard];
	struct nvme_uring_cmd cmd;
	struct pi_check check;

	pi.type = row->type;
	pi.sts = row->sts;
	pi_check_init(&check, &pi, &row->ask);
	cmd = encoded(&check, SLBA, 2);
	assert_command(&cmd, row->want);
}

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define HEAD(cdw2, cdw3) 0x01, 1, cdw2, cdw3
#define DATA ADDRESS_LOW, ADDRESS_HIGH

/* 16b guard: CDW2 and CDW3 are ignored, ILBRT is CDW14 (figure 126) */
static void test_16(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ PI_GUARD_16, 1, 0, { false, ALL, 0x1234, 0xffff, 0 },
		  { HEAD(0, 0), MD_LOW, MD_HIGH, DATA, 16, 1024, SLBA_LOW,
		    SLBA_HIGH, ALL | 1, 0, SLBA_LOW, 0xffff1234, 0, 0 } },
		{ PI_GUARD_16, 2, 0, { false, 0, 0, 0, 0 },
		  { HEAD(0, 0), MD_LOW, MD_HIGH, DATA, 16, 1024, SLBA_LOW,
		    SLBA_HIGH, 1, 0, SLBA_LOW, 0, 0, 0 } },
		/* type 3: no reference tag, and none to be checked (5.2.3) */
		{ PI_GUARD_16, 3, 0, { false, ALL, 0x1234, 0xff00, 0 },
		  { HEAD(0, 0), MD_LOW, MD_HIGH, DATA, 16, 1024, SLBA_LOW,
		    SLBA_HIGH, GUARD | APP | 1, 0, 0, 0xff001234, 0, 0 } },
		/* LBST above ILBRT (figure 122) */
		{ PI_GUARD_16, 1, 12, { false, STC | REF, 0, 0, 0xfabc },
		  { HEAD(0, 0), MD_LOW, MD_HIGH, DATA, 16, 1024, SLBA_LOW,
		    SLBA_HIGH, STC | REF | 1, 0, 0xabccdef0, 0, 0, 0 } },
		/* LBST only (figure 123, note 2) */
		{ PI_GUARD_16, 1, 32, { false, STC | REF, 0, 0, 0x89abcdef },
		  { HEAD(0, 0), MD_LOW, MD_HIGH, DATA, 16, 1024, SLBA_LOW,
		    SLBA_HIGH, STC | 1, 0, 0x89abcdef, 0, 0, 0 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i]);
}

/* 32b guard: 80 bits in CDW2 15:0, CDW3 and CDW14 (figures 125 and 128) */
static void test_32(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		/* the example of figure 128: STS of 20h */
		{ PI_GUARD_32, 1, 32, { false, ALL, 1, 2, 0x89abcdef },
		  { HEAD(0x89ab, 0xcdef5678), MD_LOW, MD_HIGH, DATA, 32, 8192,
		    SLBA_LOW, SLBA_HIGH, ALL | 1, 0, SLBA_LOW, 0x00020001,
		    0, 0 } },
		{ PI_GUARD_32, 2, 16, { false, ALL, 1, 2, 0xffff89ab },
		  { HEAD(0x89ab, SLBA_HIGH), MD_LOW, MD_HIGH, DATA, 32, 8192,
		    SLBA_LOW, SLBA_HIGH, ALL | 1, 0, SLBA_LOW, 0x00020001,
		    0, 0 } },
		{ PI_GUARD_32, 1, 64,
		  { false, ALL | STC, 1, 2, 0x0123456789abcdef },
		  { HEAD(0x0123, 0x456789ab), MD_LOW, MD_HIGH, DATA, 32, 8192,
		    SLBA_LOW, SLBA_HIGH, ALL | STC | 1, 0, 0xcdefdef0,
		    0x00020001, 0, 0 } },
		{ PI_GUARD_32, 3, 32, { false, ALL, 1, 2, 0x89abcdef },
		  { HEAD(0x89ab, 0xcdef0000), MD_LOW, MD_HIGH, DATA, 32, 8192,
		    SLBA_LOW, SLBA_HIGH, GUARD | APP | 1, 0, 0, 0x00020001,
		    0, 0 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i]);
}

/* 64b guard: 48 bits in CDW3 15:0 and CDW14 (figures 125 and 130) */
static void test_64(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ PI_GUARD_64, 1, 0, { false, ALL, 1, 2, 0 },
		  { HEAD(0, 0x5678), MD_LOW, MD_HIGH, DATA, 32, 8192,
		    SLBA_LOW, SLBA_HIGH, ALL | 1, 0, SLBA_LOW, 0x00020001,
		    0, 0 } },
		/* the example of figure 130: STS of 12h, ILBRT of 30 bits */
		{ PI_GUARD_64, 2, 18, { false, ALL, 1, 2, 0x2fffe },
		  { HEAD(0, 0xbfff), MD_LOW, MD_HIGH, DATA, 32, 8192,
		    SLBA_LOW, SLBA_HIGH, ALL | 1, 0, 0x9abcdef0, 0x00020001,
		    0, 0 } },
		{ PI_GUARD_64, 1, 48, { false, ALL, 1, 2, 0x0123456789abcdef },
		  { HEAD(0, 0x4567), MD_LOW, MD_HIGH, DATA, 32, 8192,
		    SLBA_LOW, SLBA_HIGH, GUARD | APP | 1, 0, 0x89abcdef,
		    0x00020001, 0, 0 } },
		{ PI_GUARD_64, 3, 0, { false, ALL | STC, 1, 2, 0 },
		  { HEAD(0, 0), MD_LOW, MD_HIGH, DATA, 32, 8192, SLBA_LOW,
		    SLBA_HIGH, GUARD | APP | 1, 0, 0, 0x00020001, 0, 0 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i]);
}

/*
 * PRACT: what is inserted is named all the same (5.2.3), and metadata that is
 * nothing but protection information is not transferred (5.2.2.1)
 */
static void test_pract(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ PI_GUARD_16, 1, 0, { true, ALL, 0x1234, 0xffff, 0 },
		  { HEAD(0, 0), 0, 0, DATA, 0, 1024, SLBA_LOW, SLBA_HIGH,
		    PRACT | ALL | 1, 0, SLBA_LOW, 0xffff1234, 0, 0 } },
		{ PI_GUARD_64, 1, 0, { true, 0, 0x1234, 0xffff, 0 },
		  { HEAD(0, 0x5678), 0, 0, DATA, 0, 8192, SLBA_LOW, SLBA_HIGH,
		    PRACT | 1, 0, SLBA_LOW, 0xffff1234, 0, 0 } },
		/* without protection information nobody inserts it */
		{ PI_GUARD_16, 0, 0, { true, ALL, 0x1234, 0xffff, 0 },
		  { HEAD(0, 0), MD_LOW, MD_HIGH, DATA, 16, 1024, SLBA_LOW,
		    SLBA_HIGH, 1, 0, 0, 0, 0, 0 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i]);
}

/* Bits that an option may hold and that are not its own stay out */
static void test_stray_bits(void **state)
{
	const struct pi_request ask = { .act = false, .prchk = UINT32_MAX };
	struct nspace_pi pi = formats[PI_GUARD_64];
	struct pi_check check;

	(void)state;
	pi.sts = 16;
	pi_check_init(&check, &pi, &ask);
	assert_int_equal(check.cdw12, ALL | STC);
}

struct size_row {
	uint8_t type;
	bool act;
	bool extended;
	uint32_t ms;
	uint32_t data_bytes;
	uint32_t md_bytes;
};

/* What of a block is in which buffer (5.2.2.1, 5.2.2.2) */
static void test_sizes(void **state)
{
	static const struct size_row rows[] = {
		{ 1, false, false, 8, 512, 8 },	 { 1, false, true, 8, 520, 0 },
		{ 1, true, false, 8, 512, 0 },	 { 1, true, true, 8, 512, 0 },
		{ 1, true, false, 16, 512, 16 }, { 1, true, true, 16, 528, 0 },
		{ 0, true, false, 8, 512, 8 },	 { 0, true, true, 8, 520, 0 },
		{ 0, false, false, 0, 512, 0 },	 { 0, true, false, 0, 512, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct size_row *row = &rows[i];
		const struct pi_request ask = { .act = row->act };
		struct nspace_pi pi = formats[PI_GUARD_16];
		struct pi_check check;

		pi.type = row->type;
		pi.extended = row->extended;
		pi.ms = row->ms;
		pi_check_init(&check, &pi, &ask);
		assert_int_equal(check.data_bytes, row->data_bytes);
		assert_int_equal(check.md_bytes, row->md_bytes);
	}
}

static void test_buffer(void **state)
{
	const struct pi_request ask = { .act = false };
	struct pi_check check;
	char why[512] = "";

	(void)state;
	pi_check_init(&check, &formats[PI_GUARD_32], &ask);
	assert_int_equal(pi_check_buffer(&check, "/dev/ng0n1", 128, 32768, why,
					 sizeof(why)),
			 0);
	assert_string_equal(why, "");
	assert_int_equal(pi_check_buffer(&check, "/dev/ng0n1", 127, 32768, why,
					 sizeof(why)),
			 -EINVAL);
	assert_string_equal(
		why,
		"/dev/ng0n1: md_per_io_size=127 is below the 128 bytes of separate metadata (16 a block) that an I/O of 32768 bytes has; use md_per_io_size=128");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_16),	   cmocka_unit_test(test_32),
		cmocka_unit_test(test_64),	   cmocka_unit_test(test_pract),
		cmocka_unit_test(test_stray_bits), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_buffer),
	};

	return cmocka_run_group_tests_name("pi_command", tests, NULL, NULL);
}
