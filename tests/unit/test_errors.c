// SPDX-License-Identifier: GPL-2.0
/* What becomes of an I/O that fails, or that must not be sent at all. */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

#define DNR 0x4000

static char *details(struct io_u *io_u)
{
#if ERRDETAILS_PARAMS == 2
	return host.ops->errdetails(&host.td, io_u);
#else
	return host.ops->errdetails(io_u);
#endif
}

static void assert_details(struct io_u *io_u, const char *text)
{
	char *got = details(io_u);

	assert_non_null(got);
	if (!strstr(got, text))
		fail_msg("\"%s\" does not say \"%s\"", got, text);
	free(got);
}

static struct io_u *fail_with(enum fio_ddir ddir, uint64_t offset,
			      uint64_t bytes, int res)
{
	host_queue(1, ddir, offset, bytes);
	host_commit();
	fake_complete(0, res);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[1]);
	return &host.io_us[1];
}

/* Status Code Type in bits 10:8, Status Code in 7:0 (NVMe Base 2.0, 3.3.3.2) */
static void test_status(void **state)
{
	static const struct {
		int res;
		unsigned int error;
	} rows[] = {
		{ 0x0002 | DNR, EIO },	  /* Invalid Field in Command */
		{ 0x0080 | DNR, EIO },	  /* LBA Out of Range */
		{ 0x0081 | DNR, ENOSPC }, /* Capacity Exceeded */
		{ 0x0081, ENOSPC },	  { 0x0280, EIO }, /* Write Fault */
		{ 0x0281, EIO },	  /* Unrecovered Read Error */
		{ 0x0282, EILSEQ },	  /* Guard Check */
		{ 0x0283, EILSEQ },	  /* Application Tag Check */
		{ 0x0284 | DNR, EILSEQ }, /* Reference Tag Check */
		{ 0x0287, EIO }, /* Deallocated or Unwritten Logical Block */
		{ 0x0182, EIO }, /* a command's own 0x82 is no guard check */
		{ 0x0302, EIO }, /* path: Asymmetric Access Inaccessible */
		{ 0x07ff, EIO }, /* a vendor's own */
	};

	(void)state;
	host_start();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			fail_with(DDIR_READ, 0, 512, rows[i].res)->error,
			rows[i].error);
}

static void test_errno(void **state)
{
	static const int errors[] = { EINVAL, ENODEV, EFAULT, ENOMEM, EAGAIN };

	(void)state;
	host_start();
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
			fail_with(DDIR_WRITE, 0, 512, -errors[i])->error,
			errors[i]);
}

/* One that failed says nothing about its neighbours */
static void test_mixed(void **state)
{
	static const int res[] = { 0, 0x281, 0, -ENODEV };

	(void)state;
	host_start();
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 512);
	host_commit();
	for (unsigned int i = 0; i < 4; i++)
		fake_complete(0, res[i]);
	assert_int_equal(host_getevents(4, 4), 4);
	assert_int_equal(host.io_us[0].error, 0);
	assert_int_equal(host.io_us[1].error, EIO);
	assert_int_equal(host.io_us[2].error, 0);
	assert_int_equal(host.io_us[3].error, ENODEV);
}

/* Whoever names the status itself is given it */
static void test_ignored(void **state)
{
	int reads[] = { 5, 0x281 }, writes[] = { 0x4081 };

	(void)state;
	host.td.o.ignore_error[0] = reads;
	host.td.o.ignore_error_nr[0] = 2;
	host.td.o.ignore_error[1] = writes;
	host.td.o.ignore_error_nr[1] = 1;
	host_start();
	assert_int_equal(fail_with(DDIR_READ, 0, 512, 0x281)->error, 0x281);
	assert_int_equal(fail_with(DDIR_READ, 0, 512, 0x280)->error, EIO);
	assert_int_equal(fail_with(DDIR_WRITE, 0, 512, 0x281)->error, EIO);
	assert_int_equal(fail_with(DDIR_WRITE, 0, 512, 0x4081)->error, 0x4081);
	assert_int_equal(fail_with(DDIR_READ, 0, 512, 0x4081)->error, ENOSPC);
}

/* -- in words ------------------------------------------------------------ */

static void test_details(void **state)
{
	struct io_u *io_u;

	(void)state;
	host_start();
	io_u = fail_with(DDIR_READ, 1ull << 41, 4096, 0x281);
	assert_details(io_u, "/dev/ng0n1: Read, slba 4294967296, 8 blocks: ");
	assert_details(io_u, "sct 0x2, sc 0x81)");
	io_u = fail_with(DDIR_WRITE, 512, 512, 0x281 | DNR);
	assert_details(io_u, "/dev/ng0n1: Write, slba 1, 1 blocks: ");
	assert_details(io_u, "sct 0x2, sc 0x81, do not retry)");
	io_u = fail_with(DDIR_TRIM, 1024, 1024, 0x2 | DNR);
	assert_details(io_u, "Dataset Management (deallocate), slba 2, 2 ");
	io_u = fail_with(DDIR_SYNC, 0, 0, 0x6);
	assert_details(io_u, "/dev/ng0n1: Flush: ");
}

static void test_details_errno(void **state)
{
	struct io_u *io_u;

	(void)state;
	host.ns[0].max_segments = 2;
	host_start();
	io_u = fail_with(DDIR_READ, 0, 512, -ENODEV);
	assert_details(io_u, "is the controller gone");
	io_u = fail_with(DDIR_READ, 0, 512, -ENXIO);
	assert_details(io_u, "is the controller gone");
	io_u = fail_with(DDIR_READ, 0, 512, -EIO);
	assert_details(io_u, "is the controller gone");
	io_u = fail_with(DDIR_READ, 0, 512, -EFAULT);
	assert_details(io_u, "the kernel refused it: Bad address");
	io_u = fail_with(DDIR_READ, 0, 16384, -EINVAL);
	assert_details(io_u, "more than 8192 bytes (max_segments x 4 KiB");
	io_u = fail_with(DDIR_READ, 0, 8192, -EINVAL);
	assert_details(io_u, "the kernel refused it: Invalid argument");
	assert_int_equal(io_u->error, EINVAL);
}

/* What happens to commands while their controller is reset or pulled out */
static void test_lost(void **state)
{
	struct io_u *io_u;

	(void)state;
	host.ns[0].multipath = true;
	host.ns[0].max_segments = 2;
	host_start();
	io_u = fail_with(DDIR_WRITE, 0, 512, -EINTR);
	assert_int_equal(io_u->error, EIO);
	assert_details(io_u, "the kernel cancelled it: the controller was");
	io_u = fail_with(DDIR_READ, 0, 8192, -EINVAL);
	assert_int_equal(io_u->error, EIO);
	assert_details(io_u, "Invalid argument, as it does while no path");
	io_u = fail_with(DDIR_READ, 0, 16384, -EINVAL);
	assert_int_equal(io_u->error, EINVAL);
	assert_details(io_u, "more than 8192 bytes");
}

/* -- never sent ---------------------------------------------------------- */

static void refused(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		    uint64_t bytes, unsigned int error)
{
	struct io_u *io_u = host_io(unit, ddir, offset, bytes);

	host.log[0] = '\0';
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, error);
	assert_non_null(strstr(host.log, "/dev/ng0n1: "));
	assert_non_null(strstr(host.log, "nothing was sent\n"));
}

static void assert_nothing_sent(void)
{
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
	assert_int_equal(fake.nr_enters, 0);
	assert_int_equal(host.submitted, 0);
	/* and the next one goes out as if nothing had been */
	host_queue(0, DDIR_READ, 0, 512);
	host_commit();
	assert_int_equal(fake.nr_taken, 1);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host_event(0)->error, 0);
}

static void refuse_unaligned(uint64_t block)
{
	uint64_t most = 65536 * block;

	for (int i = DDIR_READ; i <= DDIR_WRITE; i++) {
		refused(0, i, 1, block, EINVAL);
		refused(1, i, block + block / 2, block, EINVAL);
		refused(2, i, 0, block - 1, EINVAL);
		refused(3, i, 0, block + 1, EINVAL);
		refused(0, i, 0, 0, EINVAL);
		refused(1, i, 0, most + block, EINVAL);
		refused(2, i, 0, (1ull << 32) * block, EINVAL);
		refused(3, i, 0, (1ull << 32) + block, EINVAL);
	}
	refused(3, DDIR_TRIM, 1, block, EINVAL);
	refused(0, DDIR_TRIM, 0, block + 1, EINVAL);
	refused(0, DDIR_TRIM, 0, 0, EINVAL);
	refused(0, DDIR_TRIM, 0, (1ull << 32) * block, EINVAL);
	assert_nothing_sent();
}

static void test_unaligned(void **state)
{
	(void)state;
	host_start();
	refuse_unaligned(512);
}

static void test_unaligned_vectored(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	host_start();
	refuse_unaligned(512);
}

static void test_unaligned_4104(void **state)
{
	(void)state;
	host_extended();
	host_start();
	refused(0, DDIR_READ, 4096, 4104, EINVAL);
	refused(0, DDIR_WRITE, 4104, 4096, EINVAL);
	refused(0, DDIR_TRIM, 4104, 4096, EINVAL);
	refused(0, DDIR_READ, 0, 65537ull * 4104, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}

static void test_read_only(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	host_start();
	refused(0, DDIR_WRITE, 0, 512, EROFS);
	assert_non_null(strstr(host.log, "set up for reading only"));
	refused(0, DDIR_TRIM, 0, 512, EROFS);
	assert_nothing_sent();
}

/* A job that only reads may still flush */
static void test_read_only_flush(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	host_start();
	host_queue(0, DDIR_SYNC, 0, 0);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(fake.taken[0][12], 0);
}

/* fio run with --readonly, whatever the job says */
static void test_fio_readonly(void **state)
{
	(void)state;
	read_only = true;
	host_start();
	assert_int_equal(host.holds, 0);
	refused(0, DDIR_WRITE, 0, 512, EROFS);
	refused(0, DDIR_TRIM, 0, 512, EROFS);
	assert_nothing_sent();
}

int group_errors(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_status),
		HOST_TEST(test_errno),
		HOST_TEST(test_lost),
		HOST_TEST(test_mixed),
		HOST_TEST(test_ignored),
		HOST_TEST(test_details),
		HOST_TEST(test_details_errno),
		HOST_TEST(test_unaligned),
		HOST_TEST(test_unaligned_vectored),
		HOST_TEST(test_unaligned_4104),
		HOST_TEST(test_read_only),
		HOST_TEST(test_read_only_flush),
		HOST_TEST(test_fio_readonly),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("errors"), tests, NULL,
					   NULL);
}
