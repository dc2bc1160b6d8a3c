// SPDX-License-Identifier: GPL-2.0
/*
 * Described commands and dry runs where a namespace has separate metadata: the
 * user says what his commands carry, and those of the engine have their own.
 */
#include "pi_job.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

#define READ "opcode=2,cdw10=slba,cdw11=slba_hi,cdw12=nlb0"
#define WRITE "opcode=1,cdw10=slba,cdw11=slba_hi,cdw12=nlb0"

static struct sqe issue(unsigned int unit, enum fio_ddir ddir)
{
	host_queue(unit, ddir, 8192, 4096);
	host_commit();
	return sqe_last();
}

static void finish(unsigned int unit, int error)
{
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[unit]);
	assert_int_equal(host.io_us[unit].error, error);
}

static unsigned char *metadata(const struct sqe *sqe)
{
	return (unsigned char *)(uintptr_t)sqe_get64(sqe, 16);
}

/* What is not in the text is not in the command */
static void assert_as_described(const struct sqe *got, enum fio_ddir ddir,
				uint32_t md_bytes)
{
	const struct row row = {
		ddir,
		8192,
		4096,
		{ URING_CMD, [2] = CMD_IO, [12] = ddir == DDIR_READ ? 2 : 1,
		  1, [20] = md_bytes, 4096, 16, 0, BLOCKS - 1 },
	};
	struct sqe want = sqe_wanted(&row, 1);

	assert_int_equal(!metadata(got), !md_bytes);
	sqe_put64(&want, 16, sqe_get64(got, 16));
	sqe_assert(got, &want);
}

/* With what the engine makes, where protection is the host's */
static void assert_own(const struct sqe *got)
{
	assert_int_equal(got->dw[20], BLOCKS * 8);
	assert_non_null(metadata(got));
	assert_int_equal(got->dw[24], GUARD | APP | REF | (BLOCKS - 1));
	assert_int_equal(got->dw[26], 16);
	assert_int_equal(got->dw[27], TAGS);
}

static void test_read(void **state)
{
	static char text[] = READ ",mdlen=24";
	struct sqe sqe;

	(void)state;
	host.options.read_cmd = text;
	by_host(&separate);
	fake.completes = FAKE_NEVER;
	/* both in flight, and in slots that the other was in */
	for (unsigned int i = 0; i < 8; i++) {
		struct sqe write = issue(0, DDIR_WRITE);

		assert_own(&write);
		/* the application tag of the first block */
		assert_int_equal(metadata(&write)[2], 0x12);
		sqe = issue(1, DDIR_READ);
		assert_as_described(&sqe, DDIR_READ, 24);
		assert_ptr_not_equal(metadata(&sqe), metadata(&write));
		finish(0, 0);
		/* nothing of what it may have brought is looked at */
		memset(metadata(&sqe), 0x5a, 24);
		finish(1, 0);
	}
}

static void test_write(void **state)
{
	static char text[] = WRITE;
	struct sqe sqe;

	(void)state;
	host.options.write_cmd = text;
	by_host(&separate);
	fake.completes = FAKE_NEVER;
	for (unsigned int i = 0; i < 8; i++) {
		sqe = issue(1, DDIR_WRITE);
		assert_as_described(&sqe, DDIR_WRITE, 0);
		finish(1, 0);
		sqe = issue(0, DDIR_READ);
		assert_own(&sqe);
		/* zeroes have another application tag */
		finish(0, EILSEQ);
	}
}

/* The controller makes all of it, and there is nothing to transfer */
static void test_controller(void **state)
{
	static char text[] = READ ",mdlen=64";
	struct sqe sqe;

	(void)state;
	host.options.read_cmd = text;
	host.options.plainfiles = 1;
	set_format(&separate);
	host_start();
	fake.completes = FAKE_NEVER;
	sqe = issue(1, DDIR_READ);
	assert_as_described(&sqe, DDIR_READ, 64);
	finish(1, 0);
	sqe = issue(0, DDIR_WRITE);
	assert_int_equal(sqe.dw[20], 0);
	assert_int_equal(sqe.dw[24], PRACT | (BLOCKS - 1));
	finish(0, 0);
}

/* Beside described ones, too, those of the engine's own families are refused */
static void test_modes_are_refused(void **state)
{
	static char text[] = READ, mode[] = "write/50:zeroes/50";

	(void)state;
	host.options.read_cmd = text;
	host.options.write_mode = mode;
	set_format(&separate);
	assert_int_not_equal(host_begin(), 0);
	assert_non_null(strstr(
		host.log,
		"/dev/ng0n1: formatted with 8 bytes of separate metadata and protection information type 1: write_mode= and verify_mode= do not handle that"));
	assert_int_equal(fake.nr_taken, 0);
}

/* What no one has read is not looked at */
static void test_dry_run(void **state)
{
	const struct nspace_pi *const formats[] = { &separate, &extended,
						    &first, &wide };

	(void)state;
	host.options.dry_run = 1;
	for (unsigned int i = 0; i < sizeof(formats) / sizeof(formats[0]);
	     i++) {
		by_host(formats[i]);
		host_queue(0, DDIR_READ, 0, host.td.o.max_bs[DDIR_READ]);
		host_commit();
		assert_int_equal(host_getevents(1, 1), 1);
		assert_int_equal(host.io_us[0].error, 0);
		assert_string_equal(host.log, "");
		again();
	}
}

int group_pi_described(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_read),	    HOST_TEST(test_write),
		HOST_TEST(test_controller), HOST_TEST(test_modes_are_refused),
		HOST_TEST(test_dry_run),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("pi_described"), tests,
					   NULL, NULL);
}
