// SPDX-License-Identifier: GPL-2.0
/* Commands described as text, and all 72 bytes of them, as dwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dwords.h"
#include "nvme/described.h"

#define NSID 5
#define WHY_BYTES 512
#define BUFFER ((const void *)(uintptr_t)ADDRESS)
#define FUA 0x40000000u

/* Each to be told from all others, in both halves where there are two */
static const struct nvme_values values = {
	.slba = 0x1234567890abcdef,
	.nlb = 8,
	.bytes = 4096,
	.index = 0x0102030405060708,
	.random = 0xf1f2f3f4f5f6f7f8,
	.placement = 0xbeef,
};

static struct nvme_described parsed(const char *text)
{
	char why[WHY_BYTES] = "";
	struct nvme_described d;

	memset(&d, 0xa5, sizeof(d));
	if (nvme_described_parse(&d, "read_cmd", text, why, sizeof(why)))
		fail_msg("\"%s\": %s", text, why);
	assert_string_equal(why, "");
	return d;
}

static struct nvme_uring_cmd encoded(const char *text,
				     const struct nvme_values *v)
{
	struct nvme_described d = parsed(text);
	struct nvme_uring_cmd cmd = dirty();

	nvme_described_encode(&cmd, &d, NSID, v);
	return cmd;
}

struct row {
	const char *text;
	uint32_t len;
	uint32_t mdlen;
	uint32_t want[DWORDS];
};

static void check(const struct row *row)
{
	struct nvme_described d = parsed(row->text);
	struct nvme_uring_cmd cmd = encoded(row->text, &values);

	assert_command(&cmd, row->want);
	assert_int_equal(nvme_described_len(&d, &values), row->len);
	assert_int_equal(d.mdlen, row->mdlen);
}

static void test_fields(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ "opcode=0", 0, 0, { 0, NSID } },
		{ "opcode=254,len=bytes", 4096, 0, { 254, NSID } },
		{ "opcode=2", 4096, 0, { 2, NSID } },
		{ "opcode=0xC1 len=0", 0, 0, { 0xc1, NSID } },
		{ "opcode=1,cdw2=1,cdw3=2,cdw10=3,cdw11=4,cdw12=5,cdw13=6,"
		  "cdw14=7,cdw15=8,len=9,mdlen=10", 9, 10,
		  { 1, NSID, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4, 5, 6, 7, 8 } },
		/* in any order, in hex of either case, decimal with zeroes */
		{ "cdw15=0xABCDEF,cdw2=0Xabcdef,opcode=0002,cdw3=010", 4096, 0,
		  { 2, NSID, 0xabcdef, 10, [15] = 0xabcdef } },
		{ "opcode=2,cdw10=4294967295,cdw11=0xffffffff", 4096, 0,
		  { 2, NSID, [10] = UINT32_MAX, [11] = UINT32_MAX } },
		{ "opcode=2,len=4294967295", UINT32_MAX, 0, { 2, NSID } },
		{ "opcode=2,len=bytes+0", 4096, 0, { 2, NSID } },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i]);
}

/* Every name a value has, in every dword that can have it */
static void test_terms(void **state)
{
	static const struct {
		const char *name;
		uint32_t value;
	} terms[] = {
		{ "slba", 0x90abcdef },
		{ "slba_hi", 0x12345678 },
		{ "nlb", 8 },
		{ "nlb0", 7 },
		{ "bytes", 4096 },
		{ "index", 0x05060708 },
		{ "random", 0xf5f6f7f8 },
		{ "placement", 0xbeef0000 },
	};
	static const uint8_t dwords[] = { 2, 3, 10, 11, 12, 13, 14, 15 };
	uint32_t want[DWORDS];
	char text[64];

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		uint8_t dword = dwords[i % 8];
		struct nvme_uring_cmd cmd;

		memset(want, 0, sizeof(want));
		want[0] = 0x81;
		want[1] = NSID;
		want[dword] = terms[i / 8].value;
		snprintf(text, sizeof(text), "opcode=0x81,cdw%u=%s", dword,
			 terms[i / 8].name);
		cmd = encoded(text, &values);
		assert_command(&cmd, want);
		want[dword] += 0x10000001;
		strcat(text, "+0x10000001");
		cmd = encoded(text, &values);
		assert_command(&cmd, want);
	}
}

/* A sum is one of 32 bits */
static void test_wraps(void **state)
{
	const struct nvme_values v = { .slba = UINT32_MAX, .nlb = 1 };
	struct nvme_uring_cmd cmd =
		encoded("opcode=2,cdw10=slba+2,cdw12=nlb0+4294967295", &v);
	const uint32_t want[DWORDS] = { 2, NSID, [10] = 1, [12] = UINT32_MAX };

	(void)state;
	assert_command(&cmd, want);
}

/* Whatever separates, and however often; with quotes or without */
static void test_separators(void **state)
{
	static const char *const texts[] = {
		"opcode=2,cdw10=slba,cdw12=nlb0",
		"opcode=2 cdw10=slba cdw12=nlb0",
		"opcode=2:cdw10=slba:cdw12=nlb0",
		"opcode=2\tcdw10=slba\ncdw12=nlb0\r\n",
		"  ,opcode=2, ,:cdw10=slba,  cdw12=nlb0,,",
		"\"opcode=2,cdw10=slba,cdw12=nlb0\"",
		" ' opcode=2 cdw10=slba cdw12=nlb0 ' ",
	};
	const uint32_t want[DWORDS] = { 2, NSID, [10] = 0x90abcdef, [12] = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct nvme_uring_cmd cmd = encoded(texts[i], &values);

		assert_command(&cmd, want);
	}
}

/* -- the same as the engine's own ------------------------------------------ */

static void check_same(const char *text, enum nvme_opcode opcode,
		       uint32_t cdw12)
{
	static const struct nvme_values vs[] = {
		{ .slba = 0, .nlb = 1, .bytes = 512 },
		{ .slba = UINT64_MAX, .nlb = 65536, .bytes = 1u << 25 },
		{ .slba = 1ull << 32 | 7, .nlb = 8, .bytes = 4096 },
	};
	struct nvme_described d = parsed(text);
	struct nvme_uring_cmd cmd = dirty(), own = dirty();
	uint32_t want[DWORDS];

	nvme_described_base(&cmd, &d, NSID);
	for (size_t i = 0; i < 3; i++) {
		nvme_described_fill(&cmd, &d, &vs[i]);
		nvme_cmd_data(&cmd, BUFFER, nvme_described_len(&d, &vs[i]));
		nvme_cmd_rw(&own, NSID, opcode, cdw12);
		nvme_cmd_extent(&own, vs[i].slba, vs[i].nlb, cdw12);
		nvme_cmd_data(&own, BUFFER, vs[i].bytes);
		memcpy(want, &own, sizeof(want));
		assert_command(&cmd, want);
	}
}

static void test_read_write(void **state)
{
	(void)state;
	check_same("opcode=0x02,cdw10=slba,cdw11=slba_hi,cdw12=nlb0",
		   NVME_OPC_READ, 0);
	check_same("opcode=1,cdw10=slba,cdw11=slba_hi,cdw12=nlb0+0x40000000",
		   NVME_OPC_WRITE, NVME_CDW12_FUA);
}

/* One range of its own buffer to where the I/O is, as nvme_cmd_copy() has it */
static void test_copy(void **state)
{
	const uint32_t cdw12 = 1u << NVME_CDW12_DESFMT_SHIFT;
	struct nvme_described d = parsed(
		"opcode=0x19,cdw10=slba,cdw11=slba_hi,cdw12=0x100,len=40");
	struct nvme_uring_cmd cmd = dirty(), own = dirty();
	uint32_t want[DWORDS];

	(void)state;
	nvme_described_encode(&cmd, &d, NSID, &values);
	nvme_cmd_data(&cmd, BUFFER, nvme_described_len(&d, &values));
	nvme_cmd_copy(&own, NSID, cdw12);
	nvme_cmd_copy_ranges(&own, values.slba, BUFFER,
			     sizeof(struct nvme_copy_range_1), 1, cdw12);
	memcpy(want, &own, sizeof(want));
	assert_command(&cmd, want);
}

/* A Write with a placement identifier: DTYPE 2 in CDW12, DSPEC in CDW13 */
static void test_placed(void **state)
{
	const struct row row = {
		"opcode=1 cdw10=slba cdw11=slba_hi cdw12=nlb0+0x200000 cdw13=placement",
		4096,
		0,
		{ 1, NSID, [10] = 0x90abcdef, [11] = 0x12345678,
		  [12] = 0x200007, [13] = 0xbeef0000 },
	};

	(void)state;
	check(&row);
}

/* Filling touches what differs and nothing else */
static void test_fill_only(void **state)
{
	struct nvme_described d = parsed("opcode=2,cdw10=slba,cdw14=3");
	struct nvme_uring_cmd cmd = dirty(), want = dirty();

	(void)state;
	assert_int_equal(d.nr_fills, 1);
	nvme_described_fill(&cmd, &d, &values);
	want.cdw10 = (uint32_t)values.slba;
	assert_memory_equal(&cmd, &want, sizeof(cmd));
	/* and of a command that never differs, nothing */
	assert_int_equal(parsed("opcode=2,cdw10=1").nr_fills, 0);
}

/* -- as text --------------------------------------------------------------- */

static void check_text(const struct nvme_uring_cmd *cmd, const char *want)
{
	char all[1024] = "", line[128];
	unsigned int nth = 0;

	while (nvme_described_text(cmd, nth++, line, sizeof(line))) {
		assert_null(strchr(line, '\n'));
		strcat(strcat(all, line), "\n");
		assert_true(nth < 10);
	}
	assert_string_equal(all, want);
	assert_false(nvme_described_text(cmd, UINT32_MAX, line, sizeof(line)));
}

static void test_text(void **state)
{
	struct nvme_uring_cmd cmd = encoded(
		"opcode=1,cdw2=1,cdw3=2,cdw10=slba,cdw11=slba_hi,cdw12=nlb0+0x40000000,cdw13=4,cdw14=5,cdw15=6",
		&values);

	(void)state;
	nvme_cmd_data(&cmd, BUFFER, 4096);
	check_text(&cmd,
		   "opcode 0x01 (Write), nsid 5\n"
		   "cdw2 0x00000001, cdw3 0x00000002\n"
		   "cdw10 0x90abcdef, cdw11 0x12345678, cdw12 0x40000007\n"
		   "cdw13 0x00000004, cdw14 0x00000005, cdw15 0x00000006\n"
		   "data: 4096 bytes to the controller\n");
	cmd = encoded("opcode=0xc2", &values);
	nvme_cmd_data(&cmd, BUFFER, 512);
	cmd.metadata_len = 8;
	check_text(&cmd,
		   "opcode 0xc2, nsid 5\n"
		   "cdw2 0x00000000, cdw3 0x00000000\n"
		   "cdw10 0x00000000, cdw11 0x00000000, cdw12 0x00000000\n"
		   "cdw13 0x00000000, cdw14 0x00000000, cdw15 0x00000000\n"
		   "data: 512 bytes from the controller\n"
		   "metadata: 8 bytes\n");
	cmd = encoded("opcode=0x0c", &values);
	check_text(&cmd,
		   "opcode 0x0c (Verify), nsid 5\n"
		   "cdw2 0x00000000, cdw3 0x00000000\n"
		   "cdw10 0x00000000, cdw11 0x00000000, cdw12 0x00000000\n"
		   "cdw13 0x00000000, cdw14 0x00000000, cdw15 0x00000000\n"
		   "data: none\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_wraps),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_read_write),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_placed),
		cmocka_unit_test(test_fill_only),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests_name("described", tests, NULL, NULL);
}
