// SPDX-License-Identifier: GPL-2.0
/*
 * Registered buffers of io_units that are several commands: in which regions,
 * and which of them each command names.
 */
#include "split.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "groups.h"

static void start(const char *release, unsigned int depth, uint64_t bs,
		  uint64_t cmd_bs)
{
	host.release = release;
	host.options.fixedbufs = 1;
	host.td.o.iodepth = depth;
	host.ns[0].max_segments = 127;
	split_sizes(bs, cmd_bs);
	host_start();
}

/* A command's data lies whole in the region that it names */
static void check_command(unsigned int nth)
{
	struct sqe sqe = sqe_nth(nth);
	const struct iovec *region = &fake.regions[sqe.dw[10]];
	uintptr_t from = (uintptr_t)region->iov_base;
	uintptr_t at = sqe_get64(&sqe, 18);

	assert_int_equal(sqe.dw[7], URING_CMD_FIXED);
	assert_in_range(sqe.dw[10], 0, fake.nr_regions - 1);
	if (at < from || at + sqe.dw[21] > from + region->iov_len)
		fail_msg("command %u of io_unit %u is not in region %u",
			 split_index(nth), split_unit(nth), sqe.dw[10]);
}

/* Every io_unit, in an order in which no slot is used by the same again */
static void check_all(uint64_t bs)
{
	unsigned int depth = host.td.o.iodepth;

	for (unsigned int i = 0; i < 2 * depth; i++) {
		host_queue(i < depth ? i : 2 * depth - 1 - i,
			   i % 2 ? DDIR_WRITE : DDIR_READ, 0, bs);
		host_commit();
		assert_int_equal(host_getevents(1, 1), 1);
	}
	for (unsigned int i = 0; i < fake.nr_taken; i++)
		check_command(i);
}

/* Region by region: where it begins within the io_unit's data, and its size */
static void assert_regions(unsigned int per_unit, const uint64_t (*want)[2])
{
	unsigned int depth = host.td.o.iodepth;

	assert_int_equal(fake.nr_regions, depth * per_unit);
	for (unsigned int i = 0; i < fake.nr_regions; i++) {
		const char *base = host.io_us[i / per_unit].buf;

		assert_ptr_equal(fake.regions[i].iov_base,
				 base + want[i % per_unit][0]);
		assert_int_equal(fake.regions[i].iov_len,
				 want[i % per_unit][1]);
	}
}

/* -- a region a command ----------------------------------------------------- */

/* Also where all of it is no more than one command may have */
static void test_small(void **state)
{
	(void)state;
	start("6.12.0", 4, 16384, 512);
	assert_int_equal(fake.nr_regions, 4 * 32);
	check_all(16384);
}

/* Before Linux 6.12 what follows in a region counts as the command's */
static void test_before_6_12(void **state)
{
	static const uint64_t want[][2] = {
		{ 0, 4096 }, { 4096, 4096 }, { 8192, 4096 }, { 12288, 4096 }
	};

	(void)state;
	start("6.11.9-amd64", 4, 16384, 4096);
	assert_regions(4, want);
	check_all(16384);
}

/* From then on where it is too many pages */
static void test_of_several_pages(void **state)
{
	static const uint64_t want[][2] = { { 0, 65536 },
					    { 65536, 65536 },
					    { 131072, 32768 } };

	(void)state;
	start("6.12.0", 2, 163840, 65536);
	assert_regions(3, want);
	check_all(163840);
}

/* And an io_unit of more pages than one command may have */
static void test_of_many_pages(void **state)
{
	(void)state;
	start("6.12.0", 2, 1 << 20, 4096);
	assert_int_equal(fake.nr_regions, 512);
	check_all(1 << 20);
}

/* The device's own limit, as with bs=4m */
static void test_of_the_limit(void **state)
{
	(void)state;
	host.ns[0].mdts_bytes = 131072;
	start("6.1.0-41-amd64", 4, 4 << 20, 0);
	assert_int_equal(fake.nr_regions, 4 * 32);
	check_all(4 << 20);
}

/* io_units smaller than their buffers name the first regions of these */
static void test_smaller(void **state)
{
	(void)state;
	start("6.1.0", 4, 163840, 65536);
	check_all(163840);
	check_all(65536);
	check_all(66048);
	check_all(512);
}

/* fio lays its buffers out for the largest block of any direction */
static void test_spacing(void **state)
{
	static const uint64_t want[][2] = {
		{ 0, 4096 }, { 4096, 4096 }, { 8192, 4096 }, { 12288, 4096 }
	};

	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ | TD_DDIR_WRITE;
	host.td.o.max_bs[DDIR_TRIM] = 1 << 20;
	start("6.1.0", 4, 16384, 4096);
	assert_int_equal(host.spacing, 1 << 20);
	assert_regions(4, want);
	check_all(16384);
}

/* Commands that had to wait name their own regions too */
static void test_waiting(void **state)
{
	(void)state;
	host.ns[0].tags = 3;
	start("6.1.0", 4, 163840, 16384);
	for (unsigned int i = 0; i < 4; i++) {
		host_queue(i, DDIR_READ, 0, 163840);
		host_commit();
	}
	assert_int_equal(host_getevents(4, 4), 4);
	assert_int_equal(fake.nr_taken, 40);
	for (unsigned int i = 0; i < 40; i++) {
		check_command(i);
		assert_int_equal(fake.taken[i][10], i);
	}
}

/* The next io_unit's data may lie in a region that its slot named before */
static void test_trims_between(void **state)
{
	(void)state;
	start("6.1.0", 4, 16384, 4096);
	for (unsigned int i = 0; i < 40; i++) {
		unsigned int first = fake.nr_taken;
		bool trims = i % 3 == 0;

		host_queue(i % 4, trims ? DDIR_TRIM : DDIR_READ, 0, 16384);
		host_commit();
		assert_int_equal(host_getevents(1, 1), 1);
		if (trims)
			assert_int_equal(fake.taken[first][7], 0);
		else
			for (unsigned int j = 0; j < 4; j++)
				check_command(first + j);
	}
}

/* -- huge pages, and what there may be no more of ---------------------------- */

static void test_huge_pages(void **state)
{
	(void)state;
	host.td.o.mem_type = MEM_MMAPHUGE;
	start("6.12.0", 300, 4 << 20, 131072);
	assert_int_equal(fake.nr_regions, 2);
	assert_int_equal(fake.regions[0].iov_len, 1 << 30);
	assert_int_equal(fake.regions[1].iov_len, 44 * (4ul << 20));
	check_all(4 << 20);
}

/* The kernel takes 16,384: exactly so many still are one a command */
static void test_most(void **state)
{
	(void)state;
	start("6.1.0", 512, 16384, 512);
	assert_int_equal(fake.nr_regions, 16384);
	check_all(16384);
}

/* Then two share one, or four, as long as one command may have their pages */
static void test_more_than_the_most(void **state)
{
	static const uint64_t want[][2] = { { 0, 131072 },
					    { 131072, 131072 },
					    { 262144, 98304 } };

	(void)state;
	start("6.1.0", 513, 16384, 512);
	assert_int_equal(fake.nr_regions, 513 * 16);
	assert_int_equal(fake.regions[0].iov_len, 1024);
	check_all(16384);
	host_end_for_another();
	start("6.1.0", 4096, 360448, 32768);
	assert_regions(3, want);
	host.td.o.iodepth = 16;
	check_all(360448);
	check_all(98304);
}

/* Where it may not, the kernel would refuse each of them: so does setup */
static void test_too_many(void **state)
{
	(void)state;
	host.release = "6.1.0";
	host.options.fixedbufs = 1;
	host.td.o.iodepth = 8193;
	host.ns[0].max_segments = 127;
	split_sizes(1 << 20, 4096);
	assert_int_equal(host_begin(), 1);
	assert_non_null(strstr(host.log, "fixedbufs=1: 8193 I/Os of 256 "
					 "commands each are more than "));
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
}

/* From Linux 6.12 on it would copy them */
static void test_too_many_for_6_12(void **state)
{
	(void)state;
	start("6.12.0", 8193, 1 << 20, 4096);
	assert_int_equal(fake.nr_regions, 8193);
	host_queue(8192, DDIR_READ, 0, 1 << 20);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	for (unsigned int i = 0; i < 256; i++)
		check_command(i);
}

/* What buffers are larger by than data can be is in no region */
static void test_wide_spacing(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ | TD_DDIR_WRITE;
	host.td.o.max_bs[DDIR_TRIM] = 1 << 20;
	start("6.1.0", 4, 4096, 0);
	assert_int_equal(fake.nr_regions, 4);
	for (unsigned int i = 0; i < 4; i++) {
		assert_ptr_equal(fake.regions[i].iov_base, host.io_us[i].buf);
		assert_int_equal(fake.regions[i].iov_len, 4096);
	}
}

static void test_more_io_units_than_the_most(void **state)
{
	(void)state;
	start("6.1.0", 16385, 1024, 512);
	assert_in_range(fake.nr_regions, 1, 16384);
	for (unsigned int i = 0; i < 16385; i += 97) {
		host_queue(i, DDIR_READ, 0, 1024);
		host_commit();
		assert_int_equal(host_getevents(1, 1), 1);
	}
	for (unsigned int i = 0; i < fake.nr_taken; i++)
		check_command(i);
}

/* -- what registering locks --------------------------------------------------- */

static void locks(const char *release, uint64_t kib)
{
	char text[64];

	host.release = release;
	host.options.fixedbufs = 1;
	split_sizes(16384, 512);
	host.memlock = kib * 1024 - 1;
	host.td.o.max_bs[DDIR_TRIM] = 512;
	host.log[0] = '\0';
	host.td.error = 0;
	assert_int_equal(host.ops->setup(&host.td), 1);
	snprintf(text, sizeof(text), "fixedbufs=1 locks %lu KiB",
		 (unsigned long)kib);
	if (!strstr(host.log, text))
		fail_msg("\"%s\" does not say \"%s\"", host.log, text);
	host.memlock++;
	host_start();
}

/* Each command's region locks whole pages */
static void test_memlock_regions(void **state)
{
	(void)state;
	locks("6.11.0", 4 * 32 * 4);
}

static void test_memlock(void **state)
{
	(void)state;
	locks("6.12.0", 4 * 32 * 4);
}

int group_split_buffers(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_small),
		HOST_TEST(test_before_6_12),
		HOST_TEST(test_of_several_pages),
		HOST_TEST(test_of_many_pages),
		HOST_TEST(test_of_the_limit),
		HOST_TEST(test_smaller),
		HOST_TEST(test_spacing),
		HOST_TEST(test_waiting),
		HOST_TEST(test_trims_between),
		HOST_TEST(test_huge_pages),
		HOST_TEST(test_most),
		HOST_TEST(test_more_than_the_most),
		HOST_TEST(test_too_many),
		HOST_TEST(test_too_many_for_6_12),
		HOST_TEST(test_wide_spacing),
		HOST_TEST(test_more_io_units_than_the_most),
		HOST_TEST(test_memlock_regions),
		HOST_TEST(test_memlock),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("split_buffers"), tests,
					   NULL, NULL);
}
