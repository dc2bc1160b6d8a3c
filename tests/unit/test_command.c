// SPDX-License-Identifier: GPL-2.0
/*
 * Commands and all 72 bytes of them, as dwords. Sections are those of the NVM
 * Command Set Specification 1.0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dwords.h"

#define FUA (1u << 30)

struct rw_row {
	enum nvme_opcode opcode;
	uint32_t nsid;
	uint32_t cdw12;
	uint64_t slba;
	uint32_t nlb;
	uint32_t bytes;
	uint32_t want[DWORDS];
};

static void check_rw(const struct rw_row *row)
{
	struct nvme_uring_cmd cmd = dirty();

	nvme_cmd_rw(&cmd, row->nsid, row->opcode, row->cdw12);
	nvme_cmd_extent(&cmd, row->slba, row->nlb, row->cdw12);
	nvme_cmd_data(&cmd, (const void *)(uintptr_t)ADDRESS, row->bytes);
	assert_command(&cmd, row->want);
}

/* Read, 3.2.4: SLBA in CDW10 and 11, NLB zero-based in CDW12 15:0 */
static void test_read(void **state)
{
	/* clang-format off */
	static const struct rw_row rows[] = {
		{ NVME_OPC_READ, 1, 0, 0, 1, 512,
		  { 0x02, 1, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 512,
		    0, 0, 0, 0, 0, 0, 0, 0 } },
		{ NVME_OPC_READ, 0xfffffffe, 0, 0xffffffff, 1, 4096,
		  { 0x02, 0xfffffffe, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH,
		    0, 4096, 0xffffffff, 0, 0, 0, 0, 0, 0, 0 } },
		{ NVME_OPC_READ, 7, 0, 1ull << 32, 8, 4096,
		  { 0x02, 7, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 4096,
		    0, 1, 7, 0, 0, 0, 0, 0 } },
		{ NVME_OPC_READ, 7, 0, 0x123456789abcdef0, 65536, 1u << 25,
		  { 0x02, 7, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0,
		    1u << 25, 0x9abcdef0, 0x12345678, 0xffff,
		    0, 0, 0, 0, 0 } },
		{ NVME_OPC_READ, 7, 0, UINT64_MAX, 65535, UINT32_MAX,
		  { 0x02, 7, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0,
		    UINT32_MAX, UINT32_MAX, UINT32_MAX, 0xfffe,
		    0, 0, 0, 0, 0 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_rw(&rows[i]);
}

/* Write, 3.2.6: as Read, with another opcode */
static void test_write(void **state)
{
	/* clang-format off */
	static const struct rw_row rows[] = {
		{ NVME_OPC_WRITE, 1, 0, 0, 1, 512,
		  { 0x01, 1, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 512,
		    0, 0, 0, 0, 0, 0, 0, 0 } },
		{ NVME_OPC_WRITE, 2, 0, (1ull << 32) - 1, 65536, 1u << 28,
		  { 0x01, 2, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0,
		    1u << 28, 0xffffffff, 0, 0xffff, 0, 0, 0, 0, 0 } },
		{ NVME_OPC_WRITE, 2, 0, (1ull << 32) + 1, 2, 1024,
		  { 0x01, 2, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 1024,
		    1, 1, 1, 0, 0, 0, 0, 0 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_rw(&rows[i]);
}

/* Force Unit Access is bit 30 of CDW12, which it shares with NLB */
static void test_fua(void **state)
{
	/* clang-format off */
	static const struct rw_row rows[] = {
		{ NVME_OPC_WRITE, 1, NVME_CDW12_FUA, 16, 1, 512,
		  { 0x01, 1, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 512,
		    16, 0, FUA, 0, 0, 0, 0, 0 } },
		{ NVME_OPC_READ, 1, NVME_CDW12_FUA, 16, 65536, 512,
		  { 0x02, 1, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 512,
		    16, 0, FUA | 0xffff, 0, 0, 0, 0, 0 } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_rw(&rows[i]);
}

/* Flush, NVMe Base 2.0, 7.1: nothing but the namespace */
static void test_flush(void **state)
{
	static const uint32_t want[DWORDS] = { 0x00, 0x1234 };
	struct nvme_uring_cmd cmd = dirty();

	(void)state;
	nvme_cmd_flush(&cmd, 0x1234);
	assert_command(&cmd, want);
}

/* Dataset Management, 3.2.3: NR zero-based in CDW10 7:0, AD in CDW11 bit 2 */
static void check_dsm(uint32_t nr)
{
	uint32_t want[DWORDS] = { 0x09, 5 };
	struct nvme_uring_cmd cmd = dirty();

	nvme_cmd_dsm(&cmd, 5, NVME_CDW11_AD);
	nvme_cmd_ranges(&cmd, (const void *)(uintptr_t)ADDRESS, nr);
	want[6] = ADDRESS_LOW;
	want[7] = ADDRESS_HIGH;
	want[9] = nr * 16;
	want[10] = nr - 1;
	want[11] = 4;
	assert_command(&cmd, want);
}

static void test_dsm(void **state)
{
	(void)state;
	for (uint32_t nr = 1; nr <= 256; nr++)
		check_dsm(nr);
}

/* Range, figure 36: attributes, length (not zero-based), first block */
static void test_range(void **state)
{
	static const uint32_t want[] = { 0, 0x11223344, 0xddeeff00,
					 0x99aabbcc };
	const struct nvme_range range = {
		.nlb = 0x11223344,
		.slba = 0x99aabbccddeeff00,
	};

	(void)state;
	assert_memory_equal(&range, want, 16);
}

/* A command used again keeps nothing of its last extent */
static void test_again(void **state)
{
	/* clang-format off */
	static const uint32_t want[DWORDS] = {
		0x02, 1, 0, 0, 0, 0, ADDRESS_LOW, ADDRESS_HIGH, 0, 512,
		1, 0, FUA, 0, 0, 0, 0, 0,
	};
	/* clang-format on */
	struct nvme_uring_cmd cmd = dirty();

	(void)state;
	nvme_cmd_rw(&cmd, 1, NVME_OPC_READ, NVME_CDW12_FUA);
	nvme_cmd_extent(&cmd, UINT64_MAX, 65536, NVME_CDW12_FUA);
	nvme_cmd_data(&cmd, (const void *)UINTPTR_MAX, UINT32_MAX);
	nvme_cmd_extent(&cmd, 1, 1, NVME_CDW12_FUA);
	nvme_cmd_data(&cmd, (const void *)(uintptr_t)ADDRESS, 512);
	assert_command(&cmd, want);
}

static void test_dsm_again(void **state)
{
	uint32_t want[DWORDS] = { 0x09, 5 };
	struct nvme_uring_cmd cmd = dirty();

	(void)state;
	nvme_cmd_dsm(&cmd, 5, NVME_CDW11_AD);
	nvme_cmd_ranges(&cmd, (const void *)UINTPTR_MAX, 256);
	nvme_cmd_ranges(&cmd, (const void *)(uintptr_t)ADDRESS, 1);
	want[6] = ADDRESS_LOW;
	want[7] = ADDRESS_HIGH;
	want[9] = 16;
	want[11] = 4;
	assert_command(&cmd, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),  cmocka_unit_test(test_write),
		cmocka_unit_test(test_fua),   cmocka_unit_test(test_flush),
		cmocka_unit_test(test_dsm),   cmocka_unit_test(test_range),
		cmocka_unit_test(test_again), cmocka_unit_test(test_dsm_again),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
