// SPDX-License-Identifier: GPL-2.0
/* Commands that are sent again, and errors that are too many. */
#include "sqe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"

#define DNR 0x4000

static void issue(unsigned int unit, enum fio_ddir ddir, uint64_t offset)
{
	host_queue(unit, ddir, offset, ddir == DDIR_SYNC ? 0 : 512);
	host_commit();
}

/* The very same, in whatever slot, and nothing for fio until then */
static void fails_and_goes_again(unsigned int taken)
{
	struct sqe before = sqe_last();

	fake_complete(0, 0x281);
	assert_int_equal(host_getevents(0, 4), 0);
	assert_int_equal(fake.nr_taken, taken + 1);
	struct sqe after = sqe_last();
	sqe_assert(&after, &before);
}

static void test_same_bytes(void **state)
{
	static const enum fio_ddir ddirs[] = { DDIR_READ, DDIR_WRITE, DDIR_TRIM,
					       DDIR_SYNC };
	unsigned int taken = 0;

	(void)state;
	host.options.retries = 2;
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		issue(i, ddirs[i], 512ull * i);
		fails_and_goes_again(++taken);
		fails_and_goes_again(++taken);
		taken++;
		fake_complete(0, 0);
		assert_int_equal(host_getevents(1, 1), 1);
		assert_int_equal(host_event(0)->error, 0);
	}
	/* issued once, as far as fio knows */
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(host.queued[i], 1);
	assert_int_equal(host.submitted, 4);
}

static void done(void)
{
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
}

/* What was put into a slot again is not what the slot held before */
static void test_slot(void **state)
{
	(void)state;
	host.options.retries = 1;
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		issue(0, DDIR_READ, 0);
		done();
	}
	issue(0, DDIR_WRITE, 0);
	fails_and_goes_again(5);
	done();
	for (unsigned int i = 0; i < 4; i++) {
		issue(0, DDIR_READ, 0);
		assert_int_equal(sqe_last().dw[12], 2);
		done();
	}
}

static void test_gives_up(void **state)
{
	(void)state;
	host.options.retries = 2;
	host_start();
	for (unsigned int turn = 0; turn < 2; turn++) {
		issue(0, DDIR_READ, 0);
		for (unsigned int i = 0; i < 2; i++) {
			fake_complete(0, 0x281);
			assert_int_equal(host_getevents(0, 1), 0);
		}
		fake_complete(0, 0x280);
		assert_int_equal(host_getevents(1, 1), 1);
		assert_int_equal(host_event(0)->error, EIO);
		/* the next I/O of the same index may fail as often */
		assert_int_equal(fake.nr_taken, 3 * (turn + 1));
	}
}

static void at_once(int res)
{
	unsigned int taken = fake.nr_taken;

	issue(0, DDIR_WRITE, 0);
	fake_complete(0, res);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_not_equal(host_event(0)->error, 0);
	assert_int_equal(fake.nr_taken, taken + 1);
}

static void test_not_worth_it(void **state)
{
	(void)state;
	host.options.retries = 5;
	host_start();
	at_once(0x281 | DNR);
	at_once(0x001 | DNR);
	at_once(-EINVAL);
	at_once(-EIO);
}

static void test_default(void **state)
{
	(void)state;
	host_start();
	at_once(0x281);
}

static int fails_first(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth < 4 ? 0x281 : 0;
}

/* A full queue, and one call that waits for all of it */
static void test_waits(void **state)
{
	(void)state;
	host.options.retries = 1;
	fake.status = fails_first;
	host_start();
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 512);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	assert_int_equal(fake.nr_taken, 8);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(host.io_us[i].error, 0);
}

static void test_registered(void **state)
{
	(void)state;
	host.options.retries = 1;
	host.options.fixedbufs = 1;
	host_start();
	issue(3, DDIR_READ, 0);
	assert_int_equal(sqe_last().dw[10] & 0xffff, 3);
	fails_and_goes_again(1);
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
}

static void test_summary(void **state)
{
	(void)state;
	host.options.retries = 3;
	host.options.summary = 1;
	host_start();
	issue(0, DDIR_READ, 0);
	fails_and_goes_again(1);
	fails_and_goes_again(2);
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	host_end();
	assert_non_null(strstr(host.info, "1 Read (512 bytes)\n"));
	assert_non_null(strstr(host.info, "\n  2 were sent again (retries=3)"));
	assert_null(strstr(host.info, "failed"));
}

static void test_several_commands(void **state)
{
	(void)state;
	host.options.retries = 1;
	host.options.cmd_bs = 512;
	assert_int_not_equal(host_begin(), 0);
	assert_non_null(strstr(host.log, "/dev/ng0n1: retries=1: I/Os of more "
					 "than 512 bytes"));
}

/* -- limits ------------------------------------------------------------------ */

static char media[] = "media/2:any/4";

static void fail_with(int res)
{
	issue(0, DDIR_READ, 0);
	fake_complete(0, res);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host_event(0)->error, EIO);
}

/* fio gets the io_unit, then an error of none, and what is left */
static void test_limit(void **state)
{
	(void)state;
	host.options.error_limit = media;
	host_start();
	issue(1, DDIR_READ, 512);
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	fail_with(0x281);
	fail_with(0x302);
	fail_with(0x280);
	assert_string_equal(host.log, "");
	issue(1, DDIR_READ, 512);
	issue(0, DDIR_READ, 0);
	fake_complete(1, 0x281);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_non_null(strstr(
		host.log, "/dev/ng0n1: error_limit=media/2: there were more"));
	assert_non_null(strstr(host.log, "sct 0x2, sc 0x81)\n"));
	assert_int_equal(host.ops->getevents(&host.td, 1, 1, NULL), -EIO);
	assert_int_equal(host.td.done, 1);
	assert_int_equal(host.td.error, EIO);
	/* as fio has it, where it survives the next */
	host.td.error = 0;
	host.log[0] = '\0';
	fake_complete(0, 0x281);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_string_equal(host.log, "");
	host_end();
	/* even where fio survives errors, the job is one that failed */
	assert_int_equal(host.td.error, EIO);
}

static void test_limit_of_any(void **state)
{
	(void)state;
	host.options.error_limit = media;
	host_start();
	for (unsigned int i = 0; i < 4; i++)
		fail_with(0x302);
	assert_string_equal(host.log, "");
	fail_with(-EIO);
	assert_non_null(strstr(host.log, "error_limit=any/4: "));
	assert_int_equal(host.ops->getevents(&host.td, 1, 1, NULL), -EIO);
}

static void test_within_limits(void **state)
{
	(void)state;
	host.options.error_limit = media;
	host_start();
	fail_with(0x281);
	host_end();
	assert_int_equal(host.td.error, 0);
	assert_int_equal(host.td.done, 0);
}

static void test_no_limit(void **state)
{
	static char text[] = "media";

	(void)state;
	host.options.error_limit = text;
	assert_int_not_equal(host_begin(), 0);
	assert_non_null(strstr(host.log, "error_limit=media is not a list"));
}

int group_retry(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_same_bytes),	  HOST_TEST(test_slot),
		HOST_TEST(test_gives_up),	  HOST_TEST(test_not_worth_it),
		HOST_TEST(test_default),	  HOST_TEST(test_waits),
		HOST_TEST(test_registered),	  HOST_TEST(test_summary),
		HOST_TEST(test_several_commands), HOST_TEST(test_limit),
		HOST_TEST(test_limit_of_any),	  HOST_TEST(test_within_limits),
		HOST_TEST(test_no_limit),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("retry"), tests, NULL,
					   NULL);
}
