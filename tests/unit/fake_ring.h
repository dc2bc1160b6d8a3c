/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's side of a ring, for tests: liburing's calls end here, and the
 * engine's own code above them runs as it is. Nothing completes by itself
 * unless @completes says so, and what a real kernel would wait for for ever
 * fails the test.
 */
#ifndef FAKE_RING_H
#define FAKE_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "own.h"

#define FAKE_STEPS 64
#define FAKE_ENTERS 64
/* The kernel's limit, Linux 5.13 */
#define FAKE_REGIONS (1u << 14)

/**
 * enum fake_completes - when commands in flight complete
 * @FAKE_AS_ASKED: oldest first, as many as a call waits for
 * @FAKE_NEWEST_FIRST: newest first, as many as a call waits for
 * @FAKE_ALL: all of them, in any call with IORING_ENTER_GETEVENTS
 * @FAKE_AT_ONCE: all of them, when they are submitted
 * @FAKE_NEVER: only by fake_complete()
 */
enum fake_completes {
	FAKE_AS_ASKED,
	FAKE_NEWEST_FIRST,
	FAKE_ALL,
	FAKE_AT_ONCE,
	FAKE_NEVER,
};

/**
 * struct fake_step - what one call of io_uring_enter() does
 * @error: a negative errno to return, nothing being taken
 * @take: the most SQEs to take, 0 for all
 * @complete: completes so many of the oldest first
 */
struct fake_step {
	int error;
	unsigned int take;
	unsigned int complete;
};

/**
 * struct fake_enter - a call of io_uring_enter() as it came
 */
struct fake_enter {
	unsigned int to_submit;
	unsigned int wait;
	unsigned int flags;
	int ret;
};

/**
 * struct fake - all there is to set and to see
 *
 * To set: @unknown set-up flags are refused with EINVAL, @*_error make every such call fail, @steps are used up one
 * a call of io_uring_enter(), @asleep is the kernel thread's state, @status
 * gives each command its status, @result the result beside it, else 0; @fails
 * is asked before each call, and returns 0 or the negative errno to fail with.
 * To see: @setup_flags, @setup_entries and @setup_cq of the last ring,
 * @setups tried, @open rings, @files and @regions registered, the first @enters as
 * they came, @taken SQEs in order with @nr_taken of them (and
 * @room for more), @in_flight and the @most that were, or had completed and
 * were not read, @naps taken.
 */
struct fake {
	unsigned int unknown;
	int init_error;
	int mmap_error;
	int ring_fd_error;
	int files_error;
	int buffers_error;
	int enter_error;
	enum fake_completes completes;
	struct fake_step steps[FAKE_STEPS];
	unsigned int nr_steps;
	unsigned int step;
	bool asleep;
	int (*status)(const uint32_t *sqe, unsigned int nth);
	uint64_t (*result)(const uint32_t *sqe, unsigned int nth);
	int (*fails)(const char *call);

	unsigned int setup_flags;
	unsigned int setup_entries;
	unsigned int setup_cq;
	int setup_cpu;
	unsigned int setups;
	unsigned int open;
	int files[16];
	unsigned int nr_files;
	struct iovec regions[FAKE_REGIONS];
	unsigned int nr_regions;
	struct fake_enter enters[FAKE_ENTERS];
	unsigned int nr_enters;
	uint32_t (*taken)[32];
	unsigned int nr_taken;
	unsigned int room;
	unsigned int in_flight;
	unsigned int most;
	unsigned int naps;
};

extern OWN struct fake fake;

void fake_reset(void);
void fake_script(const struct fake_step *steps, unsigned int nr);
void fake_complete(unsigned int nth, int res);
void fake_thread_runs(void);

#endif
