/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring of 128-byte SQEs and 32-byte CQEs, set up by liburing and driven
 * inline: the caller fills slots, publishes them a batch at a time and reads
 * completions in place. One thread submits and reaps.
 *
 * A slot is a command's until that completes. Linux 6.10 to 6.13 reads it once
 * more when it could not issue the command at once, for want of a tag or in a
 * reset: io_uring_cmd() copies the SQE for its worker, and leaves the pointer
 * to it where it was. A slot filled anew by then would be sent in the place of
 * the one before. So slots are handed over by the SQ's array of indices, in
 * any order: either each is some owner's for good, and goes by ring_push(), or
 * the array itself keeps those that are free: ring_free_slots() are the next
 * of them, ring_push_free() hands over, and who reads a completion puts its slot
 * where ring_freed() says.
 */
#ifndef NVME_PASSTHRU_RING_H
#define NVME_PASSTHRU_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <liburing.h>

/* The kernel's limit for the SQ (Linux 5.4, io_uring/io_uring.c) */
#define RING_ENTRIES_MAX 32768u
/* The kernel's limit for registered buffers (Linux 5.13, io_uring/rsrc.c) */
#define RING_REGIONS_MAX 16384u
/* Bytes of an IORING_OP_URING_CMD SQE that belong to the driver (Linux 5.19) */
#define RING_SQE_CMD_OFFSET 48
#define RING_SQE_CMD_SIZE 80

/**
 * struct ring_sqe - a submission queue entry with IORING_SETUP_SQE128
 * @sqe: what io_uring reads
 * @cmd: what the driver of the file reads, for IORING_OP_URING_CMD
 */
struct ring_sqe {
	union {
		struct io_uring_sqe sqe;
		struct {
			uint8_t head[RING_SQE_CMD_OFFSET];
			uint8_t cmd[RING_SQE_CMD_SIZE];
		};
	};
};

_Static_assert(sizeof(struct io_uring_sqe) == 64, "io_uring_sqe grew");
_Static_assert(sizeof(struct ring_sqe) == 128, "IORING_SETUP_SQE128");
_Static_assert(offsetof(struct ring_sqe, cmd) == 48, "sqe->cmd moved");

/**
 * struct ring_cqe - a completion queue entry with IORING_SETUP_CQE32
 * @user_data: the submitter's, unchanged
 * @res: 0, a positive status of the driver's, or a negative errno
 * @flags: IORING_CQE_F_*
 * @result: the driver's own: for NVMe result[0] is the command's result
 */
struct ring_cqe {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
	uint64_t result[2];
};

_Static_assert(sizeof(struct ring_cqe) == 32, "IORING_SETUP_CQE32");
_Static_assert(offsetof(struct ring_cqe, res) ==
		       offsetof(struct io_uring_cqe, res),
	       "io_uring_cqe moved");

/**
 * struct ring_setup - what a ring is to be
 * @entries: commands that may be in flight at once
 * @iopoll: completions are polled for, not interrupted for
 * @hybrid: the thread sleeps before it polls; with @iopoll only
 * @sqpoll: a kernel thread submits
 * @sqpoll_cpu: the processor of that thread, negative for any
 */
struct ring_setup {
	unsigned int entries;
	bool iopoll;
	bool hybrid;
	bool sqpoll;
	int sqpoll_cpu;
};

/**
 * struct ring - a ring in use
 * @slots: the SQ's entries
 * @sq_array: which of them are handed over, in order
 * @sq_mask: index mask of @sq_array, and of @slots
 * @sq_tail: where in @sq_array the next goes; published by ring_enter()
 * @sq_limit: the tail at which all are filled and not yet taken
 * @cqes: the CQ's entries
 * @cq_mask: index mask of @cqes; the same, since no more can complete
 * @cq_head: next completion to read; published by ring_advance()
 * @sq_ktail: where the kernel reads how far slots are filled
 * @sq_kflags: IORING_SQ_*
 * @cq_khead: where the kernel reads how far completions were read
 * @cq_ktail: where the kernel says how far completions were written
 * @enter_fd: for io_uring_enter(): a registered index or the descriptor
 * @enter_flags: IORING_ENTER_* that every call carries
 * @sqpoll: a kernel thread submits
 * @iopoll: completions are polled for
 * @files: files are registered
 * @flags: IORING_SETUP_* that the kernel took
 * @enters: system calls made by ring_enter()
 * @uring: liburing's
 */
struct ring {
	struct ring_sqe *slots;
	unsigned int *sq_array;
	unsigned int sq_mask;
	unsigned int sq_tail;
	unsigned int sq_limit;
	unsigned int cq_mask;
	struct ring_cqe *cqes;
	unsigned int cq_head;
	unsigned int *sq_ktail;
	unsigned int *sq_kflags;
	unsigned int *cq_khead;
	unsigned int *cq_ktail;
	int enter_fd;
	unsigned int enter_flags;
	bool sqpoll;
	bool iopoll;
	bool files;
	unsigned int flags;
	uint64_t enters;
	struct io_uring uring;
};

void ring_sqe_command(struct ring_sqe *sqe, uint32_t cmd_op, int file,
		      bool registered);
void ring_sqe_buffer(struct ring_sqe *sqe, unsigned int region);
int ring_init(struct ring *ring, const struct ring_setup *setup);
void ring_exit(struct ring *ring);
int ring_probe(const struct ring_setup *setup);
int ring_register_files(struct ring *ring, const int *fds, unsigned int nr);
int ring_register_buffers(struct ring *ring, const struct iovec *regions,
			  unsigned int nr);
int ring_enter(struct ring *ring, unsigned int wait, bool reap);
const char *ring_feature(const struct ring *ring, unsigned int nth);
int ring_call(struct ring *ring, const struct ring_sqe *sqe,
	      struct ring_cqe *cqe);

/**
 * ring_pending() - slots filled and not yet taken by the kernel
 * @ring: the ring
 *
 * What a submitting kernel thread was handed counts as taken.
 *
 * Return: how many.
 */
static inline unsigned int ring_pending(const struct ring *ring)
{
	return ring->sq_tail + ring->sq_mask + 1 - ring->sq_limit;
}

/**
 * ring_slot_at() - what the array of indices says
 * @ring: the ring
 * @at: counted as @ring->sq_tail is
 *
 * Return: its index in @ring->slots.
 */
static inline unsigned int ring_slot_at(const struct ring *ring,
					unsigned int at)
{
	return ring->sq_array[at & ring->sq_mask];
}

/**
 * ring_push() - count a slot as filled
 * @ring: the ring
 * @slot: its index in @ring->slots; nothing that was in it is in flight
 *
 * The kernel sees it at the next ring_enter().
 */
static inline void ring_push(struct ring *ring, unsigned int slot)
{
	ring->sq_array[ring->sq_tail++ & ring->sq_mask] = slot;
}

/**
 * ring_free_slots() - the next free slots
 * @ring: a ring with fewer commands in flight, or filled, than slots
 *
 * Return: their indices in @ring->slots, up to ring_free_run() in a row.
 */
static inline const unsigned int *ring_free_slots(const struct ring *ring)
{
	return &ring->sq_array[ring->sq_tail & ring->sq_mask];
}

/**
 * ring_free_run() - how many indices of slots lie in a row
 * @ring: the ring
 *
 * Return: from ring_free_slots() on, whether they are free or not.
 */
static inline unsigned int ring_free_run(const struct ring *ring)
{
	return ring->sq_mask + 1 - (ring->sq_tail & ring->sq_mask);
}

/**
 * ring_push_free() - count the next free slots as filled
 * @ring: the ring
 * @nr: how many
 *
 * The kernel sees them at the next ring_enter().
 */
static inline void ring_push_free(struct ring *ring, unsigned int nr)
{
	ring->sq_tail += nr;
}

/**
 * ring_ready() - completions that can be read
 * @ring: the ring
 *
 * Return: how many, from ring_cqe(ring, 0) on.
 */
static inline unsigned int ring_ready(const struct ring *ring)
{
	/* acquire: an entry is written before the tail that covers it */
	return io_uring_smp_load_acquire(ring->cq_ktail) - ring->cq_head;
}

/**
 * ring_cqe() - a completion
 * @ring: the ring
 * @nth: counted from the oldest, below ring_ready()
 *
 * Return: the entry; the kernel's again after ring_advance().
 */
static inline const struct ring_cqe *ring_cqe(const struct ring *ring,
					      unsigned int nth)
{
	return &ring->cqes[(ring->cq_head + nth) & ring->cq_mask];
}

/**
 * ring_freed() - where the slot of a completed command is kept as a free one
 * @ring: a ring of which all slots go by ring_push_free()
 * @cqe: the completion; those that lie in a row have their places in a row
 *
 * The nth slot that is freed takes the place of the nth that was handed over:
 * the kernel has read it, for it read at least as many as completed.
 *
 * Return: the place.
 */
static inline unsigned int *ring_freed(const struct ring *ring,
				       const struct ring_cqe *cqe)
{
	return &ring->sq_array[cqe - ring->cqes];
}

/**
 * ring_run() - how many completions lie in a row
 * @ring: the ring
 * @nth: as of ring_cqe()
 *
 * Return: from ring_cqe(@ring, @nth) on, whether they are ready or not, how
 * many entries there are before the first is the next again.
 */
static inline unsigned int ring_run(const struct ring *ring, unsigned int nth)
{
	return ring->cq_mask + 1 - ((ring->cq_head + nth) & ring->cq_mask);
}

/**
 * ring_advance() - give completions back to the kernel
 * @ring: the ring
 * @nr: how many were read
 */
static inline void ring_advance(struct ring *ring, unsigned int nr)
{
	ring->cq_head += nr;
	/* release: the entries are read before the kernel may write them */
	io_uring_smp_store_release(ring->cq_khead, ring->cq_head);
}

#endif
