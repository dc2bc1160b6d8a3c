// SPDX-License-Identifier: GPL-2.0
/* io_units of several commands, and the 128 bytes of each command. */
#include "split.h"

#include <stdlib.h>
#include <string.h>

#include "groups.h"

#define HEAD (URING_CMD | FIXED_FILE)

/* -- Read and Write ------------------------------------------------------- */

static void test_read(void **state)
{
	static const struct part parts[] = {
		{ 0,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 1024, 0xabcdef,
		    1, 1 } },
		{ 1024,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 1024, 0xabcdf1,
		    1, 1 } },
		{ 2048,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 1024, 0xabcdf3,
		    1, 1 } },
		{ 3072,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 1024, 0xabcdf5,
		    1, 1 } },
	};

	(void)state;
	split_sizes(4096, 1024);
	host_start();
	SPLIT_CHECK(2, DDIR_READ, (1ull << 41) + 512ull * 0xabcdef, 4096,
		    parts);
	SPLIT_CHECK(0, DDIR_READ, (1ull << 41) + 512ull * 0xabcdef, 4096,
		    parts);
}

/* Across 2^32 blocks; the last is what is left */
static void test_write(void **state)
{
	static const struct part parts[] = {
		{ 0,
		  { HEAD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 4096, 0xfffffff4,
		    0, 7 } },
		{ 4096,
		  { HEAD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 4096, 0xfffffffc,
		    0, 7 } },
		{ 8192,
		  { HEAD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 512, 4, 1, 0 } },
	};

	(void)state;
	split_sizes(16384, 4096);
	host_start();
	SPLIT_CHECK(3, DDIR_WRITE, 512ull * 0xfffffff4, 8704, parts);
}

static void fua(enum fio_ddir ddir, uint32_t opcode, uint32_t flag)
{
	const struct part parts[] = {
		{ 0,
		  { HEAD, [2] = CMD_IO, [12] = opcode, 1, [21] = 4096, 8, 0,
		    flag | 7 } },
		{ 4096,
		  { HEAD, [2] = CMD_IO, [12] = opcode, 1, [21] = 2048, 16, 0,
		    flag | 3 } },
	};

	SPLIT_CHECK(1, ddir, 4096, 6144, parts);
}

static void test_fua(void **state)
{
	(void)state;
	split_sizes(8192, 4096);
	host.options.writefua = 1;
	host_start();
	fua(DDIR_WRITE, 0x01, FUA);
	fua(DDIR_READ, 0x02, 0);
	host_end_for_another();
	host.options.writefua = 0;
	host.options.readfua = 1;
	host_start();
	fua(DDIR_READ, 0x02, FUA);
	fua(DDIR_WRITE, 0x01, 0);
}

/* An io_unit of no more than cmd_bs is one command in a job of larger ones */
static void test_small(void **state)
{
	static const struct part exact[] = {
		{ 0,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 4096, 1, 0,
		    7 } },
	};
	static const struct part below[] = {
		{ 0,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 512, 2, 0, 0 } },
	};
	static const struct part above[] = {
		{ 0,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 4096, 3, 0,
		    7 } },
		{ 4096,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 512, 11, 0,
		    0 } },
	};

	(void)state;
	split_sizes(8192, 4096);
	host_start();
	SPLIT_CHECK(0, DDIR_READ, 512, 4096, exact);
	SPLIT_CHECK(0, DDIR_READ, 1024, 512, below);
	SPLIT_CHECK(0, DDIR_READ, 1536, 4608, above);
}

/* Data and metadata together: 520 bytes a block */
static void test_extended(void **state)
{
	static const struct part parts[] = {
		{ 0,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 5200, 7, 0,
		    9 } },
		{ 5200,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 5200, 17, 0,
		    9 } },
		{ 10400,
		  { HEAD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 1040, 27, 0,
		    1 } },
	};

	(void)state;
	split_sizes(15600, 5200);
	host.td.o.td_ddir = TD_DDIR_READ;
	host.ns[0].lba_bytes = 520;
	host.ns[0].lba_shift = 0;
	host_start();
	SPLIT_CHECK(0, DDIR_READ, 7 * 520, 11440, parts);
}

/* -- how large a command is ----------------------------------------------- */

/* An io_unit of bs becomes @nr commands of @bytes, the last of @last */
static void assert_cut(uint64_t bs, unsigned int nr, uint32_t bytes,
		       uint32_t last)
{
	host_start();
	host_queue(0, DDIR_WRITE, 0, bs);
	host_commit();
	assert_int_equal(fake.nr_taken, nr);
	for (unsigned int i = 0; i < nr; i++)
		assert_int_equal(fake.taken[i][21], i + 1 < nr ? bytes : last);
	assert_int_equal(host_getevents(1, 1), 1);
}

/* bs=4m simply works */
static void test_mdts(void **state)
{
	(void)state;
	split_sizes(4 << 20, 0);
	host.ns[0].mdts_bytes = 131072;
	assert_cut(4 << 20, 32, 131072, 131072);
}

static void test_max_hw_sectors(void **state)
{
	(void)state;
	split_sizes(1 << 20, 0);
	host.ns[0].mdts_bytes = 524288;
	host.ns[0].max_hw_bytes = 260096;
	assert_cut(1 << 20, 5, 260096, 1048576 - 4 * 260096);
}

static void test_max_segments(void **state)
{
	(void)state;
	split_sizes(1 << 20, 0);
	host.ns[0].mdts_bytes = 524288;
	host.ns[0].max_segments = 127;
	assert_cut(1 << 20, 3, 127 * 4096, 2 * 4096);
}

/* With trimwrite fio writes as much as it trimmed */
static void test_trimwrite(void **state)
{
	(void)state;
	split_sizes(16384, 0);
	host.td.o.td_ddir = TD_DDIR_WRITE | TD_DDIR_TRIM;
	host.td.o.max_bs[DDIR_TRIM] = 1 << 20;
	host.ns[0].mdts_bytes = 131072;
	assert_cut(1 << 20, 8, 131072, 131072);
}

/* Huge pages are contiguous */
static void test_huge_pages(void **state)
{
	(void)state;
	split_sizes(1 << 20, 0);
	host.td.o.mem_type = MEM_MMAPHUGE;
	host.ns[0].mdts_bytes = 524288;
	host.ns[0].max_segments = 127;
	assert_cut(1 << 20, 2, 524288, 524288);
}

/* NLB has 16 bits */
static void test_blocks(void **state)
{
	(void)state;
	split_sizes(40 << 20, 0);
	assert_cut(40 << 20, 2, 32 << 20, 8 << 20);
}

/* The file that takes least decides, and whole blocks of all of them */
static void test_files(void **state)
{
	(void)state;
	split_sizes(131072, 0);
	host.td.files_index = 2;
	host.ns[0].max_hw_bytes = 66048;
	host.ns[1].mdts_bytes = 131072;
	host.ns[1].lba_size = host.ns[1].lba_bytes = 4096;
	host.ns[1].lba_shift = 12;
	assert_cut(131072, 2, 65536, 65536);
	host_queue(1, DDIR_READ, 0, 131072);
	host_commit();
	host_getevents(1, 1);
	host.io_us[2].file = &host.files[1];
	host_queue(2, DDIR_READ, 40960, 131072);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(fake.nr_taken, 6);
	assert_int_equal(fake.taken[5][1], 1);
	assert_int_equal(fake.taken[5][13], 2);
	assert_int_equal(split_slba(4), 10);
	assert_int_equal(split_slba(5), 26);
	assert_int_equal(fake.taken[5][24], 15);
}

/* 520 and 4096 bytes a block have no command in common below 65 blocks */
static void test_files_refused(void **state)
{
	(void)state;
	split_sizes(266240, 0);
	host.td.o.td_ddir = TD_DDIR_READ;
	host.td.files_index = 2;
	host.ns[0].mdts_bytes = 131072;
	host.ns[0].lba_bytes = 520;
	host.ns[0].lba_shift = 0;
	host.ns[1].lba_size = host.ns[1].lba_bytes = 4096;
	host.ns[1].lba_shift = 12;
	assert_int_equal(host_begin(), 1);
	assert_non_null(strstr(host.log, "no command size is a multiple of"));
	assert_null(host.td.io_ops_data);
	assert_int_equal(fake.open, 0);
}

/* Refused: above one command, and what is no whole blocks of a file */
static void test_cmd_bs_refused(void **state)
{
	(void)state;
	split_sizes(131072, 65537);
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_non_null(strstr(host.log, "cmd_bs=65537 is not a multiple of "
					 "the logical block of 512 bytes"));
	host.log[0] = '\0';
	host.td.error = 0;
	host.options.cmd_bs = 131072;
	host.ns[0].mdts_bytes = 65536;
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_non_null(strstr(host.log, "cmd_bs=131072 is above what one "
					 "command can carry, 65536 bytes"));
}

/* -- vectored ------------------------------------------------------------- */

static void test_vectored(void **state)
{
	struct sqe sqe;

	(void)state;
	split_sizes(65536, 65536);
	host.options.nonvectored = 0;
	host.ns[0].mdts_bytes = 65536;
	host_start();
	sqe = sqe_send(0, DDIR_READ, 0, 65536);
	assert_int_equal(sqe.dw[2], CMD_IO_VEC);
	assert_ptr_equal((void *)(uintptr_t)sqe_get64(&sqe, 8), &host.io_us[0]);
}

static void vectored_refused(const char *text)
{
	host.options.nonvectored = 0;
	assert_int_equal(host_begin(), 1);
	if (!strstr(host.log, text))
		fail_msg("\"%s\" does not say \"%s\"", host.log, text);
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_null(host.td.io_ops_data);
	assert_int_equal(fake.open, 0);
}

static void test_vectored_cmd_bs(void **state)
{
	(void)state;
	split_sizes(65536, 32768);
	vectored_refused(
		"/dev/ng0n1: nonvectored=0: I/Os of more than 32768 bytes are "
		"several commands");
}

static void test_vectored_limit(void **state)
{
	(void)state;
	split_sizes(65536, 0);
	host.ns[0].mdts_bytes = 32768;
	vectored_refused("bs=65536 is above what one command can carry, 32768 "
			 "bytes (MDTS)");
}

/* A vectored job waits in the kernel, as fio's own engine does */
static void test_vectored_deep(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	host.ns[0].tags = 2;
	host_start();
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 4096);
	host_commit();
	assert_int_equal(fake.nr_taken, 4);
	assert_int_equal(host_getevents(4, 4), 4);
}

int group_split(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_read),
		HOST_TEST(test_write),
		HOST_TEST(test_fua),
		HOST_TEST(test_small),
		HOST_TEST(test_extended),
		HOST_TEST(test_mdts),
		HOST_TEST(test_max_hw_sectors),
		HOST_TEST(test_max_segments),
		HOST_TEST(test_trimwrite),
		HOST_TEST(test_huge_pages),
		HOST_TEST(test_blocks),
		HOST_TEST(test_files),
		HOST_TEST(test_files_refused),
		HOST_TEST(test_cmd_bs_refused),
		HOST_TEST(test_vectored),
		HOST_TEST(test_vectored_cmd_bs),
		HOST_TEST(test_vectored_limit),
		HOST_TEST(test_vectored_deep),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("split"), tests, NULL,
					   NULL);
}
