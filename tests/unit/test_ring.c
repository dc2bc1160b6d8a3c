// SPDX-License-Identifier: GPL-2.0
/* Setting a ring up on kernels that know less and less, and driving it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_ring.h"
#include "ring/ring.h"

#define HYBRID (1u << 17)
#define BASE                                                              \
	(IORING_SETUP_SQE128 | IORING_SETUP_CQE32 | IORING_SETUP_CQSIZE | \
	 IORING_SETUP_SUBMIT_ALL)
#define SINGLE IORING_SETUP_SINGLE_ISSUER
#define COOP IORING_SETUP_COOP_TASKRUN
#define DEFER IORING_SETUP_DEFER_TASKRUN

static int reset(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static struct ring_setup setup_of(unsigned int entries)
{
	return (struct ring_setup){ .entries = entries, .sqpoll_cpu = -1 };
}

static void check_setup(const struct ring_setup *setup, unsigned int unknown,
			unsigned int flags, unsigned int tries)
{
	struct ring ring;

	fake.unknown = unknown;
	fake.setups = 0;
	assert_int_equal(ring_init(&ring, setup), 0);
	assert_int_equal(fake.setup_flags, BASE | flags);
	assert_int_equal(ring.flags, BASE | flags);
	assert_int_equal(fake.setups, tries);
	ring_exit(&ring);
	assert_int_equal(fake.open, 0);
}

/* Linux 6.1, 6.0 and 5.19 */
static void test_ladder(void **state)
{
	const struct ring_setup setup = setup_of(8);

	(void)state;
	check_setup(&setup, 0, SINGLE | COOP | DEFER, 1);
	check_setup(&setup, DEFER, SINGLE | COOP, 2);
	check_setup(&setup, DEFER | SINGLE, COOP, 3);
	check_setup(&setup, DEFER | SINGLE | COOP, 0, 4);
}

static void test_ladder_thread(void **state)
{
	struct ring_setup setup = setup_of(8);

	(void)state;
	setup.sqpoll = true;
	check_setup(&setup, 0, IORING_SETUP_SQPOLL | SINGLE, 1);
	check_setup(&setup, SINGLE, IORING_SETUP_SQPOLL, 2);
	assert_int_equal(fake.setup_cpu, -1);
	setup.sqpoll_cpu = 0;
	check_setup(&setup, 0,
		    IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF | SINGLE, 1);
	assert_int_equal(fake.setup_cpu, 0);
}

static void assert_features(const struct ring_setup *setup, const char *names)
{
	struct ring ring;
	char got[256] = "";
	const char *name;

	assert_int_equal(ring_init(&ring, setup), 0);
	for (unsigned int i = 0; (name = ring_feature(&ring, i)); i++) {
		strcat(got, got[0] ? ", " : "");
		strcat(got, name);
	}
	assert_string_equal(got, names);
	assert_null(ring_feature(&ring, 100));
	ring_exit(&ring);
}

static void test_features(void **state)
{
	struct ring_setup setup = setup_of(8);

	(void)state;
	assert_features(&setup, "SINGLE_ISSUER, DEFER_TASKRUN, COOP_TASKRUN, "
				"registered ring");
	fake.unknown = DEFER;
	setup.iopoll = setup.hybrid = true;
	assert_features(&setup, "SINGLE_ISSUER, COOP_TASKRUN, IOPOLL, "
				"HYBRID_IOPOLL, registered ring");
	fake.ring_fd_error = -EINVAL;
	setup = setup_of(8);
	setup.sqpoll = true;
	setup.sqpoll_cpu = 1;
	assert_features(&setup, "SINGLE_ISSUER, SQPOLL, SQ_AFF");
}

static void test_polled(void **state)
{
	struct ring_setup setup = setup_of(8);

	(void)state;
	setup.iopoll = true;
	check_setup(&setup, 0, IORING_SETUP_IOPOLL | SINGLE | COOP | DEFER, 1);
	check_setup(&setup, DEFER, IORING_SETUP_IOPOLL | SINGLE | COOP, 2);
}

/* Never left out quietly: without it the ring would poll all the time */
static void test_hybrid(void **state)
{
	struct ring_setup setup = setup_of(8);
	struct ring ring;

	(void)state;
	setup.iopoll = true;
	setup.hybrid = true;
	check_setup(&setup, 0,
		    IORING_SETUP_IOPOLL | HYBRID | SINGLE | COOP | DEFER, 1);
	fake.unknown = HYBRID;
	assert_int_equal(ring_init(&ring, &setup), -EINVAL);
	assert_int_equal(ring_probe(&setup), -EINVAL);
	setup.hybrid = false;
	assert_int_equal(ring_probe(&setup), 0);
	fake.unknown = 0;
	setup.hybrid = true;
	setup.sqpoll = true;
	check_setup(&setup, 0,
		    IORING_SETUP_IOPOLL | HYBRID | IORING_SETUP_SQPOLL | SINGLE,
		    1);
}

static void test_entries(void **state)
{
	static const unsigned int depths[] = { 1, 2, 7, 128, 16384 };
	struct ring_setup setup;
	struct ring ring;

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		setup = setup_of(depths[i]);
		assert_int_equal(ring_init(&ring, &setup), 0);
		assert_true(ring.sq_mask + 1 >= depths[i]);
		assert_true(ring.cq_mask + 1 >= depths[i]);
		ring_exit(&ring);
	}
}

/* A kernel that refuses all, or for another reason than that it is old */
static void test_refused(void **state)
{
	const struct ring_setup setup = setup_of(8);
	struct ring ring;

	(void)state;
	fake.unknown = IORING_SETUP_SQE128;
	assert_int_equal(ring_init(&ring, &setup), -EINVAL);
	assert_int_equal(fake.setups, 4);
	fake.setups = 0;
	fake.init_error = -EPERM;
	assert_int_equal(ring_init(&ring, &setup), -EPERM);
	assert_int_equal(fake.setups, 1);
	assert_int_equal(ring_probe(&setup), -EPERM);
	assert_int_equal(fake.open, 0);
}

static void test_probe(void **state)
{
	const struct ring_setup setup = setup_of(1);

	(void)state;
	assert_int_equal(ring_probe(&setup), 0);
	assert_int_equal(fake.open, 0);
}

/* One command through, with and without the ring itself being registered */
static void call(unsigned int registered)
{
	const struct ring_setup setup = setup_of(2);
	struct ring_sqe sqe;
	struct ring_cqe cqe;
	struct ring ring;

	assert_int_equal(ring_init(&ring, &setup), 0);
	for (unsigned int i = 0; i < 9; i++) {
		ring_sqe_command(&sqe, 0x1234, 5, false);
		sqe.sqe.user_data = i;
		memset(sqe.cmd, (int)i, sizeof(sqe.cmd));
		assert_int_equal(ring_call(&ring, &sqe, &cqe), 0);
		assert_int_equal(cqe.user_data, i);
		assert_memory_equal(fake.taken[i], &sqe, sizeof(sqe));
		assert_int_equal(fake.enters[i].flags &
					 IORING_ENTER_REGISTERED_RING,
				 registered);
	}
	assert_int_equal(ring.enters, 9);
	ring_exit(&ring);
}

static void test_registered_ring(void **state)
{
	(void)state;
	call(IORING_ENTER_REGISTERED_RING);
}

static void test_unregistered_ring(void **state)
{
	(void)state;
	fake.ring_fd_error = -EINVAL;
	call(0);
}

static void push(struct ring *ring, unsigned int slot, uint64_t user_data)
{
	struct ring_sqe *sqe = &ring->slots[slot];

	ring_sqe_command(sqe, 1, 3, false);
	sqe->sqe.user_data = user_data;
}

/* Slots are handed over in the order in which they are counted */
static void test_owned_slots(void **state)
{
	static const unsigned int order[] = { 2, 0, 3, 1, 0, 3, 2, 1, 0 };
	const struct ring_setup setup = setup_of(4);
	struct ring ring;

	(void)state;
	assert_int_equal(ring_init(&ring, &setup), 0);
	for (unsigned int i = 0; i < 9; i++) {
		push(&ring, order[i], i);
		ring_push(&ring, order[i]);
		/* by pairs, by turns across the end of the array */
		if (i % 2)
			continue;
		assert_true(ring_enter(&ring, i ? 2 : 1, true) >= 0);
		ring_advance(&ring, i ? 2 : 1);
	}
	assert_int_equal(fake.nr_taken, 9);
	for (unsigned int i = 0; i < 9; i++)
		assert_int_equal(fake.taken[i][8], i);
	ring_exit(&ring);
}

/* Free slots come from completions in any order; none is free twice */
static void test_free_slots(void **state)
{
	const struct ring_setup setup = setup_of(8);
	unsigned int sent = 0, in_flight = 0;
	struct ring ring;

	(void)state;
	assert_int_equal(ring_init(&ring, &setup), 0);
	fake.completes = FAKE_NEVER;
	for (unsigned int i = 0; i < 100; i++) {
		for (; in_flight < 8; in_flight++, sent++) {
			unsigned int slot = *ring_free_slots(&ring);

			push(&ring, slot, (uint64_t)slot << 32 | sent);
			ring_push_free(&ring, 1);
		}
		assert_true(ring_enter(&ring, 0, false) >= 0);
		for (unsigned int n = i % 3; n < 5; n++, in_flight--) {
			const struct ring_cqe *cqe;

			/* by turns from all places in flight */
			fake_complete((i + n * 3) % fake.in_flight, 0);
			cqe = ring_cqe(&ring, 0);
			*ring_freed(&ring, cqe) =
				(unsigned int)(cqe->user_data >> 32);
			ring_advance(&ring, 1);
		}
	}
	assert_true(fake.nr_taken > 300);
	while (fake.in_flight)
		fake_complete(0, 0);
	ring_exit(&ring);
}

/* A ring that could not be mapped is not left open */
static void test_unmapped(void **state)
{
	const struct ring_setup setup = setup_of(8);
	struct ring ring;

	(void)state;
	fake.mmap_error = -ENOMEM;
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(ring_init(&ring, &setup), -ENOMEM);
	assert_int_equal(ring_probe(&setup), -ENOMEM);
	fake.mmap_error = 0;
	assert_int_equal(ring_probe(&setup), 0);
}

static int status(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth ? -EFAULT : 0x4002;
}

static void test_call_fails(void **state)
{
	static const struct fake_step steps[] = { { .error = -EINTR },
						  { .error = -EINTR } };
	const struct ring_setup setup = setup_of(1);
	struct ring_sqe sqe;
	struct ring_cqe cqe;
	struct ring ring;

	(void)state;
	ring_sqe_command(&sqe, 1, 3, false);
	assert_int_equal(ring_init(&ring, &setup), 0);
	fake.status = status;
	fake_script(steps, 2);
	assert_int_equal(ring_call(&ring, &sqe, &cqe), 0);
	assert_int_equal(cqe.res, 0x4002);
	assert_int_equal(ring_call(&ring, &sqe, &cqe), 0);
	assert_int_equal(cqe.res, -EFAULT);
	fake.enter_error = -EBADF;
	assert_int_equal(ring_call(&ring, &sqe, &cqe), -EBADF);
	ring_exit(&ring);
}

/* opcode 46 with flags, file and command; all else is 0 */
static void test_sqe(void **state)
{
	uint32_t want[32] = { 46 | 1 << 8, 7, 0xc0484e80 };
	struct ring_sqe sqe;

	(void)state;
	memset(&sqe, 0xa5, sizeof(sqe));
	ring_sqe_command(&sqe, 0xc0484e80, 7, true);
	assert_memory_equal(&sqe, want, sizeof(want));
	ring_sqe_buffer(&sqe, 0x1234);
	want[7] = 1;
	want[10] = 0x1234;
	assert_memory_equal(&sqe, want, sizeof(want));
	ring_sqe_command(&sqe, 0xc0484e81, 3, false);
	want[0] = 46;
	want[1] = 3;
	want[2] = 0xc0484e81;
	want[7] = want[10] = 0;
	assert_memory_equal(&sqe, want, sizeof(want));
}

static void test_files(void **state)
{
	static const int fds[] = { 11, 12, 13 };
	const struct ring_setup setup = setup_of(1);
	struct ring ring;

	(void)state;
	assert_int_equal(ring_init(&ring, &setup), 0);
	fake.files_error = -EMFILE;
	assert_int_equal(ring_register_files(&ring, fds, 3), -EMFILE);
	assert_false(ring.files);
	fake.files_error = 0;
	assert_int_equal(ring_register_files(&ring, fds, 3), 0);
	assert_true(ring.files);
	assert_memory_equal(fake.files, fds, sizeof(fds));
	ring_exit(&ring);
}

/* Head and tail count on beyond 2^32 */
static void test_wrap(void **state)
{
	const struct ring_setup setup = setup_of(4);
	struct ring_sqe sqe;
	struct ring_cqe cqe;
	struct ring ring;

	(void)state;
	ring_sqe_command(&sqe, 1, 3, false);
	assert_int_equal(ring_init(&ring, &setup), 0);
	/* as if so many had been sent before */
	ring.sq_tail = UINT32_MAX - 1;
	ring.sq_limit = ring.sq_tail + ring.sq_mask + 1;
	*ring.uring.sq.khead = *ring.sq_ktail = UINT32_MAX - 1;
	ring.cq_head = *ring.cq_khead = *ring.cq_ktail = UINT32_MAX - 2;
	for (unsigned int i = 0; i < 8; i++) {
		sqe.sqe.user_data = i;
		assert_int_equal(ring_call(&ring, &sqe, &cqe), 0);
		assert_int_equal(cqe.user_data, i);
		assert_int_equal(ring_ready(&ring), 0);
	}
	ring_exit(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ladder, reset),
		cmocka_unit_test_setup(test_ladder_thread, reset),
		cmocka_unit_test_setup(test_polled, reset),
		cmocka_unit_test_setup(test_features, reset),
		cmocka_unit_test_setup(test_hybrid, reset),
		cmocka_unit_test_setup(test_entries, reset),
		cmocka_unit_test_setup(test_refused, reset),
		cmocka_unit_test_setup(test_probe, reset),
		cmocka_unit_test_setup(test_registered_ring, reset),
		cmocka_unit_test_setup(test_unregistered_ring, reset),
		cmocka_unit_test_setup(test_owned_slots, reset),
		cmocka_unit_test_setup(test_free_slots, reset),
		cmocka_unit_test_setup(test_unmapped, reset),
		cmocka_unit_test_setup(test_call_fails, reset),
		cmocka_unit_test_setup(test_sqe, reset),
		cmocka_unit_test_setup(test_files, reset),
		cmocka_unit_test_setup_teardown(test_wrap, reset, reset),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
