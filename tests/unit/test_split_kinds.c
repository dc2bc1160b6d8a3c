// SPDX-License-Identifier: GPL-2.0
/*
 * What else a job of several commands an io_unit sends: trims, flushes, what
 * goes to kernel workers, and all of them after one another in any slot.
 */
#include "split.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

#define ASYNC_EVERY 3u

static uint32_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* -- trims and flushes ---------------------------------------------------- */

static void check_trim(unsigned int unit, unsigned int nr)
{
	struct sqe got = split_sqe(fake.nr_taken - 1);
	struct sqe want = {
		{ URING_CMD | FIXED_FILE, [2] = CMD_IO, [8] = unit, [12] = 0x09,
		  1, [21] = nr * 16, nr - 1, AD }
	};

	sqe_put64(&want, 18, sqe_get64(&got, 18));
	sqe_assert(&got, &want);
}

static void check_range(unsigned int nth, uint32_t nlb, uint64_t slba)
{
	struct sqe got = sqe_last();
	uint64_t range[2];

	memcpy(range, (char *)(uintptr_t)sqe_get64(&got, 18) + nth * 16ul, 16);
	assert_int_equal(range[0], (uint64_t)nlb << 32);
	assert_int_equal(range[1], slba);
}

static void send_one(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		     uint64_t bytes)
{
	unsigned int before = fake.nr_taken;

	host_queue(unit, ddir, offset, bytes);
	host_commit();
	assert_int_equal(fake.nr_taken, before + 1);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[unit]);
	assert_int_equal(host.io_us[unit].error, 0);
}

/* It carries no data: whatever its size, it is one command */
static void test_trim(void **state)
{
	(void)state;
	split_sizes(16384, 4096);
	host.td.o.max_bs[DDIR_TRIM] = 1 << 30;
	host_start();
	send_one(2, DDIR_TRIM, 1ull << 41, 1 << 30);
	check_trim(2, 1);
	check_range(0, 1 << 21, 1ull << 32);
	send_one(3, DDIR_TRIM, 512, 512);
	check_trim(3, 1);
	check_range(0, 1, 1);
}

#ifdef HAVE_IO_U_NUMBER_TRIM
static void set_ranges(unsigned int unit, unsigned int nr)
{
	struct trim_range *ranges = host.io_us[unit].buf;

	for (unsigned int i = 0; i < nr; i++)
		ranges[i] = (struct trim_range){
			.start = 4096ull * (i + 1) * (unit + 1),
			.len = 512 * (i + 1),
		};
	host.io_us[unit].number_trim = nr;
}

static void test_ranges(void **state)
{
	static const unsigned int nr[] = { 1, 7, 256, 2 };

	(void)state;
	split_sizes(16384, 4096);
	host.td.o.num_range = 256;
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		set_ranges(i, nr[i]);
		send_one(i, DDIR_TRIM, 0, nr[i] * 16);
		check_trim(i, nr[i]);
		for (unsigned int j = 0; j < nr[i]; j++)
			check_range(j, j + 1, 8ull * (j + 1) * (i + 1));
	}
}

static void test_ranges_refused(void **state)
{
	struct io_u *io_u;

	(void)state;
	split_sizes(16384, 4096);
	host.td.o.num_range = 2;
	host_start();
	for (unsigned int nr = 0; nr <= 3; nr += 3) {
		io_u = host_io(0, DDIR_TRIM, 0, nr * 16);
		set_ranges(0, nr);
		assert_int_equal(host.ops->queue(&host.td, io_u),
				 FIO_Q_COMPLETED);
		assert_int_equal(io_u->error, EINVAL);
	}
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}

/* NR has eight bits */
static void test_too_many_ranges(void **state)
{
	struct io_u *io_u;

	(void)state;
	split_sizes(16384, 4096);
	host.td.o.num_range = 300;
	host_start();
	io_u = host_io(0, DDIR_TRIM, 0, 257 * 16);
	set_ranges(0, 257);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}
#else
/* before 3.37 a trim of fio's has one range, told by the io_unit */
static void test_ranges(void **state)
{
	(void)state;
	split_sizes(16384, 4096);
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		send_one(i, DDIR_TRIM, 4096ull * i, 512);
		check_trim(i, 1);
		check_range(0, 1, 8ull * i);
	}
}

static void test_ranges_refused(void **state)
{
	struct io_u *io_u;

	(void)state;
	split_sizes(16384, 4096);
	host_start();
	io_u = host_io(0, DDIR_TRIM, 0, 513);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}

static void test_too_many_ranges(void **state)
{
	struct io_u *io_u;

	(void)state;
	split_sizes(16384, 4096);
	host_start();
	/* the only range there is has 32 bits for its length */
	io_u = host_io(0, DDIR_TRIM, 0, 512ull << 32);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}
#endif

static void test_flush(void **state)
{
	const struct sqe want = {
		{ URING_CMD | FIXED_FILE, [2] = CMD_IO, [8] = 1, [12] = 0x00,
		  1 }
	};
	struct sqe got;

	(void)state;
	split_sizes(16384, 4096);
	host_start();
	for (int i = DDIR_SYNC; i <= DDIR_DATASYNC; i++) {
		send_one(1, (enum fio_ddir)i, 0, 0);
		got = split_sqe(fake.nr_taken - 1);
		sqe_assert(&got, &want);
	}
}

/* A job that only trims has nothing to split */
static void test_only_trims(void **state)
{
	struct sqe sqe;

	(void)state;
	host.td.o.td_ddir = TD_DDIR_TRIM;
	host.td.o.max_bs[DDIR_TRIM] = 1 << 20;
	host.options.cmd_bs = 4096;
	host_start();
	sqe = sqe_send(0, DDIR_TRIM, 0, 1 << 20);
	assert_ptr_equal((void *)(uintptr_t)sqe_get64(&sqe, 8), &host.io_us[0]);
}

/* -- kernel workers ------------------------------------------------------- */

static void test_force_async(void **state)
{
	(void)state;
	split_sizes(16384, 4096);
	host.options.force_async = ASYNC_EVERY;
	host_start();
	for (unsigned int i = 0; i < 8; i++) {
		host_queue(i % 4, i % 2 ? DDIR_READ : DDIR_WRITE, 0, 16384);
		host_commit();
		assert_int_equal(host_getevents(1, 1), 1);
	}
	assert_int_equal(fake.nr_taken, 32);
	/* every third command, and no io_unit's border counts */
	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(fake.taken[i][0],
				 URING_CMD | FIXED_FILE |
					 ((i + 1) % ASYNC_EVERY ? 0 : ASYNC));
}

/* -- any kind after any other --------------------------------------------- */

/* Commands from @first on are the io_unit, each byte of it once */
static void check_decoded(unsigned int first, const struct io_u *io_u,
			  uint32_t block, uint32_t part)
{
	static const uint8_t opcodes[] = { 0x02, 0x01, 0x09, 0x00, 0x00 };
	uint64_t at = 0;

	for (unsigned int i = first; i < fake.nr_taken; i++) {
		struct sqe sqe = split_sqe(i);
		uint64_t bytes = ((sqe.dw[24] & 0xffff) + 1ull) * block;

		assert_int_equal(sqe.dw[8], io_u->index);
		assert_int_equal(sqe.dw[9], i - first);
		assert_int_equal(sqe.dw[12], opcodes[io_u->ddir]);
		if (io_u->ddir > DDIR_WRITE)
			continue;
		assert_int_equal(sqe_get64(&sqe, 22) * block,
				 io_u->offset + at);
		assert_int_equal(sqe_get64(&sqe, 18),
				 (uintptr_t)io_u->xfer_buf + at);
		assert_int_equal(sqe.dw[21], bytes);
		at += bytes;
		if (i + 1 < fake.nr_taken)
			assert_int_equal(bytes, part);
	}
	if (io_u->ddir <= DDIR_WRITE)
		assert_int_equal(at, io_u->xfer_buflen);
	else
		assert_int_equal(fake.nr_taken, first + 1);
}

static void check_sent(enum fio_ddir ddir, uint64_t offset, uint64_t bytes,
		       uint32_t block, uint32_t part)
{
	unsigned int unit = any(4), first = fake.nr_taken;

	host_queue(unit, ddir, offset, bytes);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[unit]);
	check_decoded(first, &host.io_us[unit], block, part);
}

static void check_random(uint32_t block, uint32_t part)
{
	seed = part;
	for (unsigned int i = 0; i < 5000; i++) {
		enum fio_ddir ddir = (enum fio_ddir)any(5);
		uint64_t offset = (uint64_t)any(1 << 24) * any(1 << 16) * block;
		uint64_t bytes = (any(8 * part / block) + 1ull) * block;

		check_sent(ddir, offset, bytes, block, part);
	}
}

/*
 * When the same was sent for rounds of the ring, nothing but addresses is
 * written; that has to end with the first command that is another.
 */
static void check_rounds(uint32_t block, uint32_t part)
{
	seed = part;
	for (unsigned int i = 0; i < 400; i++) {
		enum fio_ddir same = (enum fio_ddir)any(2);
		unsigned int rounds = any(12);

		for (unsigned int j = 0; j < rounds; j++)
			check_sent(same, any(1 << 24) * (uint64_t)block,
				   part * (any(8) + 1ull), block, part);
		check_sent((enum fio_ddir)any(5),
			   any(1 << 24) * (uint64_t)block,
			   (any(8 * part / block) + 1ull) * block, block, part);
	}
}

static void test_random_512(void **state)
{
	(void)state;
	split_sizes(8 * 2560, 2560);
	host_start();
	check_random(512, 2560);
}

static void test_rounds_512(void **state)
{
	(void)state;
	split_sizes(8 * 2560, 2560);
	host_start();
	check_rounds(512, 2560);
}

static void start_4104(void)
{
	split_sizes(8 * 12312, 12312);
	host.td.o.min_bs[DDIR_TRIM] = host.td.o.ba[DDIR_TRIM] =
		host.td.o.max_bs[DDIR_TRIM] = 4104;
	host.ns[0].lba_size = 4096;
	host.ns[0].lba_bytes = 4104;
	host.ns[0].lba_shift = 0;
	host_start();
}

static void test_random_4104(void **state)
{
	(void)state;
	start_4104();
	check_random(4104, 12312);
}

static void test_rounds_4104(void **state)
{
	(void)state;
	start_4104();
	check_rounds(4104, 12312);
}

static void check_file(unsigned int unit, unsigned int file)
{
	unsigned int first = fake.nr_taken;

	host.io_us[unit].file = &host.files[file];
	host_queue(unit, DDIR_READ, 4096, 8192);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	for (unsigned int j = 0; j < 2; j++) {
		assert_int_equal(fake.taken[first + j][1], file);
		assert_int_equal(fake.taken[first + j][13], file + 1);
		assert_int_equal(split_slba(first + j), 8 * (j + 1));
	}
}

/* Several files take turns */
static void test_files(void **state)
{
	(void)state;
	split_sizes(8192, 4096);
	host.td.files_index = HOST_FILES;
	host_start();
	for (unsigned int i = 0; i < 64; i++)
		check_file(i % 4, i * 7 % HOST_FILES);
	/* and in turns of more than a round of the ring */
	for (unsigned int i = 0; i < 64; i++)
		check_file(i % 4, i / 7 % HOST_FILES);
}

int group_split_kinds(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_trim),		HOST_TEST(test_ranges),
		HOST_TEST(test_ranges_refused), HOST_TEST(test_too_many_ranges),
		HOST_TEST(test_flush),		HOST_TEST(test_only_trims),
		HOST_TEST(test_force_async),	HOST_TEST(test_random_512),
		HOST_TEST(test_random_4104),	HOST_TEST(test_files),
		HOST_TEST(test_rounds_512),	HOST_TEST(test_rounds_4104),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("split_kinds"), tests,
					   NULL, NULL);
}
