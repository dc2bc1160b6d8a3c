// SPDX-License-Identifier: GPL-2.0
/* What random places for each command would break is refused by name. */
#include "split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

/* A job that could be scattered, for a test to break */
static void scatter(void)
{
	split_scatter(16384, 4096);
	host.files[0].io_size = 1 << 20;
}

/* Refused by setup in one line; and nothing of it is left */
static void refused(const char *text)
{
	assert_int_equal(host.ops->setup(&host.td), 1);
	if (!strstr(host.log, text))
		fail_msg("\"%s\" does not say \"%s\"", host.log, text);
	assert_non_null(strstr(host.log, ": scatter=1"));
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_int_equal(host.td.error, EINVAL);
	assert_null(host.files[0].engine_data);
	assert_int_equal(host.opens, 0);
	/* the same job without it is nobody's business */
	host.options.scatter = 0;
	host.td.error = 0;
	host.log[0] = '\0';
	assert_int_equal(host.ops->setup(&host.td), 0);
}

static void test_accepted(void **state)
{
	(void)state;
	scatter();
	host_start();
	host_queue(0, DDIR_READ, 0, 16384);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(fake.nr_taken, 4);
}

static void test_no_cmd_bs(void **state)
{
	(void)state;
	scatter();
	host.options.cmd_bs = 0;
	refused("scatter=1 without cmd_bs: say how large a command is");
}

#define VERIFY "verify= looks for data where fio believes it wrote it"
#define TRIM "a trim has one address"
#define SEQUENTIAL "use rw=randread, randwrite or randrw"
#define ZONES "zonemode= is fio's choice"
#define LOG "a log of I/Os names their addresses"

static void test_verify(void **state)
{
	(void)state;
	scatter();
	host.td.o.verify = VERIFY_NONE + 1;
	refused(VERIFY);
}

static void test_verify_only(void **state)
{
	(void)state;
	scatter();
	host.td.o.verify_only = 1;
	refused(VERIFY);
}

static void test_experimental_verify(void **state)
{
	(void)state;
	scatter();
	host.td.o.experimental_verify = 1;
	refused(VERIFY);
}

static void test_trim(void **state)
{
	(void)state;
	scatter();
	host.td.o.td_ddir |= TD_DDIR_TRIM;
	refused(TRIM);
}

static void test_trim_percentage(void **state)
{
	(void)state;
	scatter();
	host.td.o.trim_percentage = 1;
	refused(TRIM);
}

static void test_sequential(void **state)
{
	(void)state;
	scatter();
	host.td.o.td_ddir = TD_DDIR_READ;
	refused(SEQUENTIAL);
}

static void test_percentage_random(void **state)
{
	(void)state;
	scatter();
	host.td.o.perc_rand[DDIR_READ] = 99;
	refused(SEQUENTIAL);
}

static void test_percentage_random_write(void **state)
{
	(void)state;
	scatter();
	host.td.o.perc_rand[DDIR_WRITE] = 0;
	refused(SEQUENTIAL);
}

/* rw=randread:8 */
static void test_sequencer(void **state)
{
	(void)state;
	scatter();
	host.td.o.ddir_seq_nr = 8;
	refused(SEQUENTIAL);
}

static void test_random_map(void **state)
{
	(void)state;
	scatter();
	host.td.o.norandommap = 0;
	refused("set norandommap=1");
}

static void test_distribution(void **state)
{
	(void)state;
	scatter();
	host.td.o.random_distribution = FIO_RAND_DIST_RANDOM + 1;
	refused("random_distribution= is fio's choice");
}

static void test_zones_strided(void **state)
{
	(void)state;
	scatter();
	host.td.o.zone_mode = ZONE_MODE_STRIDED;
	refused(ZONES);
}

static void test_zones_not_specified(void **state)
{
	(void)state;
	scatter();
	host.td.o.zone_mode = ZONE_MODE_NOT_SPECIFIED;
	assert_int_equal(host.ops->setup(&host.td), 0);
}

static void test_read_iolog(void **state)
{
	char log[] = "log";

	(void)state;
	scatter();
	host.td.o.read_iolog_file = log;
	refused(LOG);
}

static void test_write_iolog(void **state)
{
	char log[] = "log";

	(void)state;
	scatter();
	host.td.o.write_iolog_file = log;
	refused(LOG);
}

static void test_serialize_overlap(void **state)
{
	(void)state;
	scatter();
	host.td.o.serialize_overlap = 1;
	refused("serialize_overlap= compares the addresses");
}

/* -- sizes ------------------------------------------------------------------ */

#define SIZES "bs, bssplit and blockalign have to be multiples of cmd_bs=4096"

static void test_largest(void **state)
{
	(void)state;
	scatter();
	host.td.o.max_bs[DDIR_WRITE] = 18432;
	refused(SIZES);
}

static void test_smallest(void **state)
{
	(void)state;
	scatter();
	host.td.o.min_bs[DDIR_READ] = 2048;
	refused(SIZES);
}

static void test_align(void **state)
{
	(void)state;
	scatter();
	host.td.o.ba[DDIR_READ] = 512;
	refused(SIZES);
}

static void test_bssplit(void **state)
{
	struct bssplit splits[2] = { { .bs = 8192 }, { .bs = 6144 } };

	(void)state;
	scatter();
	host.td.o.bssplit[DDIR_WRITE] = splits;
	host.td.o.bssplit_nr[DDIR_WRITE] = 2;
	refused(SIZES);
}

/* -- a region with no place for a command --------------------------------------- */

static void too_small(uint64_t offset, uint64_t bytes)
{
	scatter();
	host.files[0].file_offset = offset;
	host.files[0].io_size = bytes;
	assert_int_equal(host_begin(), 1);
	assert_non_null(strstr(host.log, "/dev/ng0n1: scatter=1: the region "));
	assert_non_null(strstr(host.log, "no room for a command of 4096"));
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_int_equal(host.td.error, EINVAL);
	assert_int_equal(fake.nr_taken, 0);
	/* fio ends itself over a file that is open and was not opened */
	assert_int_equal(host.files[0].fd, -1);
}

static void test_region_small(void **state)
{
	(void)state;
	too_small(0, 3584);
}

/* Large enough, but no multiple of cmd_bs lies in it with room behind */
static void test_region_across(void **state)
{
	(void)state;
	too_small(512, 7168);
}

static void test_region_between(void **state)
{
	(void)state;
	too_small(512, 2048);
}

int group_scatter_refusals(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_accepted),
		HOST_TEST(test_no_cmd_bs),
		HOST_TEST(test_verify),
		HOST_TEST(test_verify_only),
		HOST_TEST(test_experimental_verify),
		HOST_TEST(test_trim),
		HOST_TEST(test_trim_percentage),
		HOST_TEST(test_sequential),
		HOST_TEST(test_percentage_random),
		HOST_TEST(test_percentage_random_write),
		HOST_TEST(test_sequencer),
		HOST_TEST(test_random_map),
		HOST_TEST(test_distribution),
		HOST_TEST(test_zones_strided),
		HOST_TEST(test_zones_not_specified),
		HOST_TEST(test_read_iolog),
		HOST_TEST(test_write_iolog),
		HOST_TEST(test_serialize_overlap),
		HOST_TEST(test_largest),
		HOST_TEST(test_smallest),
		HOST_TEST(test_align),
		HOST_TEST(test_bssplit),
		HOST_TEST(test_region_small),
		HOST_TEST(test_region_across),
		HOST_TEST(test_region_between),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("scatter_refusals"),
					   tests, NULL, NULL);
}
