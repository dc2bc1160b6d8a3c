// SPDX-License-Identifier: GPL-2.0
/*
 * From queue to event, with a kernel that takes less than it is given, runs
 * out of memory or room, is interrupted, and completes in any order.
 */
#include "host.h"

#include <errno.h>
#include <string.h>

#include <liburing.h>

#include "groups.h"

#define DEPTH 4u
#define SCRIPT(steps) fake_script(steps, sizeof(steps) / sizeof((steps)[0]))

static void queue_all(void)
{
	for (unsigned int i = 0; i < DEPTH; i++)
		host_queue(i, DDIR_READ, 4096ull * i, 512);
}

static void assert_enter(unsigned int nth, unsigned int to_submit,
			 unsigned int wait, bool reaps)
{
	const struct fake_enter *enter = &fake.enters[nth];

	assert_true(nth < fake.nr_enters);
	assert_int_equal(enter->to_submit, to_submit);
	assert_int_equal(enter->wait, wait);
	assert_int_equal(!!(enter->flags & IORING_ENTER_GETEVENTS), reaps);
	assert_true(enter->flags & IORING_ENTER_REGISTERED_RING);
}

/* fio was told of each of them, of none twice, and knows when it went */
static void assert_told(void)
{
	assert_int_equal(host.submitted, DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++) {
		assert_int_equal(host.queued[i], 1);
		assert_true(host.io_us[i].issue_time.tv_sec > 0);
	}
}

/* All units come back, each once, in the order of their completion */
static void assert_reaped(void)
{
	bool seen[DEPTH] = { false };
	unsigned int index;

	assert_int_equal(host_getevents(DEPTH, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++) {
		index = host_event(i)->index;
		assert_in_range(index, 0, DEPTH - 1);
		assert_false(seen[index]);
		seen[index] = true;
	}
	assert_int_equal(fake.in_flight, 0);
}

/* -- submission ---------------------------------------------------------- */

static void test_commit(void **state)
{
	(void)state;
	host_start();
	queue_all();
	assert_int_equal(fake.nr_enters, 0);
	host_commit();
	assert_int_equal(fake.nr_enters, 1);
	assert_enter(0, DEPTH, 0, false);
	assert_told();
	assert_int_equal(host.submits, 1);
	assert_int_equal(host.clock, 1);
	host_commit();
	assert_int_equal(fake.nr_enters, 1);
	assert_reaped();
}

static void test_short_submit(void **state)
{
	static const struct fake_step steps[] = { { .take = 1 },
						  { .take = 2 } };

	(void)state;
	host_start();
	queue_all();
	SCRIPT(steps);
	host_commit();
	assert_enter(0, 4, 0, false);
	assert_enter(1, 3, 0, false);
	assert_enter(2, 1, 0, false);
	assert_int_equal(fake.nr_enters, 3);
	assert_told();
	assert_int_equal(host.submits, 3);
	assert_reaped();
}

static void test_interrupted(void **state)
{
	static const struct fake_step steps[] = { { .error = -EINTR },
						  { .error = -EINTR } };

	(void)state;
	host_start();
	queue_all();
	SCRIPT(steps);
	host_commit();
	assert_int_equal(fake.nr_enters, 3);
	assert_int_equal(fake.naps, 0);
	assert_told();
	assert_reaped();
}

/* The kernel gets time, and is let do what completes commands */
static void again(int err)
{
	const struct fake_step steps[] = { { .error = err },
					   { .error = err },
					   { .error = err } };

	host_start();
	queue_all();
	SCRIPT(steps);
	host_commit();
	assert_int_equal(fake.nr_enters, 4);
	assert_enter(0, DEPTH, 0, false);
	assert_enter(1, DEPTH, 0, true);
	assert_enter(3, DEPTH, 0, true);
	assert_int_equal(fake.naps, 3);
	assert_told();
	assert_reaped();
}

static void test_eagain(void **state)
{
	(void)state;
	again(-EAGAIN);
}

static void test_ebusy(void **state)
{
	(void)state;
	again(-EBUSY);
}

/* What has completed is read first; then the rest is submitted */
static void again_in_flight(int err)
{
	const struct fake_step steps[] = { { .take = 2 },
					   { .error = err, .complete = 1 } };

	host_start();
	queue_all();
	SCRIPT(steps);
	host_commit();
	assert_int_equal(fake.nr_enters, 2);
	assert_int_equal(fake.naps, 0);
	assert_int_equal(host.submitted, 2);
	assert_reaped();
	assert_told();
}

static void test_eagain_in_flight(void **state)
{
	(void)state;
	again_in_flight(-EAGAIN);
}

static void test_ebusy_in_flight(void **state)
{
	(void)state;
	again_in_flight(-EBUSY);
}

/* Five seconds, no more */
static void test_no_memory(void **state)
{
	(void)state;
	host_start();
	queue_all();
	fake.enter_error = -EAGAIN;
	assert_int_equal(host.ops->commit(&host.td), -EAGAIN);
	assert_int_equal(host.submitted, 0);
	assert_in_range(fake.naps, 10000, 100000);
	fake.enter_error = 0;
	host_commit();
	assert_told();
	assert_reaped();
}

static void test_broken(void **state)
{
	(void)state;
	host_start();
	queue_all();
	fake.enter_error = -ENXIO;
	assert_int_equal(host.ops->commit(&host.td), -ENXIO);
	assert_int_equal(host.ops->getevents(&host.td, 1, 4, NULL), -ENXIO);
	assert_int_equal(fake.nr_enters, 2);
	assert_int_equal(host.submitted, 0);
}

/* -- completion ---------------------------------------------------------- */

static void test_min_0(void **state)
{
	(void)state;
	host_start();
	queue_all();
	host_commit();
	/* nothing ready: the kernel is asked once, and does not wait */
	assert_int_equal(host_getevents(0, DEPTH), 0);
	assert_int_equal(fake.nr_enters, 2);
	assert_enter(1, 0, 0, true);
	/* something ready: it is not asked at all */
	fake_complete(2, 0);
	assert_int_equal(host_getevents(0, DEPTH), 1);
	assert_ptr_equal(host_event(0), &host.io_us[2]);
	assert_int_equal(fake.nr_enters, 2);
	assert_int_equal(host_getevents(3, 3), 3);
}

static void test_max(void **state)
{
	(void)state;
	host_start();
	fake.completes = FAKE_AT_ONCE;
	queue_all();
	host_commit();
	assert_int_equal(host_getevents(1, 2), 2);
	assert_ptr_equal(host_event(0), &host.io_us[0]);
	assert_ptr_equal(host_event(1), &host.io_us[1]);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[2]);
	assert_int_equal(host_getevents(1, 4), 1);
	assert_ptr_equal(host_event(0), &host.io_us[3]);
	assert_int_equal(fake.nr_enters, 1);
}

static void test_wait(void **state)
{
	(void)state;
	host_start();
	queue_all();
	host_commit();
	assert_int_equal(host_getevents(3, DEPTH), 3);
	assert_enter(1, 0, 3, true);
	/* one is ready: waited for is what is missing */
	fake_complete(0, 0);
	host_queue(0, DDIR_READ, 0, 512);
	host_queue(1, DDIR_READ, 0, 512);
	host_commit();
	assert_int_equal(host_getevents(3, DEPTH), 3);
	assert_enter(3, 0, 2, true);
	assert_int_equal(fake.nr_enters, 4);
}

static void test_order(void **state)
{
	(void)state;
	host_start();
	fake.completes = FAKE_NEWEST_FIRST;
	queue_all();
	host_commit();
	assert_int_equal(host_getevents(DEPTH, DEPTH), DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_ptr_equal(host_event(i), &host.io_us[DEPTH - 1 - i]);
}

static void test_wait_interrupted(void **state)
{
	static const struct fake_step steps[] = {
		{ 0 },
		{ .error = -EINTR },
		{ .error = -EINTR, .complete = 1 },
		{ .error = -EINTR, .complete = 2 },
	};

	(void)state;
	host_start();
	queue_all();
	SCRIPT(steps);
	host_commit();
	assert_int_equal(host_getevents(3, DEPTH), 3);
	/* once enough are there, it does not go back to wait */
	assert_int_equal(fake.nr_enters, 4);
	assert_int_equal(host_getevents(1, 1), 1);
}

/* -- one call for both --------------------------------------------------- */

static void share(void)
{
	host.td.o.disable_slat = 1;
	host_start();
	queue_all();
}

static void test_shared(void **state)
{
	(void)state;
	share();
	host_commit();
	assert_int_equal(fake.nr_enters, 0);
	assert_int_equal(host_getevents(1, DEPTH), 1);
	assert_int_equal(fake.nr_enters, 1);
	assert_enter(0, DEPTH, 1, true);
	assert_told();
	assert_int_equal(host.clock, 1);
	assert_int_equal(host_getevents(3, DEPTH), 3);
}

/* Below the depth fio may have other things to do than to reap */
static void test_shared_below_depth(void **state)
{
	(void)state;
	host.td.o.disable_slat = 1;
	host_start();
	for (unsigned int i = 0; i < DEPTH - 1; i++)
		host_queue(i, DDIR_READ, 0, 512);
	host_commit();
	assert_int_equal(fake.nr_enters, 1);
	assert_enter(0, DEPTH - 1, 0, false);
	assert_int_equal(host.submitted, DEPTH - 1);
	assert_int_equal(host_getevents(3, 3), 3);
}

/* Time goes on until the kernel takes a command */
static void test_shared_short(void **state)
{
	static const struct fake_step steps[] = { { .take = 1 },
						  { .take = 2 } };

	(void)state;
	share();
	SCRIPT(steps);
	host_commit();
	assert_reaped();
	assert_enter(0, 4, 4, true);
	assert_enter(1, 3, 4, true);
	assert_enter(2, 1, 4, true);
	assert_int_equal(host.submitted, DEPTH);
	assert_int_equal(host.submits, 3);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_true(host.io_us[i].issue_time.tv_sec > 0);
}

static void test_shared_ebusy(void **state)
{
	static const struct fake_step steps[] = {
		{ .take = 2 },
		{ .error = -EBUSY, .complete = 2 },
	};

	(void)state;
	share();
	SCRIPT(steps);
	host_commit();
	assert_reaped();
	assert_int_equal(host.submitted, DEPTH);
	assert_int_equal(fake.naps, 0);
}

static void test_shared_min_0(void **state)
{
	(void)state;
	share();
	host_commit();
	assert_int_equal(host_getevents(0, DEPTH), 0);
	assert_enter(0, DEPTH, 0, true);
	assert_told();
	assert_reaped();
}

/* -- what fio measures --------------------------------------------------- */

/* Stamped when the submitting call returns: what fio's slat means */
static void test_issue_time(void **state)
{
	static const struct fake_step steps[] = { { .take = 3 } };

	(void)state;
	host_start();
	queue_all();
	SCRIPT(steps);
	host_commit();
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(host.io_us[i].issue_time.tv_sec, 1);
	assert_int_equal(host.io_us[3].issue_time.tv_sec, 2);
	assert_told();
	assert_int_equal(host.td.last_issue.tv_sec, 0);
	assert_reaped();
}

/* One sample of slat for each, however often the kernel has no room */
static void test_slat_once(void **state)
{
	static const struct fake_step steps[] = {
		{ .take = 2 },
		{ .error = -EBUSY, .complete = 1 },
		{ .error = -EBUSY, .complete = 1 },
	};

	(void)state;
	host_start();
	queue_all();
	SCRIPT(steps);
	host_commit();
	assert_reaped();
	assert_told();
}

static void test_no_issue_time(void **state)
{
	(void)state;
	host.td.o.disable_slat = 1;
	host.td.o.disable_clat = 1;
	host.td.o.disable_bw = 1;
	host_start();
	queue_all();
	host_commit();
	assert_reaped();
	assert_int_equal(host.clock, 0);
	assert_int_equal(host.submitted, DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_int_equal(host.queued[i], 0);
}

static void test_iolog_time(void **state)
{
	char log[] = "log";

	(void)state;
	host.td.o.disable_slat = 1;
	host.td.o.disable_clat = 1;
	host.td.o.disable_bw = 1;
	host.td.o.read_iolog_file = log;
	host_start();
	host_queue(0, DDIR_READ, 0, 512);
	host_commit();
	assert_int_equal(host.td.last_issue.tv_sec, 1);
	assert_int_equal(host_getevents(1, 1), 1);
}

int group_io(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_commit),
		HOST_TEST(test_short_submit),
		HOST_TEST(test_interrupted),
		HOST_TEST(test_eagain),
		HOST_TEST(test_ebusy),
		HOST_TEST(test_eagain_in_flight),
		HOST_TEST(test_ebusy_in_flight),
		HOST_TEST(test_no_memory),
		HOST_TEST(test_broken),
		HOST_TEST(test_min_0),
		HOST_TEST(test_max),
		HOST_TEST(test_wait),
		HOST_TEST(test_order),
		HOST_TEST(test_wait_interrupted),
		HOST_TEST(test_shared),
		HOST_TEST(test_shared_below_depth),
		HOST_TEST(test_shared_short),
		HOST_TEST(test_shared_ebusy),
		HOST_TEST(test_shared_min_0),
		HOST_TEST(test_issue_time),
		HOST_TEST(test_slat_once),
		HOST_TEST(test_no_issue_time),
		HOST_TEST(test_iolog_time),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("io"), tests, NULL,
					   NULL);
}
