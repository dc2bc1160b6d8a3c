// SPDX-License-Identifier: GPL-2.0
#include "ring.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifndef IORING_ENTER_REGISTERED_RING
#error "liburing 2.2 or later is needed"
#endif

/* Linux 6.13; from liburing 2.9 on it has a name */
#define HYBRID_IOPOLL (1U << 17)
#ifdef IORING_SETUP_HYBRID_IOPOLL
_Static_assert(HYBRID_IOPOLL == IORING_SETUP_HYBRID_IOPOLL, "liburing's");
#endif

/*
 * Every set-up starts from these. SQE128 and CQE32 are what NVMe passthrough
 * asks for; SUBMIT_ALL keeps one bad command from holding back its batch;
 * CQSIZE because no more can complete than is in flight.
 */
#define RING_BASE                                                             \
	(IORING_SETUP_SQE128 | IORING_SETUP_CQE32 | IORING_SETUP_SUBMIT_ALL | \
	 IORING_SETUP_CQSIZE)

/*
 * From the best to what every kernel with passthrough takes. DEFER_TASKRUN
 * came with Linux 6.1, SINGLE_ISSUER with 6.0, COOP_TASKRUN with 5.19.
 */
static const unsigned int ring_ladder[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_COOP_TASKRUN,
	0,
};

/* Task work runs in the kernel's thread: the other two are refused with it */
static const unsigned int ring_ladder_sqpoll[] = {
	IORING_SETUP_SINGLE_ISSUER,
	0,
};

static void ring_params(struct io_uring_params *params,
			const struct ring_setup *setup, unsigned int extra)
{
	memset(params, 0, sizeof(*params));
	params->flags = RING_BASE | extra;
	params->cq_entries = setup->entries;
	if (setup->iopoll)
		params->flags |= IORING_SETUP_IOPOLL;
	if (setup->hybrid)
		params->flags |= HYBRID_IOPOLL;
	if (!setup->sqpoll)
		return;
	params->flags |= IORING_SETUP_SQPOLL;
	if (setup->sqpoll_cpu < 0)
		return;
	params->flags |= IORING_SETUP_SQ_AFF;
	params->sq_thread_cpu = (unsigned int)setup->sqpoll_cpu;
}

/*
 * io_uring_queue_init_params() of liburing 2.6 and later asks for a ring
 * without the array that slots are handed over by.
 */
static int ring_set_up(struct ring *ring, unsigned int entries,
		       struct io_uring_params *params)
{
	int fd = io_uring_setup(entries, params), ret;

	if (fd < 0)
		return fd;
	ret = io_uring_queue_mmap(fd, params, &ring->uring);
	if (ret) {
		close(fd);
		return ret;
	}
	/* which only some versions do, liburing 2.9 not among them */
	ring->uring.ring_fd = ring->uring.enter_ring_fd = fd;
	ring->uring.flags = params->flags;
	return 0;
}

static int ring_create(struct ring *ring, const struct ring_setup *setup)
{
	const unsigned int *ladder = ring_ladder;
	size_t nr = sizeof(ring_ladder) / sizeof(ring_ladder[0]);
	struct io_uring_params params;
	int ret = -EINVAL;

	if (setup->sqpoll) {
		ladder = ring_ladder_sqpoll;
		nr = sizeof(ring_ladder_sqpoll) / sizeof(ring_ladder_sqpoll[0]);
	}
	for (size_t i = 0; i < nr && ret == -EINVAL; i++) {
		ring_params(&params, setup, ladder[i]);
		ret = ring_set_up(ring, setup->entries, &params);
	}
	if (ret)
		return ret;
	ring->flags = params.flags;
	return 0;
}

static void ring_map(struct ring *ring)
{
	struct io_uring *uring = &ring->uring;

	ring->slots = (struct ring_sqe *)uring->sq.sqes;
	ring->sq_array = uring->sq.array;
	ring->sq_ktail = uring->sq.ktail;
	ring->sq_kflags = uring->sq.kflags;
	ring->sq_mask = *uring->sq.kring_mask;
	ring->sq_tail = *uring->sq.ktail;
	ring->sq_limit = ring->sq_tail + ring->sq_mask + 1;
	ring->cqes = (struct ring_cqe *)uring->cq.cqes;
	ring->cq_khead = uring->cq.khead;
	ring->cq_ktail = uring->cq.ktail;
	ring->cq_mask = *uring->cq.kring_mask;
	ring->cq_head = *uring->cq.khead;
	/* all of them are free */
	for (unsigned int i = 0; i <= ring->sq_mask; i++)
		ring->sq_array[i] = i;
}

/**
 * ring_sqe_command() - encode what all commands to a file share
 * @sqe: the entry; its @cmd and user_data are the caller's
 * @cmd_op: what kind of command, in the driver's numbering
 * @file: a descriptor, or an index of ring_register_files()
 * @registered: it is an index
 */
void ring_sqe_command(struct ring_sqe *sqe, uint32_t cmd_op, int file,
		      bool registered)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->sqe.opcode = IORING_OP_URING_CMD;
	sqe->sqe.flags = registered ? IOSQE_FIXED_FILE : 0;
	sqe->sqe.fd = file;
	sqe->sqe.cmd_op = cmd_op;
}

/**
 * ring_sqe_buffer() - say that a command's data lies in registered memory
 * @sqe: made by ring_sqe_command()
 * @region: an index of ring_register_buffers()
 */
void ring_sqe_buffer(struct ring_sqe *sqe, unsigned int region)
{
	sqe->sqe.uring_cmd_flags = IORING_URING_CMD_FIXED;
	sqe->sqe.buf_index = (uint16_t)region;
}

/**
 * ring_init() - set a ring up with the best that the running kernel takes
 * @ring: filled in; undone by ring_exit()
 * @setup: what it is to be
 *
 * To be called by the thread that will submit: IORING_SETUP_SINGLE_ISSUER
 * binds the ring to it.
 *
 * Return: 0, or a negative errno: -EINVAL also when the kernel is older than
 * Linux 5.19, -ENOSYS and -EPERM when io_uring is not to be had.
 */
int ring_init(struct ring *ring, const struct ring_setup *setup)
{
	int ret;

	memset(ring, 0, sizeof(*ring));
	ret = ring_create(ring, setup);
	if (ret)
		return ret;

	ring_map(ring);
	ring->sqpoll = setup->sqpoll;
	ring->iopoll = setup->iopoll;
	ring->enter_fd = ring->uring.ring_fd;
	/* a registered ring saves a file look-up in each call; Linux 5.18 */
	if (io_uring_register_ring_fd(&ring->uring) == 1) {
		ring->enter_fd = ring->uring.enter_ring_fd;
		ring->enter_flags = IORING_ENTER_REGISTERED_RING;
	}
	return 0;
}

static const struct {
	unsigned int flag;
	const char *name;
} ring_features[] = {
	{ IORING_SETUP_SINGLE_ISSUER, "SINGLE_ISSUER" },
	{ IORING_SETUP_DEFER_TASKRUN, "DEFER_TASKRUN" },
	{ IORING_SETUP_COOP_TASKRUN, "COOP_TASKRUN" },
	{ IORING_SETUP_IOPOLL, "IOPOLL" },
	{ HYBRID_IOPOLL, "HYBRID_IOPOLL" },
	{ IORING_SETUP_SQPOLL, "SQPOLL" },
	{ IORING_SETUP_SQ_AFF, "SQ_AFF" },
};

/**
 * ring_feature() - what of io_uring a ring uses, one after the other
 * @ring: the ring
 * @nth: from 0 on
 *
 * What every ring has here is left out.
 *
 * Return: a set-up flag's name without IORING_SETUP_, or words; NULL when
 * there are no more.
 */
const char *ring_feature(const struct ring *ring, unsigned int nth)
{
	size_t nr = sizeof(ring_features) / sizeof(ring_features[0]);

	for (size_t i = 0; i < nr; i++)
		if (ring->flags & ring_features[i].flag && !nth--)
			return ring_features[i].name;
	if (ring->enter_flags & IORING_ENTER_REGISTERED_RING && !nth)
		return "registered ring";
	return NULL;
}

/**
 * ring_exit() - undo ring_init()
 * @ring: the ring; nothing may be in flight
 */
void ring_exit(struct ring *ring)
{
	io_uring_queue_exit(&ring->uring);
}

/**
 * ring_probe() - whether a ring can be had here
 * @setup: what it is to be
 *
 * Return: 0, or a negative errno as of ring_init().
 */
int ring_probe(const struct ring_setup *setup)
{
	struct ring ring;
	int ret;

	memset(&ring, 0, sizeof(ring));
	ret = ring_create(&ring, setup);
	if (ret)
		return ret;
	ring_exit(&ring);
	return 0;
}

/**
 * ring_register_files() - let SQEs name files by index
 * @ring: the ring
 * @fds: open files; they stay the caller's
 * @nr: how many
 *
 * Return: 0, or a negative errno; the ring then still takes descriptors.
 */
int ring_register_files(struct ring *ring, const int *fds, unsigned int nr)
{
	int ret = io_uring_register_files(&ring->uring, fds, nr);

	if (ret < 0)
		return ret;
	ring->files = true;
	return 0;
}

/**
 * ring_register_buffers() - pin memory that commands will use
 * @ring: the ring
 * @regions: at most 1 GiB each (the kernel's limit)
 * @nr: how many
 *
 * Return: 0, or a negative errno: -ENOMEM when RLIMIT_MEMLOCK is too small.
 */
int ring_register_buffers(struct ring *ring, const struct iovec *regions,
			  unsigned int nr)
{
	int ret = io_uring_register_buffers(&ring->uring, regions, nr);

	return ret < 0 ? ret : 0;
}

static int enter(struct ring *ring, unsigned int submit, unsigned int wait,
		 unsigned int flags)
{
	ring->enters++;
	return io_uring_enter((unsigned int)ring->enter_fd, submit, wait,
			      ring->enter_flags | flags, NULL);
}

/* The kernel's thread reads the tail by itself unless it went to sleep */
static int ring_kick(struct ring *ring)
{
	ring->sq_limit = ring->sq_tail + ring->sq_mask + 1;
	/* the tail must be seen before the thread's flag is read */
	io_uring_smp_mb();
	if (!(IO_URING_READ_ONCE(*ring->sq_kflags) & IORING_SQ_NEED_WAKEUP))
		return 0;
	return enter(ring, 0, 0, IORING_ENTER_SQ_WAKEUP);
}

static __attribute__((noinline)) int enter_thread(struct ring *ring,
						  unsigned int wait, bool reap)
{
	int ret;

	if (ring_pending(ring)) {
		ret = ring_kick(ring);
		if (ret < 0)
			return ret;
	}
	return reap ? enter(ring, 0, wait, IORING_ENTER_GETEVENTS) : 0;
}

/**
 * ring_enter() - hand over what is pending and, if asked, wait
 * @ring: the ring
 * @wait: completions to wait for, beyond those already given back
 * @reap: let the kernel do what completes commands, even with @wait 0
 *
 * The kernel may take fewer slots than are pending: ring_pending() says how
 * many remain. With a kernel thread submitting, everything counts as taken.
 *
 * Return: 0 or more, or a negative errno: -EINTR, and -EAGAIN or -EBUSY when
 * completions must be read first; what was not taken stays pending.
 */
int ring_enter(struct ring *ring, unsigned int wait, bool reap)
{
	int ret;

	/* release: the slots are written before the tail that covers them */
	io_uring_smp_store_release(ring->sq_ktail, ring->sq_tail);
	if (ring->sqpoll)
		return enter_thread(ring, wait, reap);
	ret = enter(ring, ring_pending(ring), wait,
		    reap ? IORING_ENTER_GETEVENTS : 0);
	if (ret > 0)
		ring->sq_limit += (unsigned int)ret;
	return ret;
}

/**
 * ring_call() - send one command and wait for it
 * @ring: a ring with nothing in flight
 * @sqe: the command
 * @cqe: its completion
 *
 * Return: 0 when @cqe holds the completion, or a negative errno.
 */
int ring_call(struct ring *ring, const struct ring_sqe *sqe,
	      struct ring_cqe *cqe)
{
	unsigned int slot = *ring_free_slots(ring);
	const struct ring_cqe *done;
	int ret;

	ring->slots[slot] = *sqe;
	ring_push_free(ring, 1);
	do {
		ret = ring_enter(ring, 1, true);
		if (ret < 0 && ret != -EINTR)
			return ret;
	} while (!ring_ready(ring));
	done = ring_cqe(ring, 0);
	*cqe = *done;
	*ring_freed(ring, done) = slot;
	ring_advance(ring, 1);
	return 0;
}
