// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that are not a matter of course, and all 72 bytes of them.
 * Sections are those of the NVM Command Set Specification 1.0, or of the
 * Zoned Namespace Command Set Specification 1.1 (ZNS).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dwords.h"

#define BUFFER ((const void *)(uintptr_t)ADDRESS)
#define FUA (1u << 30)
#define DEAC (1u << 25)

struct row {
	enum nvme_opcode opcode;
	uint32_t nsid;
	uint32_t cdw12;
	uint64_t slba;
	uint32_t nlb;
	uint32_t want[DWORDS];
};

/* Before its own extent each is given another, of which nothing may stay */
static void check_blocks(const struct row *row)
{
	struct nvme_uring_cmd cmd = dirty();

	nvme_cmd_blocks(&cmd, row->nsid, row->opcode, row->cdw12);
	nvme_cmd_extent(&cmd, UINT64_MAX, 65536, row->cdw12);
	nvme_cmd_extent(&cmd, row->slba, row->nlb, row->cdw12);
	assert_command(&cmd, row->want);
}

/* Write Zeroes, 3.2.8: SLBA, NLB zero-based, DEAC in bit 25, FUA; no data */
static void test_write_zeroes(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ NVME_OPC_WRITE_ZEROES, 1, 0, 0, 1,
		  { 0x08, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ NVME_OPC_WRITE_ZEROES, 2, NVME_CDW12_DEAC,
		  0x123456789abcdef0, 65536,
		  { 0x08, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x9abcdef0, 0x12345678,
		    DEAC | 0xffff } },
		{ NVME_OPC_WRITE_ZEROES, 3, NVME_CDW12_DEAC | NVME_CDW12_FUA,
		  1ull << 32, 2,
		  { 0x08, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		    DEAC | FUA | 1 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_blocks(&rows[i]);
}

/* Write Uncorrectable, 3.2.7, and Verify, 3.2.5: SLBA and NLB; no data */
static void test_no_data(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ NVME_OPC_WRITE_UNCORRECTABLE, 1, 0, (1ull << 32) - 1, 65536,
		  { 0x04, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xffffffff, 0, 0xffff } },
		{ NVME_OPC_WRITE_UNCORRECTABLE, 1, 0, 8, 8,
		  { 0x04, 1, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 7 } },
		{ NVME_OPC_VERIFY, 9, 0, 1ull << 32 | 2, 8,
		  { 0x0c, 9, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 7 } },
		{ NVME_OPC_VERIFY, 9, NVME_CDW12_FUA, 0, 1,
		  { 0x0c, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, FUA } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_blocks(&rows[i]);
}

/* Compare, 3.2.1, and Zone Append, ZNS 3.4.1: laid out as Read and Write */
static void test_alike(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ NVME_OPC_COMPARE, 1, 0, 1ull << 32 | 5, 65536,
		  { 0x05, 1, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 4096,
		    5, 1, 0xffff } },
		{ NVME_OPC_COMPARE, 1, NVME_CDW12_FUA, 16, 8,
		  { 0x05, 1, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 4096,
		    16, 0, FUA | 7 } },
		{ NVME_OPC_ZONE_APPEND, 3, 0, 0xabcd00000000, 8,
		  { 0x7d, 3, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 4096,
		    0, 0xabcd, 7 } },
	};
	/* clang-format on */
	struct nvme_uring_cmd cmd;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cmd = dirty();
		nvme_cmd_rw(&cmd, rows[i].nsid, rows[i].opcode, rows[i].cdw12);
		nvme_cmd_extent(&cmd, rows[i].slba, rows[i].nlb, rows[i].cdw12);
		nvme_cmd_data(&cmd, BUFFER, 4096);
		assert_command(&cmd, rows[i].want);
	}
}

/* Dataset Management, 3.2.3: IDR, IDW and AD are bits 0, 1 and 2 of CDW11 */
static void test_attributes(void **state)
{
	static const uint32_t attributes[] = { NVME_CDW11_IDR, NVME_CDW11_IDW,
					       NVME_CDW11_AD };
	uint32_t want[DWORDS] = {
		[0] = 0x09,	    [1] = 5,	  [6] = ADDRESS_LOW,
		[7] = ADDRESS_HIGH, [9] = 3 * 16, [10] = 2,
	};
	struct nvme_uring_cmd cmd;

	(void)state;
	for (uint32_t set = 0; set < 8; set++) {
		uint32_t cdw11 = 0;

		for (unsigned int bit = 0; bit < 3; bit++)
			cdw11 |= set >> bit & 1 ? attributes[bit] : 0;
		cmd = dirty();
		nvme_cmd_dsm(&cmd, 5, cdw11);
		nvme_cmd_ranges(&cmd, BUFFER, 3);
		want[11] = set;
		assert_command(&cmd, want);
	}
}

/* -- Copy ------------------------------------------------------------------ */

/* 3.2.2: SDLBA, NR zero-based in CDW12 7:0, and ranges of 32 bytes */
static void test_copy(void **state)
{
	uint32_t want[DWORDS] = { 0x19, 4 };
	struct nvme_uring_cmd cmd = dirty();

	(void)state;
	nvme_cmd_copy(&cmd, 4, NVME_CDW12_FUA);
	for (uint32_t nr = 256; nr >= 1; nr--) {
		nvme_cmd_copy_ranges(&cmd, 0x123456789abcdef0 + nr, BUFFER,
				     sizeof(struct nvme_copy_range), nr,
				     NVME_CDW12_FUA);
		want[6] = ADDRESS_LOW;
		want[7] = ADDRESS_HIGH;
		want[9] = nr * 32;
		want[10] = 0x9abcdef0 + nr;
		want[11] = 0x12345678;
		want[12] = FUA | (nr - 1);
		assert_command(&cmd, want);
	}
}

/* Format 1h: DESFMT in CDW12 11:8, and ranges of 40 bytes */
static void test_copy_format_1(void **state)
{
	const uint32_t want[DWORDS] = {
		[0] = 0x19,   [1] = 4,	[6] = ADDRESS_LOW, [7] = ADDRESS_HIGH,
		[9] = 2 * 40, [10] = 7, [12] = 0x101,
	};
	const uint32_t cdw12 = 1u << NVME_CDW12_DESFMT_SHIFT;
	struct nvme_uring_cmd cmd = dirty();

	(void)state;
	nvme_cmd_copy(&cmd, 4, cdw12);
	nvme_cmd_copy_ranges(&cmd, 7, BUFFER, sizeof(struct nvme_copy_range_1),
			     2, cdw12);
	assert_command(&cmd, want);
}

/* Where each member of a range is */
static void test_copy_range(void **state)
{
	/* clang-format off */
	static const uint8_t want[32] = {
		[8] = 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
		[16] = 0xff, 0x01,
		[24] = 0xd4, 0xc3, 0xb2, 0xa1,
		[28] = 0x0b, 0x0a, [30] = 0x0d, 0x0c,
	};
	/* clang-format on */
	const struct nvme_copy_range range = {
		.slba = 0x1122334455667788,
		.nlb = 0x01ff,
		.eilbrt = 0xa1b2c3d4,
		.elbat = 0x0a0b,
		.elbatm = 0x0c0d,
	};

	(void)state;
	assert_memory_equal(&range, want, sizeof(want));
}

static void test_copy_range_1(void **state)
{
	/* clang-format off */
	static const uint8_t want[40] = {
		[8] = 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
		[16] = 0xff, 0x01,
		[26] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		[36] = 0x0b, 0x0a, [38] = 0x0d, 0x0c,
	};
	/* clang-format on */
	const struct nvme_copy_range_1 range = {
		.slba = 0x1122334455667788,
		.nlb = 0x01ff,
		.elbt = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
		.elbat = 0x0a0b,
		.elbatm = 0x0c0d,
	};

	(void)state;
	assert_memory_equal(&range, want, sizeof(want));
}

/* -- zones ----------------------------------------------------------------- */

/* Zone Management Send, ZNS 3.4.3: ZSA in CDW13 7:0, Select All in bit 8 */
static void test_zone_send(void **state)
{
	static const enum nvme_zone_send actions[] = {
		NVME_ZSA_CLOSE, NVME_ZSA_FINISH,  NVME_ZSA_OPEN,
		NVME_ZSA_RESET, NVME_ZSA_OFFLINE,
	};
	struct nvme_uring_cmd cmd;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		const uint32_t one[DWORDS] = {
			[0] = 0x79, [1] = 6, [10] = 3, [11] = 1, [13] = i + 1
		};
		const uint32_t all[DWORDS] = {
			[0] = 0x79, [1] = 6, [13] = 0x100 | (i + 1)
		};

		cmd = dirty();
		nvme_cmd_zone_send(&cmd, 6, actions[i], false);
		nvme_cmd_start(&cmd, 1ull << 32 | 3);
		assert_command(&cmd, one);
		cmd = dirty();
		nvme_cmd_zone_send(&cmd, 6, actions[i], true);
		assert_command(&cmd, all);
	}
}

/* Zone Management Receive, ZNS 3.4.2: NUMD zero-based, ZRA, ZRASF, Partial */
static void test_zone_receive(void **state)
{
	static const uint32_t want[DWORDS] = {
		0x7a,	      6, 0,    0, 0, 0,	   ADDRESS_LOW,
		ADDRESS_HIGH, 0, 4096, 3, 1, 1023, 0,
	};
	static const uint32_t extended[DWORDS] = {
		0x7a,	      6, 0, 0, 0, 0, ADDRESS_LOW,
		ADDRESS_HIGH, 0, 4, 0, 0, 0, 0x1ff01,
	};
	struct nvme_uring_cmd cmd = dirty();

	(void)state;
	nvme_cmd_zone_receive(&cmd, 6, NVME_ZRA_REPORT, 0, false);
	nvme_cmd_zone_report(&cmd, 1ull << 32 | 3, BUFFER, 4096);
	assert_command(&cmd, want);
	nvme_cmd_zone_receive(&cmd, 6, NVME_ZRA_EXTENDED_REPORT, 0xff, true);
	nvme_cmd_zone_report(&cmd, UINT64_MAX, BUFFER, 4096);
	nvme_cmd_zone_report(&cmd, 0, BUFFER, 4);
	assert_command(&cmd, extended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_zeroes),
		cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_format_1),
		cmocka_unit_test(test_copy_range),
		cmocka_unit_test(test_copy_range_1),
		cmocka_unit_test(test_zone_send),
		cmocka_unit_test(test_zone_receive),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
