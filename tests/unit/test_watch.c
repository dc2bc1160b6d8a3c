// SPDX-License-Identifier: GPL-2.0
/* What is noted of commands that completed: counters and latencies. */
#include "watched.h"

#include <errno.h>
#include <stdlib.h>

/* -- counters -------------------------------------------------------------------- */

static void test_kinds(void **state)
{
	(void)state;
	watched_start(-1, true);
	assert_false(watched.job.watch->details);
	watched_note(JOB_READ, 0, 5);
	watched_note(JOB_WRITE, 0, 2);
	watched_note(JOB_WRITE, 0x281, 3);
	watched_note(JOB_WRITE, -EIO, 1);
	watched_assert(JOB_READ, 5, 5ull * 4160, 0);
	watched_assert(JOB_WRITE, 6, 2ull * 4160, 4);
	watched_assert(JOB_TRIM, 0, 0, 0);
	assert_int_equal(watched.nr_writes, 0);
}

static void assert_error(unsigned int nth, unsigned int direction, int res,
			 uint64_t count)
{
	const struct watch_error *error = &watched.job.watch->errors[nth];

	assert_int_equal(error->kind, direction);
	assert_int_equal(error->res, res);
	assert_int_equal(error->count, count);
}

static void test_errors(void **state)
{
	(void)state;
	watched_start(-1, true);
	watched_note(JOB_WRITE, 0x281, 2);
	watched_note(JOB_READ, 0x281, 1);
	watched_note(JOB_READ, -EIO, 1);
	watched_note(JOB_WRITE, 0x281, 1);
	watched_note(JOB_FLUSH, 6, 1);
	watched_note(JOB_FLUSH + 1, 6, 1);
	assert_int_equal(watched.job.watch->nr_errors, 4);
	assert_error(0, JOB_WRITE, 0x281, 3);
	assert_error(1, JOB_READ, 0x281, 1);
	assert_error(2, JOB_READ, -EIO, 1);
	/* all that fio calls by other names are flushes */
	assert_error(3, JOB_FLUSH, 6, 2);
	assert_int_equal(watched.job.watch->other_errors, 0);
}

static void test_too_many_errors(void **state)
{
	(void)state;
	watched_start(-1, true);
	for (int i = 1; i <= WATCH_ERRORS + 5; i++)
		watched_note(JOB_READ, i, 2);
	watched_note(JOB_READ, 1, 1);
	watched_note(JOB_READ, WATCH_ERRORS, 1);
	assert_int_equal(watched.job.watch->nr_errors, WATCH_ERRORS);
	assert_error(0, JOB_READ, 1, 3);
	assert_error(WATCH_ERRORS - 1, JOB_READ, WATCH_ERRORS, 3);
	assert_int_equal(watched.job.watch->other_errors, 10);
	assert_int_equal(watched.job.watch->kinds[JOB_READ].errors,
			 2 * (WATCH_ERRORS + 5) + 2);
}

static void test_trimmed(void **state)
{
	(void)state;
	watched.ranges[2 * WATCHED_RANGES] =
		(struct nvme_range){ .nlb = 3, .slba = 9 };
	watched.ranges[2 * WATCHED_RANGES + 1] =
		(struct nvme_range){ .nlb = UINT32_MAX };
	assert_int_equal(watch_trimmed(&watched.job, &watched.targets[0], 2, 1),
			 3 * 520);
	assert_int_equal(watch_trimmed(&watched.job, &watched.targets[0], 2, 2),
			 (3ull + UINT32_MAX) * 520);
}

/* -- placement ------------------------------------------------------------------- */

static const struct watch_place *place_of(unsigned int position)
{
	return &watched.targets[0].watch->places[position];
}

static void test_places(void **state)
{
	(void)state;
	watched.targets[0].placement = &watched.placement;
	watched_start(-1, false);
	watched_place(0, 0, 520);
	watched_place(2, 0, 1040);
	watched_place(2, 0, 1040);
	watched_place(2, 0x281, 1040);
	watched_place(PLACEMENT_NONE, 0, 520);
	/* a Read has none */
	watched_note(JOB_READ, 0, 1);
	assert_int_equal(place_of(0)->count.commands, 1);
	assert_int_equal(place_of(1)->count.commands, 0);
	assert_int_equal(place_of(2)->count.commands, 3);
	assert_int_equal(place_of(2)->count.bytes, 2080);
	assert_int_equal(place_of(2)->count.errors, 1);
	assert_int_equal(place_of(3)->count.commands, 1);
	assert_int_equal(place_of(2)->latency.nr, 0);
	watched_assert(JOB_WRITE, 5, 3120, 1);
	/* the other file has no placement */
	assert_int_equal(watched.targets[1].watch->nr, 0);
}

/* -- latency --------------------------------------------------------------------- */

static void test_age(void **state)
{
	const struct watch_latency *latency;

	(void)state;
	watched.targets[0].placement = &watched.placement;
	watched_start(-1, true);
	watched.owner.issued = (struct timespec){ 5, 999999000 };
	watched.job.watch->now = (struct timespec){ 6, 500 };
	watched_place(1, 0, 520);
	watched.owner.issued = (struct timespec){ 5, 999999500 };
	watched_place(1, 0, 520);
	/* one that failed is another thing */
	watched_place(1, 0x281, 520);
	latency = &place_of(1)->latency;
	assert_int_equal(latency->nr, 2);
	assert_int_equal(latency->min, 1000);
	assert_int_equal(latency->max, 1500);
	assert_int_equal(latency->sum, 2500);
	/* clocks of several processors may differ a little */
	watched.owner.issued = (struct timespec){ 7, 0 };
	watched_place(1, 0, 520);
	assert_int_equal(latency->min, 0);
	assert_int_equal(latency->max, 1500);
}

static struct watch_latency *new_latency(void)
{
	struct watch_latency *latency = calloc(1, sizeof(*latency));

	assert_non_null(latency);
	latency->min = UINT64_MAX;
	return latency;
}

/* Buckets follow one another, and none is wider than 1.6 % of what is in it */
static void test_buckets(void **state)
{
	uint64_t low = 0;
	unsigned int bucket = 0;

	(void)state;
	assert_int_equal(watch_bucket(0), 0);
	while (bucket < WATCH_BUCKETS - 1) {
		uint64_t width = 1;

		assert_int_equal(watch_bucket(low), bucket);
		while (watch_bucket(low + width) == bucket)
			width *= 2;
		assert_int_equal(watch_bucket(low + width - 1), bucket);
		assert_int_equal(watch_bucket(low + width), bucket + 1);
		assert_true(width == 1 || width * 64 <= low);
		low += width;
		bucket++;
	}
	assert_int_equal(watch_bucket(UINT64_MAX), WATCH_BUCKETS - 1);
}

static void assert_near(const struct watch_latency *latency, double percent,
			double ns)
{
	double got = watch_percentile(latency, percent);

	if (got < ns * 0.992 || got > ns * 1.008)
		fail_msg("p%g is %f, not %f", percent, got, ns);
}

static void test_percentiles(void **state)
{
	static const double percents[] = { 0.1, 1, 10, 50, 90, 99, 99.9, 100 };
	struct watch_latency *latency = new_latency();

	(void)state;
	for (uint64_t i = 1; i <= 100000; i++)
		watch_took(latency, i * 1000);
	for (unsigned int i = 0; i < 8; i++)
		assert_near(latency, percents[i], percents[i] * 1000000);
	assert_int_equal(latency->min, 1000);
	assert_int_equal(latency->max, 100000000);
	free(latency);
}

/* No percentile is beyond what was measured */
static void test_few(void **state)
{
	struct watch_latency *latency = new_latency();

	(void)state;
	/* the last of its bucket */
	watch_took(latency, (65 << 14) - 1);
	assert_true(watch_percentile(latency, 50) == (65 << 14) - 1);
	free(latency);
	latency = new_latency();
	/* and the first */
	watch_took(latency, 1 << 20);
	assert_true(watch_percentile(latency, 50) == 1 << 20);
	free(latency);
	latency = new_latency();
	watch_took(latency, 1000001);
	assert_true(watch_percentile(latency, 99.9) == 1000001);
	watch_took(latency, 2000003);
	watch_took(latency, 3000003);
	assert_near(latency, 33, 1000001);
	assert_near(latency, 50, 2000003);
	assert_near(latency, 66, 2000003);
	assert_near(latency, 67, 3000003);
	watch_took(latency, 1ull << 50);
	assert_true(watch_percentile(latency, 100) == (double)(1ull << 50));
	free(latency);
}

static void test_destroyed(void **state)
{
	(void)state;
	watched_start(WATCHED_FD, true);
	watch_destroy(&watched.job);
	assert_null(watched.job.watch);
	assert_false(watched.job.detour);
	assert_null(watched.targets[0].watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCHED_TEST(test_kinds),
		WATCHED_TEST(test_errors),
		WATCHED_TEST(test_too_many_errors),
		WATCHED_TEST(test_trimmed),
		WATCHED_TEST(test_places),
		WATCHED_TEST(test_age),
		WATCHED_TEST(test_buckets),
		WATCHED_TEST(test_percentiles),
		WATCHED_TEST(test_few),
		WATCHED_TEST(test_destroyed),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
