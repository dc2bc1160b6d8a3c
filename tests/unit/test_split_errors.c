// SPDX-License-Identifier: GPL-2.0
/* io_units of several commands of which some fail, and those never sent. */
#include "split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

#define PART 4096u
#define PARTS 4u
#define BYTES ((uint64_t)PARTS * PART)

static void start(unsigned int tags)
{
	split_sizes(BYTES, PART);
	host.ns[0].tags = tags;
	host_start();
}

static void assert_details(struct io_u *io_u, const char *text)
{
	char *got = split_details(io_u);

	assert_non_null(got);
	if (!strstr(got, text))
		fail_msg("\"%s\" does not say \"%s\"", got, text);
	free(got);
}

/*
 * One io_unit at 1 MiB; its commands complete in the order given, with these
 * results by their place in the io_unit
 */
static struct io_u *complete(const unsigned int *order, const int *res)
{
	unsigned int before;

	host_queue(1, DDIR_READ, 1 << 20, BYTES);
	host_commit();
	for (unsigned int i = 0; i < PARTS; i++) {
		assert_int_equal(host_getevents(0, 1), 0);
		before = 0;
		for (unsigned int j = 0; j < i; j++)
			before += order[j] < order[i];
		fake_complete(order[i] - before, res[order[i]]);
	}
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[1]);
	return &host.io_us[1];
}

/* -- which error ------------------------------------------------------------ */

static const unsigned int orders[][PARTS] = {
	{ 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 1, 0, 3 }, { 1, 3, 0, 2 }
};

#define NR_ORDERS (sizeof(orders) / sizeof(orders[0]))

/* Whichever completes first, the first in order is the one that counts */
static void test_first_counts(void **state)
{
	static const int res[] = { 0, 0x281, 0x81, -ENODEV };
	struct io_u *io_u;

	(void)state;
	start(0);
	for (size_t i = 0; i < NR_ORDERS; i++) {
		io_u = complete(orders[i], res);
		assert_int_equal(io_u->error, EIO);
		assert_int_equal(io_u->resid, 3 * PART);
		assert_details(io_u, "/dev/ng0n1: Read, slba 2056, 8 blocks: ");
		assert_details(io_u, "sct 0x2, sc 0x81");
	}
}

static void test_only_one(void **state)
{
	static const char *const slba[] = { "slba 2048, 8 ", "slba 2056, 8 ",
					    "slba 2064, 8 ", "slba 2072, 8 " };
	struct io_u *io_u;

	(void)state;
	start(0);
	for (unsigned int i = 0; i < PARTS; i++) {
		int res[PARTS] = { 0 };

		res[i] = 0x81;
		io_u = complete(orders[i], res);
		assert_int_equal(io_u->error, ENOSPC);
		assert_int_equal(io_u->resid, (PARTS - i) * (uint64_t)PART);
		assert_details(io_u, slba[i]);
	}
}

static void test_errno(void **state)
{
	static const int res[] = { 0, 0, -ENODEV, 0x281 };
	struct io_u *io_u;

	(void)state;
	start(0);
	io_u = complete(orders[1], res);
	assert_int_equal(io_u->error, ENODEV);
	assert_int_equal(io_u->resid, 2 * PART);
	assert_details(io_u, "slba 2064, 8 blocks: the kernel gave up on it");
}

/* What was wrong with one io_unit is forgotten with the next in its place */
static void test_forgotten(void **state)
{
	static const int bad[] = { 0, 0, 0x281, 0 }, good[PARTS] = { 0 };
	static const int later[] = { 0, 0, 0, 0x81 };
	struct io_u *io_u;

	(void)state;
	start(0);
	assert_int_equal(complete(orders[0], bad)->error, EIO);
	io_u = complete(orders[0], good);
	assert_int_equal(io_u->error, 0);
	io_u = complete(orders[0], later);
	assert_int_equal(io_u->error, ENOSPC);
	assert_int_equal(io_u->resid, PART);
}

/* The last command is smaller, and so is what is left and what is said */
static void test_last_smaller(void **state)
{
	(void)state;
	start(0);
	host_queue(0, DDIR_WRITE, 0, 2 * PART + 512);
	host_commit();
	fake_complete(2, 0x280);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host.io_us[0].error, EIO);
	assert_int_equal(host.io_us[0].resid, 512);
	assert_details(&host.io_us[0], "Write, slba 16, 1 blocks: ");
}

static void test_ignored(void **state)
{
	static const int res[] = { 0, 0x281, 0x81, 0 };
	int reads[] = { 0x281 };

	(void)state;
	host.td.o.ignore_error[0] = reads;
	host.td.o.ignore_error_nr[0] = 1;
	start(0);
	assert_int_equal(complete(orders[2], res)->error, 0x281);
}

/* A limit that is exceeded is that of a command, not of an io_unit */
static void test_kernel_refuses(void **state)
{
	static const int res[] = { -EINVAL, 0, 0, 0 };

	(void)state;
	host.ns[0].max_segments = 2;
	start(0);
	assert_details(complete(orders[0], res),
		       "the kernel refused it: Invalid argument");
}

static void test_trim(void **state)
{
	(void)state;
	start(0);
	host_queue(2, DDIR_TRIM, 8192, 4096);
	host_commit();
	fake_complete(0, 0x2);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host.io_us[2].error, EIO);
	assert_int_equal(host.io_us[2].resid, 0);
	assert_details(&host.io_us[2], "(deallocate), slba 16, 8 blocks: ");
	host_queue(2, DDIR_SYNC, 0, 0);
	host_commit();
	fake_complete(0, 0x6);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host.io_us[2].error, EIO);
	assert_details(&host.io_us[2], "/dev/ng0n1: Flush: ");
}

/* One that failed says nothing about its neighbours */
static void test_neighbours(void **state)
{
	(void)state;
	start(0);
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, (uint64_t)i << 20, BYTES);
	host_commit();
	fake_complete(6, 0x281);
	assert_int_equal(host_getevents(4, 4), 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(host.io_us[i].error, i == 1 ? EIO : 0);
	assert_int_equal(host.io_us[1].resid, 2 * PART);
	assert_details(&host.io_us[1], "slba 2064, 8 blocks: ");
}

/* -- what waits when one fails ---------------------------------------------- */

/* Nothing more of that io_unit is sent, all of the next ones is */
static void test_nothing_sent_after(void **state)
{
	static const unsigned int sent[][2] = {
		{ 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 }, { 1, 2 },
		{ 1, 3 }, { 2, 0 }, { 2, 1 }, { 2, 2 }, { 2, 3 },
	};

	(void)state;
	start(2);
	host_queue(0, DDIR_READ, 0, BYTES);
	host_commit();
	host_queue(1, DDIR_READ, 1 << 20, BYTES);
	host_queue(2, DDIR_READ, 2 << 20, BYTES);
	host_commit();
	assert_int_equal(fake.nr_taken, 2);
	fake_complete(0, 0x281);
	/* what is in flight of it has to come back first */
	assert_int_equal(host_getevents(0, 3), 0);
	assert_int_equal(host_getevents(3, 3), 3);
	assert_ptr_equal(host_event(0), &host.io_us[0]);
	SPLIT_SENT(sent);
	assert_int_equal(host.io_us[0].error, EIO);
	assert_int_equal(host.io_us[0].resid, BYTES);
	assert_int_equal(host.io_us[1].error, 0);
	assert_int_equal(host.io_us[2].error, 0);
	assert_int_equal(host.submitted, 3);
}

/* The only command in flight fails: the io_unit is done with it */
static void test_done_with_it(void **state)
{
	static const unsigned int sent[][2] = { { 0, 0 }, { 0, 1 }, { 1, 0 } };

	(void)state;
	start(1);
	host_queue(0, DDIR_READ, 0, BYTES);
	host_commit();
	host_queue(1, DDIR_READ, 0, PART);
	host_commit();
	fake_complete(0, 0);
	assert_int_equal(host_getevents(0, 2), 0);
	fake_complete(0, 0x281);
	assert_int_equal(host_getevents(1, 2), 1);
	assert_ptr_equal(host_event(0), &host.io_us[0]);
	assert_int_equal(host.io_us[0].resid, 3 * PART);
	assert_int_equal(host_getevents(1, 2), 1);
	assert_ptr_equal(host_event(0), &host.io_us[1]);
	assert_int_equal(host.io_us[1].error, 0);
	SPLIT_SENT(sent);
}

/* A second failure, before the first in order, when nothing is left to send */
static void test_second_failure(void **state)
{
	(void)state;
	start(3);
	host_queue(0, DDIR_READ, 0, BYTES);
	host_queue(1, DDIR_READ, 0, PART);
	host_commit();
	fake_complete(2, 0x81);
	assert_int_equal(host_getevents(0, 2), 0);
	fake_complete(1, 0x281);
	assert_int_equal(host_getevents(0, 2), 0);
	assert_int_equal(host_getevents(2, 2), 2);
	assert_ptr_equal(host_event(0), &host.io_us[0]);
	assert_int_equal(host.io_us[0].error, EIO);
	assert_int_equal(host.io_us[0].resid, 3 * PART);
	assert_int_equal(host.io_us[1].error, 0);
	assert_int_equal(fake.nr_taken, 4);
}

/* The last io_unit that waits fails; one that is queued later still goes */
static void test_last_that_waits(void **state)
{
	(void)state;
	start(2);
	host_queue(0, DDIR_READ, 0, BYTES);
	host_commit();
	fake_complete(0, 0x281);
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(fake.nr_taken, 2);
	host_queue(1, DDIR_READ, 0, BYTES);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[1]);
	assert_int_equal(host.io_us[1].error, 0);
	assert_int_equal(fake.nr_taken, 6);
}

/* -- never sent ------------------------------------------------------------- */

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

static void test_unaligned(void **state)
{
	(void)state;
	start(0);
	for (int i = DDIR_READ; i <= DDIR_WRITE; i++) {
		refused(0, i, 1, BYTES, EINVAL);
		refused(1, i, 768, BYTES, EINVAL);
		refused(2, i, 0, BYTES - 1, EINVAL);
		refused(3, i, 0, PART + 256, EINVAL);
		refused(0, i, 0, 0, EINVAL);
	}
	refused(3, DDIR_TRIM, 1, 512, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
	host_queue(0, DDIR_READ, 0, BYTES);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(fake.nr_taken, 4);
}

static void test_unaligned_520(void **state)
{
	(void)state;
	split_sizes(10400, 5200);
	host.td.o.td_ddir = TD_DDIR_READ;
	host.ns[0].lba_bytes = 520;
	host.ns[0].lba_shift = 0;
	host_start();
	refused(0, DDIR_READ, 512, 10400, EINVAL);
	refused(0, DDIR_READ, 520, 10240, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}

static void test_read_only(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	start(0);
	refused(0, DDIR_WRITE, 0, BYTES, EROFS);
	refused(0, DDIR_TRIM, 0, BYTES, EROFS);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
	host_queue(0, DDIR_SYNC, 0, 0);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
}

/* The address that is told is its own, not that of the last failure */
static void test_refused_after_failure(void **state)
{
	static const int res[] = { 0, 0x281, 0, 0 };

	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	start(0);
	complete(orders[0], res);
	refused(1, DDIR_WRITE, 5 * PART, BYTES, EROFS);
	assert_details(&host.io_us[1], "Write, slba 40, 32 blocks: ");
	refused(1, DDIR_READ, 6 * PART, BYTES + 1, EINVAL);
	assert_details(&host.io_us[1], "Read, slba 48, 32 blocks: ");
}

int group_split_errors(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_first_counts),
		HOST_TEST(test_only_one),
		HOST_TEST(test_errno),
		HOST_TEST(test_forgotten),
		HOST_TEST(test_last_smaller),
		HOST_TEST(test_ignored),
		HOST_TEST(test_kernel_refuses),
		HOST_TEST(test_trim),
		HOST_TEST(test_neighbours),
		HOST_TEST(test_nothing_sent_after),
		HOST_TEST(test_done_with_it),
		HOST_TEST(test_second_failure),
		HOST_TEST(test_last_that_waits),
		HOST_TEST(test_unaligned),
		HOST_TEST(test_unaligned_520),
		HOST_TEST(test_read_only),
		HOST_TEST(test_refused_after_failure),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("split_errors"), tests,
					   NULL, NULL);
}
