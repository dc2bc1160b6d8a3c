// SPDX-License-Identifier: GPL-2.0
/* Mixes of write_mode=: how often each command is, and the bytes of all. */
#include "sqe.h"

#include <math.h>
#include <string.h>

#include "groups.h"

#define DRAWS 20000u
#define FDP (2u << 20)

static void start(const char *mode)
{
	host.options.write_mode = (char *)mode;
	host_start();
}

static void draw(uint8_t *opcodes, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		opcodes[i] =
			(uint8_t)sqe_send(i % 4, DDIR_WRITE, 4096ull * i, 4096)
				.dw[12];
}

static void assert_share(const uint8_t *opcodes, uint8_t opcode, double percent)
{
	double want = DRAWS * percent / 100, found = 0;
	double sigma = sqrt(want * (1 - percent / 100));

	for (unsigned int i = 0; i < DRAWS; i++)
		found += opcodes[i] == opcode;
	if (fabs(found - want) > 6 * sigma)
		fail_msg("%g of opcode 0x%02x, not %g", found, opcode, want);
}

static void test_mix(void **state)
{
	static const unsigned int percents[] = { 60, 30, 9, 1 };
	static const uint8_t all[] = { 0x01, 0x08, 0x04, 0x0c };
	static uint8_t opcodes[DRAWS];

	(void)state;
	start("write/60:zeroes/30:uncor/9:verify/");
	draw(opcodes, DRAWS);
	for (unsigned int i = 0; i < 4; i++)
		assert_share(opcodes, all[i], percents[i]);
}

/* Of a word that has nothing, none is sent */
static void test_mix_of_nothing(void **state)
{
	static uint8_t opcodes[DRAWS];

	(void)state;
	start("uncor/0:zeroes/100");
	draw(opcodes, DRAWS);
	assert_share(opcodes, 0x08, 100);
}

static void draw_seeded(uint64_t seed, uint8_t *opcodes)
{
	host.td.rand_seeds[FIO_RAND_BLOCK_OFF] = seed;
	start("write/50:zeroes/50");
	draw(opcodes, 200);
	host_end_for_another();
}

static void test_seeds(void **state)
{
	uint8_t first[200], again[200], other[200];

	(void)state;
	draw_seeded(7, first);
	draw_seeded(7, again);
	draw_seeded(8, other);
	assert_memory_equal(first, again, sizeof(first));
	assert_memory_not_equal(first, other, sizeof(first));
	host_start();
}

/* Each file draws for itself */
static void test_files_draw(void **state)
{
	uint8_t first[200], second[200];

	(void)state;
	host.td.files_index = 2;
	start("write/50:zeroes/50");
	draw(first, 200);
	for (unsigned int i = 0; i < 4; i++)
		host.io_us[i].file = &host.files[1];
	draw(second, 200);
	assert_memory_not_equal(first, second, sizeof(first));
}

/* Writes and others through the same slots, all bytes of both */
static void check_mixed(const struct row *write, uint8_t opcode)
{
	unsigned int seen[2] = { 0 };

	for (unsigned int i = 0; i < 64; i++) {
		struct sqe got = sqe_send(3, DDIR_WRITE, 0x12345600, 4096);
		struct row bare = *write;
		struct sqe want;

		seen[got.dw[12] == 1]++;
		if (got.dw[12] != 1)
			bare = (struct row){ DDIR_WRITE,
					     0x12345600,
					     4096,
					     { URING_CMD | FIXED_FILE,
					       [2] = CMD_IO, [12] = opcode,
					       1, [22] = 0x91a2b, 0, 7 } };
		want = sqe_wanted(&bare, 3);
		if (got.dw[12] != 1)
			sqe_put64(&want, 18, 0);
		sqe_assert(&got, &want);
	}
	assert_true(seen[0] > 8 && seen[1] > 8);
}

static void test_mix_plain(void **state)
{
	static const struct row write = {
		DDIR_WRITE,
		0x12345600,
		4096,
		{ URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		  1, [21] = 4096, 0x91a2b, 0, 7 }
	};

	(void)state;
	start("write/50:zeroes/50");
	check_mixed(&write, 0x08);
}

/* Several regions: unit 3's buffer is in the last */
static void test_mix_regions(void **state)
{
	static const struct row write = {
		DDIR_WRITE,
		0x12345600,
		4096,
		{ URING_CMD | FIXED_FILE, [2] = CMD_IO, [7] = URING_CMD_FIXED,
		  [10] = 1, [12] = 0x01, 1, [21] = 4096, 0x91a2b, 0, 7 }
	};

	(void)state;
	host.options.fixedbufs = 1;
	host.td.o.mem_type = MEM_MMAPHUGE;
	host.td.o.td_ddir = TD_DDIR_READ | TD_DDIR_WRITE;
	host.td.o.max_bs[DDIR_TRIM] = 500 << 20;
	start("write/50:uncor/50");
	assert_int_equal(fake.nr_regions, 2);
	check_mixed(&write, 0x04);
}

static void test_mix_placed(void **state)
{
	static const struct row write = {
		DDIR_WRITE,
		0x12345600,
		4096,
		{ URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		  1, [21] = 4096, 0x91a2b, 0, 7 | FDP, (0x1000 + 3 * 4) << 16 }
	};

	(void)state;
	host.options.placement = PLACEMENT_KIND_FDP;
	host.options.placement_ids = (char *)"4";
	start("write/50:zeroes/50");
	check_mixed(&write, 0x08);
}

int group_mixes(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_mix),	    HOST_TEST(test_mix_of_nothing),
		HOST_TEST(test_seeds),	    HOST_TEST(test_files_draw),
		HOST_TEST(test_mix_plain),  HOST_TEST(test_mix_regions),
		HOST_TEST(test_mix_placed),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("mixes"), tests, NULL,
					   NULL);
}
