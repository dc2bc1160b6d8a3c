// SPDX-License-Identifier: GPL-2.0
/*
 * Placement by fio's core, where it has that, and what is refused and told of
 * placements.
 */
#include "split.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"

/* Of host_reset(): identifiers are no indices */
#define PID(index) ((uint32_t)(0x1000 + 3 * (index)))
#define FDP (2u << 20)
#define PART 4096u

static void assert_placed(unsigned int nth, uint32_t dtype, uint32_t pid)
{
	struct sqe sqe = sqe_nth(nth);

	assert_int_equal(sqe.dw[24] >> 20, dtype >> 20);
	assert_int_equal(sqe.dw[25], pid << 16);
}

static void place(const char *ids, enum option_select select,
		  const char *bounds)
{
	host.options.placement = PLACEMENT_KIND_FDP;
	host.options.placement_ids = (char *)ids;
	host.options.placement_select = select;
	host.options.placement_bounds = (char *)bounds;
}

/* -- by fio's core ------------------------------------------------------------- */

#ifdef HAVE_IOENGINE_OPS_FDP_FETCH_RUHS
static void core_places(void)
{
#ifdef HAVE_THREAD_OPTIONS_DP_TYPE
	host.td.o.dp_type = FIO_DP_FDP;
#else
	host.td.o.fdp = 1;
#endif
}

static void core_ids(uint16_t id)
{
#ifdef HAVE_THREAD_OPTIONS_DP_TYPE
	host.td.o.dp_ids[0] = id;
	host.td.o.dp_nr_ids = 1;
#else
	host.td.o.fdp_plis[0] = id;
	host.td.o.fdp_nrpli = 1;
#endif
}

/* As the core of this version asks; it keeps indices of the whole list */
static void test_core_asks(void **state)
{
	union {
		struct fio_ruhs_info info;
		char room[sizeof(struct fio_ruhs_info) + 256];
	} asked = { 0 };

	(void)state;
	core_places();
	core_ids(7);
	host_start();
#ifdef HAVE_THREAD_OPTIONS_DP_TYPE
	memset(asked.room + sizeof(asked.info), 0xee, 256);
	assert_int_equal(
		host.ops->fdp_fetch_ruhs(&host.td, &host.files[0], &asked.info),
		0);
	/* there was no room for more than the number */
	for (unsigned int i = sizeof(asked.info); i < sizeof(asked); i++)
		assert_int_equal((unsigned char)asked.room[i], 0xee);
#endif
	assert_int_equal(
		host.ops->fdp_fetch_ruhs(&host.td, &host.files[0], &asked.info),
		0);
	assert_int_equal(asked.info.nr_ruhs, 8);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(asked.info.plis[i], PID(i));
}

static void chosen(unsigned int unit, uint32_t dtype, uint32_t pid)
{
	host.io_us[unit].dtype = dtype;
	host.io_us[unit].dspec = pid;
}

static void test_core(void **state)
{
	(void)state;
	core_places();
	host_start();
	chosen(0, 2, PID(4));
	sqe_send(0, DDIR_WRITE, 0, 4096);
	chosen(0, 2, 77);
	sqe_send(0, DDIR_WRITE, 0, 4096);
	/* a slot that held a placement before */
	for (unsigned int i = 2; i < 8; i++) {
		chosen(0, i % 2 ? 2 : 0, i % 2 ? PID(1) : 0);
		sqe_send(0, DDIR_WRITE, 0, 4096);
	}
	assert_placed(0, FDP, PID(4));
	assert_placed(1, FDP, 77);
	for (unsigned int i = 2; i < 8; i++)
		assert_placed(i, i % 2 ? FDP : 0, i % 2 ? PID(1) : 0);
}

static void test_core_parts(void **state)
{
	(void)state;
	core_places();
	split_sizes(4 * PART, PART);
	host_start();
	chosen(0, 2, PID(4));
	host_queue(0, DDIR_WRITE, 0, 4 * PART);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	for (unsigned int i = 0; i < 4; i++)
		assert_placed(i, FDP, PID(4));
}

/* The core asks for them on behalf of a job that only reads, too */
static void test_core_reads(void **state)
{
	struct fio_ruhs_info info = { 0 };

	(void)state;
	core_places();
	host.td.o.td_ddir = TD_DDIR_READ;
	host_start();
#ifdef HAVE_THREAD_OPTIONS_DP_TYPE
	assert_int_equal(
		host.ops->fdp_fetch_ruhs(&host.td, &host.files[0], &info), 0);
	assert_int_equal(info.nr_ruhs, 8);
#else
	(void)info;
#endif
	sqe_send(0, DDIR_READ, 0, 4096);
	assert_placed(0, 0, 0);
}

static void core_refused(const char *words)
{
	host.log[0] = '\0';
	assert_int_equal(host.ops->setup(&host.td), 1);
	if (!strstr(host.log, words))
		fail_msg("\"%s\" does not say \"%s\"", host.log, words);
}

static void test_core_index(void **state)
{
	(void)state;
	core_places();
	core_ids(8);
	core_refused("placement identifier index 8: the namespace has 8");
}

static void test_both(void **state)
{
	(void)state;
	core_places();
	place(NULL, 0, NULL);
	core_refused("both would place the Writes; leave one of them out");
}
#endif

/* -- what is refused, and what is told ------------------------------------------ */

static void refused(const char *words)
{
	host.log[0] = '\0';
	host.td.error = 0;
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	if (!strstr(host.log, words))
		fail_msg("\"%s\" does not say \"%s\"", host.log, words);
	assert_true(host.td.error > 0);
}

static void test_refusals(void **state)
{
	(void)state;
	place("0-8", 0, NULL);
	refused("placement identifier index 8: the namespace has 8 reclaim unit handles");
	place("a", 0, NULL);
	refused("placement_ids=a is not a list of numbers");
	place(NULL, SELECT_LBA, "8k,4k");
	refused("placement_bounds=8k,4k is not an ascending list");
	place("1", SELECT_SIZE, "8k");
	refused("has 1 bounds, so 2 parts, for 1 placement identifiers");
	place(NULL, SELECT_SIZE, NULL);
	refused("placement_select=size needs bounds");
	place(NULL, SELECT_JOB, "8k");
	refused("placement_bounds means nothing without placement_select=lba or size");
	host.options.placement = PLACEMENT_KIND_NONE;
	refused("mean nothing without placement; set placement=fdp");
	place(NULL, 0, NULL);
	host.placement_error = -EOPNOTSUPP;
	refused("/dev/ng0n1: no placement");
}

/* Whoever reads places nothing, and need not be able to */
static void test_reader(void **state)
{
	(void)state;
	place(NULL, 0, NULL);
	host.td.o.td_ddir = TD_DDIR_READ;
	host.placement_error = -EOPNOTSUPP;
	host_start();
	sqe_send(0, DDIR_READ, 0, 4096);
	assert_placed(0, 0, 0);
}

static void test_table(void **state)
{
	(void)state;
	place("1,3", SELECT_LBA, "64k");
	host_start();
	assert_string_equal(
		host.info,
		"nvme_passthru " NVME_PASSTHRU_VERSION
		": /dev/ng0n1: Writes are placed by lba:\n"
		"  index 1: placement identifier 4099, reclaim unit handle 6, 1000001 bytes left in its reclaim unit, offset below 65536\n"
		"  index 3: placement identifier 4105, reclaim unit handle 4, 1000003 bytes left in its reclaim unit, offset from 65536\n");
	assert_int_equal(host.flushed, strlen(host.info));
}

static void test_no_table(void **state)
{
	(void)state;
	place(NULL, 0, NULL);
	output_format = FIO_OUTPUT_JSON;
	host_start();
	assert_string_equal(host.info, "");
	host_end_for_another();
	output_format = FIO_OUTPUT_NORMAL;
	host.td.subjob_number = 1;
	host_start();
	assert_string_equal(host.info, "");
}

int group_placed_core(void)
{
	const struct CMUnitTest tests[] = {
#ifdef HAVE_IOENGINE_OPS_FDP_FETCH_RUHS
		HOST_TEST(test_core_asks),  HOST_TEST(test_core),
		HOST_TEST(test_core_parts), HOST_TEST(test_core_reads),
		HOST_TEST(test_core_index), HOST_TEST(test_both),
#endif
		HOST_TEST(test_refusals),   HOST_TEST(test_reader),
		HOST_TEST(test_table),	    HOST_TEST(test_no_table),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("placed_core"), tests,
					   NULL, NULL);
}
