// SPDX-License-Identifier: GPL-2.0
/* scatter=1: every command of an io_unit goes to a random place of its own. */
#include "split.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

#define PART 4096u
#define PARTS 16u
#define PLACES 64u
#define DRAWS (PLACES * 1000u)

static void scatter(uint64_t bs, uint64_t cmd_bs, uint64_t seed)
{
	host.td.rand_seeds[FIO_RAND_BLOCK_OFF] = seed;
	split_scatter(bs, cmd_bs);
}

static void region(unsigned int file, uint64_t offset, uint64_t bytes)
{
	host.files[file].file_offset = offset;
	host.files[file].io_size = bytes;
}

static void send(unsigned int unit, enum fio_ddir ddir, uint64_t bytes)
{
	host_queue(unit, ddir, unit * 66560ull, bytes);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host_event(0)->error, 0);
}

/* The places of @nr commands of io_units of @parts each */
static uint32_t *draw(unsigned int nr, unsigned int parts, uint64_t seed)
{
	uint32_t *places = calloc(nr, sizeof(*places));

	assert_non_null(places);
	scatter(parts * (uint64_t)PART, PART, seed);
	region(0, 0, PLACES * (uint64_t)PART);
	host_start();
	while (fake.nr_taken < nr)
		send(0, DDIR_READ, parts * (uint64_t)PART);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(split_slba(i) % 8, 0);
		places[i] = (uint32_t)split_slba(i) / 8;
		assert_in_range(places[i], 0, PLACES - 1);
	}
	host_end_for_another();
	return places;
}

/* -- which commands --------------------------------------------------------- */

/* Nothing but the address is another than without it */
static void test_commands(void **state)
{
	struct sqe got, want;

	(void)state;
	scatter(16384, PART, 1);
	region(0, 0, 1ull << 49);
	host_start();
	host_queue(2, DDIR_WRITE, 0, 10240);
	host_commit();
	assert_int_equal(fake.nr_taken, 3);
	for (unsigned int i = 0; i < 3; i++) {
		uint32_t bytes = i < 2 ? PART : 2048;

		got = split_sqe(i);
		want = (struct sqe){
			{ URING_CMD | FIXED_FILE, [2] = CMD_IO, [8] = 2,
			  i, [12] = 0x01, 1, [21] = bytes, got.dw[22],
			  got.dw[23], bytes / 512 - 1 }
		};
		sqe_put64(&want, 18,
			  (uintptr_t)host.io_us[2].buf + i * (size_t)PART);
		sqe_assert(&got, &want);
		assert_int_equal(split_slba(i) % 8, 0);
		assert_true(split_slba(i) < 1ull << 40);
	}
	/* the places of so large a region use the upper dword too */
	assert_true(split_slba(0) >> 32 || split_slba(1) >> 32 ||
		    split_slba(2) >> 32);
	assert_int_equal(host_getevents(1, 1), 1);
}

/* 520 bytes a block: places are whole commands, in whole blocks */
static void test_extended(void **state)
{
	(void)state;
	scatter(20800, 5200, 3);
	host.td.o.td_ddir = TD_DDIR_READ | TD_DDIR_RAND;
	host.ns[0].lba_bytes = 520;
	host.ns[0].lba_shift = 0;
	region(0, 520 * 7, 5200 * 9);
	host_start();
	for (unsigned int i = 0; i < 100; i++)
		send(i % 4, DDIR_READ, 20800);
	for (unsigned int i = 0; i < 400; i++) {
		assert_int_equal(split_slba(i) % 10, 0);
		assert_in_range(split_slba(i), 10, 80);
	}
}

/* Only what fits whole into the region, of which every place is used */
static void test_region(void **state)
{
	bool seen[7] = { false };

	(void)state;
	scatter(16 * PART, PART, 7);
	/* from within place 1 to within place 6 */
	region(0, PART + 512, 5 * PART);
	host_start();
	for (unsigned int i = 0; i < 20; i++)
		send(i % 4, DDIR_READ, 16 * PART);
	for (unsigned int i = 0; i < fake.nr_taken; i++) {
		assert_int_equal(split_slba(i) % 8, 0);
		assert_in_range(split_slba(i) / 8, 2, 5);
		seen[split_slba(i) / 8] = true;
	}
	for (unsigned int i = 2; i <= 5; i++)
		assert_true(seen[i]);
}

static void test_one_place(void **state)
{
	(void)state;
	scatter(4 * PART, PART, 7);
	region(0, 3 * PART, PART);
	host_start();
	send(0, DDIR_READ, 4 * PART);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(split_slba(i), 24);
}

static void test_files(void **state)
{
	(void)state;
	scatter(8 * PART, PART, 7);
	host.td.files_index = 2;
	region(0, 0, 8 * PART);
	region(1, 1 << 20, 4 * PART);
	host_start();
	for (unsigned int i = 0; i < 40; i++) {
		host.io_us[i % 4].file = &host.files[i % 2];
		send(i % 4, DDIR_READ, 8 * PART);
	}
	for (unsigned int i = 0; i < fake.nr_taken; i++) {
		if (fake.taken[i][13] == 1)
			assert_in_range(split_slba(i), 0, 56);
		else
			assert_in_range(split_slba(i), 2048, 2048 + 24);
	}
}

/* An io_unit of one command is scattered too; a Flush has no address */
static void test_single(void **state)
{
	unsigned int moved = 0;

	(void)state;
	scatter(PART, PART, 11);
	region(0, 0, PLACES * PART);
	host_start();
	for (unsigned int i = 0; i < 32; i++) {
		send(0, DDIR_READ, PART);
		moved += split_slba(i) != 0;
	}
	assert_true(moved > 20);
	send(1, DDIR_SYNC, 0);
	assert_int_equal(fake.taken[32][12], 0);
	host_end();
	assert_string_equal(host.info, "");
}

static void test_fixedbufs(void **state)
{
	(void)state;
	scatter(4 * PART, PART, 11);
	host.options.fixedbufs = 1;
	host.release = "6.1.0";
	region(0, 0, PLACES * PART);
	host_start();
	assert_int_equal(fake.nr_regions, 16);
	for (unsigned int i = 0; i < 4; i++)
		send(i, DDIR_READ, 4 * PART);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(fake.taken[i][10], i);
}

/* -- which addresses ---------------------------------------------------------- */

/*
 * Pearson's sum over equally likely bins. Of bins - 1 degrees of freedom its
 * mean is that many and its deviation sqrt(2 * that); five of these either way
 * leave nothing to luck, the seeds being given.
 */
static void assert_even(const uint32_t *bins, unsigned int nr, uint32_t draws)
{
	double expected = (double)draws / nr, sum = 0, freedom = nr - 1;

	for (unsigned int i = 0; i < nr; i++)
		sum += (bins[i] - expected) * (bins[i] - expected) / expected;
	if (fabs(sum - freedom) > 5 * sqrt(2 * freedom))
		fail_msg("chi-square is %.1f for %u bins", sum, nr);
}

static const uint64_t seeds[] = { 0, 1, 2, 0xdeadbeef, 1ull << 63, ~0ull };

#define NR_SEEDS (sizeof(seeds) / sizeof(seeds[0]))

static void test_even(void **state)
{
	uint32_t bins[PLACES], *places;

	(void)state;
	for (size_t i = 0; i < NR_SEEDS; i++) {
		memset(bins, 0, sizeof(bins));
		places = draw(DRAWS, PARTS, seeds[i]);
		for (unsigned int j = 0; j < DRAWS; j++)
			bins[places[j]]++;
		assert_even(bins, PLACES, DRAWS);
		free(places);
	}
}

/* One tells nothing of the next, nor of that one io_unit later */
static void pairs(unsigned int apart)
{
	uint32_t bins[PLACES / 4][PLACES / 4] = { { 0 } };
	uint32_t *places = draw(DRAWS, PARTS, 5), nr = 0;

	for (unsigned int i = 0; i + apart < DRAWS; i++, nr++)
		bins[places[i] / 4][places[i + apart] / 4]++;
	assert_even(&bins[0][0], PLACES * PLACES / 16, nr);
	free(places);
}

static void test_pairs(void **state)
{
	(void)state;
	pairs(1);
	pairs(2);
	pairs(PARTS);
}

static unsigned int same(const uint32_t *a, const uint32_t *b, unsigned int nr)
{
	unsigned int equal = 0;

	for (unsigned int i = 0; i < nr; i++)
		equal += a[i] == b[i];
	return equal;
}

static void test_seed(void **state)
{
	uint32_t *first = draw(4096, PARTS, 1), *again = draw(4096, PARTS, 1);
	uint32_t *other = draw(4096, PARTS, 2);

	(void)state;
	assert_int_equal(same(first, again, 4096), 4096);
	/* as many as chance has it: 64 of 4,096, deviating by 8 */
	assert_in_range(same(first, other, 4096), 24, 104);
	assert_in_range(same(first, other + 1, 4095), 24, 104);
	free(first);
	free(again);
	free(other);
}

/* The same places in the same order, however io_units are cut */
static void test_parts(void **state)
{
	uint32_t *few = draw(1024, 4, 1), *many = draw(1024, 32, 1);

	(void)state;
	assert_int_equal(same(few, many, 1024), 1024);
	free(few);
	free(many);
}

/* And whether they had to wait or not */
static void test_waiting(void **state)
{
	uint32_t *want = draw(64, PARTS, 9);

	(void)state;
	scatter(PARTS * PART, PART, 9);
	host.ns[0].tags = 5;
	region(0, 0, PLACES * PART);
	host_start();
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, PARTS * PART);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	assert_int_equal(fake.nr_taken, 64);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(split_slba(i) / 8, want[i]);
	free(want);
}

/* What failed is told where it was, not where fio believes it was */
static void test_error(void **state)
{
	char want[64], *got;

	(void)state;
	scatter(4 * PART, PART, 13);
	region(0, 0, 1 << 30);
	host_start();
	host_queue(3, DDIR_WRITE, 0, 4 * PART);
	host_commit();
	fake_complete(2, 0x280);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host.io_us[3].error, EIO);
	assert_int_equal(host.io_us[3].resid, 2 * PART);
	assert_int_not_equal(split_slba(2), 16);
	snprintf(want, sizeof(want),
		 "Write, slba %lu, 8 blocks: ", (unsigned long)split_slba(2));
	got = split_details(&host.io_us[3]);
	assert_non_null(strstr(got, want));
	free(got);
}

int group_scatter(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_commands),  HOST_TEST(test_extended),
		HOST_TEST(test_region),	   HOST_TEST(test_one_place),
		HOST_TEST(test_files),	   HOST_TEST(test_single),
		HOST_TEST(test_fixedbufs), HOST_TEST(test_even),
		HOST_TEST(test_pairs),	   HOST_TEST(test_seed),
		HOST_TEST(test_parts),	   HOST_TEST(test_waiting),
		HOST_TEST(test_error),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("scatter"), tests, NULL,
					   NULL);
}
