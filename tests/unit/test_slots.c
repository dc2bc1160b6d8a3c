// SPDX-License-Identifier: GPL-2.0
/*
 * A slot keeps what was last written into it: nothing of one I/O may show in
 * the next, whatever the two are.
 */
#include "sqe.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

/* -- several ranges ------------------------------------------------------ */

#ifdef HAVE_IO_U_NUMBER_TRIM
static void set_ranges(unsigned int unit, unsigned int nr)
{
	struct trim_range *ranges = host.io_us[unit].buf;

	for (unsigned int i = 0; i < nr; i++) {
		ranges[i].start = (uint64_t)(i + 1) << 41;
		ranges[i].len = 512 * (i + 1);
	}
	host.io_us[unit].number_trim = nr;
}

static void check_ranges(unsigned int unit, unsigned int nr)
{
	struct row row = { DDIR_TRIM,
			   0,
			   nr * 16,
			   { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x09,
			     1, [21] = nr * 16, nr - 1, AD } };
	struct sqe got, want;
	uint64_t range[2];

	set_ranges(unit, nr);
	got = sqe_send(unit, DDIR_TRIM, 0, nr * 16);
	want = sqe_wanted(&row, unit);
	sqe_put64(&want, 18, sqe_get64(&got, 18));
	sqe_assert(&got, &want);
	for (unsigned int i = 0; i < nr; i++) {
		memcpy(range, (char *)(uintptr_t)sqe_get64(&got, 18) + i * 16ul,
		       16);
		assert_int_equal(range[0], (uint64_t)(i + 1) << 32);
		assert_int_equal(range[1], (uint64_t)(i + 1) << 32);
	}
}

static void test_ranges(void **state)
{
	static const unsigned int nr[] = { 1, 2, 255, 256, 3 };

	(void)state;
	host.td.o.num_range = 256;
	host_start();
	for (unsigned int i = 0; i < 5; i++)
		check_ranges(i % 4, nr[i]);
}

static void test_ranges_refused(void **state)
{
	struct trim_range *ranges;
	struct io_u *io_u;

	(void)state;
	host.td.o.num_range = 2;
	host_start();
	io_u = host_io(0, DDIR_TRIM, 0, 32);
	set_ranges(0, 2);
	ranges = io_u->buf;
	ranges[1].len = 513;
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	/* fio has room for as many as it was told to, and so have we */
	set_ranges(0, 3);
	io_u->error = 0;
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	set_ranges(0, 0);
	io_u->error = 0;
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}
/* NR has eight bits */
static void test_too_many_ranges(void **state)
{
	struct io_u *io_u;

	(void)state;
	host.td.o.num_range = 300;
	host_start();
	io_u = host_io(0, DDIR_TRIM, 0, 257 * 16);
	set_ranges(0, 257);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	check_ranges(0, 256);
}
#else
static void test_ranges(void **state)
{
	(void)state;
	/* before 3.37 a trim of fio's has one range, told by the io_unit */
	host_start();
	assert_int_equal(sqe_send(0, DDIR_TRIM, 0, 512).dw[22], 0);
}

static void test_ranges_refused(void **state)
{
	struct io_u *io_u;

	(void)state;
	host_start();
	io_u = host_io(0, DDIR_TRIM, 0, 513);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
}

static void test_too_many_ranges(void **state)
{
	(void)state;
	host_start();
	/* the only range there is has 32 bits for its length */
	host_io(0, DDIR_TRIM, 0, 512ull << 32);
	assert_int_equal(host.ops->queue(&host.td, &host.io_us[0]),
			 FIO_Q_COMPLETED);
	assert_int_equal(host.io_us[0].error, EINVAL);
}
#endif

/* -- slots are used again and again -------------------------------------- */

static const struct row kinds[] = {
	{ DDIR_READ,
	  (1ull << 41) + 512ull * 0xabcdef,
	  65536 * 512,
	  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 65536 * 512,
	    0xabcdef, 1, 0xffff } },
	{ DDIR_WRITE,
	  512,
	  512,
	  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 512, 1 } },
	{ DDIR_TRIM,
	  1ull << 43,
	  4096,
	  { URING_CMD, [2] = CMD_IO, [12] = 0x09, 1, [21] = 16, 0, AD } },
	{ DDIR_SYNC, 0, 0, { URING_CMD, [2] = CMD_IO, [12] = 0x00, 1 } },
	{ DDIR_DATASYNC, 0, 0, { URING_CMD, [2] = CMD_IO, [12] = 0x00, 1 } },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* One slot: each kind after each other one, and after itself */
static void reuse_slot(uint32_t data_op, uint32_t data_flags)
{
	struct row row;

	for (size_t i = 0; i < NR_KINDS * NR_KINDS * 2; i++) {
		row = kinds[i % 2 ? i / 2 % NR_KINDS : i / 2 / NR_KINDS];
		if (row.ddir <= DDIR_WRITE) {
			row.want[2] = data_op;
			row.want[7] = data_flags;
		}
		if (row.ddir <= DDIR_WRITE && data_op == CMD_IO_VEC)
			row.want[21] = 1;
		sqe_check_row(&row, 0);
	}
}

static void host_one_slot(void)
{
	host.td.o.iodepth = 1;
	host.options.plainfiles = 1;
	host_start();
}

static void test_reuse(void **state)
{
	(void)state;
	host_one_slot();
	reuse_slot(CMD_IO, 0);
}

static void test_reuse_fixed(void **state)
{
	(void)state;
	host.options.fixedbufs = 1;
	host_one_slot();
	reuse_slot(CMD_IO, URING_CMD_FIXED);
}

static void test_reuse_vectored(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	host_one_slot();
	reuse_slot(CMD_IO_VEC, 0);
}

/* Several files take turns in one slot */
static void test_reuse_files(void **state)
{
	struct sqe sqe;

	(void)state;
	host.td.files_index = HOST_FILES;
	host.td.o.iodepth = 1;
	host_start();
	for (unsigned int i = 0; i < 64; i++) {
		const struct row *row = &kinds[i % NR_KINDS];
		unsigned int file = i * 7 % HOST_FILES;

		host.io_us[0].file = &host.files[file];
		sqe = sqe_send(0, row->ddir, row->offset, row->bytes);
		assert_int_equal(sqe.dw[1], file);
		assert_int_equal(sqe.dw[13], file + 1);
		assert_int_equal(sqe.dw[12], row->want[12]);
	}
}

/* An I/O that was refused leaves its slot fit for the next */
static void test_reuse_refused(void **state)
{
	struct io_u *io_u;

	(void)state;
	host_one_slot();
	for (size_t i = 0; i < NR_KINDS; i++) {
		io_u = host_io(0, i % 2 ? DDIR_READ : DDIR_TRIM, 7, 513);
		assert_int_equal(host.ops->queue(&host.td, io_u),
				 FIO_Q_COMPLETED);
		assert_int_equal(io_u->error, EINVAL);
		sqe_check_row(&kinds[i], 0);
	}
}

/* -- anything ------------------------------------------------------------ */

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Reading the bytes back gives the io_unit that was sent */
static void check_decoded(const struct sqe *sqe, const struct io_u *io_u,
			  uint32_t block)
{
	static const uint8_t opcodes[] = { 0x02, 0x01, 0x09, 0x00, 0x00 };
	uint64_t range[2];

	assert_int_equal(sqe->dw[12], opcodes[io_u->ddir]);
	assert_ptr_equal((void *)(uintptr_t)sqe_get64(sqe, 8), io_u);
	if (io_u->ddir <= DDIR_WRITE) {
		assert_int_equal(sqe_get64(sqe, 22) * block, io_u->offset);
		assert_int_equal(((sqe->dw[24] & 0xffff) + 1ull) * block,
				 io_u->xfer_buflen);
		assert_int_equal(sqe->dw[21], io_u->xfer_buflen);
		assert_ptr_equal((void *)(uintptr_t)sqe_get64(sqe, 18),
				 io_u->xfer_buf);
	} else if (io_u->ddir == DDIR_TRIM) {
		memcpy(range, (void *)(uintptr_t)sqe_get64(sqe, 18), 16);
		assert_int_equal((range[0] >> 32) * block, io_u->xfer_buflen);
		assert_int_equal(range[1] * block, io_u->offset);
	}
	for (unsigned int i = 26; i < 32; i++)
		assert_int_equal(sqe->dw[i], 0);
}

static void check_random(uint32_t block)
{
	for (unsigned int i = 0; i < 20000; i++) {
		enum fio_ddir ddir = (enum fio_ddir)(random64() % 5);
		unsigned int unit = (unsigned int)(random64() % 4);
		uint64_t offset =
			(random64() >> (24 + random64() % 32)) / block * block;
		/* the same length as before, or any */
		uint64_t blocks = random64() % 3 ? 1 : random64() % 65536 + 1;
		uint64_t bytes = blocks * block;
		struct sqe sqe = sqe_send(unit, ddir, offset, bytes);

		check_decoded(&sqe, &host.io_us[unit], block);
	}
}

static void test_random_512(void **state)
{
	(void)state;
	host_start();
	check_random(512);
}

static void test_random_4104(void **state)
{
	(void)state;
	host_extended();
	host_start();
	check_random(4104);
}

int group_slots(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_ranges),		 HOST_TEST(test_ranges_refused),
		HOST_TEST(test_too_many_ranges), HOST_TEST(test_reuse),
		HOST_TEST(test_reuse_fixed),	 HOST_TEST(test_reuse_vectored),
		HOST_TEST(test_reuse_files),	 HOST_TEST(test_reuse_refused),
		HOST_TEST(test_random_512),	 HOST_TEST(test_random_4104),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("slots"), tests, NULL,
					   NULL);
}
