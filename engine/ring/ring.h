/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring of 128-byte SQEs and 32-byte CQEs, set up by liburing and driven
 * inline: the caller fills slots in order, publishes them a batch at a time
 * and reads completions in place. One thread submits and reaps.
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
 * @slots: the SQ's entries, filled in order
 * @sq_mask: index mask of @slots
 * @sq_tail: next slot to fill; published by ring_enter()
 * @sq_limit: the tail at which all slots are filled and not yet taken
 * @cqes: the CQ's entries
 * @cq_mask: index mask of @cqes
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
 * ring_full() - whether every slot is filled and not yet taken
 * @ring: the ring
 *
 * Looks at what was not handed over yet. What a submitting kernel thread was
 * handed and has not read need not be looked at: it belongs to commands in
 * flight, of which there are never more than slots.
 *
 * Return: true when ring_push() must not be called.
 */
static inline bool ring_full(const struct ring *ring)
{
	return ring->sq_tail == ring->sq_limit;
}

/**
 * ring_index_ahead() - one of the slots that will be handed over next
 * @ring: a ring that has room for it
 * @ahead: how many slots before it are yet to be counted
 *
 * What was written into the slot before is still in it, so a caller that
 * keeps count of it need write only what differs.
 *
 * Return: its index in @ring->slots.
 */
static inline unsigned int ring_index_ahead(const struct ring *ring,
					    unsigned int ahead)
{
	return (ring->sq_tail + ahead) & ring->sq_mask;
}

/**
 * ring_next_index() - the slot that ring_push() will hand over next
 * @ring: a ring that is not full
 *
 * Return: its index in @ring->slots.
 */
static inline unsigned int ring_next_index(const struct ring *ring)
{
	return ring_index_ahead(ring, 0);
}

/**
 * ring_push_all() - count the next slots as filled
 * @ring: the ring
 * @nr: how many
 *
 * The kernel sees them at the next ring_enter().
 */
static inline void ring_push_all(struct ring *ring, unsigned int nr)
{
	ring->sq_tail += nr;
}

/**
 * ring_push() - count the next slot as filled
 * @ring: the ring
 */
static inline void ring_push(struct ring *ring)
{
	ring_push_all(ring, 1);
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
