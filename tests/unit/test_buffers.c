// SPDX-License-Identifier: GPL-2.0
/* Registered buffers: in which regions, and which of them a command names. */
#include "sqe.h"

#include <string.h>
#include <sys/uio.h>

#include "groups.h"

static void test_fixed(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD, [2] = CMD_IO, [7] = URING_CMD_FIXED, [12] = 0x02,
		    1, [21] = 4096, 8, 0, 7 } },
		{ DDIR_WRITE,
		  8192,
		  512,
		  { URING_CMD, [2] = CMD_IO, [7] = URING_CMD_FIXED, [12] = 0x01,
		    1, [21] = 512, 16 } },
		/* their data does not lie in fio's buffers */
		{ DDIR_TRIM,
		  8192,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x09, 1, [21] = 16, 0,
		    AD } },
		{ DDIR_SYNC,
		  0,
		  0,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x00, 1 } },
	};

	(void)state;
	host.options.plainfiles = 1;
	host.options.fixedbufs = 1;
	host.ns[0].max_segments = 127;
	host.td.o.iodepth = 1;
	host_start();
	assert_int_equal(fake.nr_regions, 1);
	assert_ptr_equal(fake.regions[0].iov_base, host.io_us[0].buf);
	assert_int_equal(fake.regions[0].iov_len, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		sqe_check_row(&rows[i], 0);
}

static bool within(const struct iovec *region, const void *at, size_t len)
{
	uintptr_t start = (uintptr_t)region->iov_base, from = (uintptr_t)at;

	return from >= start && from + len <= start + region->iov_len;
}

/* The buffer lies whole in the region that its command names */
static void check_region(unsigned int unit, enum fio_ddir ddir, uint64_t bytes)
{
	struct sqe sqe = sqe_send(unit, ddir, 0, bytes);

	assert_int_equal(sqe.dw[7], URING_CMD_FIXED);
	assert_in_range(sqe.dw[10], 0, fake.nr_regions - 1);
	if (!within(&fake.regions[sqe.dw[10]], host.io_us[unit].buf, bytes))
		fail_msg("buffer %u is not in region %u", unit, sqe.dw[10]);
}

/* Twice, so that no slot is used by the same buffer again */
static void check_regions(uint64_t bytes)
{
	unsigned int depth = host.td.o.iodepth;

	for (unsigned int i = 0; i < depth; i++)
		check_region(i, i % 2 ? DDIR_WRITE : DDIR_READ, bytes);
	for (unsigned int i = 0; i < depth; i++)
		check_region(depth - 1 - i, i % 2 ? DDIR_WRITE : DDIR_READ,
			     bytes);
}

static void host_sized(unsigned int depth, uint64_t rw, uint64_t trim)
{
	host.options.fixedbufs = 1;
	host.td.o.iodepth = depth;
	host.td.o.max_bs[DDIR_READ] = host.td.o.max_bs[DDIR_WRITE] = rw;
	host.td.o.max_bs[DDIR_TRIM] = trim;
	host_start();
}

/* Huge pages: as few regions as 1 GiB each makes them */
static void test_regions(void **state)
{
	(void)state;
	/* 2.5 GiB of buffers that do not divide 1 GiB */
	host.td.o.mem_type = MEM_MMAPHUGE;
	host_sized(16 * 26, 6300 * 1024, 4096);
	assert_int_equal(fake.nr_regions, 3);
	check_regions(6300 * 1024);
}

/* 1 GiB still is one */
static void test_region_edge(void **state)
{
	(void)state;
	host.td.o.mem_type = MEM_MMAPHUGE;
	host_sized(64, 16 << 20, 4096);
	assert_int_equal(fake.nr_regions, 1);
	assert_int_equal(fake.regions[0].iov_len, 1 << 30);
}

/* fio lays its buffers out for the largest block of any direction */
static void test_region_spacing(void **state)
{
	(void)state;
	host.td.o.mem_type = MEM_MMAPHUGE;
	host_sized(16 * 26, 6300 * 1024, 6400 * 1024);
	check_regions(6300 * 1024);
}

/* As many as there may be, and not one region for two of them */
static void test_all_regions(void **state)
{
	(void)state;
	host.release = "6.1.0-41-amd64";
	host_sized(16384, 512, 512);
	assert_int_equal(fake.nr_regions, 16384);
}

static void own_regions(const char *release, unsigned int max_segments,
			unsigned int depth)
{
	host.release = release;
	host.td.files_index = 2;
	host.ns[0].max_segments = 60000;
	host.ns[1].max_segments = max_segments;
	host_sized(depth, 36864, 4096);
	assert_int_equal(fake.nr_regions, depth);
	for (unsigned int i = 0; i < depth; i++) {
		assert_ptr_equal(fake.regions[i].iov_base, host.io_us[i].buf);
		assert_int_equal(fake.regions[i].iov_len, 36864);
	}
	check_regions(36864);
}

/* Before Linux 6.12 what follows in a region counts as the command's */
static void test_own_regions_6_11(void **state)
{
	(void)state;
	own_regions("6.11.9-amd64", 60000, 4);
}

/* From then on only what is more than one command may have */
static void test_own_regions(void **state)
{
	(void)state;
	own_regions("6.12.0", 127, 64);
}

static void test_own_regions_untold(void **state)
{
	(void)state;
	own_regions("6.12.0", 0, 4);
}

/* There may be no more than 16,384 of them */
static void test_most_regions(void **state)
{
	(void)state;
	host.release = "6.1.0-41-amd64";
	host_sized(16385, 512, 512);
	assert_in_range(fake.nr_regions, 8193, 16384);
	check_regions(512);
}

int group_buffers(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_fixed),
		HOST_TEST(test_regions),
		HOST_TEST(test_region_edge),
		HOST_TEST(test_region_spacing),
		HOST_TEST(test_own_regions_6_11),
		HOST_TEST(test_own_regions),
		HOST_TEST(test_own_regions_untold),
		HOST_TEST(test_most_regions),
		HOST_TEST(test_all_regions),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("buffers"), tests, NULL,
					   NULL);
}
