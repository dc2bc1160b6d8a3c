// SPDX-License-Identifier: GPL-2.0
/* write_mode=zone_append: what is sent, and what is made of the answer. */
#include "sqe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appends.h"
#include "fake_zones.h"
#include "groups.h"
#include "lines.h"
#include "job_watch.h"

static int setup(void **state)
{
	int ret = host_setup_test(state);

	append_set_up();
	return ret;
}

static int setup_lines(void **state)
{
	int ret = line_setup(state);

	append_set_up();
	return ret;
}

static uint64_t answer;

static uint64_t answered(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	(void)nth;
	return answer;
}

/* -- what is sent ---------------------------------------------------------- */

static void test_bytes(void **state)
{
	static const struct row rows[] = {
		/* the first zone */
		{ DDIR_WRITE,
		  0,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = APPEND, 1, [21] = 512 } },
		/* its last block */
		{ DDIR_WRITE,
		  ZONE - 512,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = APPEND, 1, [21] = 512 } },
		/* the second: SLBA is where it starts, NLB is of the data */
		{ DDIR_WRITE,
		  ZONE,
		  4096,
		  { URING_CMD, [2] = CMD_IO, [12] = APPEND, 1, [21] = 4096,
		    0x1800, 0, 7 } },
		{ DDIR_WRITE,
		  ZONE + 0x123400,
		  65536,
		  { URING_CMD, [2] = CMD_IO, [12] = APPEND, 1, [21] = 65536,
		    0x1800, 0, 127 } },
		/* 0xc00008 zones on, above 2^32 blocks */
		{ DDIR_WRITE,
		  0xc00008ull * ZONE + 0xa00,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = APPEND, 1, [21] = 512,
		    0xc000, 0x12 } },
		/* what is read is read where it is */
		{ DDIR_READ,
		  ZONE + 4096,
		  512,
		  { URING_CMD, [2] = CMD_IO, [12] = 0x02, 1, [21] = 512,
		    0x1808 } },
	};

	(void)state;
	host_start();
	SQE_CHECK(rows);
}

static void test_fua(void **state)
{
	static const struct row rows[] = {
		{ DDIR_WRITE,
		  ZONE + 512,
		  1024,
		  { URING_CMD, [2] = CMD_IO, [12] = APPEND, 1, [21] = 1024,
		    0x1800, 0, FUA | 1 } },
	};

	(void)state;
	host.options.writefua = 1;
	host_start();
	SQE_CHECK(rows);
}

/* 4096 bytes of data and 8 of metadata travel together */
static void test_extended(void **state)
{
	static const struct row rows[] = {
		{ DDIR_WRITE,
		  4104ull * 0x105,
		  2 * 4104,
		  { URING_CMD, [2] = CMD_IO, [12] = APPEND, 1, [21] = 2 * 4104,
		    0x100, 0, 1 } },
	};

	(void)state;
	host_extended();
	fake_zones.are.bytes = 4104ull * 0x100;
	host_start();
	SQE_CHECK(rows);
}

static void test_vectored(void **state)
{
	const struct iovec *vector;
	struct sqe sqe;

	(void)state;
	host.options.nonvectored = 0;
	host_start();
	host_queue(2, DDIR_WRITE, ZONE + 512, 4096);
	host_commit();
	sqe = sqe_last();
	assert_int_equal(sqe.dw[2], CMD_IO_VEC);
	assert_int_equal(sqe.dw[12], APPEND);
	assert_int_equal(sqe.dw[21], 1);
	assert_int_equal(sqe.dw[22], 0x1800);
	vector = (const struct iovec *)(uintptr_t)sqe_get64(&sqe, 18);
	assert_ptr_equal(vector->iov_base, host.io_us[2].xfer_buf);
	assert_int_equal(vector->iov_len, 4096);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host.io_us[2].error, 0);
}

/* Registered buffers and workers, which no order forbids */
static void test_regions_and_workers(void **state)
{
	struct sqe sqe;

	(void)state;
	host.options.fixedbufs = 1;
	host.options.force_async = 1;
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		sqe = sqe_send(i, DDIR_WRITE, ZONE, 4096);
		assert_int_equal(sqe.dw[0], URING_CMD | ASYNC);
		assert_int_equal(sqe.dw[7], URING_CMD_FIXED);
		assert_int_equal(sqe.dw[10] & 0xffff, i);
	}
}

/* In one slot after the other, now this and now that */
static void test_mix(void **state)
{
	unsigned int appends = 0;

	(void)state;
	strcpy(append_mode, "write/50:zone_append/50");
	host_start();
	for (unsigned int i = 0; i < 64; i++) {
		struct sqe sqe = sqe_send(i % 4, DDIR_WRITE, ZONE + 512, 512);
		bool append = sqe.dw[12] == APPEND;

		assert_true(append || sqe.dw[12] == 0x01);
		assert_int_equal(sqe.dw[22], append ? 0x1800 : 0x1801);
		appends += append;
	}
	assert_in_range(appends, 16, 48);
}

/* -- what is answered ------------------------------------------------------ */

static struct io_u *append(uint64_t offset, uint64_t bytes, uint64_t result)
{
	answer = result;
	fake.result = answered;
	host_queue(1, DDIR_WRITE, offset, bytes);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[1]);
	return &host.io_us[1];
}

static void assert_details(struct io_u *io_u, const char *text)
{
#if ERRDETAILS_PARAMS == 2
	char *got = host.ops->errdetails(&host.td, io_u);
#else
	char *got = host.ops->errdetails(io_u);
#endif

	assert_string_equal(got, text);
	free(got);
}

static void test_addresses(void **state)
{
	static const struct {
		uint64_t offset;
		uint64_t bytes;
		uint64_t result;
		unsigned int error;
	} rows[] = {
		/* anywhere in its zone, but whole */
		{ ZONE, 4096, 0x1800, 0 },
		{ ZONE + 8192, 4096, 0x1800, 0 },
		{ ZONE + 8192, 4096, 0x1810, 0 },
		{ ZONE, 4096, 0x3000 - 8, 0 },
		{ ZONE, 4096, 0x3000 - 7, EILSEQ },
		{ ZONE, 512, 0x3000 - 1, 0 },
		{ ZONE, 512, 0x3000, EILSEQ },
		{ ZONE, 4096, 0x1800 - 1, EILSEQ },
		{ ZONE, 4096, 0, EILSEQ },
		{ 0, 4096, 0, 0 },
		{ 0, 4096, 0x1800, EILSEQ },
		/* nothing wraps around to what it could be */
		{ ZONE, 4096, UINT64_MAX, EILSEQ },
		{ ZONE, 4096, UINT64_MAX - 7, EILSEQ },
		{ ZONE, 4096, 0x1800 | 1ull << 32, EILSEQ },
	};

	(void)state;
	host_start();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			append(rows[i].offset, rows[i].bytes, rows[i].result)
				->error,
			rows[i].error);
}

static void test_outside_is_told(void **state)
{
	(void)state;
	host_start();
	assert_details(
		append(ZONE + 4096, 4096, 0x3000),
		"/dev/ng0n1: Zone Append, slba 6152, 8 blocks: the device says that it went to slba 12288, which is not wholly within its zone, slba 6144 to 12287");
}

/* fio would look for it elsewhere */
static void test_verified(void **state)
{
	(void)state;
	host.td.o.verify = VERIFY_NONE + 1;
	host_start();
	assert_int_equal(append(ZONE + 4096, 4096, 0x1808)->error, 0);
	assert_int_equal(append(ZONE + 4096, 4096, 0x1810)->error, EILSEQ);
	assert_details(
		&host.io_us[1],
		"/dev/ng0n1: Zone Append, slba 6152, 8 blocks: in the zone at slba 6144 it went to slba 6160, and verify= would look for it at slba 6152; use iodepth=1 and zones that no other writes to, or leave verify out");
	assert_int_equal(append(ZONE + 4096, 4096, 0x3000)->error, EILSEQ);
	assert_details(
		&host.io_us[1],
		"/dev/ng0n1: Zone Append, slba 6152, 8 blocks: the device says that it went to slba 12288, which is not wholly within its zone, slba 6144 to 12287");
}

/* What failed was written nowhere */
static int boundary_error(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	(void)nth;
	return 0x1b8;
}

static void test_failed(void **state)
{
	(void)state;
	host_start();
	fake.status = boundary_error;
	assert_int_equal(append(ZONE, 4096, 0)->error, EIO);
	fake.status = NULL;
	assert_int_equal(append(ZONE, 4096, 0x1800)->error, 0);
}

/* A Read's result is of no interest, nor is a Write's */
static void test_others(void **state)
{
	(void)state;
	strcpy(append_mode, "write");
	host_start();
	assert_false(((struct target *)host.files[0].engine_data)->job->detour);
	assert_int_equal(append(ZONE, 4096, 7)->error, 0);
}

/* -- what is noted ----------------------------------------------------------- */

static const struct trace_record *record(const unsigned char *trace,
					 unsigned int nth)
{
	return (const struct trace_record *)(trace + 64) + nth;
}

static void test_noted(void **state)
{
	unsigned char trace[64 + 3 * 32 + 1];
	FILE *file;

	(void)state;
	host.options.trace = lines.trace;
	host_start();
	append(ZONE + 4096, 4096, 0x1820);
	append(ZONE + 4096, 4096, 0x3000);
	fake.status = boundary_error;
	append(ZONE + 4096, 4096, 0);
	fake.status = NULL;
	host_end();
	file = fopen(lines.trace, "r");
	assert_non_null(file);
	assert_int_equal(fread(trace, 1, sizeof(trace), file), 64 + 3 * 32);
	fclose(file);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(record(trace, i)->opcode, APPEND);
		assert_int_equal(record(trace, i)->nlb, 8);
	}
	assert_int_equal(record(trace, 0)->slba, 0x1820);
	/* where it is not known, the zone */
	assert_int_equal(record(trace, 1)->slba, 0x1800);
	assert_int_equal(record(trace, 1)->flags, TRACE_ERRNO);
	assert_int_equal(record(trace, 1)->status, EILSEQ);
	assert_int_equal(record(trace, 2)->slba, 0x1800);
	assert_int_equal(record(trace, 2)->status, 0x1b8);
	line_read();
	line_text("commands.0.name", "Zone Append");
	line_number("commands.0.commands", 3);
	line_number("commands.0.bytes", 4096);
	line_number("commands.0.errors", 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, host_teardown_test)

int group_zone_append(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bytes),
		TEST(test_fua),
		TEST(test_extended),
		TEST(test_vectored),
		TEST(test_regions_and_workers),
		TEST(test_mix),
		TEST(test_addresses),
		TEST(test_outside_is_told),
		TEST(test_verified),
		TEST(test_failed),
		TEST(test_others),
		cmocka_unit_test_setup_teardown(test_noted, setup_lines,
						line_teardown),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("zone_append"), tests,
					   NULL, NULL);
}
