// SPDX-License-Identifier: GPL-2.0
/* Each way of sending an I/O, and its bytes. */
#include "sqe.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

/* -- plain --------------------------------------------------------------- */

static void test_plain(void **state)
{
	static const struct row rows[] = {
		/* one block at the start */
		{ DDIR_READ,
		  0,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 512 } },
		{ DDIR_WRITE,
		  0,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 512 } },
		/* SLBA in CDW10 and 11, NLB zero-based in CDW12 */
		{ DDIR_READ,
		  0x12345600,
		  4096,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 4096,
		    0x91a2b, 0, 7 } },
		/* the last block below 2^32, and the first above */
		{ DDIR_WRITE,
		  0x1fffffffe00,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 512,
		    0xffffffff } },
		{ DDIR_WRITE,
		  1ull << 41,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 512, 0,
		    1 } },
		{ DDIR_READ,
		  (1ull << 41) + (1ull << 45) + 0x2000,
		  1024,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 1024, 0x10,
		    0x11, 1 } },
		/* 65,536 blocks: the most that NLB can say */
		{ DDIR_READ,
		  512,
		  65536 * 512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 65536 * 512,
		    1, 0, 0xffff } },
		/* no data, no extent */
		{ DDIR_SYNC,
		  0x7000,
		  0,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x00, 1 } },
		{ DDIR_DATASYNC,
		  0,
		  0,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x00, 1 } },
		/* one range of 16 bytes, NR zero-based, AD set */
		{ DDIR_TRIM,
		  0x2000,
		  4096,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x09, 1, [21] = 16, 0,
		    AD } },
	};

	(void)state;
	host.options.plainfiles = 1;
	host_start();
	SQE_CHECK(rows);
}

static void test_registered_files(void **state)
{
	static const struct row row[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD | FIXED_FILE, 2, CMD_IO, [12] = 0x02,
		    3, [21] = 4096, 8, 0, 7 } },
		{ DDIR_WRITE,
		  4096,
		  4096,
		  { URING_CMD | FIXED_FILE, 2, CMD_IO, [12] = 0x01,
		    3, [21] = 4096, 8, 0, 7 } },
		{ DDIR_SYNC,
		  0,
		  0,
		  { URING_CMD | FIXED_FILE, 2, CMD_IO, [12] = 0x00, 3 } },
		{ DDIR_TRIM,
		  4096,
		  4096,
		  { URING_CMD | FIXED_FILE, 2, CMD_IO, [12] = 0x09,
		    3, [21] = 16, 0, AD } },
	};

	(void)state;
	host.td.files_index = 3;
	host_start();
	assert_int_equal(fake.nr_files, 3);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(fake.files[i], host.files[i].fd);
	for (unsigned int i = 0; i < 4; i++)
		host.io_us[i].file = &host.files[2];
	SQE_CHECK(row);
}

/* A kernel that registers no files: descriptors do */
static void test_files_refused(void **state)
{
	static const struct row row[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 4096, 8, 0,
		    7 } },
	};

	(void)state;
	fake.files_error = -ENOMEM;
	host_start();
	SQE_CHECK(row);
}

static void test_fua(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  512,
		  1024,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 1024, 1, 0,
		    FUA | 1 } },
		{ DDIR_WRITE,
		  512,
		  65536 * 512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 65536 * 512,
		    1, 0, FUA | 0xffff } },
		{ DDIR_TRIM,
		  512,
		  1024,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x09, 1, [21] = 16, 0,
		    AD } },
	};

	(void)state;
	host.options.plainfiles = 1;
	host.options.readfua = 1;
	host.options.writefua = 1;
	host_start();
	SQE_CHECK(rows);
}

static void test_fua_apart(void **state)
{
	(void)state;
	host.options.writefua = 1;
	host_start();
	assert_int_equal(sqe_send(0, DDIR_READ, 0, 512).dw[24], 0);
	assert_int_equal(sqe_send(0, DDIR_WRITE, 0, 512).dw[24], FUA);
	host_end();
	host.options.writefua = 0;
	host.options.readfua = 1;
	host.files[0].engine_data = NULL;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(host.ops->init(&host.td), 0);
	assert_int_equal(host.ops->post_init(&host.td), 0);
	assert_int_equal(sqe_send(0, DDIR_READ, 0, 512).dw[24], FUA);
	assert_int_equal(sqe_send(0, DDIR_WRITE, 0, 512).dw[24], 0);
}

/* -- logical blocks ------------------------------------------------------ */

static void test_4096(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 4096, 1 } },
		{ DDIR_WRITE,
		  1ull << 41,
		  131072,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 131072,
		    0x20000000, 0, 31 } },
		/* 2^44 bytes are block 2^32 */
		{ DDIR_WRITE,
		  1ull << 44,
		  4096,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 4096, 0,
		    1 } },
		{ DDIR_READ,
		  0,
		  65536ull * 4096,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02,
		    1, [21] = 65536 * 4096, 0, 0, 0xffff } },
	};

	(void)state;
	host.options.plainfiles = 1;
	host.ns[0].lba_size = host.ns[0].lba_bytes = 4096;
	host.ns[0].lba_shift = 12;
	host_start();
	SQE_CHECK(rows);
}

/* 4096 bytes of data and 8 of metadata travel together */
static void test_extended(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  4104,
		  4104,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 4104, 1 } },
		{ DDIR_WRITE,
		  4104ull << 33,
		  3 * 4104,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x01, 1, [21] = 3 * 4104, 0,
		    2, 2 } },
		{ DDIR_READ,
		  0,
		  65536ull * 4104,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02,
		    1, [21] = 65536 * 4104, 0, 0, 0xffff } },
		{ DDIR_TRIM,
		  4104,
		  8208,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x09, 1, [21] = 16, 0,
		    AD } },
	};

	(void)state;
	host.options.plainfiles = 1;
	host_extended();
	host_start();
	SQE_CHECK(rows);
}

/* -- workers and vectors ------------------------------------------------------- */

static void test_async(void **state)
{
	static const uint32_t want[] = { 0, 0, ASYNC, 0, 0, ASYNC, 0 };
	struct sqe sqe;

	(void)state;
	host.options.force_async = 3;
	host_start();
	for (unsigned int i = 0; i < 7; i++) {
		sqe = sqe_send(0, i % 2 ? DDIR_WRITE : DDIR_READ, 0, 512);
		assert_int_equal(sqe.dw[0], URING_CMD | FIXED_FILE | want[i]);
	}
	/* a slot that was a worker's is none any more */
	assert_int_equal(sqe_send(0, DDIR_READ, 0, 512).dw[0],
			 URING_CMD | FIXED_FILE);
	assert_int_equal(sqe_send(0, DDIR_READ, 0, 512).dw[0],
			 URING_CMD | FIXED_FILE | ASYNC);
}

static void test_vectored(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD, [2] = CMD_IO_VEC, [12] = 0x02, 1, [21] = 1, 8, 0,
		    7 } },
		{ DDIR_WRITE,
		  1ull << 41,
		  1024,
		  { URING_CMD, [2] = CMD_IO_VEC, [12] = 0x01, 1, [21] = 1, 0, 1,
		    1 } },
		/* data commands only */
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
	host.options.nonvectored = 0;
	host_start();
	SQE_CHECK(rows);
}

/* Before the job runs, one block is read to see whether the kernel takes it */
static void test_vectored_fixed(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD, [2] = CMD_IO_VEC, [7] = URING_CMD_FIXED,
		    [12] = 0x02, 1, [21] = 1, 8, 0, 7 } },
	};

	(void)state;
	host.options.plainfiles = 1;
	host.options.nonvectored = 0;
	host.options.fixedbufs = 1;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(fake.nr_taken, 1);
	assert_int_equal(sqe_last().dw[2], CMD_IO_VEC);
	assert_int_equal(sqe_last().dw[7], URING_CMD_FIXED);
	assert_int_equal(sqe_last().dw[12], 0x02);
	assert_int_equal(sqe_last().dw[24], 0);
	host_start();
	SQE_CHECK(rows);
}

/* All in flight at once: nothing of one may lie in what another uses */
static void test_own_tables(void **state)
{
	uint64_t at[4], range[2];

	(void)state;
	host_start();
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_TRIM, 4096 * (i + 1), 512 * (i + 1));
	host_commit();
	for (unsigned int i = 0; i < 4; i++) {
		memcpy(&at[i], &fake.taken[i][18], 8);
		memcpy(range, (const void *)(uintptr_t)at[i], 16);
		assert_int_equal(range[0], (uint64_t)(i + 1) << 32);
		assert_int_equal(range[1], 8 * (i + 1));
	}
	assert_int_equal(host_getevents(4, 4), 4);
}

int group_sqe(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_plain),	       HOST_TEST(test_registered_files),
		HOST_TEST(test_files_refused), HOST_TEST(test_fua),
		HOST_TEST(test_fua_apart),     HOST_TEST(test_4096),
		HOST_TEST(test_extended),      HOST_TEST(test_async),
		HOST_TEST(test_vectored),      HOST_TEST(test_vectored_fixed),
		HOST_TEST(test_own_tables),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("sqe"), tests, NULL,
					   NULL);
}
