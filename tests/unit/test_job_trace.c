// SPDX-License-Identifier: GPL-2.0
/* The trace that a job leaves, beside its report. */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job_watch.h"
#include "groups.h"

/* -- the trace beside it --------------------------------------------------------- */

static unsigned char traced[4096];

static size_t read_trace(void)
{
	FILE *file = fopen(lines.trace, "r");
	size_t n;

	assert_non_null(file);
	n = fread(traced, 1, sizeof(traced), file);
	fclose(file);
	return n;
}

static const struct trace_record *record(unsigned int nth)
{
	return (const struct trace_record *)(traced + 64) + nth;
}

static void test_trace(void **state)
{
	(void)state;
	host.options.trace = lines.trace;
	host.monotonic = (struct timespec){ 5, 7 };
	host_start();
	host_queue(2, DDIR_READ, 4096, 512);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	line_turn(DDIR_TRIM, 4096);
	line_turn(DDIR_SYNC, 0);
	host_end();
	assert_int_equal(read_trace(), 64 + 3 * 32);
	assert_memory_equal(traced, TRACE_MAGIC, 8);
	assert_int_equal(traced[40], 3);
	assert_int_equal(record(0)->time, 5000000007);
	assert_int_equal(record(0)->opcode, 2);
	assert_int_equal(record(0)->unit, 2);
	assert_int_equal(record(0)->slba, 8);
	assert_int_equal(record(0)->nlb, 1);
	assert_int_equal(record(1)->opcode, 9);
	assert_int_equal(record(1)->nlb, 8);
	assert_int_equal(record(2)->opcode, 0);
	assert_string_equal(host.log, "");
}

/* Every command of an io_unit has a record, with its own address and status */
static int third(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth == 2 ? 0x281 : 0;
}

static void test_trace_split(void **state)
{
	(void)state;
	host.options.trace = lines.trace;
	host.options.cmd_bs = 1024;
	host_start();
	fake.status = third;
	host_queue(1, DDIR_WRITE, 8192, 4096);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	fake.status = NULL;
	host_end();
	assert_int_equal(read_trace(), 64 + 4 * 32);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(record(i)->opcode, 1);
		assert_int_equal(record(i)->unit, 1);
		assert_int_equal(record(i)->slba, 16 + 2 * i);
		assert_int_equal(record(i)->nlb, 2);
		assert_int_equal(record(i)->status, i == 2 ? 0x281 : 0);
	}
}

#ifdef HAVE_IO_U_NUMBER_TRIM
static void test_trace_multi_range(void **state)
{
	struct trim_range ranges[3];

	(void)state;
	host.options.trace = lines.trace;
	host.td.o.num_range = 3;
	host_start();
	for (unsigned int i = 0; i < 3; i++)
		ranges[i] = (struct trim_range){ .start = 4096ull * i,
						 .len = 512ull * (i + 1) };
	host_io(0, DDIR_TRIM, 0, 512);
	memcpy(host.io_us[0].xfer_buf, ranges, sizeof(ranges));
	host.io_us[0].number_trim = 3;
	host_queue(0, DDIR_TRIM, 0, 512);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	host_end();
	line_read();
	line_number("commands.0.commands", 1);
	line_number("commands.0.bytes", 512 * (1 + 2 + 3));
	assert_int_equal(read_trace(), 64 + 3 * 32);
	assert_int_equal(record(2)->slba, 16);
	assert_int_equal(record(2)->nlb, 3);
	assert_int_equal(record(2)->flags, 0x20);
}
#endif

static void test_trace_fails(void **state)
{
	(void)state;
	host.options.report = NULL;
	host.options.trace = lines.trace;
	host_start();
	line_turn(DDIR_READ, 512);
	host.write_error = ENOSPC;
	host_end();
	host.write_error = 0;
	assert_non_null(strstr(host.log, "trace="));
	assert_ptr_equal(strchr(host.log, '\n'), strrchr(host.log, '\n'));
}

int group_job_trace(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_trace),
		LINE_TEST(test_trace_split),
#ifdef HAVE_IO_U_NUMBER_TRIM
		LINE_TEST(test_trace_multi_range),
#endif
		LINE_TEST(test_trace_fails),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("job_trace"), tests,
					   NULL, NULL);
}
