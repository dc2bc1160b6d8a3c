/* SPDX-License-Identifier: GPL-2.0 */
/* A job made by hand, with a watch: commands complete because a test says so. */
#ifndef WATCHED_H
#define WATCHED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job_watch.h"

#define WATCHED_FD 77
#define WATCHED_FILES 2
#define WATCHED_UNITS 4
#define WATCHED_RANGES 256

/**
 * struct watched - the job, and what came of it
 *
 * Of two files, each with blocks of 520 bytes. @placement has three
 * identifiers, for a test to give a file. @owner is what fio's io_unit would
 * be. Written were @nr_written bytes to the trace by @nr_writes calls of
 * @sizes; @write_error makes them fail. @told is what the user was told last.
 */
struct watched {
	struct job job;
	struct target targets[WATCHED_FILES];
	struct target *list[WATCHED_FILES];
	struct placement placement;
	struct nvme_range ranges[WATCHED_UNITS * WATCHED_RANGES];
	struct {
		char other[24];
		struct timespec issued;
	} owner;
	uint8_t written[1 << 18];
	size_t nr_written;
	size_t sizes[16];
	unsigned int nr_writes;
	int write_error;
	char told[512];
	unsigned int tells;
};

extern struct watched watched;

int watched_setup(void **state);
int watched_teardown(void **state);
void watched_start(int trace_fd, bool timed);
struct watch_command watched_command(unsigned int direction, int res);
void watched_note(unsigned int direction, int res, unsigned int times);
void watched_place(uint16_t position, int res, uint64_t bytes);
void watched_assert(unsigned int direction, uint64_t commands, uint64_t bytes,
		    uint64_t errors);

#define WATCHED_TEST(f) \
	cmocka_unit_test_setup_teardown(f, watched_setup, watched_teardown)

#endif
