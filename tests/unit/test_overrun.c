// SPDX-License-Identifier: GPL-2.0
/*
 * Completions that nobody reads: the CQ has room for all that may come,
 * whatever is sent meanwhile. The fake kernel counts what it owes.
 */
#include "split.h"

#include <stdlib.h>

#include "groups.h"

#define TURNS 500u

static unsigned int power_of_two(unsigned int n)
{
	unsigned int p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static void give(unsigned int unit, uint64_t bytes)
{
	host_queue(unit, DDIR_READ, unit * bytes, bytes);
	host_commit();
}

/* Take what is done, and count it */
static unsigned int take(unsigned int *times, unsigned int max)
{
	unsigned int got = host_getevents(1, max);

	for (unsigned int i = 0; i < got; i++) {
		assert_int_equal(host_event(i)->error, 0);
		times[host_event(i)->index]++;
	}
	return got;
}

/* All is sent and done at once; one is taken, and one given, in turn */
static void reap_slowly(unsigned int depth, uint64_t bytes)
{
	unsigned int *times = calloc(depth, sizeof(*times));
	unsigned int *given = calloc(depth, sizeof(*given));
	unsigned int left = depth, unit;

	assert_true(times && given);
	fake.completes = FAKE_AT_ONCE;
	host.td.o.iodepth = depth;
	host_start();
	for (unsigned int i = 0; i < depth; i++) {
		given[i]++;
		host_queue(i, DDIR_READ, i * bytes, bytes);
	}
	host_commit();
	for (unsigned int i = 0; i < TURNS; i++) {
		take(times, 1);
		unit = host_event(0)->index;
		given[unit]++;
		give(unit, bytes);
	}
	while (left)
		left -= take(times, left < 7 ? left : 7);
	assert_memory_equal(times, given, depth * sizeof(*times));
	assert_true(fake.most <= power_of_two(fake.setup_cq));
	free(times);
	free(given);
}

static void test_plain(void **state)
{
	(void)state;
	reap_slowly(16384, 512);
	/* it was full, and full again after each that was taken */
	assert_int_equal(fake.most, 16384);
}

static void test_polled(void **state)
{
	(void)state;
	host.options.hipri = 1;
	host.ns[0].poll = true;
	reap_slowly(1024, 512);
	assert_int_equal(fake.most, 1024);
}

static void test_thread(void **state)
{
	(void)state;
	host.options.sqthread_poll = 1;
	reap_slowly(1024, 512);
	assert_int_equal(fake.most, 1024);
}

/* Of more commands than the queue has tags, some wait here */
static void test_split(void **state)
{
	(void)state;
	host.ns[0].tags = 1023;
	split_sizes(16 * 512, 512);
	reap_slowly(512, 16 * 512);
	assert_int_equal(fake.most, 1023);
}

static void test_scatter(void **state)
{
	(void)state;
	host.ns[0].tags = 255;
	host.files[0].io_size = 1u << 20;
	split_scatter(16 * 512, 512);
	reap_slowly(64, 16 * 512);
	assert_int_equal(fake.most, 255);
}

/* Some of those that are sent again, too: there are more than were given */
static int some_fail(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth % 3 ? 0 : 0x281;
}

static void test_retries(void **state)
{
	(void)state;
	host.options.retries = 1000;
	fake.status = some_fail;
	reap_slowly(1024, 512);
	assert_in_range(fake.most, 1023, 1024);
	assert_true(fake.nr_taken > 1024 + TURNS);
}

int group_overrun(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_plain),	 HOST_TEST(test_polled),
		HOST_TEST(test_thread),	 HOST_TEST(test_split),
		HOST_TEST(test_scatter), HOST_TEST(test_retries),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("overrun"), tests, NULL,
					   NULL);
}
