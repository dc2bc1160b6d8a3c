// SPDX-License-Identifier: GPL-2.0
/*
 * What the engine takes beyond fio's own: its allocations, and the ring that
 * the kernel shares with it. For a command in flight 512 bytes have to do.
 */
#include "split.h"

#include <malloc.h>
#include <stdlib.h>

#include "groups.h"
#include "starve.h"

#define BUDGET 512ull
/* Of the fake ring alone: what it keeps for each entry of the CQ */
#define FAKE_CQ_ENTRY 16u

static unsigned int power_of_two(unsigned int n)
{
	unsigned int p = 1;

	while (p < n)
		p *= 2;
	return p;
}

/* Start the job; what it takes now */
static uint64_t start(void)
{
	int64_t before = starve.allocated, fios, fakes;

	host_start();
	fios = (int64_t)(malloc_usable_size(host.io_us) +
			 malloc_usable_size(host.io_u_list) +
			 malloc_usable_size(host.queued));
	fakes = (int64_t)power_of_two(fake.setup_cq) * FAKE_CQ_ENTRY;
	return (uint64_t)(starve.allocated - before - fios - fakes);
}

static void assert_within(uint64_t bytes, uint64_t commands)
{
	if (bytes > commands * BUDGET)
		fail_msg("%lu bytes are %.1f for each of %lu commands",
			 (unsigned long)bytes, (double)bytes / (double)commands,
			 (unsigned long)commands);
	/* it is the ring, if nothing else, that was counted */
	assert_true(bytes > power_of_two(fake.setup_entries) * 128ull);
}

static uint64_t deep(unsigned int depth, unsigned int parts, unsigned int tags)
{
	host.td.o.iodepth = depth;
	host.ns[0].tags = tags;
	split_sizes(parts * 512ull, 512);
	return start();
}

/* -- a command in flight -------------------------------------------------------- */

static void test_plain_128(void **state)
{
	(void)state;
	host.td.o.iodepth = 128;
	assert_within(start(), 128);
}

static void test_plain_16384(void **state)
{
	(void)state;
	host.td.o.iodepth = 16384;
	assert_within(start(), 16384);
}

static void test_fixed_16384(void **state)
{
	(void)state;
	host.options.fixedbufs = 1;
	host.release = "6.1.0";
	host.td.o.iodepth = 16384;
	assert_within(start(), 16384);
}

static void test_split_8(void **state)
{
	(void)state;
	assert_within(deep(8, 16, 0), 8 * 16);
}

/* 16,384 io_units of 64 commands: only those in the ring take any */
static void test_split_16384(void **state)
{
	(void)state;
	assert_within(deep(16384, 64, 0), 32768);
}

/* Where few may be in the ring, an io_unit has no more than one would */
static void test_split_waiting(void **state)
{
	(void)state;
	assert_within(deep(16384, 64, 1023), 16384);
}

/* How many commands an io_unit is makes no difference */
static void test_split_parts(void **state)
{
	uint64_t few, many;

	(void)state;
	few = deep(1024, 2, 127);
	host_end_for_another();
	many = deep(1024, 1024, 127);
	/* but for what an allocation is rounded by */
	assert_in_range(many, few - 64, few + 64);
}

/* -- while it runs --------------------------------------------------------------- */

static void turn(unsigned int depth, uint64_t bytes)
{
	fake.nr_taken = 0;
	for (unsigned int i = 0; i < depth; i++) {
		host_queue(i, DDIR_READ, 0, bytes);
		host_commit();
	}
	assert_int_equal(host_getevents(depth, depth), depth);
}

/* No I/O allocates: the fake ring has what it needs after the first turn */
static void test_running(void **state)
{
	uint64_t before;

	(void)state;
	deep(64, 16, 127);
	turn(64, 16 * 512);
	before = starve.allocations;
	turn(64, 16 * 512);
	assert_int_equal(starve.allocations, before);
}

static void test_running_plain(void **state)
{
	uint64_t before;

	(void)state;
	host.td.o.iodepth = 64;
	start();
	turn(64, 4096);
	before = starve.allocations;
	turn(64, 4096);
	assert_int_equal(starve.allocations, before);
}

/* And nothing is kept when the job has ended */
static void test_ended(void **state)
{
	int64_t before;

	(void)state;
	before = starve.allocated;
	deep(64, 16, 127);
	turn(64, 16 * 512);
	host_end_for_another();
	fake_reset();
	assert_int_equal(starve.allocated, before);
}

int group_memory(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_plain_128),     HOST_TEST(test_plain_16384),
		HOST_TEST(test_fixed_16384),   HOST_TEST(test_split_8),
		HOST_TEST(test_split_16384),   HOST_TEST(test_split_waiting),
		HOST_TEST(test_split_parts),   HOST_TEST(test_running),
		HOST_TEST(test_running_plain), HOST_TEST(test_ended),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("memory"), tests, NULL,
					   NULL);
}
