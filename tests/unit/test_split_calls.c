// SPDX-License-Identifier: GPL-2.0
/*
 * System calls: how many, what each submits and how much it waits for; and
 * what fio is told of submission.
 */
#include "split.h"

#include <liburing.h>

#include "groups.h"

#define PART 4096u
#define PARTS 4u
#define DEPTH 4u

static void start(unsigned int tags)
{
	split_sizes(PARTS * PART, PART);
	host.td.o.iodepth = DEPTH;
	host.ns[0].tags = tags;
	host_start();
}

/* As gtod_reduce=1 has it */
static void measure_nothing(void)
{
	host.td.o.disable_slat = 1;
	host.td.o.disable_clat = 1;
	host.td.o.disable_bw = 1;
}

static void queue(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		host_queue(i, DDIR_READ, (uint64_t)i << 20, PARTS * PART);
}

static void assert_enter(unsigned int nth, unsigned int to_submit,
			 unsigned int wait, bool reaps)
{
	const struct fake_enter *enter = &fake.enters[nth];

	assert_true(nth < fake.nr_enters);
	assert_int_equal(enter->to_submit, to_submit);
	assert_int_equal(enter->wait, wait);
	assert_int_equal(!!(enter->flags & IORING_ENTER_GETEVENTS), reaps);
}

/* -- one call for all of it ------------------------------------------------ */

static void test_batch(void **state)
{
	(void)state;
	measure_nothing();
	start(0);
	queue(DEPTH);
	host_commit();
	assert_int_equal(fake.nr_enters, 0);
	assert_int_equal(host_getevents(DEPTH, DEPTH), DEPTH);
	assert_int_equal(fake.nr_enters, 1);
	assert_enter(0, 16, 16, true);
	assert_int_equal(host.clock, 0);
}

/* As many calls as the tags make necessary, and none beside them */
static void test_batch_waiting(void **state)
{
	(void)state;
	measure_nothing();
	start(6);
	queue(DEPTH);
	host_commit();
	assert_int_equal(host_getevents(DEPTH, DEPTH), DEPTH);
	assert_int_equal(fake.nr_enters, 3);
	assert_enter(0, 6, 6, true);
	assert_enter(1, 6, 6, true);
	assert_enter(2, 4, 4, true);
}

static void test_batch_below_depth(void **state)
{
	(void)state;
	measure_nothing();
	start(0);
	queue(DEPTH - 1);
	host_commit();
	assert_int_equal(fake.nr_enters, 1);
	assert_enter(0, 12, 0, false);
	assert_int_equal(host_getevents(3, 3), 3);
	assert_int_equal(fake.nr_enters, 2);
	assert_enter(1, 0, 12, true);
}

/* Depth 1: one call an I/O, of one command or of several */
static void one_call(uint64_t bs)
{
	host.td.o.iodepth = 1;
	split_sizes(bs, PART);
	host_start();
	for (unsigned int i = 0; i < 5; i++) {
		host_queue(0, DDIR_READ, 0, bs);
		host_commit();
		assert_int_equal(host_getevents(1, 1), 1);
		assert_int_equal(fake.nr_enters, i + 1);
		assert_enter(i, (unsigned int)bs / PART,
			     (unsigned int)bs / PART, true);
	}
}

static void test_depth_1(void **state)
{
	(void)state;
	measure_nothing();
	one_call(PART);
}

static void test_depth_1_parts(void **state)
{
	(void)state;
	measure_nothing();
	one_call(PARTS * PART);
}

/* -- submission goes at once where its time counts -------------------------- */

static void at_once(uint64_t bs)
{
	unsigned int parts = (unsigned int)bs / PART;

	split_sizes(bs, PART);
	host_start();
	for (unsigned int i = 0; i < DEPTH; i++)
		host_queue(i, DDIR_READ, 0, bs);
	host_commit();
	assert_int_equal(fake.nr_enters, 1);
	assert_enter(0, DEPTH * parts, 0, false);
	assert_int_equal(host_getevents(1, DEPTH), 1);
	assert_int_equal(fake.nr_enters, 2);
	assert_enter(1, 0, parts, true);
	assert_int_equal(host_getevents(DEPTH - 1, DEPTH), DEPTH - 1);
}

static void both_at_once(void)
{
	at_once(PART);
	host_end_for_another();
	at_once(PARTS * PART);
}

static void test_slat_measured(void **state)
{
	(void)state;
	both_at_once();
}

/* fio may sleep before it asks for completions */
static void test_thinktime(void **state)
{
	(void)state;
	measure_nothing();
	host.td.o.thinktime = 100;
	both_at_once();
}

static void test_rate(void **state)
{
	(void)state;
	measure_nothing();
	host.td.o.rate[DDIR_READ] = 1 << 20;
	both_at_once();
}

static void test_rate_of_trims(void **state)
{
	(void)state;
	measure_nothing();
	host.td.o.rate[DDIR_TRIM] = 1 << 20;
	both_at_once();
}

static void test_rate_iops(void **state)
{
	(void)state;
	measure_nothing();
	host.td.o.rate_iops[DDIR_WRITE] = 1000;
	both_at_once();
}

/* What could go only now goes before fio has the completions */
static void test_waited_goes_at_once(void **state)
{
	(void)state;
	start(6);
	queue(DEPTH);
	host_commit();
	assert_enter(0, 6, 0, false);
	assert_int_equal(host_getevents(1, DEPTH), 1);
	assert_int_equal(fake.nr_enters, 3);
	assert_enter(1, 0, 4, true);
	assert_enter(2, 4, 0, false);
	assert_int_equal(fake.in_flight, 6);
	assert_int_equal(host_getevents(3, DEPTH), 3);
}

/* -- how much is waited for -------------------------------------------------- */

/*
 * io_unit 0 can be done with the first four completions, and if the others
 * have all of theirs to come, with no fewer.
 */
static void test_wait_one(void **state)
{
	(void)state;
	start(0);
	queue(DEPTH);
	host_commit();
	assert_int_equal(host_getevents(1, DEPTH), 1);
	assert_enter(1, 0, 4, true);
	assert_int_equal(host_getevents(2, DEPTH), 2);
	assert_enter(2, 0, 8, true);
	assert_int_equal(host_getevents(1, DEPTH), 1);
	assert_enter(3, 0, 4, true);
	assert_int_equal(fake.nr_enters, 4);
}

/* What has come of some counts, and never is less than one waited for */
static void test_wait_least(void **state)
{
	(void)state;
	start(0);
	queue(2);
	host_commit();
	/* two of each */
	fake_complete(0, 0);
	fake_complete(0, 0);
	fake_complete(2, 0);
	fake_complete(2, 0);
	assert_int_equal(host_getevents(0, 2), 0);
	assert_int_equal(fake.nr_enters, 2);
	fake.completes = FAKE_NEWEST_FIRST;
	assert_int_equal(host_getevents(1, 2), 1);
	/* it might have been one: nothing was in the way of being done then */
	for (unsigned int i = 2; i < fake.nr_enters; i++)
		assert_enter(i, 0, 1, true);
	assert_int_equal(fake.nr_enters, 4);
	assert_int_equal(host_getevents(1, 2), 1);
}

/* One call may bring one io_unit of the three that were asked for */
static void test_wait_for_the_rest(void **state)
{
	(void)state;
	start(0);
	queue(3);
	host_commit();
	fake_complete(0, 0);
	fake_complete(0, 0);
	fake_complete(0, 0);
	fake_complete(0, 0);
	/* io_unit 0 is ready: the two others need all that is left */
	assert_int_equal(host_getevents(3, 3), 3);
	assert_int_equal(fake.nr_enters, 2);
	assert_enter(1, 0, 8, true);
}

/* What a failure leaves unsent is nothing to wait for */
static void test_wait_after_failure(void **state)
{
	(void)state;
	split_sizes(12 * PART, PART);
	host.ns[0].tags = 13;
	host_start();
	host_queue(0, DDIR_READ, 0, 12 * PART);
	host_queue(1, DDIR_READ, 0, 12 * PART);
	host_commit();
	fake_complete(12, 0x281);
	assert_int_equal(host_getevents(1, 4), 1);
	assert_ptr_equal(host_event(0), &host.io_us[1]);
	host_queue(2, DDIR_READ, 0, PART);
	host_commit();
	fake.nr_enters = 0;
	fake.completes = FAKE_NEWEST_FIRST;
	assert_int_equal(host_getevents(1, 4), 1);
	assert_ptr_equal(host_event(0), &host.io_us[2]);
	assert_enter(0, 0, 1, true);
	assert_int_equal(host_getevents(1, 4), 1);
}

/* No more than is in flight, or the kernel waits for ever */
static void test_wait_in_flight(void **state)
{
	(void)state;
	start(3);
	queue(2);
	host_commit();
	assert_int_equal(host_getevents(2, 2), 2);
	assert_enter(1, 0, 3, true);
	for (unsigned int i = 1; i < fake.nr_enters; i++)
		assert_in_range(fake.enters[i].wait, 0, 3);
}

static void test_wait_not(void **state)
{
	(void)state;
	start(0);
	queue(DEPTH);
	host_commit();
	assert_int_equal(host_getevents(0, DEPTH), 0);
	assert_int_equal(fake.nr_enters, 2);
	assert_enter(1, 0, 0, true);
	/* an io_unit that lacks a command is not there yet */
	fake_complete(0, 0);
	assert_int_equal(host_getevents(0, DEPTH), 0);
	assert_int_equal(fake.nr_enters, 3);
	for (unsigned int i = 0; i < 3; i++)
		fake_complete(0, 0);
	assert_int_equal(host_getevents(0, DEPTH), 1);
	assert_int_equal(fake.nr_enters, 3);
	assert_int_equal(host_getevents(3, DEPTH), 3);
}

/* -- what fio is told of submission ------------------------------------------ */

static void test_issue_time(void **state)
{
	(void)state;
	start(6);
	queue(DEPTH);
	host_commit();
	/* 0.0 to 1.1 went: io_unit 1 counts as issued with its first command */
	assert_int_equal(host.submitted, 2);
	assert_int_equal(host.submits, 1);
	assert_int_equal(host.io_us[0].issue_time.tv_sec, 1);
	assert_int_equal(host.io_us[1].issue_time.tv_sec, 1);
	assert_int_equal(host.io_us[2].issue_time.tv_sec, 0);
	/* one more of io_unit 1, which is nothing new to fio */
	fake_complete(0, 0);
	assert_int_equal(host_getevents(0, DEPTH), 0);
	assert_int_equal(fake.nr_taken, 7);
	assert_int_equal(host.submitted, 2);
	assert_int_equal(host.submits, 1);
	assert_int_equal(host.io_us[1].issue_time.tv_sec, 1);
	assert_int_equal(host_getevents(DEPTH, DEPTH), DEPTH);
	assert_int_equal(host.submitted, DEPTH);
	assert_true(host.io_us[2].issue_time.tv_sec > 1);
	assert_true(host.io_us[3].issue_time.tv_sec >=
		    host.io_us[2].issue_time.tv_sec);
	assert_int_equal(host.io_us[1].issue_time.tv_sec, 1);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_int_equal(host.queued[i], 1);
}

/* A whole batch is stamped with one look at the clock */
static void test_issue_time_batch(void **state)
{
	(void)state;
	start(0);
	queue(DEPTH);
	host_commit();
	assert_int_equal(host.clock, 1);
	assert_int_equal(host.submits, 1);
	assert_int_equal(host.submitted, DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++) {
		assert_int_equal(host.queued[i], 1);
		assert_int_equal(host.io_us[i].issue_time.tv_sec, 1);
	}
	assert_int_equal(host_getevents(DEPTH, DEPTH), DEPTH);
}

/* Where a call waits too, time goes on before it */
static void test_issue_time_shared(void **state)
{
	static const long stamps[] = { 1, 1, 2, 3 };

	(void)state;
	host.td.o.disable_slat = 1;
	start(6);
	queue(DEPTH);
	host_commit();
	assert_int_equal(host.clock, 0);
	assert_int_equal(host_getevents(DEPTH, DEPTH), DEPTH);
	assert_int_equal(host.clock, 3);
	assert_int_equal(host.submitted, DEPTH);
	for (unsigned int i = 0; i < DEPTH; i++) {
		assert_int_equal(host.queued[i], 1);
		assert_int_equal(host.io_us[i].issue_time.tv_sec, stamps[i]);
	}
}

/* One stamp, however often the kernel takes only a part */
static void test_issue_time_short(void **state)
{
	static const struct fake_step steps[] = { { .take = 2 },
						  { .take = 3 } };

	(void)state;
	start(0);
	queue(2);
	fake_script(steps, 2);
	host_commit();
	assert_int_equal(fake.nr_enters, 3);
	assert_int_equal(host.io_us[0].issue_time.tv_sec, 1);
	assert_int_equal(host.io_us[1].issue_time.tv_sec, 2);
	assert_int_equal(host.queued[0], 1);
	assert_int_equal(host.queued[1], 1);
	assert_int_equal(host.submitted, 2);
	assert_int_equal(host_getevents(2, 2), 2);
}

int group_split_calls(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_batch),
		HOST_TEST(test_batch_waiting),
		HOST_TEST(test_batch_below_depth),
		HOST_TEST(test_depth_1),
		HOST_TEST(test_depth_1_parts),
		HOST_TEST(test_slat_measured),
		HOST_TEST(test_thinktime),
		HOST_TEST(test_rate),
		HOST_TEST(test_rate_of_trims),
		HOST_TEST(test_rate_iops),
		HOST_TEST(test_waited_goes_at_once),
		HOST_TEST(test_wait_one),
		HOST_TEST(test_wait_least),
		HOST_TEST(test_wait_for_the_rest),
		HOST_TEST(test_wait_after_failure),
		HOST_TEST(test_wait_in_flight),
		HOST_TEST(test_wait_not),
		HOST_TEST(test_issue_time),
		HOST_TEST(test_issue_time_batch),
		HOST_TEST(test_issue_time_shared),
		HOST_TEST(test_issue_time_short),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("split_calls"), tests,
					   NULL, NULL);
}
