// SPDX-License-Identifier: GPL-2.0
/* A dry run: commands are told, and nothing but NOP is sent. */
#include "host.h"

#include <stdio.h>
#include <string.h>

#include <liburing.h>

#include "groups.h"

static void start(void)
{
	host.options.dry_run = 1;
	host.options.summary = 1;
	host_start();
	host.info[0] = '\0';
	host.flushed = 0;
}

static void issue(unsigned int unit, enum fio_ddir ddir, uint64_t bytes)
{
	host_queue(unit, ddir, 8192, bytes);
}

/* The opcode alone is in dword 0: without flags, without a file */
static void assert_only_nops(unsigned int nr)
{
	assert_int_equal(fake.nr_taken, nr);
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int j = 0; j < 32; j++)
			if (j != 8 && j != 9)
				assert_int_equal(fake.taken[i][j],
						 j ? 0 : IORING_OP_NOP);
}

static void assert_says(const char *words)
{
	if (!strstr(host.info, words))
		fail_msg("\"%s\" is not in \"%s\"", words, host.info);
}

static void run(void)
{
	static const enum fio_ddir ddirs[] = { DDIR_READ, DDIR_WRITE, DDIR_TRIM,
					       DDIR_SYNC };

	for (unsigned int i = 0; i < 4; i++)
		issue(i, ddirs[i], i < 3 ? 4096 : 0);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(host.io_us[i].error, 0);
}

static void test_every_kind(void **state)
{
	(void)state;
	start();
	run();
	assert_only_nops(4);
	assert_says(
		"job: command 1, not sent: opcode 0x02 (Read), nsid 1\n  cdw2 0x00000000, cdw3 0x00000000\n  cdw10 0x00000010, cdw11 0x00000000, cdw12 0x00000007\n");
	assert_says("data: 4096 bytes from the controller\n");
	assert_says("command 2, not sent: opcode 0x01 (Write)");
	assert_says("command 3, not sent: opcode 0x09 (Dataset Management)");
	assert_says("command 4, not sent: opcode 0x00 (Flush)");
	assert_int_equal(host.flushed, strlen(host.info));
	host_end();
	/* no summary of what was not done */
	assert_null(strstr(host.info, "system calls"));
	assert_string_equal(host.log, "");
}

/* Slots hold commands again afterwards, and those no longer told are none */
static void test_first_only(void **state)
{
	(void)state;
	start();
	for (unsigned int i = 0; i < 5; i++)
		run();
	assert_only_nops(20);
	assert_says("command 8, not sent: opcode 0x00 (Flush)");
	assert_null(strstr(host.info, "command 9"));
}

static void test_described(void **state)
{
	static char text[] = "opcode=0xc2,len=16,cdw15=index+5,mdlen=8";

	(void)state;
	host.options.read_cmd = text;
	start();
	run();
	assert_only_nops(4);
	assert_says("command 1, not sent: opcode 0xc2, nsid 1\n");
	assert_says("cdw15 0x00000005\n  data: 16 bytes from the controller\n"
		    "  metadata: 8 bytes\n");
}

static void test_vectored(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	start();
	run();
	assert_only_nops(4);
	assert_says("data: 4096 bytes to the controller");
}

/* Whether the kernel takes both is tried with a Read, which is not sent either */
static void test_vectored_and_registered(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	host.options.fixedbufs = 1;
	assert_int_equal(host_begin(), 0);
	assert_int_equal(fake.nr_taken, 1);
	host_end_for_another();
	fake.nr_taken = 0;
	host.options.dry_run = 1;
	assert_int_equal(host_begin(), 0);
	assert_int_equal(fake.nr_taken, 0);
}

static void test_several_commands(void **state)
{
	(void)state;
	host.td.o.max_bs[DDIR_READ] = 8192;
	host.options.cmd_bs = 4096;
	start();
	issue(0, DDIR_READ, 8192);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_only_nops(2);
	assert_says("command 2, not sent: opcode 0x02 (Read)");
	assert_says("cdw10 0x00000018");
}

/* What a kernel without memory did not take is not told again */
static void test_taken_later(void **state)
{
	static const struct fake_step steps[] = { { .take = 1 },
						  { .take = 0 } };

	(void)state;
	start();
	fake_script(steps, 2);
	run();
	assert_only_nops(4);
	assert_null(strstr(host.info, "command 5"));
}

/* NOP cannot be polled for in every kernel */
static void test_not_polled(void **state)
{
	(void)state;
	host.ns[0].poll = true;
	host.options.hipri = 1;
	start();
	assert_int_equal(fake.setup_flags & IORING_SETUP_IOPOLL, 0);
}

static void test_nothing_to_report(void **state)
{
	static char file[] = "/nonexistent/file";

	(void)state;
	host.options.dry_run = 1;
	host.options.report = file;
	assert_int_not_equal(host_begin(), 0);
	assert_non_null(strstr(host.log, "dry_run=1 sends nothing that"));
}

int group_dry_run(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_every_kind),
		HOST_TEST(test_first_only),
		HOST_TEST(test_described),
		HOST_TEST(test_vectored),
		HOST_TEST(test_vectored_and_registered),
		HOST_TEST(test_several_commands),
		HOST_TEST(test_taken_later),
		HOST_TEST(test_not_polled),
		HOST_TEST(test_nothing_to_report),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("dry_run"), tests, NULL,
					   NULL);
}
