// SPDX-License-Identifier: GPL-2.0
/* Which identifier a Write names, without fio and without a device. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "job_placement.h"

#define HANDLES 8u
#define DRAWS 80000u

static struct nspace_fdp fdp;
static struct nspace_streams streams;
static int fdp_error;
static char why[WHY_MAX];

static const struct nspace ns = {
	.path = "/dev/ng0n1",
	.nlb = 1000,
	.lba_size = 4096,
	.lba_bytes = 4096,
	.lba_shift = 12,
};

int nspace_fdp_read(struct nspace_fdp *out, const struct nspace *of, int fd,
		    char *text, size_t len)
{
	assert_ptr_equal(of, &ns);
	assert_int_equal(fd, 7);
	*out = fdp;
	snprintf(text, len, "the device's own words");
	return fdp_error;
}

int nspace_streams_read(struct nspace_streams *out, const struct nspace *of,
			int fd, char *text, size_t len)
{
	(void)of;
	(void)fd;
	*out = streams;
	snprintf(text, len, "the device's own words");
	return fdp_error;
}

static int setup(void **state)
{
	(void)state;
	fdp = (struct nspace_fdp){ .nr = HANDLES };
	for (unsigned int i = 0; i < HANDLES; i++)
		fdp.ruhs[i] = (struct nspace_ruh){
			.pid = (uint16_t)(100 + i * i),
			.ruhid = (uint16_t)(HANDLES - i),
			.left = i << 20,
		};
	streams = (struct nspace_streams){ .msl = 4 };
	fdp_error = 0;
	return 0;
}

static struct placement make(struct placement_request request)
{
	struct placement placement;

	if (!request.type)
		request.type = NVME_DTYPE_FDP;
	why[0] = '\0';
	assert_int_equal(
		placement_init(&placement, &ns, 7, &request, why, sizeof(why)),
		0);
	return placement;
}

static void refused(struct placement_request request, const char *words)
{
	struct placement placement;

	if (!request.type)
		request.type = NVME_DTYPE_FDP;
	assert_int_equal(
		placement_init(&placement, &ns, 7, &request, why, sizeof(why)),
		-EINVAL);
	assert_string_equal(why, words);
}

/* The position of an I/O of one command */
static unsigned int one(struct placement *placement, uint64_t offset,
			uint64_t bytes)
{
	struct placed placed = placement_nth(
		placement, placement_begin(placement, 1), 0, offset, bytes);

	assert_int_equal(placed.dtype, placement->type);
	assert_int_equal(placed.dspec, placement->entries[placed.position].pid);
	return placed.position;
}

/* -- the table -------------------------------------------------------------- */

static void test_all(void **state)
{
	struct placement p = make((struct placement_request){ .nr_ids = 0 });

	(void)state;
	assert_int_equal(p.nr, HANDLES);
	for (unsigned int i = 0; i < HANDLES; i++) {
		assert_int_equal(p.entries[i].index, i);
		assert_int_equal(p.entries[i].pid, 100 + i * i);
		assert_int_equal(p.entries[i].ruhid, HANDLES - i);
		assert_int_equal(p.entries[i].left, i << 20);
	}
}

static void test_chosen(void **state)
{
	struct placement p = make(
		(struct placement_request){ .nr_ids = 3, .ids = { 7, 0, 7 } });

	(void)state;
	assert_int_equal(p.nr, 3);
	assert_int_equal(p.entries[0].pid, 149);
	assert_int_equal(p.entries[1].pid, 100);
	assert_int_equal(p.entries[2].pid, 149);
}

static void test_no_index(void **state)
{
	(void)state;
	refused((struct placement_request){ .nr_ids = 2,
					    .ids = { 0, HANDLES } },
		"/dev/ng0n1: placement identifier index 8: the namespace has 8 reclaim unit handles; use 0 to 7 (examples/fdp-info lists them)");
	refused((struct placement_request){ .nr_ids = 1,
					    .ids = { UINT16_MAX },
					    .select = PLACEMENT_BY_FIO },
		"/dev/ng0n1: placement identifier index 65535: the namespace has 8 reclaim unit handles; use 0 to 7 (examples/fdp-info lists them)");
}

/* fio's core looks its own indices up in the whole list */
static void test_all_for_fio(void **state)
{
	struct placement p = make((struct placement_request){
		.select = PLACEMENT_BY_FIO, .nr_ids = 1, .ids = { 3 } });

	(void)state;
	assert_int_equal(p.nr, HANDLES);
	assert_int_equal(p.entries[3].pid, 109);
}

static void test_device_refuses(void **state)
{
	struct placement_request request = { .type = NVME_DTYPE_FDP };
	struct placement placement;

	(void)state;
	fdp_error = -EOPNOTSUPP;
	assert_int_equal(
		placement_init(&placement, &ns, 7, &request, why, sizeof(why)),
		-EOPNOTSUPP);
	assert_string_equal(why, "the device's own words");
	request.type = NVME_DTYPE_STREAMS;
	assert_int_equal(
		placement_init(&placement, &ns, 7, &request, why, sizeof(why)),
		-EOPNOTSUPP);
}

static void test_streams(void **state)
{
	struct placement p =
		make((struct placement_request){ .type = NVME_DTYPE_STREAMS });

	(void)state;
	assert_int_equal(p.nr, 4);
	assert_int_equal(p.entries[0].pid, 1);
	assert_int_equal(p.entries[3].pid, 4);
	p = make((struct placement_request){ .type = NVME_DTYPE_STREAMS,
					     .nr_ids = 2,
					     .ids = { 500, 65535 } });
	assert_int_equal(p.nr, 2);
	assert_int_equal(one(&p, 0, 4096), 0);
	assert_int_equal(p.entries[1].pid, 65535);
}

static void test_many_streams(void **state)
{
	struct placement p;

	(void)state;
	streams.msl = UINT16_MAX;
	p = make((struct placement_request){ .type = NVME_DTYPE_STREAMS });
	assert_int_equal(p.nr, PLACEMENTS_MAX);
	assert_int_equal(p.entries[PLACEMENTS_MAX - 1].pid, PLACEMENTS_MAX);
}

static void test_no_stream(void **state)
{
	(void)state;
	refused((struct placement_request){ .type = NVME_DTYPE_STREAMS,
					    .nr_ids = 2,
					    .ids = { 1, 0 } },
		"/dev/ng0n1: stream identifier 0 is no stream; use identifiers from 1 on");
	refused((struct placement_request){ .type = NVME_DTYPE_STREAMS,
					    .nr_ids = 5,
					    .ids = { 1, 2, 3, 4, 5 } },
		"/dev/ng0n1: 5 streams: the subsystem can have 4 open; name fewer");
}

/* -- what decides ------------------------------------------------------------ */

static void test_roundrobin(void **state)
{
	struct placement p = make(
		(struct placement_request){ .nr_ids = 3, .ids = { 1, 2, 4 } });

	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(one(&p, 4096ull * i, 4096), i % 3);
}

/* What is scattered takes a turn for each command, and is told the same again */
static void test_turns_of_commands(void **state)
{
	struct placement p = make(
		(struct placement_request){ .nr_ids = 3, .ids = { 1, 2, 4 } });
	uint64_t base = placement_begin(&p, 5);

	(void)state;
	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int i = 0; i < 5; i++)
			assert_int_equal(
				placement_nth(&p, base, i, 0, 4096).position,
				i % 3);
	assert_int_equal(one(&p, 0, 4096), 5 % 3);
}

static void test_random(void **state)
{
	struct placement_request request = { .select = PLACEMENT_RANDOM,
					     .seed = 42 };
	struct placement p = make(request), same = make(request), other;
	unsigned int counts[HANDLES] = { 0 }, differ = 0;

	(void)state;
	request.seed = 43;
	other = make(request);
	for (unsigned int i = 0; i < DRAWS; i++) {
		unsigned int position = one(&p, 0, 4096);

		counts[position]++;
		assert_int_equal(one(&same, 0, 4096), position);
		differ += one(&other, 0, 4096) != position;
	}
	/* six standard deviations of a fair draw are 561 */
	for (unsigned int i = 0; i < HANDLES; i++)
		assert_in_range(counts[i], DRAWS / HANDLES - 561,
				DRAWS / HANDLES + 561);
	assert_in_range(differ, DRAWS * 7 / 8 - 561, DRAWS * 7 / 8 + 561);
}

/* A batch of commands draws what as many commands by themselves would */
static void test_chances_of_commands(void **state)
{
	struct placement_request request = { .select = PLACEMENT_RANDOM,
					     .seed = 9 };
	struct placement p = make(request), single = make(request);

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		uint64_t base = placement_begin(&p, 16);

		for (unsigned int j = 0; j < 16; j++)
			assert_int_equal(
				placement_nth(&p, base, j, 0, 4096).position,
				one(&single, 0, 4096));
	}
}

static void test_fixed(void **state)
{
	struct placement job = make((struct placement_request){
		.select = PLACEMENT_JOB, .job = 10, .file = 3 });
	struct placement file = make((struct placement_request){
		.select = PLACEMENT_FILE, .job = 10, .file = 3 });

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(one(&job, 4096ull * i, 4096), 10 % HANDLES);
		assert_int_equal(one(&file, 4096ull * i, 4096), 3);
	}
}

/* 1000 blocks in 3 parts: 334, 334 and 332 */
static void test_equal_parts(void **state)
{
	struct placement p = make((struct placement_request){
		.select = PLACEMENT_LBA, .nr_ids = 3, .ids = { 0, 1, 2 } });

	(void)state;
	assert_int_equal(one(&p, 0, 4096), 0);
	assert_int_equal(one(&p, 333ull * 4096, 4096), 0);
	assert_int_equal(one(&p, 334ull * 4096, 4096), 1);
	assert_int_equal(one(&p, 667ull * 4096, 4096), 1);
	assert_int_equal(one(&p, 668ull * 4096, 4096), 2);
	assert_int_equal(one(&p, 999ull * 4096, 4096), 2);
}

static void test_one_part(void **state)
{
	struct placement p = make((struct placement_request){
		.select = PLACEMENT_LBA, .nr_ids = 1, .ids = { 5 } });

	(void)state;
	assert_int_equal(one(&p, 999ull * 4096, 4096), 0);
}

static void test_bounds(void **state)
{
	struct placement_request request = {
		.select = PLACEMENT_LBA,
		.nr_bounds = 2,
		.bounds = { 65536, 1 << 20 },
	};
	struct placement p = make(request);

	(void)state;
	assert_int_equal(p.nr, 3);
	assert_int_equal(one(&p, 0, 4096), 0);
	assert_int_equal(one(&p, 65535, 4096), 0);
	assert_int_equal(one(&p, 65536, 4096), 1);
	assert_int_equal(one(&p, (1 << 20) - 1, 4096), 1);
	assert_int_equal(one(&p, 1 << 20, 4096), 2);
	assert_int_equal(one(&p, UINT64_MAX, 4096), 2);

	request.select = PLACEMENT_SIZE;
	p = make(request);
	assert_int_equal(one(&p, 1 << 21, 4096), 0);
	assert_int_equal(one(&p, 0, 65536), 1);
	assert_int_equal(one(&p, 0, 1 << 20), 2);
}

static void test_every_bound(void **state)
{
	struct placement_request request = { .select = PLACEMENT_SIZE };
	struct placement p;

	(void)state;
	fdp.nr = PLACEMENTS_MAX;
	request.nr_bounds = PLACEMENTS_MAX - 1;
	for (unsigned int i = 0; i < request.nr_bounds; i++)
		request.bounds[i] = 512ull * (i + 1);
	p = make(request);
	for (unsigned int i = 0; i < PLACEMENTS_MAX; i++)
		assert_int_equal(one(&p, 0, 512ull * i + 1), i);
}

static void test_wrong_bounds(void **state)
{
	struct placement_request request = {
		.select = PLACEMENT_LBA,
		.nr_ids = 2,
		.ids = { 0, 1 },
		.nr_bounds = 2,
		.bounds = { 65536, 1 << 20 },
	};

	(void)state;
	refused(request,
		"/dev/ng0n1: placement_bounds= has 2 bounds, so 3 parts, for 2 placement identifiers; name as many identifiers as parts");
	request.nr_ids = 4;
	refused(request,
		"/dev/ng0n1: placement_bounds= has 2 bounds, so 3 parts, for 4 placement identifiers; name as many identifiers as parts");
	request.nr_ids = 0;
	fdp.nr = 2;
	refused(request,
		"/dev/ng0n1: placement_bounds= has 2 bounds, so 3 parts, for 2 placement identifiers; name as many identifiers as parts");
}

static void check_by_fio(const struct placement *p, enum nvme_dtype dtype,
			 uint16_t dspec, unsigned int position)
{
	struct placed placed = placement_by_fio(p, dtype, dspec);

	assert_int_equal(placed.dtype, dtype);
	assert_int_equal(placed.dspec, dspec);
	assert_int_equal(placed.position, position);
}

static void test_by_fio(void **state)
{
	struct placement p =
		make((struct placement_request){ .select = PLACEMENT_BY_FIO });

	(void)state;
	check_by_fio(&p, NVME_DTYPE_FDP, 100, 0);
	check_by_fio(&p, NVME_DTYPE_FDP, 149, 7);
	/* a scheme may name what is none of the namespace's */
	check_by_fio(&p, NVME_DTYPE_FDP, 5, PLACEMENT_NONE);
	check_by_fio(&p, NVME_DTYPE_NONE, 100, PLACEMENT_NONE);
}

/* -- in words ------------------------------------------------------------------ */

static void check_row(const struct placement *p, unsigned int nth,
		      const char *want)
{
	char row[256];

	assert_true(placement_row(p, nth, row, sizeof(row)));
	assert_string_equal(row, want);
	assert_false(placement_row(p, p->nr, row, sizeof(row)));
}

static void test_rows(void **state)
{
	struct placement_request request = { .nr_ids = 2, .ids = { 1, 3 } };
	struct placement p = make(request);

	(void)state;
	check_row(
		&p, 1,
		"  index 3: placement identifier 109, reclaim unit handle 5, 3145728 bytes left in its reclaim unit");
	request.select = PLACEMENT_SIZE;
	request.nr_bounds = 1;
	request.bounds[0] = 65536;
	p = make(request);
	check_row(
		&p, 0,
		"  index 1: placement identifier 101, reclaim unit handle 7, 1048576 bytes left in its reclaim unit, size below 65536");
	check_row(
		&p, 1,
		"  index 3: placement identifier 109, reclaim unit handle 5, 3145728 bytes left in its reclaim unit, size from 65536");
	request.type = NVME_DTYPE_STREAMS;
	request.select = PLACEMENT_LBA;
	p = make(request);
	check_row(&p, 1, "  stream 3, offset from 65536");
	assert_string_equal(placement_select_name(PLACEMENT_LBA), "lba");
	assert_string_equal(placement_select_name(PLACEMENT_BY_FIO), "fio");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all),
		TEST(test_chosen),
		TEST(test_no_index),
		TEST(test_all_for_fio),
		TEST(test_device_refuses),
		TEST(test_streams),
		TEST(test_many_streams),
		TEST(test_no_stream),
		TEST(test_roundrobin),
		TEST(test_turns_of_commands),
		TEST(test_random),
		TEST(test_chances_of_commands),
		TEST(test_fixed),
		TEST(test_equal_parts),
		TEST(test_one_part),
		TEST(test_bounds),
		TEST(test_every_bound),
		TEST(test_wrong_bounds),
		TEST(test_by_fio),
		TEST(test_rows),
	};

	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
