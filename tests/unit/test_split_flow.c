// SPDX-License-Identifier: GPL-2.0
/*
 * Long runs of io_units of several commands, with a kernel and a device that
 * do what they like. What the kernel took is read back: it has to be the
 * io_units in the order of their queueing, each whole, or up to where it
 * failed; and what fio is told has to be what the device answered.
 */
#include "split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

#define PART 1536u
#define ROUNDS 1500u
#define DEPTH_MAX 64u

static uint32_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* An io_unit from queue to event: commands @first to @first + @sent - 1 */
struct trip {
	unsigned int unit;
	enum fio_ddir ddir;
	uint64_t offset;
	unsigned int parts;
	unsigned int first;
	unsigned int sent;
	bool done;
};

struct run {
	unsigned int depth;
	unsigned int parts;
	unsigned int limit;
	struct trip *trips;
	unsigned int nr_trips;
	unsigned int sending;
	unsigned int walked;
	unsigned int trip_of[DEPTH_MAX];
	bool busy[DEPTH_MAX];
	unsigned int in_flight;
	unsigned int failures;
	int *results;
	unsigned int nr_results;
};

static struct run run;
static bool failing;

/* How the device answers; what it said is kept by the command's number */
static int answer(const uint32_t *sqe, unsigned int nth)
{
	static const int failures[] = { 0x281, 0x81, 0x282, -ENODEV };
	unsigned int room = run.nr_results;

	(void)sqe;
	assert_in_range(fake.in_flight, 1, run.limit);
	while (nth >= run.nr_results)
		run.nr_results = run.nr_results ? run.nr_results * 2 : 4096;
	if (run.nr_results != room)
		run.results = realloc(run.results,
				      run.nr_results * sizeof(*run.results));
	assert_non_null(run.results);
	run.results[nth] = failing && !any(20) ? failures[any(4)] : 0;
	return run.results[nth];
}

/* Where the command goes, and where its data is */
static void check_place(const struct trip *trip, unsigned int nth)
{
	struct sqe sqe = sqe_nth(nth);

	if (trip->ddir > DDIR_WRITE)
		return;
	assert_int_equal(sqe_get64(&sqe, 22) * 512,
			 trip->offset + (uint64_t)trip->sent * PART);
	assert_int_equal(sqe_get64(&sqe, 18),
			 (uintptr_t)host.io_us[trip->unit].buf +
				 (size_t)trip->sent * PART);
}

/* Tell what was taken since: whose it is, and that it is the next */
static void walk(void)
{
	for (; run.walked < fake.nr_taken; run.walked++) {
		struct trip *trip = &run.trips[run.sending];

		if (!split_index(run.walked)) {
			if (trip->sent)
				trip++, run.sending++;
			assert_true(run.sending < run.nr_trips);
			trip->first = run.walked;
		}
		assert_int_equal(split_unit(run.walked), trip->unit);
		assert_int_equal(split_index(run.walked), trip->sent);
		check_place(trip, run.walked);
		assert_true(trip->sent++ < trip->parts);
	}
}

static unsigned int error_of(int res)
{
	if (res < 0)
		return (unsigned int)-res;
	return res == 0x81 ? ENOSPC : res == 0x282 ? EILSEQ : res ? EIO : 0;
}

/* The first in order that failed, and all that it leaves */
static void check_done(const struct io_u *io_u)
{
	struct trip *trip = &run.trips[run.trip_of[io_u->index]];
	unsigned int bad = 0;

	assert_true(run.busy[io_u->index]);
	assert_false(trip->done);
	trip->done = true;
	while (bad < trip->sent && !run.results[trip->first + bad])
		bad++;
	if (bad == trip->sent) {
		assert_int_equal(trip->sent, trip->parts);
		assert_int_equal(io_u->error, 0);
		return;
	}
	run.failures++;
	assert_int_equal(io_u->error, error_of(run.results[trip->first + bad]));
	if (io_u->ddir <= DDIR_WRITE)
		assert_int_equal(io_u->resid,
				 io_u->xfer_buflen - (uint64_t)bad * PART);
}

static void queue_one(unsigned int unit)
{
	enum fio_ddir ddir = (enum fio_ddir)any(5);
	uint64_t blocks = any(run.parts * PART / 512) + 1;
	struct io_u *io_u =
		host_io(unit, ddir, any(1000) * 512ull, blocks * 512);

	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_QUEUED);
	host.td.cur_depth++;
	host.td.io_u_queued++;
	run.busy[unit] = true;
	run.in_flight++;
	run.trip_of[unit] = run.nr_trips;
	run.trips[run.nr_trips++] = (struct trip){
		.unit = unit,
		.ddir = ddir,
		.offset = io_u->offset,
		.parts = ddir > DDIR_WRITE ?
				 1 :
				 (unsigned int)(blocks * 512 + PART - 1) / PART,
	};
}

static void reap(unsigned int min, unsigned int max)
{
	unsigned int got;

	/* as fio: there is a commit before every wait */
	if (min)
		host_commit();
	got = host_getevents(min, max);
	walk();
	for (unsigned int i = 0; i < got; i++) {
		const struct io_u *io_u = host_event(i);

		check_done(io_u);
		run.busy[io_u->index] = false;
		run.in_flight--;
	}
}

static void trouble(void)
{
	static const int errors[] = { 0, 0, 0, -EINTR, -EAGAIN, -EBUSY };
	struct fake_step steps[4];

	for (unsigned int i = 0; i < 4; i++)
		steps[i] = (struct fake_step){
			.error = errors[any(6)],
			.take = any(12),
			.complete = any(6),
		};
	fake_script(steps, 4);
	fake.completes = (enum fake_completes)any(FAKE_NEVER);
}

static void turn(void)
{
	unsigned int min, max;

	trouble();
	for (unsigned int i = 0; i < run.depth; i++)
		if (!run.busy[i] && any(3))
			queue_one(i);
	if (any(2))
		host_commit();
	min = any(run.in_flight + 1);
	max = min + any(run.in_flight - min + 1);
	if (max)
		reap(min, max);
}

static void go(unsigned int depth, unsigned int parts, unsigned int tags,
	       bool fails)
{
	failing = fails;
	run = (struct run){ .depth = depth, .parts = parts };
	run.trips = calloc((size_t)ROUNDS * depth, sizeof(*run.trips));
	assert_non_null(run.trips);
	seed = depth * 1000 + parts * 100 + tags;
	split_sizes((uint64_t)parts * PART, PART);
	host.td.o.min_bs[DDIR_READ] = host.td.o.min_bs[DDIR_WRITE] = 512;
	host.td.o.ba[DDIR_READ] = host.td.o.ba[DDIR_WRITE] = 512;
	host.td.o.iodepth = depth;
	host.ns[0].tags = tags;
	run.limit = tags < depth * parts ? tags : depth * parts;
	host_start();
	fake.status = answer;
	for (unsigned int i = 0; i < ROUNDS; i++)
		turn();
	while (run.in_flight)
		reap(1, run.in_flight);
	assert_int_equal(fake.in_flight, 0);
	for (unsigned int i = 0; i < run.nr_trips; i++)
		assert_true(run.trips[i].done);
	assert_int_equal(host.submitted, run.nr_trips);
	assert_true(run.nr_trips > ROUNDS / 4);
	assert_true(failing ? run.failures > 20 : !run.failures);
	free(run.trips);
	free(run.results);
}

static void test_depth_1(void **state)
{
	(void)state;
	go(1, 7, 1000, false);
}

static void test_one_tag(void **state)
{
	(void)state;
	go(5, 4, 1, false);
}

static void test_few_tags(void **state)
{
	(void)state;
	go(7, 5, 9, false);
}

static void test_many_tags(void **state)
{
	(void)state;
	go(16, 8, 100, false);
}

static void test_no_waiting(void **state)
{
	(void)state;
	go(8, 8, 64, false);
}

static void test_shared(void **state)
{
	(void)state;
	host.td.o.disable_slat = 1;
	go(8, 3, 7, false);
}

static void test_async(void **state)
{
	(void)state;
	host.options.force_async = 2;
	go(8, 3, 7, false);
}

static void test_whole_io_units(void **state)
{
	(void)state;
	go(64, 1, 9, false);
}

static void test_failing(void **state)
{
	(void)state;
	go(8, 8, 13, true);
}

static void test_failing_shared(void **state)
{
	(void)state;
	host.td.o.disable_slat = 1;
	go(16, 5, 33, true);
}

static void test_failing_one_tag(void **state)
{
	(void)state;
	go(3, 6, 1, true);
}

int group_split_flow(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_depth_1),	 HOST_TEST(test_one_tag),
		HOST_TEST(test_few_tags),	 HOST_TEST(test_many_tags),
		HOST_TEST(test_no_waiting),	 HOST_TEST(test_shared),
		HOST_TEST(test_async),		 HOST_TEST(test_whole_io_units),
		HOST_TEST(test_failing),	 HOST_TEST(test_failing_shared),
		HOST_TEST(test_failing_one_tag),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("split_flow"), tests,
					   NULL, NULL);
}
