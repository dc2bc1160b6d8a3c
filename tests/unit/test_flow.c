// SPDX-License-Identifier: GPL-2.0
/*
 * Long runs with a kernel that does what it likes, and rings whose SQ a
 * kernel thread reads, or that are polled.
 */
#include "host.h"

#include <errno.h>
#include <string.h>

#include <liburing.h>

#include "groups.h"
#include "split.h"

#define ROUNDS 3000

static uint32_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* What fio knows of its io_units */
struct tally {
	bool busy[64];
	unsigned int depth;
	unsigned int in_flight;
	unsigned int queued;
	unsigned int reaped;
};

static void queue_some(struct tally *tally)
{
	for (unsigned int i = 0; i < tally->depth; i++) {
		if (tally->busy[i] || any(3) == 0)
			continue;
		host_queue(i, (enum fio_ddir)any(4), any(1000) * 512ull,
			   (any(8) + 1) * 512ull);
		tally->busy[i] = true;
		tally->in_flight++;
		tally->queued++;
	}
}

static void reap_some(struct tally *tally)
{
	unsigned int min = any(tally->in_flight + 1);
	unsigned int max = min + any(tally->in_flight - min + 1);
	unsigned int got;

	if (!max)
		return;
	/* as fio: there is a commit before every wait */
	if (min)
		host_commit();
	got = host_getevents(min, max);
	for (unsigned int i = 0; i < got; i++) {
		const struct io_u *io_u = host_event(i);

		assert_true(tally->busy[io_u->index]);
		assert_int_equal(io_u->error, 0);
		tally->busy[io_u->index] = false;
		tally->in_flight--;
		tally->reaped++;
	}
}

static void trouble(void)
{
	static const int errors[] = { 0, 0, 0, -EINTR, -EAGAIN, -EBUSY };
	struct fake_step steps[4];

	for (unsigned int i = 0; i < 4; i++)
		steps[i] = (struct fake_step){
			.error = errors[any(6)],
			.take = any(6),
			.complete = any(3),
		};
	fake_script(steps, 4);
	fake.completes = (enum fake_completes)any(FAKE_NEVER);
}

static void drain(struct tally *tally)
{
	while (tally->in_flight) {
		host_commit();
		tally->in_flight -= host_getevents(1, tally->in_flight);
	}
}

static void run(unsigned int depth)
{
	struct tally tally = { .depth = depth };
	unsigned int waiting;

	seed = depth;
	host.td.o.iodepth = depth;
	host_start();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		trouble();
		queue_some(&tally);
		if (any(2))
			host_commit();
		reap_some(&tally);
		waiting = 0;
		for (unsigned int j = 0; j < depth; j++)
			waiting += tally.busy[j];
		assert_int_equal(waiting, tally.in_flight);
	}
	drain(&tally);
	assert_int_equal(fake.in_flight, 0);
	assert_int_equal(fake.nr_taken, tally.queued);
	assert_int_equal(host.submitted, tally.queued);
	assert_true(tally.queued > ROUNDS / 4);
	assert_true(tally.reaped > tally.queued / 2);
}

static void test_depth_1(void **state)
{
	(void)state;
	run(1);
}

static void test_depth_7(void **state)
{
	(void)state;
	run(7);
}

static void test_depth_64(void **state)
{
	(void)state;
	run(64);
}

static void test_shared(void **state)
{
	(void)state;
	host.td.o.disable_slat = 1;
	run(8);
}

static void test_async(void **state)
{
	(void)state;
	host.options.force_async = 2;
	run(8);
}

/* The deepest that fio may be set to */
static void test_depth_16384(void **state)
{
	unsigned int depth = 16384;

	(void)state;
	host.td.o.iodepth = depth;
	host.td.o.td_ddir = TD_DDIR_READ;
	host_start();
	assert_int_equal(fake.setup_entries, depth);
	assert_true(fake.setup_cq >= depth);
	for (unsigned int i = 0; i < depth; i++)
		host_queue(i, DDIR_READ, i * 512ull, 512);
	host_commit();
	assert_int_equal(fake.nr_taken, depth);
	assert_int_equal(host_getevents(depth, depth), depth);
	for (unsigned int i = 0; i < depth; i++)
		assert_int_equal(host_event(i)->index, i);
}

/* -- a kernel thread submits --------------------------------------------- */

static void start_thread(bool asleep)
{
	host.options.sqthread_poll = 1;
	host_start();
	fake.asleep = asleep;
	/* the thread shows that it sleeps when it next runs */
	if (asleep) {
		host_queue(0, DDIR_READ, 0, 512);
		host_commit();
		assert_int_equal(host_getevents(0, 1), 0);
		fake_thread_runs();
		assert_int_equal(host_getevents(1, 1), 1);
		fake.nr_enters = 0;
		fake.nr_taken = 0;
		host.submitted = 0;
		fake.asleep = true;
	}
}

static void test_thread_awake(void **state)
{
	(void)state;
	start_thread(false);
	assert_true(fake.setup_flags & IORING_SETUP_SQPOLL);
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 512);
	host_commit();
	/* submitting takes no call, and nor does what has completed */
	assert_int_equal(fake.nr_enters, 0);
	assert_int_equal(host.submitted, 4);
	fake.completes = FAKE_AT_ONCE;
	fake_thread_runs();
	assert_int_equal(fake.nr_taken, 4);
	assert_int_equal(host_getevents(4, 4), 4);
	assert_int_equal(fake.nr_enters, 0);
}

static void test_thread_asleep(void **state)
{
	(void)state;
	start_thread(true);
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 512);
	host_commit();
	assert_int_equal(fake.nr_enters, 1);
	assert_true(fake.enters[0].flags & IORING_ENTER_SQ_WAKEUP);
	assert_int_equal(fake.nr_taken, 4);
	assert_int_equal(host.submitted, 4);
	assert_int_equal(host_getevents(4, 4), 4);
	assert_true(fake.enters[1].flags & IORING_ENTER_GETEVENTS);
}

/* A thread that died cannot be woken, and fio is told */
static void test_thread_dead(void **state)
{
	(void)state;
	start_thread(true);
	host_queue(0, DDIR_READ, 0, 512);
	fake.enter_error = -EOWNERDEAD;
	assert_int_equal(host.ops->commit(&host.td), -EOWNERDEAD);
	assert_int_equal(fake.nr_enters, 1);
	assert_int_equal(host.td.error, EOWNERDEAD);
	assert_non_null(strstr(host.log, "/dev/ng0n1: "));
	assert_non_null(strstr(host.log, "sqthread_poll=0\n"));
}

/* -- calls that fail ------------------------------------------------------- */

static int commit(void)
{
	return host.ops->commit(&host.td);
}

static int reap(void)
{
	return host.ops->getevents(&host.td, 1, 4, NULL);
}

/* The call ends the job: once it is said why, however often fio asks again */
static void fails(int (*call)(void), int err, const char *words)
{
	const char *line;

	fake.enter_error = err;
	for (int i = 0; i < 3; i++)
		assert_int_equal(call(), err);
	fake.enter_error = 0;
	assert_int_equal(host.td.error, -err);
	line = strstr(host.log, "/dev/ng0n1");
	assert_non_null(line);
	assert_non_null(strstr(line, words));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void test_submission_fails(void **state)
{
	(void)state;
	host_start();
	host_queue(0, DDIR_READ, 0, 512);
	fails(commit, -ENODEV, "No such device); is the controller gone");
	/* what the kernel did not take is there still */
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
}

static void test_waiting_fails(void **state)
{
	(void)state;
	host_start();
	host_queue(0, DDIR_READ, 0, 512);
	host_commit();
	fails(reap, -EFAULT, "Bad address); see dmesg\n");
	assert_int_equal(host_getevents(1, 1), 1);
}

static void test_polling_fails(void **state)
{
	(void)state;
	host.options.hipri = 1;
	host.ns[0].poll = true;
	host_start();
	host_queue(0, DDIR_READ, 0, 512);
	host_commit();
	fails(reap, -EINVAL, "Invalid argument); see dmesg, and try hipri=0\n");
	assert_int_equal(host_getevents(1, 1), 1);
}

/* As long as the job is patient, and no longer */
static void test_no_memory(void **state)
{
	(void)state;
	host_start();
	host_queue(0, DDIR_READ, 0, 512);
	fails(commit, -EAGAIN, "free some memory");
	assert_in_range(fake.naps, 3, UINT32_MAX);
}

static void test_several_files(void **state)
{
	(void)state;
	host.td.files_index = 3;
	host_start();
	host_queue(0, DDIR_READ, 0, 512);
	fails(commit, -ENXIO, "/dev/ng0n1 and 2 more: ");
}

static void test_parts_fail(void **state)
{
	(void)state;
	split_sizes(4096, 512);
	host_start();
	host_queue(0, DDIR_READ, 0, 4096);
	fails(commit, -ENODEV, "is the controller gone");
	host_commit();
	fails(reap, -ENODEV, "is the controller gone");
	assert_int_equal(host_getevents(1, 1), 1);
}

/* Even at its depth: there is no call to be shared */
static void test_thread_never_shares(void **state)
{
	(void)state;
	host.td.o.disable_slat = 1;
	start_thread(false);
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 512);
	host_commit();
	fake_thread_runs();
	assert_int_equal(fake.nr_taken, 4);
	assert_int_equal(host.submitted, 4);
	assert_int_equal(host_getevents(4, 4), 4);
}

static void test_thread_cpu(void **state)
{
	(void)state;
	host.options.sqthread_poll = 1;
	host.options.sqthread_poll_cpu = 1;
	host_start();
	assert_int_equal(fake.setup_cpu, 1);
}

/* -- polled -------------------------------------------------------------- */

static void test_polled(void **state)
{
	(void)state;
	host.options.hipri = 1;
	host.ns[0].poll = true;
	host_start();
	assert_true(fake.setup_flags & IORING_SETUP_IOPOLL);
	assert_false(fake.setup_flags & 1u << 17);
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 512);
	host_commit();
	/* only a call with GETEVENTS polls, also when nothing is waited for */
	assert_int_equal(host_getevents(0, 4), 0);
	assert_true(fake.enters[1].flags & IORING_ENTER_GETEVENTS);
	assert_int_equal(host_getevents(4, 4), 4);
}

static void test_hybrid(void **state)
{
	(void)state;
	host.options.hipri = 1;
	host.options.hybrid_poll = 1;
	host.ns[0].poll = true;
	host_start();
	assert_true(fake.setup_flags & IORING_SETUP_IOPOLL);
	assert_true(fake.setup_flags & 1u << 17);
}

int group_flow(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_depth_1),
		HOST_TEST(test_depth_7),
		HOST_TEST(test_depth_64),
		HOST_TEST(test_shared),
		HOST_TEST(test_async),
		HOST_TEST(test_depth_16384),
		HOST_TEST(test_thread_awake),
		HOST_TEST(test_thread_asleep),
		HOST_TEST(test_thread_dead),
		HOST_TEST(test_submission_fails),
		HOST_TEST(test_waiting_fails),
		HOST_TEST(test_polling_fails),
		HOST_TEST(test_no_memory),
		HOST_TEST(test_several_files),
		HOST_TEST(test_parts_fail),
		HOST_TEST(test_thread_never_shares),
		HOST_TEST(test_thread_cpu),
		HOST_TEST(test_polled),
		HOST_TEST(test_hybrid),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("flow"), tests, NULL,
					   NULL);
}
