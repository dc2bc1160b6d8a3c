// SPDX-License-Identifier: GPL-2.0
/* What a job says of itself at its end, and that it costs nothing if not. */
#include "split.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job_watch.h"
#include "groups.h"

static struct target *target(void)
{
	return host.files[0].engine_data;
}

static struct watch *watch(void)
{
	return target()->job->watch;
}

static void start(void)
{
	static char name[] = "writes";

	host.td.o.name = name;
	host.options.summary = 1;
	host_start();
	host.info[0] = '\0';
	host.flushed = 0;
}

static void turn(enum fio_ddir ddir, unsigned int nr, uint64_t bytes)
{
	for (unsigned int i = 0; i < nr; i++) {
		host_queue(0, ddir, 0, bytes);
		host_commit();
		assert_int_equal(host_getevents(1, 1), 1);
	}
}

static void assert_says(const char *words)
{
	if (!strstr(host.info, words))
		fail_msg("\"%s\" is not in \"%s\"", words, host.info);
}

static void assert_head(const char *words)
{
	char head[256];

	snprintf(head, sizeof(head), "nvme_passthru %s: writes: %s\n",
		 NVME_PASSTHRU_VERSION, words);
	if (strncmp(host.info, head, strlen(head)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", host.info, head);
	assert_int_equal(host.flushed, strlen(host.info));
	assert_string_equal(host.log, "");
}

/* -- what it says ---------------------------------------------------------------- */

static void test_kinds(void **state)
{
	(void)state;
	start();
	turn(DDIR_READ, 2, 512);
	turn(DDIR_WRITE, 3, 4096);
	turn(DDIR_TRIM, 1, 1 << 20);
	turn(DDIR_SYNC, 1, 0);
	turn(DDIR_DATASYNC, 1, 0);
	host_end();
	assert_head("2 Read (1.0 KiB), 3 Write (12.0 KiB), "
		    "1 Dataset Management (1.0 MiB), 2 Flush");
	assert_null(strstr(host.info, "failed"));
	assert_null(strstr(host.info, "io_units"));
	assert_null(strstr(host.info, "placed"));
}

static void test_bytes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *words;
	} wanted[] = {
		{ 1023, "(1023 bytes)" },    { 1024, "(1.0 KiB)" },
		{ 1048575, "(1.0 MiB)" },    { 1536 << 20, "(1.5 GiB)" },
		{ 5ull << 50, "(5.0 PiB)" }, { 5000ull << 50, "(5000.0 PiB)" },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		start();
		watch()->kinds[JOB_READ].commands = 1;
		watch()->kinds[JOB_READ].bytes = wanted[i].bytes;
		host_end_for_another();
		assert_says(wanted[i].words);
	}
}

static void test_ring(void **state)
{
	(void)state;
	host.options.fixedbufs = 1;
	start();
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_READ, 0, 4096);
	host_commit();
	assert_int_equal(host_getevents(4, 4), 4);
	host_end();
	assert_says("\n  2 system calls, 2.0 commands each; ring of 4: "
		    "SINGLE_ISSUER, DEFER_TASKRUN, COOP_TASKRUN, "
		    "registered ring, registered files, 4 registered buffers");
}

static int fails(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth < 3 ? 0x281 : nth < 5 ? -EIO : (int)nth;
}

static void test_errors(void **state)
{
	(void)state;
	start();
	fake.status = fails;
	turn(DDIR_READ, 9, 512);
	fake.status = NULL;
	host_end();
	assert_head("9 Read (0 bytes)");
	assert_says("\n  3 Read failed: ");
	assert_says("(sct 0x2, sc 0x81)\n");
	assert_says("\n  2 Read failed: Input/output error\n");
	/* only some of many are told one by one */
	assert_says("\n  3 failed otherwise\n");
}

/* -- placement ------------------------------------------------------------------- */

static void start_placed(unsigned int nr)
{
	struct placement placement = {
		.type = NVME_DTYPE_FDP,
		.select = PLACEMENT_LBA,
		.nr = nr,
	};

	for (unsigned int i = 0; i < nr; i++)
		placement.entries[i].pid = (uint16_t)(100 + i);
	host_place(&placement);
	start();
}

static void write_to(uint16_t position, uint64_t bytes)
{
	host_queue(1, DDIR_WRITE, 0, bytes);
	target()->job->units[1].placement = position;
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
}

static void test_places(void **state)
{
	(void)state;
	start_placed(2);
	write_to(0, 1024);
	write_to(1, 2048);
	write_to(PLACEMENT_NONE, 1024);
	turn(DDIR_READ, 1, 512);
	host_end();
	assert_says("\n  /dev/ng0n1, Writes placed by FDP, lba:\n"
		    "    0, identifier 100: 1 Write, 1.0 KiB, 25.0 %, ");
	assert_says("\n    1, identifier 101: 1 Write, 2.0 KiB, 50.0 %, ");
	assert_says("\n    no identifier: 1 Write, 1.0 KiB, 25.0 %, ");
	/* the clock counts seconds: issued at one, read at the next */
	assert_says(", 1000000.0 us mean, 1000000.0 p50, 1000000.0 p99, "
		    "1000000.0 p99.9\n");
}

/* Zeroes go to no place, and nothing is said of any */
static void test_no_places(void **state)
{
	static char mode[] = "zeroes";

	(void)state;
	host.options.write_mode = mode;
	start_placed(2);
	turn(DDIR_WRITE, 2, 1024);
	host_end();
	assert_says("2 Write Zeroes (2.0 KiB)\n");
	assert_null(strstr(host.info, "placed"));
}

static void test_many_places(void **state)
{
	(void)state;
	start_placed(20);
	for (uint16_t i = 0; i < 20; i++)
		write_to(i, 512);
	host_end();
	assert_says("\n    7, identifier 107: ");
	assert_null(strstr(host.info, "identifier 108"));
	assert_says("\n    and 12 more, which report= tells\n");
}

/* Who measures without clocks gets none */
static void test_no_clock(void **state)
{
	long clock;

	(void)state;
	host.td.o.disable_clat = host.td.o.disable_slat = 1;
	host.td.o.disable_bw = 1;
	start_placed(2);
	clock = host.clock;
	write_to(0, 512);
	assert_int_equal(host.clock, clock);
	host_end();
	assert_says("\n    0, identifier 100: 1 Write, 512 bytes, 100.0 %\n");
	assert_null(strstr(host.info, "mean"));
}

/* Without placement there is nothing to time */
static void test_no_more_clock(void **state)
{
	long clock;

	(void)state;
	start();
	turn(DDIR_READ, 1, 512);
	clock = host.clock;
	turn(DDIR_READ, 1, 512);
	/* when it was issued, as ever */
	assert_int_equal(host.clock, clock + 1);
	host_end();
}

/* -- several commands ------------------------------------------------------------ */

static int second(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth == 1 ? 0x281 : 0;
}

/* Every command counts, with what is its own of the data */
static void test_split(void **state)
{
	const struct watch_kind *kinds;

	(void)state;
	split_sizes(16384, 4096);
	start();
	fake.status = second;
	turn(DDIR_READ, 1, 4 * 4096);
	turn(DDIR_WRITE, 1, 2 * 4096 + 512);
	turn(DDIR_TRIM, 1, 1 << 20);
	turn(DDIR_SYNC, 1, 0);
	fake.status = NULL;
	kinds = watch()->kinds;
	assert_int_equal(kinds[JOB_READ].commands, 4);
	assert_int_equal(kinds[JOB_READ].bytes, 3 * 4096);
	assert_int_equal(kinds[JOB_READ].errors, 1);
	assert_int_equal(kinds[JOB_WRITE].commands, 3);
	assert_int_equal(kinds[JOB_WRITE].bytes, 2 * 4096 + 512);
	assert_int_equal(kinds[JOB_TRIM].commands, 1);
	assert_int_equal(kinds[JOB_TRIM].bytes, 1 << 20);
	assert_int_equal(kinds[JOB_FLUSH].commands, 1);
	assert_int_equal(kinds[JOB_FLUSH].bytes, 0);
	host_end();
	assert_head("4 Read (12.0 KiB), 3 Write (8.5 KiB), "
		    "1 Dataset Management (1.0 MiB), 1 Flush");
}

/* -- where there is none --------------------------------------------------------- */

static void silent(int format, unsigned int summary)
{
	static char name[] = "writes";

	output_format = format;
	host.td.o.name = name;
	host.options.summary = summary;
	host_start();
	host.info[0] = '\0';
	assert_null(watch());
	assert_false(target()->job->detour);
	turn(DDIR_READ, 2, 512);
	host_end();
	assert_string_equal(host.info, "");
	assert_string_equal(host.log, "");
}

static void test_off(void **state)
{
	(void)state;
	silent(FIO_OUTPUT_NORMAL, 0);
}

static void test_json(void **state)
{
	(void)state;
	silent(FIO_OUTPUT_JSON, 1);
}

static void test_terse(void **state)
{
	(void)state;
	silent(FIO_OUTPUT_TERSE, 1);
}

static void test_json_beside(void **state)
{
	(void)state;
	silent(FIO_OUTPUT_NORMAL | FIO_OUTPUT_JSON, 1);
}

static void test_nothing_sent(void **state)
{
	(void)state;
	start();
	host_end();
	assert_string_equal(host.info, "");
}

/* What the kernel gets is the same, and so is what fio gets */
static void test_same_commands(void **state)
{
	struct sqe without[4], with;

	(void)state;
	for (unsigned int summary = 0; summary < 2; summary++) {
		host.options.summary = summary;
		host_start();
		assert_int_equal(!!watch(), summary);
		turn(DDIR_READ, 1, 512);
		turn(DDIR_WRITE, 1, 4096);
		turn(DDIR_TRIM, 1, 4096);
		turn(DDIR_SYNC, 1, 0);
		assert_int_equal(fake.nr_enters, 8);
		for (unsigned int i = 0; i < 4; i++) {
			with = sqe_nth(i);
			/* owner, and addresses of this run's buffers */
			with.dw[8] = with.dw[9] = 0;
			with.dw[18] = with.dw[19] = 0;
			if (!summary)
				without[i] = with;
			else
				sqe_assert(&with, &without[i]);
		}
		host_end_for_another();
	}
}

int group_summary(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_kinds),	       HOST_TEST(test_bytes),
		HOST_TEST(test_ring),	       HOST_TEST(test_errors),
		HOST_TEST(test_places),	       HOST_TEST(test_many_places),
		HOST_TEST(test_no_places),     HOST_TEST(test_no_clock),
		HOST_TEST(test_no_more_clock), HOST_TEST(test_split),
		HOST_TEST(test_off),	       HOST_TEST(test_json),
		HOST_TEST(test_terse),	       HOST_TEST(test_json_beside),
		HOST_TEST(test_nothing_sent),  HOST_TEST(test_same_commands),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("summary"), tests, NULL,
					   NULL);
}
