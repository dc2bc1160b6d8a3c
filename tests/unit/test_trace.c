// SPDX-License-Identifier: GPL-2.0
/* The trace of commands that completed, to the byte. */
#include "watched.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEADER 64
#define RECORD 32

static void assert_bytes(size_t at, const void *want, size_t nr)
{
	assert_true(at + nr <= watched.nr_written);
	assert_memory_equal(watched.written + at, want, nr);
}

/* To the byte, as the man page has it */
static void test_trace_bytes(void **state)
{
	static const uint8_t header[HEADER] = {
		'N',  'V',  'M',  'E',	'P',  'T', 'R', 'C', /* magic */
		1,    0,    32,	  0,	2,    0,   0,	0,   /* version, ... */
		0x02, 0x2c, 0x99, 0x80, 0xe6, 0,   0,	0,   /* 990 s, 2 ns */
		1,    2,    3,	  4,	5,    6,   7,	8,   /* NSZE */
		1,    0,    0,	  0,	0,    2,   0,	0,   /* NSID, block */
		0x11, 0x22, 0,	  0,	'S',  '3', 'R', '1', /* job, file */
		'A',  'L',  ' ',  ' ',	' ',  ' ', ' ', ' ',
		' ',  ' ',  ' ',  ' ',	' ',  ' ', ' ', ' ',
	};
	static const uint8_t records[2 * RECORD] = {
		/* a Read */
		0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 5, 4, 3, 2, 1,
		0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0,
		/* a Write with placement, that failed */
		0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 5, 4, 3, 2, 1,
		0, 0, 0, 8, 0, 0, 0, 0xb1, 0xa0, 0x81, 0x42, 1, 2, 0, 0, 3, 0,
		0, 0
	};

	(void)state;
	watched.targets[0].placement = &watched.placement;
	watched_start(WATCHED_FD, false);
	watched.job.watch->traced_at = 0x0123456789abcdef;
	watched_note(JOB_READ, 0, 1);
	watched_place(1, 0x4281, 4160);
	assert_int_equal(watched.nr_writes, 0);
	watch_flush(&watched.job);
	assert_int_equal(watched.nr_writes, 1);
	assert_int_equal(watched.nr_written, HEADER + 2 * RECORD);
	assert_bytes(0, header, HEADER);
	assert_bytes(HEADER, records, sizeof(records));
	watch_flush(&watched.job);
	assert_int_equal(watched.nr_writes, 1);
}

static const struct trace_record *record(size_t nth)
{
	assert_true(HEADER + (nth + 1) * RECORD <= watched.nr_written);
	return (const struct trace_record *)(watched.written + HEADER) + nth;
}

static void test_trace_kinds(void **state)
{
	struct watch_command c = watched_command(JOB_FLUSH, 0);

	(void)state;
	watched_start(WATCHED_FD, false);
	c.bytes = c.offset = 0;
	watch_note(&watched.job, &c);
	watched_note(JOB_WRITE, -ENODEV, 1);
	watched_note(JOB_FLUSH + 2, 0, 1);
	watch_flush(&watched.job);
	assert_int_equal(record(0)->opcode, 0);
	assert_int_equal(record(0)->slba, 0);
	assert_int_equal(record(0)->nlb, 0);
	assert_int_equal(record(1)->opcode, 1);
	assert_int_equal(record(1)->flags, 0x10);
	assert_int_equal(record(1)->status, ENODEV);
	assert_int_equal(record(1)->nlb, 8);
	assert_int_equal(record(2)->opcode, 0);
	assert_int_equal(record(2)->nlb, 0);
}

static void trim(unsigned int nr)
{
	struct watch_command c = watched_command(JOB_TRIM, 0);

	for (unsigned int i = 0; i < nr; i++)
		watched.ranges[3 * WATCHED_RANGES + i] =
			(struct nvme_range){ .nlb = i + 1, .slba = 100ull * i };
	c.ranges = nr;
	watch_note(&watched.job, &c);
}

static void test_trace_ranges(void **state)
{
	(void)state;
	watched_start(WATCHED_FD, false);
	trim(3);
	watch_flush(&watched.job);
	assert_int_equal(watched.nr_written, HEADER + 3 * RECORD);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(record(i)->opcode, 9);
		assert_int_equal(record(i)->slba, 100 * i);
		assert_int_equal(record(i)->nlb, i + 1);
		assert_int_equal(record(i)->flags, i ? 0x20 : 0);
		assert_int_equal(record(i)->unit, 3);
	}
}

/* A chunk is watched.written when it is full, and begins another */
static void test_trace_chunks(void **state)
{
	(void)state;
	watched_start(WATCHED_FD, false);
	watched_note(JOB_READ, 0, TRACE_RECORDS);
	assert_int_equal(watched.nr_writes, 0);
	watched_note(JOB_WRITE, 0, 1);
	assert_int_equal(watched.nr_writes, 1);
	watch_flush(&watched.job);
	assert_int_equal(watched.nr_writes, 2);
	assert_int_equal(watched.sizes[0], HEADER + TRACE_RECORDS * RECORD);
	assert_int_equal(watched.sizes[1], HEADER + RECORD);
	assert_bytes(watched.sizes[0], TRACE_MAGIC, 8);
	assert_int_equal(watched.written[watched.sizes[0] + 12], 1);
	assert_int_equal(watched.written[watched.sizes[0] + HEADER + 24], 1);
}

/* What belongs to one command is in one chunk */
static void test_trace_ranges_whole(void **state)
{
	(void)state;
	watched_start(WATCHED_FD, false);
	watched_note(JOB_READ, 0, TRACE_RECORDS - 255);
	trim(256);
	watch_flush(&watched.job);
	assert_int_equal(watched.nr_writes, 2);
	assert_int_equal(watched.sizes[0],
			 HEADER + (TRACE_RECORDS - 255) * RECORD);
	assert_int_equal(watched.sizes[1], HEADER + 256 * RECORD);
	assert_int_equal(watched.written[watched.sizes[0] + HEADER + 25], 0);
	assert_int_equal(
		watched.written[watched.sizes[0] + HEADER + RECORD + 25], 0x20);
}

/* Each file has chunks of its own */
static void test_trace_files(void **state)
{
	struct watch_command c = watched_command(JOB_READ, 0);

	(void)state;
	watched_start(WATCHED_FD, false);
	watch_note(&watched.job, &c);
	c.target = &watched.targets[1];
	watch_note(&watched.job, &c);
	watch_flush(&watched.job);
	assert_int_equal(watched.nr_writes, 2);
	assert_int_equal(watched.written[42], 0);
	assert_int_equal(watched.written[watched.sizes[0] + 42], 1);
	assert_int_equal(watched.written[watched.sizes[0] + 32], 2);
}

/* It is watched.told once, and the counting goes on */
static void test_trace_fails(void **state)
{
	(void)state;
	watched_start(WATCHED_FD, false);
	watched.write_error = ENOSPC;
	watched_note(JOB_READ, 0, TRACE_RECORDS + 1);
	assert_int_equal(watched.tells, 1);
	/* nobody asks for the time any more */
	assert_false(watched.job.watch->traces);
	assert_non_null(strstr(watched.told, "trace="));
	assert_non_null(strstr(watched.told, strerror(ENOSPC)));
	watched.write_error = 0;
	watched_note(JOB_READ, 0, TRACE_RECORDS + 1);
	watch_flush(&watched.job);
	assert_int_equal(watched.tells, 1);
	assert_int_equal(watched.nr_writes, 0);
	watched_assert(JOB_READ, 2ull * TRACE_RECORDS + 2,
		       (2ull * TRACE_RECORDS + 2) * 4160, 0);
}

static void test_trace_fails_at_the_end(void **state)
{
	(void)state;
	watched_start(WATCHED_FD, false);
	watched_note(JOB_READ, 0, 1);
	watched.write_error = EIO;
	watch_flush(&watched.job);
	watch_flush(&watched.job);
	assert_int_equal(watched.tells, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCHED_TEST(test_trace_bytes),
		WATCHED_TEST(test_trace_kinds),
		WATCHED_TEST(test_trace_ranges),
		WATCHED_TEST(test_trace_chunks),
		WATCHED_TEST(test_trace_ranges_whole),
		WATCHED_TEST(test_trace_files),
		WATCHED_TEST(test_trace_fails),
		WATCHED_TEST(test_trace_fails_at_the_end),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
