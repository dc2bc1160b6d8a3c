// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that have no room wait in the engine: how many are in flight, in
 * which order they are sent, and that none is lost or sent twice.
 */
#include "split.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

#define PART 4096u
#define SCRIPT(steps) fake_script(steps, sizeof(steps) / sizeof((steps)[0]))

/* @nr io_units of @parts commands, of which @tags may be in flight */
static void start(unsigned int nr, unsigned int parts, unsigned int tags)
{
	split_sizes((uint64_t)parts * PART, PART);
	host.td.o.iodepth = nr;
	host.ns[0].tags = tags;
	host_start();
}

static void queue(unsigned int nr, unsigned int parts)
{
	for (unsigned int i = 0; i < nr; i++)
		host_queue(i, DDIR_READ, (uint64_t)i << 20,
			   (uint64_t)parts * PART);
}

/* -- how many are in flight ----------------------------------------------- */

static void test_tags(void **state)
{
	static const unsigned int sent[][2] = { { 0, 0 }, { 0, 1 }, { 0, 2 },
						{ 0, 3 }, { 1, 0 }, { 1, 1 } };

	(void)state;
	start(4, 4, 6);
	assert_int_equal(fake.setup_entries, 6);
	queue(4, 4);
	host_commit();
	SPLIT_SENT(sent);
	/* each that completes lets one more go */
	for (unsigned int i = 1; i < 4; i++) {
		fake_complete(0, 0);
		assert_int_equal(host_getevents(0, 4), 0);
		assert_int_equal(fake.nr_taken, 6 + i);
	}
	fake_complete(0, 0);
	assert_int_equal(host_getevents(0, 4), 1);
	assert_ptr_equal(host_event(0), &host.io_us[0]);
	assert_int_equal(fake.nr_taken, 10);
	assert_int_equal(host_getevents(3, 3), 3);
	assert_int_equal(fake.nr_taken, 16);
	for (unsigned int i = 0; i < 16; i++) {
		assert_int_equal(split_unit(i), i / 4);
		assert_int_equal(split_index(i), i % 4);
	}
}

static void test_tags_of_files(void **state)
{
	(void)state;
	host.td.files_index = 2;
	host.ns[1].tags = 6;
	start(4, 4, 3);
	assert_int_equal(fake.setup_entries, 9);
	queue(4, 4);
	host_commit();
	assert_int_equal(fake.nr_taken, 9);
	assert_int_equal(host_getevents(4, 4), 4);
}

/* A ring is no larger than the job can fill it */
static void test_fewer_than_tags(void **state)
{
	(void)state;
	start(4, 4, 1023);
	assert_int_equal(fake.setup_entries, 16);
	queue(4, 4);
	host_commit();
	assert_int_equal(fake.nr_taken, 16);
	assert_int_equal(host_getevents(4, 4), 4);
}

/* Nor than io_uring's limit, where the queue does not tell its tags */
static void test_tags_untold(void **state)
{
	(void)state;
	start(1024, 64, 0);
	assert_int_equal(fake.setup_entries, 32768);
	host_end_for_another();
	host.td.files_index = 2;
	host.ns[1].tags = 100;
	host_start();
	assert_int_equal(fake.setup_entries, 32768);
}

/* Whole io_units wait too, when iodepth is above the tags */
static void test_deep(void **state)
{
	(void)state;
	start(64, 1, 8);
	assert_int_equal(fake.setup_entries, 8);
	queue(8, 1);
	host_commit();
	for (unsigned int i = 8; i < 64; i++)
		host_queue(i, DDIR_READ, (uint64_t)i << 20, PART);
	host_commit();
	assert_int_equal(fake.nr_taken, 8);
	for (unsigned int i = 0; i < 64; i++) {
		assert_int_equal(host_getevents(1, 1), 1);
		assert_ptr_equal(host_event(0), &host.io_us[i]);
		assert_in_range(fake.in_flight, 0, 8);
	}
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(split_unit(i), i);
	assert_int_equal(fake.nr_taken, 64);
	/* each was one command: there is nothing to tell */
	host_end();
	assert_string_equal(host.info, "");
}

/* The depth that the tags suffice for goes the direct way */
static void test_not_deep(void **state)
{
	struct sqe sqe;

	(void)state;
	start(8, 1, 8);
	sqe = sqe_send(3, DDIR_READ, 0, PART);
	assert_ptr_equal((void *)(uintptr_t)sqe_get64(&sqe, 8), &host.io_us[3]);
}

/* Nor does a ring that is full and has not been handed over keep one out */
static void test_full(void **state)
{
	(void)state;
	start(4, 4, 8);
	queue(3, 4);
	host_commit();
	assert_int_equal(fake.nr_taken, 8);
	assert_int_equal(host_getevents(3, 3), 3);
	assert_int_equal(fake.nr_taken, 12);
}

/* -- in which order, and when ---------------------------------------------- */

/* What completes newest first takes its io_unit with it */
static void test_newest_first(void **state)
{
	(void)state;
	start(4, 4, 0);
	fake.completes = FAKE_NEWEST_FIRST;
	queue(4, 4);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_ptr_equal(host_event(i), &host.io_us[3 - i]);
}

/* Sent in order whatever completes first */
static void test_newest_first_waiting(void **state)
{
	(void)state;
	start(4, 4, 5);
	fake.completes = FAKE_NEWEST_FIRST;
	queue(4, 4);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	assert_int_equal(fake.nr_taken, 16);
	for (unsigned int i = 0; i < 16; i++) {
		assert_int_equal(split_unit(i), i / 4);
		assert_int_equal(split_index(i), i % 4);
	}
}

/* An io_unit is done with the last of its commands, whichever that is */
static void test_last_counts(void **state)
{
	(void)state;
	start(2, 3, 0);
	queue(2, 3);
	host_commit();
	/* of 0.0 0.1 0.2 1.0 1.1 1.2: 1.1, 0.2, 0.0, 1.2 */
	fake_complete(4, 0);
	fake_complete(2, 0);
	fake_complete(0, 0);
	fake_complete(2, 0);
	assert_int_equal(host_getevents(0, 2), 0);
	fake_complete(1, 0);
	assert_int_equal(host_getevents(0, 2), 1);
	assert_ptr_equal(host_event(0), &host.io_us[1]);
	fake_complete(0, 0);
	assert_int_equal(host_getevents(0, 2), 1);
	assert_ptr_equal(host_event(0), &host.io_us[0]);
}

/* No more than fio has room for; the rest is kept for its next question */
static void test_max(void **state)
{
	(void)state;
	start(4, 2, 0);
	fake.completes = FAKE_AT_ONCE;
	queue(4, 2);
	host_commit();
	assert_int_equal(host_getevents(1, 3), 3);
	for (unsigned int i = 0; i < 3; i++)
		assert_ptr_equal(host_event(i), &host.io_us[i]);
	assert_int_equal(host_getevents(1, 4), 1);
	assert_ptr_equal(host_event(0), &host.io_us[3]);
	assert_int_equal(fake.nr_enters, 1);
}

/* One that is done makes room for one that is queued after it */
static void test_queue_while_waiting(void **state)
{
	static const unsigned int sent[][2] = {
		{ 0, 0 }, { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 0 }, { 1, 1 },
		{ 1, 2 }, { 1, 3 }, { 0, 0 }, { 0, 1 }, { 0, 2 }, { 0, 3 },
	};

	(void)state;
	start(2, 4, 3);
	queue(2, 4);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[0]);
	host_queue(0, DDIR_READ, 0, 4 * PART);
	host_commit();
	assert_int_equal(host_getevents(2, 2), 2);
	SPLIT_SENT(sent);
}

/* -- a kernel that takes less than it is given ----------------------------- */

static void test_taken_fewer(void **state)
{
	static const struct fake_step steps[] = {
		{ .take = 3 }, { .take = 1 }, { .error = -EINTR }, { .take = 5 }
	};

	(void)state;
	start(4, 4, 0);
	queue(4, 4);
	SCRIPT(steps);
	host_commit();
	assert_int_equal(fake.nr_enters, 5);
	assert_int_equal(fake.nr_taken, 16);
	assert_int_equal(host.submitted, 4);
	assert_int_equal(host_getevents(4, 4), 4);
}

static void test_taken_fewer_waiting(void **state)
{
	static const struct fake_step steps[] = {
		{ .take = 2 },
		{ .error = -EBUSY, .complete = 2 },
		{ .take = 1 },
		{ .error = -EAGAIN, .complete = 1 },
	};

	(void)state;
	start(4, 4, 6);
	queue(4, 4);
	SCRIPT(steps);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	assert_int_equal(fake.nr_taken, 16);
	for (unsigned int i = 0; i < 16; i++) {
		assert_int_equal(split_unit(i), i / 4);
		assert_int_equal(split_index(i), i % 4);
	}
}

/* -- a kernel thread submits ----------------------------------------------- */

static void test_thread(void **state)
{
	(void)state;
	host.options.sqthread_poll = 1;
	start(4, 4, 6);
	queue(4, 4);
	host_commit();
	fake.completes = FAKE_AT_ONCE;
	for (unsigned int i = 0; i < 4; i++) {
		fake_thread_runs();
		host_getevents(0, 4);
	}
	assert_int_equal(fake.nr_taken, 16);
	assert_int_equal(host.td.cur_depth, 0);
	/* nothing was waited for, and its thread was awake */
	for (unsigned int i = 0; i < fake.nr_enters; i++)
		assert_int_equal(fake.enters[i].wait, 0);
}

/*
 * Its thread may be behind: what it was given and has not read stays as it is,
 * whatever is queued meanwhile.
 */
static void test_thread_behind(void **state)
{
	(void)state;
	host.options.sqthread_poll = 1;
	start(4, 4, 8);
	queue(2, 4);
	host_commit();
	host_queue(2, DDIR_WRITE, 2ull << 20, 4 * PART);
	host_commit();
	fake_thread_runs();
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(fake.taken[i][12], 0x02);
		assert_int_equal(split_unit(i), i / 4);
		assert_int_equal(split_index(i), i % 4);
	}
	fake.completes = FAKE_ALL;
	assert_int_equal(host_getevents(2, 3), 2);
	fake_thread_runs();
	assert_int_equal(host_getevents(1, 1), 1);
	for (unsigned int i = 8; i < 12; i++)
		assert_int_equal(fake.taken[i][12], 0x01);
}

int group_split_wait(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_tags),
		HOST_TEST(test_tags_of_files),
		HOST_TEST(test_fewer_than_tags),
		HOST_TEST(test_tags_untold),
		HOST_TEST(test_deep),
		HOST_TEST(test_not_deep),
		HOST_TEST(test_full),
		HOST_TEST(test_newest_first),
		HOST_TEST(test_newest_first_waiting),
		HOST_TEST(test_last_counts),
		HOST_TEST(test_max),
		HOST_TEST(test_queue_while_waiting),
		HOST_TEST(test_taken_fewer),
		HOST_TEST(test_taken_fewer_waiting),
		HOST_TEST(test_thread),
		HOST_TEST(test_thread_behind),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("split_wait"), tests,
					   NULL, NULL);
}
