// SPDX-License-Identifier: GPL-2.0
/*
 * Writes that name a placement identifier: DTYPE in bits 23:20 of CDW12, DSPEC
 * in the upper half of CDW13 (NVM Command Set 1.0, 3.2.6).
 */
#include "split.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"

/* Of host_reset(): identifiers are no indices */
#define PID(index) ((uint32_t)(0x1000 + 3 * (index)))
#define FDP (2u << 20)
#define STREAMS (1u << 20)
#define PART 4096u

static uint32_t cdw12(unsigned int nth)
{
	return sqe_nth(nth).dw[24];
}

static uint32_t dspec(unsigned int nth)
{
	return sqe_nth(nth).dw[25];
}

static void assert_placed(unsigned int nth, uint32_t dtype, uint32_t pid)
{
	if (cdw12(nth) >> 20 != dtype >> 20 || dspec(nth) != pid << 16)
		fail_msg("command %u: CDW12 0x%08x, CDW13 0x%08x", nth,
			 cdw12(nth), dspec(nth));
}

static void place(const char *ids, enum option_select select,
		  const char *bounds)
{
	host.options.placement = PLACEMENT_KIND_FDP;
	host.options.placement_ids = (char *)ids;
	host.options.placement_select = select;
	host.options.placement_bounds = (char *)bounds;
}

/* -- the bytes of a command ------------------------------------------------ */

static void test_write(void **state)
{
	static const struct row rows[] = {
		{ DDIR_WRITE,
		  8192,
		  4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		    1, [21] = 4096, 16, 0, 7 | FDP, PID(2) << 16 } },
		{ DDIR_WRITE,
		  1ull << 41,
		  512,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		    1, [21] = 512, 0, 1, 0 | FDP, PID(5) << 16 } },
		{ DDIR_WRITE,
		  0,
		  512,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		    1, [21] = 512, 0, 0, 0 | FDP, PID(2) << 16 } },
	};

	(void)state;
	place("2,5", SELECT_ROUNDROBIN, NULL);
	host_start();
	SQE_CHECK(rows);
}

/* Only a Write has a place */
static void test_others(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  8192,
		  4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x02,
		    1, [21] = 4096, 16, 0, 7 } },
		{ DDIR_TRIM,
		  8192,
		  4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x09,
		    1, [21] = 16, 0, AD } },
		{ DDIR_SYNC,
		  0,
		  0,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x00, 1 } },
	};

	(void)state;
	place(NULL, 0, NULL);
	host_start();
	/* in slots that held Writes before */
	for (unsigned int i = 0; i < 8; i++)
		sqe_send(i % 4, DDIR_WRITE, 0, 4096);
	SQE_CHECK(rows);
	SQE_CHECK(rows);
}

static void test_with_more(void **state)
{
	static const struct row rows[] = {
		{ DDIR_WRITE,
		  8192,
		  4096,
		  { URING_CMD | FIXED_FILE | ASYNC, [2] = CMD_IO_VEC,
		    [12] = 0x01, 1, [21] = 1, 16, 0, 7 | FUA | FDP,
		    PID(0) << 16 } },
	};

	(void)state;
	place(NULL, 0, NULL);
	host.options.writefua = 1;
	host.options.nonvectored = 0;
	host.options.force_async = 1;
	host_start();
	SQE_CHECK(rows);
}

static void test_streams(void **state)
{
	(void)state;
	host.options.placement = PLACEMENT_KIND_STREAMS;
	host.options.placement_ids = (char *)"9,65535";
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		sqe_send(0, DDIR_WRITE, 0, 4096);
		assert_placed(i, STREAMS, i % 2 ? 65535 : 9);
	}
}

static void test_none(void **state)
{
	(void)state;
	host_start();
	sqe_send(0, DDIR_WRITE, 0, 4096);
	assert_placed(0, 0, 0);
}

/* -- what decides ------------------------------------------------------------ */

static void test_job(void **state)
{
	(void)state;
	place("0-2", SELECT_JOB, NULL);
	host.td.thread_number = 6;
	host_start();
	for (unsigned int i = 0; i < 3; i++) {
		sqe_send(i, DDIR_WRITE, 4096ull * i, 4096);
		assert_placed(i, FDP, PID(2));
	}
}

static void test_file(void **state)
{
	(void)state;
	place("1,4", SELECT_FILE, NULL);
	host.td.files_index = 3;
	host_start();
	for (unsigned int i = 0; i < 3; i++) {
		host.io_us[i].file = &host.files[i];
		sqe_send(i, DDIR_WRITE, 0, 4096);
		assert_placed(i, FDP, PID(i % 2 ? 4 : 1));
	}
}

/* Each file has turns of its own */
static void test_turns_of_files(void **state)
{
	(void)state;
	place("0-1", SELECT_ROUNDROBIN, NULL);
	host.td.files_index = 2;
	host_start();
	host.io_us[1].file = &host.files[1];
	for (unsigned int i = 0; i < 4; i++) {
		sqe_send(0, DDIR_WRITE, 0, 4096);
		sqe_send(1, DDIR_WRITE, 0, 4096);
		assert_placed(2 * i, FDP, PID(i % 2));
		assert_placed(2 * i + 1, FDP, PID(i % 2));
	}
}

static void test_lba(void **state)
{
	(void)state;
	place(NULL, SELECT_LBA, "64k,1m");
	host_start();
	sqe_send(0, DDIR_WRITE, 61440, 4096);
	sqe_send(0, DDIR_WRITE, 65536, 4096);
	sqe_send(0, DDIR_WRITE, 1 << 20, 4096);
	assert_placed(0, FDP, PID(0));
	assert_placed(1, FDP, PID(1));
	assert_placed(2, FDP, PID(2));
}

static void test_size(void **state)
{
	(void)state;
	place("6,7", SELECT_SIZE, "4k");
	host_start();
	sqe_send(0, DDIR_WRITE, 0, 2048);
	sqe_send(0, DDIR_WRITE, 0, 4096);
	assert_placed(0, FDP, PID(6));
	assert_placed(1, FDP, PID(7));
}

/* The same seed, the same places; another seed, others */
static uint64_t draw(uint64_t seed)
{
	uint64_t drawn = 0;

	host.td.rand_seeds[FIO_RAND_BLOCK_OFF] = seed;
	place(NULL, SELECT_RANDOM, NULL);
	host_start();
	for (unsigned int i = 0; i < 21; i++) {
		sqe_send(0, DDIR_WRITE, 0, 4096);
		drawn = drawn * 8 + ((dspec(i) >> 16) - PID(0)) / 3;
	}
	host_end_for_another();
	return drawn;
}

static void test_seed(void **state)
{
	uint64_t first = draw(1);

	(void)state;
	assert_true(draw(1) == first);
	assert_true(draw(2) != first);
}

/* -- io_units of several commands --------------------------------------------- */

static void send(unsigned int unit, uint64_t offset, uint64_t bytes)
{
	host_queue(unit, DDIR_WRITE, offset, bytes);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host_event(0)->error, 0);
}

static void test_parts(void **state)
{
	static const struct part parts[] = {
		{ 0,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		    1, [21] = PART, 16, 0, 7 | FDP, PID(3) << 16 } },
		{ PART,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		    1, [21] = PART, 24, 0, 7 | FDP, PID(3) << 16 } },
		{ 2 * PART,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		    1, [21] = 512, 32, 0, 0 | FDP, PID(3) << 16 } },
	};

	(void)state;
	place("2,3", SELECT_ROUNDROBIN, NULL);
	split_sizes(4 * PART, PART);
	host_start();
	send(0, 0, 4 * PART);
	for (unsigned int i = 0; i < 4; i++)
		assert_placed(i, FDP, PID(2));
	SPLIT_CHECK(1, DDIR_WRITE, 8192, 2 * PART + 512, parts);
	/* reads in the same slots */
	host_queue(2, DDIR_READ, 0, 4 * PART);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	for (unsigned int i = 7; i < 11; i++)
		assert_placed(i, 0, 0);
}

/* A bound in the middle of an io_unit parts its commands, not its size */
static void test_parts_bounds(void **state)
{
	(void)state;
	place("2,3", SELECT_LBA, "8k");
	split_sizes(4 * PART, PART);
	host_start();
	send(0, 0, 4 * PART);
	for (unsigned int i = 0; i < 4; i++)
		assert_placed(i, FDP, PID(i < 2 ? 2 : 3));
	host_end_for_another();
	place("2,3", SELECT_SIZE, "8k");
	host_start();
	send(0, 0, 4 * PART);
	send(0, 0, PART);
	for (unsigned int i = 0; i < 5; i++)
		assert_placed(i, FDP, PID(i < 4 ? 3 : 2));
}

/* With few tags the commands of an io_unit wait: their places do, too */
static void test_parts_wait(void **state)
{
	(void)state;
	place("0-7", SELECT_LBA, "4k,8k,12k,16k,20k,24k,28k");
	split_sizes(8 * PART, PART);
	host.ns[0].tags = 2;
	host_start();
	send(0, 0, 8 * PART);
	for (unsigned int i = 0; i < 8; i++)
		assert_placed(i, FDP, PID(i));
}

static void scatter(const char *ids, enum option_select select)
{
	host.files[0].io_size = 1 << 20;
	place(ids, select, NULL);
	split_scatter(6 * PART, PART);
	host_start();
}

/* What is scattered are commands by themselves: each takes a turn */
static void test_scatter(void **state)
{
	(void)state;
	scatter("0-3", SELECT_ROUNDROBIN);
	send(0, 0, 6 * PART);
	send(1, 0, 6 * PART);
	for (unsigned int i = 0; i < 12; i++)
		assert_placed(i, FDP, PID(i % 4));
}

static void test_scatter_lba(void **state)
{
	uint64_t blocks = 2048;

	(void)state;
	host.ns[0].nlb = blocks;
	scatter("0-1", SELECT_LBA);
	for (unsigned int i = 0; i < 20; i++)
		send(0, 0, 6 * PART);
	for (unsigned int i = 0; i < 120; i++)
		assert_placed(i, FDP, PID(split_slba(i) >= blocks / 2));
}

static void test_scatter_random(void **state)
{
	unsigned int counts[2] = { 0 };

	(void)state;
	scatter("0-1", SELECT_RANDOM);
	for (unsigned int i = 0; i < 100; i++)
		send(0, 0, 6 * PART);
	for (unsigned int i = 0; i < 600; i++)
		counts[dspec(i) == PID(1) << 16]++;
	/* six standard deviations of a fair coin */
	assert_in_range(counts[0], 300 - 74, 300 + 74);
}

int group_placed(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_write),
		HOST_TEST(test_others),
		HOST_TEST(test_with_more),
		HOST_TEST(test_streams),
		HOST_TEST(test_none),
		HOST_TEST(test_job),
		HOST_TEST(test_file),
		HOST_TEST(test_turns_of_files),
		HOST_TEST(test_lba),
		HOST_TEST(test_size),
		HOST_TEST(test_seed),
		HOST_TEST(test_parts),
		HOST_TEST(test_parts_bounds),
		HOST_TEST(test_parts_wait),
		HOST_TEST(test_scatter),
		HOST_TEST(test_scatter_lba),
		HOST_TEST(test_scatter_random),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("placed"), tests, NULL,
					   NULL);
}
