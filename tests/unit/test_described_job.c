// SPDX-License-Identifier: GPL-2.0
/* Described commands: all 128 bytes of them, and what they were noted as. */
#include "sqe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "job_described.h"
#include "job_trace.h"
#include "lines.h"

static char read_text[] = "opcode=2,cdw10=slba,cdw11=slba_hi,cdw12=nlb0";
static char write_text[] =
	"opcode=1,cdw2=0xa,cdw3=index,cdw10=slba,cdw11=slba_hi,cdw12=nlb0+0x40000000,cdw13=placement,cdw14=bytes,cdw15=0xffffffff";
static char zeroes_text[] =
	"opcode=8,cdw10=slba,cdw11=slba_hi,cdw12=nlb0+0x2000000";

static struct sqe issue(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
			uint64_t bytes)
{
	host_queue(unit, ddir, offset, bytes);
	host_commit();
	return sqe_last();
}

static void reap(int res)
{
	fake_complete(0, res);
	assert_int_equal(host_getevents(1, 1), 1);
}

/* Dwords that sqe.h puts in: owner, and the buffer's address */
static void check(unsigned int unit, const struct row *row)
{
	struct sqe got = issue(unit, row->ddir, row->offset, row->bytes);
	struct sqe want = sqe_wanted(row, unit);

	if (!row->want[21])
		sqe_put64(&want, 18, 0);
	sqe_assert(&got, &want);
	reap(0);
}

/* Whatever was in a slot before, nothing of it stays */
static void test_bytes(void **state)
{
	/* clang-format off */
	static const struct row rows[] = {
		{ DDIR_READ, 1ull << 41, 4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 2, 1,
		    [21] = 4096, 0, 1, 7 } },
		{ DDIR_WRITE, 4096, 512,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 1, 1, 0xa, 1,
		    [21] = 512, 8, 0, 0x40000000, 0, 512, 0xffffffff } },
		{ DDIR_TRIM, 8192, 8192,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 8, 1,
		    [22] = 16, 0, 0x200000f } },
		{ DDIR_WRITE, 0, 4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 1, 1, 0xa, 3,
		    [21] = 4096, 0, 0, 0x40000007, 0, 4096, 0xffffffff } },
		{ DDIR_READ, 0, 512,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 2, 1,
		    [21] = 512 } },
	};
	/* clang-format on */

	(void)state;
	host.options.read_cmd = read_text;
	host.options.write_cmd = write_text;
	host.options.trim_cmd = zeroes_text;
	host_start();
	/* the index counts all of them, from 0 on */
	for (unsigned int i = 0; i < 5; i++)
		check(i % 4, &rows[i]);
}

/* Reads of its own, with writes and trims as ever */
static void test_others_as_ever(void **state)
{
	struct sqe sqe;

	(void)state;
	host.options.read_cmd = read_text;
	host_start();
	sqe = issue(0, DDIR_WRITE, 512, 512);
	assert_int_equal(sqe.dw[12], 1);
	reap(0);
	sqe = issue(0, DDIR_TRIM, 512, 512);
	assert_int_equal(sqe.dw[12], 9);
	assert_int_equal(sqe.dw[23], AD);
	reap(0);
	sqe = issue(0, DDIR_SYNC, 0, 0);
	assert_int_equal(sqe.dw[12], 0);
	reap(0);
}

/* len is what the text says; without data there is no address */
static void test_lengths(void **state)
{
	static char fixed[] = "opcode=0xc2,len=16,mdlen=0";
	static char none[] = "opcode=0xc1,len=0,cdw15=7";
	struct sqe sqe;

	(void)state;
	host.options.read_cmd = fixed;
	host.options.write_cmd = none;
	host_start();
	sqe = issue(1, DDIR_READ, 0, 4096);
	assert_int_equal(sqe.dw[12], 0xc2);
	assert_int_equal(sqe.dw[21], 16);
	assert_true(sqe_get64(&sqe, 18) == (uintptr_t)host.io_us[1].buf);
	reap(0);
	sqe = issue(1, DDIR_WRITE, 0, 4096);
	assert_int_equal(sqe.dw[12], 0xc1);
	assert_int_equal(sqe.dw[21], 0);
	assert_true(sqe_get64(&sqe, 18) == 0);
	assert_int_equal(sqe.dw[27], 7);
	reap(0);
}

/* A buffer for each I/O, which is written all over */
static void test_metadata(void **state)
{
	static char text[] = "opcode=2,cdw12=nlb0,mdlen=64";
	char *before = NULL;
	struct sqe sqe;

	(void)state;
	host.options.read_cmd = text;
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		char *at;

		sqe = issue(i, DDIR_READ, 0, 4096);
		at = (char *)(uintptr_t)sqe_get64(&sqe, 16);
		assert_int_equal(sqe.dw[20], 64);
		assert_non_null(at);
		if (before)
			assert_ptr_equal(at, before + 64);
		memset(at, 0x55, 64);
		before = at;
	}
	for (unsigned int i = 0; i < 4; i++)
		reap(0);
}

static void test_registered(void **state)
{
	struct sqe sqe;

	(void)state;
	host.options.read_cmd = read_text;
	host.options.trim_cmd = zeroes_text;
	host.options.fixedbufs = 1;
	host.td.o.max_bs[DDIR_READ] = 4096;
	host_start();
	sqe = issue(2, DDIR_READ, 0, 4096);
	assert_int_equal(sqe.dw[7], URING_CMD_FIXED);
	/* the index of the region is in the lower half of dword 10 */
	assert_int_equal(sqe.dw[10] & 0xffff, 2);
	reap(0);
	sqe = issue(3, DDIR_TRIM, 0, 4096);
	assert_int_equal(sqe.dw[7], 0);
	assert_int_equal(sqe.dw[10] & 0xffff, 0);
	reap(0);
}

static void test_random(void **state)
{
	static char text[] = "opcode=2,cdw10=random";
	uint32_t first[8];

	(void)state;
	host.options.read_cmd = text;
	for (unsigned int turn = 0; turn < 2; turn++) {
		host_start();
		for (unsigned int i = 0; i < 8; i++) {
			struct sqe sqe = issue(0, DDIR_READ, 0, 512);

			reap(0);
			if (!turn)
				first[i] = sqe.dw[22];
			assert_int_equal(sqe.dw[22], first[i]);
			assert_true(!i || first[i] != first[i - 1]);
		}
		host_end_for_another();
	}
}

static const struct placement turns = {
	.type = NVME_DTYPE_FDP,
	.select = PLACEMENT_ROUNDROBIN,
	.nr = 2,
	.entries = { { .pid = 0x11 }, { .pid = 0x22 } },
};

/* Its file's next placement */
static void test_placement(void **state)
{
	struct sqe sqe;

	(void)state;
	host.options.write_cmd = write_text;
	host_place(&turns);
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		sqe = issue(0, DDIR_WRITE, 0, 512);
		assert_int_equal(sqe.dw[25], (i % 2 ? 0x22u : 0x11u) << 16);
		reap(0);
	}
}

/* Who does not ask for it takes no turn, and is not placed */
static void test_placement_turns(void **state)
{
	static char placed[] = "opcode=0xc6,cdw13=placement";
	static char plain[] = "opcode=0xc5";
	struct sqe sqe;

	(void)state;
	host.options.read_cmd = placed;
	host.options.write_cmd = plain;
	host_place(&turns);
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		sqe = issue(0, DDIR_WRITE, 0, 512);
		assert_int_equal(sqe.dw[24], 0);
		assert_int_equal(sqe.dw[25], 0);
		reap(0);
		sqe = issue(1, DDIR_READ, 0, 512);
		assert_int_equal(sqe.dw[24], 0);
		assert_int_equal(sqe.dw[25], (i % 2 ? 0x22u : 0x11u) << 16);
		reap(0);
	}
}

/* By its own offset, and by what fio's core chose */
static void test_placement_selected(void **state)
{
	struct placement placement = turns;
	struct sqe sqe;

	(void)state;
	host.options.write_cmd = write_text;
	placement.select = PLACEMENT_LBA;
	placement.nr_bounds = 1;
	placement.bounds[0] = 4096;
	host_place(&placement);
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		sqe = issue(0, DDIR_WRITE, i * 2048ull, 512);
		assert_int_equal(sqe.dw[25], (i < 2 ? 0x11u : 0x22u) << 16);
		reap(0);
	}
#ifdef HAVE_IO_U_DTYPE
	host_end_for_another();
	placement.select = PLACEMENT_BY_FIO;
	host_place(&placement);
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		host.io_us[0].dtype = 2;
		host.io_us[0].dspec = i % 3 ? 0x22 : 0x11;
		sqe = issue(0, DDIR_WRITE, 0, 512);
		assert_int_equal(sqe.dw[25], (i % 3 ? 0x22u : 0x11u) << 16);
		reap(0);
	}
#endif
}

/* Without a placement it is nothing */
static void test_no_placement(void **state)
{
	(void)state;
	host.options.write_cmd = write_text;
	host_start();
	assert_int_equal(issue(0, DDIR_WRITE, 0, 512).dw[25], 0);
	reap(0);
}

/* Constant, and in every command */
static void test_timeout(void **state)
{
	static const enum fio_ddir ddirs[] = { DDIR_READ, DDIR_WRITE, DDIR_TRIM,
					       DDIR_SYNC };

	(void)state;
	host.options.read_cmd = read_text;
	host.options.timeout_ms = 12345;
	host_start();
	for (unsigned int i = 0; i < 4; i++) {
		struct sqe sqe = issue(i, ddirs[i], 0, i < 3 ? 512 : 0);

		assert_int_equal(sqe.dw[28], 12345);
		reap(0);
	}
}

/* -- what is told of them ---------------------------------------------------- */

static void test_details(void **state)
{
	static char text[] = "opcode=0xc1,len=0";
	char *details;

	(void)state;
	host.options.write_cmd = text;
	host_start();
	issue(1, DDIR_WRITE, 1024, 512);
	reap(0x4001);
#if ERRDETAILS_PARAMS == 2
	details = host.ops->errdetails(&host.td, &host.io_us[1]);
#else
	details = host.ops->errdetails(&host.io_us[1]);
#endif
	assert_non_null(strstr(details,
			       "/dev/ng0n1: command 0xc1, slba 2, 1 blocks: "));
	assert_non_null(strstr(details, "sct 0x0, sc 0x01, do not retry"));
	free(details);
	assert_int_equal(host.io_us[1].error, EIO);
}

/* Names are those of opcodes, and a trim's bytes are the io_unit's */
static void test_report(void **state)
{
	static char vendor[] = "opcode=0xc1,len=0";

	(void)state;
	host.options.read_cmd = read_text;
	host.options.write_cmd = vendor;
	host.options.trim_cmd = zeroes_text;
	host.options.retries = 1;
	host_start();
	issue(0, DDIR_READ, 0, 4096);
	reap(0);
	issue(0, DDIR_TRIM, 0, 2048);
	reap(0);
	for (unsigned int i = 0; i < 3; i++) {
		issue(0, DDIR_WRITE, 0, 512);
		reap(i ? 0 : 0x4001);
	}
	issue(1, DDIR_READ, 0, 512);
	fake_complete(0, 0x281);
	assert_int_equal(host_getevents(0, 1), 0);
	reap(0);
	host_end();
	line_read();
	line_text("commands.0.name", "Read");
	line_number("commands.0.opcode", 2);
	line_number("commands.0.commands", 2);
	line_text("commands.1.name", "command 0xc1");
	line_number("commands.1.opcode", 0xc1);
	line_number("commands.1.errors", 1);
	line_text("commands.2.name", "Write Zeroes");
	line_number("commands.2.bytes", 2048);
	line_text("errors.0.name", "command 0xc1");
	line_number("errors.0.status", 0x4001);
	line_number("retries", 1);
	line_text("results.0.name", "Read");
	line_number("results.0.dword0", 0);
	line_number("results.0.count", 2);
	line_text("results.2.name", "command 0xc1");
	line_number("results.2.count", 2);
	line_text("options.read_cmd", read_text);
}

#define DISTINCT 36

/* Dword 1 is none of the result that is told */
static uint64_t two_of_each(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return (uint64_t)nth << 32 | (0xfffffff0u + nth % DISTINCT);
}

static void test_results(void **state)
{
	static char vendor[] = "opcode=0xc2";
	char where[32];

	(void)state;
	host.options.read_cmd = vendor;
	fake.result = two_of_each;
	host_start();
	for (unsigned int i = 0; i < 2 * DISTINCT; i++) {
		issue(0, DDIR_READ, 0, 512);
		reap(0);
	}
	/* what failed has no result */
	issue(0, DDIR_READ, 0, 512);
	reap(0x281);
	host_end();
	line_read();
	assert_int_equal(json_object_array_length(line_at("results")),
			 DESCRIBED_RESULTS + 1);
	for (unsigned int i = 0; i < DESCRIBED_RESULTS; i++) {
		snprintf(where, sizeof(where), "results.%u.dword0", i);
		line_number(where, 0xfffffff0u + i);
		snprintf(where, sizeof(where), "results.%u.count", i);
		line_number(where, 2);
	}
	line_null("results.32.name");
	line_null("results.32.dword0");
	line_number("results.32.count", 2 * (DISTINCT - DESCRIBED_RESULTS));
}

/* One record, with the io_unit's own blocks */
static void test_trace(void **state)
{
	struct trace_header header;
	struct trace_record record;
	FILE *file;

	(void)state;
	host.options.trim_cmd = zeroes_text;
	host.options.trace = lines.trace;
	host_start();
	issue(2, DDIR_TRIM, 4096, 2048);
	reap(0);
	host_end();
	file = fopen(lines.trace, "r");
	assert_non_null(file);
	assert_int_equal(fread(&header, sizeof(header), 1, file), 1);
	assert_int_equal(fread(&record, sizeof(record), 1, file), 1);
	fclose(file);
	assert_int_equal(header.records, 1);
	assert_int_equal(record.opcode, 8);
	assert_int_equal(record.slba, 8);
	assert_int_equal(record.nlb, 4);
	assert_int_equal(record.flags, 0);
}

int group_described_job(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_bytes),
		HOST_TEST(test_others_as_ever),
		HOST_TEST(test_lengths),
		HOST_TEST(test_metadata),
		HOST_TEST(test_registered),
		HOST_TEST(test_random),
		HOST_TEST(test_placement),
		HOST_TEST(test_placement_turns),
		HOST_TEST(test_placement_selected),
		HOST_TEST(test_no_placement),
		HOST_TEST(test_timeout),
		HOST_TEST(test_details),
		LINE_TEST(test_report),
		LINE_TEST(test_results),
		LINE_TEST(test_trace),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("described_job"), tests,
					   NULL, NULL);
}
