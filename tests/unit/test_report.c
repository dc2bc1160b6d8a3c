// SPDX-License-Identifier: GPL-2.0
/* The line of the summary where io_units were several commands. */
#include "split.h"

#include <stdio.h>
#include <string.h>

#include "groups.h"

#define PART 4096u
#define PARTS 5u

static void start(void)
{
	static char name[] = "peak";

	host.td.o.name = name;
	host.options.summary = 1;
	split_sizes(PARTS * PART, PART);
	host_start();
	host.info[0] = '\0';
	host.flushed = 0;
}

static void at(time_t seconds, long milliseconds)
{
	host.monotonic = (struct timespec){ seconds, milliseconds * 1000000 };
}

/* Time goes on while the kernel waits */
static int half_a_second(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	(void)nth;
	at(12, 500);
	return 0;
}

/* Four io_units, from 10 s to 12.5 s */
static void send(void)
{
	at(10, 0);
	host_queue(0, DDIR_READ, 0, PARTS * PART);
	at(11, 0);
	for (unsigned int i = 1; i < 4; i++)
		host_queue(i, DDIR_WRITE, 0, PARTS * PART);
	host_commit();
	at(11, 750);
	assert_int_equal(host_getevents(1, 1), 1);
	at(12, 0);
	fake.status = half_a_second;
	assert_int_equal(host_getevents(3, 3), 3);
	fake.status = NULL;
}

static void assert_report(const char *figures)
{
	char want[512], head[64];

	/* fio may be long in ending the job */
	at(100, 0);
	host_end();
	snprintf(head, sizeof(head),
		 "nvme_passthru %s: peak: ", NVME_PASSTHRU_VERSION);
	assert_int_equal(strncmp(host.info, head, strlen(head)), 0);
	snprintf(want, sizeof(want), "\n  %s; fio's figures count io_units\n",
		 figures);
	if (!strstr(host.info, want))
		fail_msg("\"%s\" is not in \"%s\"", want, host.info);
	assert_string_equal(host.log, "");
	/* a forked job ends without writing out what is left in its streams */
	assert_int_equal(host.flushed, strlen(host.info));
}

static void test_report(void **state)
{
	(void)state;
	start();
	send();
	assert_report("4 io_units were 20 commands of up to 4096 bytes, "
		      "8 commands/s");
}

/* The pause counts, as it does for fio; what comes after the last does not */
static void test_pause(void **state)
{
	(void)state;
	start();
	send();
	at(13, 0);
	host_queue(0, DDIR_READ, 0, 512);
	host_commit();
	at(17, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_report("5 io_units were 21 commands of up to 4096 bytes, "
		      "3 commands/s");
}

static void test_no_time(void **state)
{
	(void)state;
	start();
	host_queue(0, DDIR_READ, 0, PARTS * PART);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_report("1 io_units were 5 commands of up to 4096 bytes, "
		      "0 commands/s");
}

/* What was not sent does not count */
static void test_failed(void **state)
{
	(void)state;
	host.ns[0].tags = 2;
	start();
	at(1, 0);
	host_queue(0, DDIR_READ, 0, PARTS * PART);
	host_commit();
	fake_complete(0, 0);
	assert_int_equal(host_getevents(0, 1), 0);
	fake_complete(0, 0x281);
	at(2, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_report("1 io_units were 3 commands of up to 4096 bytes, "
		      "3 commands/s");
}

/* -- where there is none ------------------------------------------------------ */

static void silent(int format)
{
	start();
	output_format = format;
	send();
	host_end();
	assert_string_equal(host.info, "");
	assert_string_equal(host.log, "");
}

static void test_json(void **state)
{
	(void)state;
	silent(FIO_OUTPUT_JSON);
}

static void test_terse(void **state)
{
	(void)state;
	silent(FIO_OUTPUT_TERSE);
}

static void test_json_beside(void **state)
{
	(void)state;
	silent(FIO_OUTPUT_NORMAL | FIO_OUTPUT_JSON);
}

/* io_units that may be several commands, and are not */
static void test_single(void **state)
{
	(void)state;
	start();
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, PART);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	host_queue(0, DDIR_SYNC, 0, 0);
	host_queue(1, DDIR_TRIM, 0, PARTS * PART);
	host_commit();
	assert_int_equal(host_getevents(2, 2), 2);
	host_end();
	assert_null(strstr(host.info, "io_units were"));
}

static void test_nothing_sent(void **state)
{
	(void)state;
	start();
	host_end();
	assert_string_equal(host.info, "");
}

static void test_plain(void **state)
{
	(void)state;
	host_start();
	host.info[0] = '\0';
	host_queue(0, DDIR_READ, 0, 4096);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	host_end();
	assert_string_equal(host.info, "");
}

/* Remarks of setup are written out before fio forks its jobs */
static void test_remarks(void **state)
{
	(void)state;
	host.hold_remark = "a remark";
	host_start();
	assert_true(strlen(host.info) > 0);
	assert_int_equal(host.flushed, strlen(host.info));
}

int group_report(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_report),	      HOST_TEST(test_pause),
		HOST_TEST(test_no_time),      HOST_TEST(test_failed),
		HOST_TEST(test_json),	      HOST_TEST(test_terse),
		HOST_TEST(test_json_beside),  HOST_TEST(test_single),
		HOST_TEST(test_nothing_sent), HOST_TEST(test_plain),
		HOST_TEST(test_remarks),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("report"), tests, NULL,
					   NULL);
}
