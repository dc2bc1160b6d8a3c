// SPDX-License-Identifier: GPL-2.0
/* zonemode=zbd: what fio is told of zones, and what becomes of its wishes. */
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake_zones.h"
#include "fio/td.h"
#include "groups.h"

#define ZONE (4ull << 20)
#define CAPACITY (3ull << 20)

/* What fio's core does with a trim: the error that it leaves in the io_unit */
static struct {
	int error;
	unsigned int trims;
	unsigned int quiesced;
	unsigned int completed;
} core;

/* Which of them takes a constant job is a matter of the version */
#ifdef HAVE_IOENGINE_OPS_GET_MAX_ACTIVE_ZONES
int do_io_u_trim(struct thread_data *td, struct io_u *io_u)
#else
int do_io_u_trim(const struct thread_data *td, struct io_u *io_u)
#endif
{
	assert_ptr_equal(td, &host.td);
	/* what was queued before was to be waited for first */
	assert_int_equal(core.quiesced, ++core.trims);
	io_u->error = (unsigned int)core.error;
	return 0;
}

int io_u_quiesce(struct thread_data *td)
{
	assert_ptr_equal(td, &host.td);
	core.quiesced++;
	return 0;
}

void io_u_mark_complete(struct thread_data *td, unsigned int nr)
{
	assert_ptr_equal(td, &host.td);
	core.completed += nr;
}

/* Eight zones in every state there is but one */
static int setup(void **state)
{
	static const enum zone_state states[FAKE_ZONES] = {
		ZONE_EMPTY, ZONE_IMPLICIT,  ZONE_EXPLICIT, ZONE_CLOSED,
		ZONE_FULL,  ZONE_READ_ONLY, ZONE_OFFLINE,  ZONE_EMPTY,
	};
	int ret = host_setup_test(state);

	memset(&core, 0, sizeof(core));
	memset(&fake_zones, 0, sizeof(fake_zones));
	fake_zones.are = (struct zones){
		.nr = FAKE_ZONES, .bytes = ZONE, .max_open = 3, .max_active = 5
	};
	for (unsigned int i = 0; i < FAKE_ZONES; i++)
		fake_zones.list[i] = (struct zone){
			.start = i * ZONE,
			.bytes = ZONE,
			.capacity = CAPACITY,
			.wp = i * ZONE + 4096 * i,
			.type = ZONE_SEQUENTIAL,
			.state = states[i],
		};
	host.td.o.zone_mode = ZONE_MODE_ZBD;
	return ret;
}

static void refused(const char *text)
{
	host.log[0] = '\0';
	host.td.error = 0;
	assert_int_not_equal(host_begin(), 0);
	if (!strstr(host.log, text))
		fail_msg("\"%s\" does not say \"%s\"", host.log, text);
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_true(host.td.error > 0);
}

/* -- what fio is told ------------------------------------------------------ */

static void test_model(void **state)
{
	enum zbd_zoned_model model = ZBD_NONE;
	unsigned int max = 99;

	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(
		host.ops->get_zoned_model(&host.td, &host.files[0], &model), 0);
	assert_int_equal(model, ZBD_HOST_MANAGED);
	assert_int_equal(
		host.ops->get_max_open_zones(&host.td, &host.files[0], &max),
		0);
	assert_int_equal(max, 3);
#ifdef HAVE_IOENGINE_OPS_GET_MAX_ACTIVE_ZONES
	assert_int_equal(
		host.ops->get_max_active_zones(&host.td, &host.files[0], &max),
		0);
	assert_int_equal(max, 5);
#endif
}

/* fio makes zones up if it is told how large; else it has to be told why not */
static void test_no_zones(void **state)
{
	enum zbd_zoned_model model = ZBD_HOST_MANAGED;

	(void)state;
	fake_zones.are.nr = 0;
	refused("/dev/ng0n1: zonemode=zbd: the namespace has no zones;");
	host.td.error = 0;
	host.td.o.zone_size = 1 << 20;
	assert_int_equal(host.ops->setup(&host.td), 0);
	host.ops->get_zoned_model(&host.td, &host.files[0], &model);
	assert_int_equal(model, ZBD_NONE);
}

static void test_identify_fails(void **state)
{
	(void)state;
	fake_zones.identify_error = -EIO;
	refused("/dev/ng0n1: identify failed");
	/* who does not ask for zones does not hear of it */
	host.td.error = 0;
	host.td.o.zone_mode = ZONE_MODE_NONE;
	host_start();
}

static void assert_zone(const struct zbd_zone *zone, unsigned int nth)
{
	const struct zone *is = &fake_zones.list[nth];
	bool usable = is->state != ZONE_READ_ONLY && is->state != ZONE_OFFLINE;

	assert_int_equal(zone->start, nth * ZONE);
	assert_int_equal(zone->len, ZONE);
	assert_int_equal(zone->capacity, CAPACITY);
	assert_int_equal(zone->wp, usable ? is->wp : is->start);
	assert_int_equal(zone->type, ZBD_ZONE_TYPE_SWR);
	assert_int_equal(zone->cond,
			 usable ? (unsigned int)is->state :
				  (unsigned int)ZBD_ZONE_COND_OFFLINE);
}

static void test_report(void **state)
{
	struct zbd_zone zones[FAKE_ZONES + 1];

	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(host.ops->report_zones(&host.td, &host.files[0], 0,
						zones, 8192),
			 FAKE_ZONES);
	for (unsigned int i = 0; i < FAKE_ZONES; i++)
		assert_zone(&zones[i], i);
	assert_non_null(strstr(host.info, "/dev/ng0n1: 1 zones are read only "
					  "and 1 are offline;"));
	host.info[0] = '\0';
	assert_int_equal(host.ops->report_zones(&host.td, &host.files[0],
						3 * ZONE, zones, 2),
			 2);
	assert_zone(&zones[0], 3);
	assert_zone(&zones[1], 4);
	assert_string_equal(host.info, "");
}

/* JSON stays JSON */
static void test_report_in_json(void **state)
{
	struct zbd_zone zones[FAKE_ZONES];

	(void)state;
	output_format = FIO_OUTPUT_JSON;
	assert_int_equal(host.ops->setup(&host.td), 0);
	host.ops->report_zones(&host.td, &host.files[0], 0, zones, FAKE_ZONES);
	assert_string_equal(host.info, "");
}

static void test_report_fails(void **state)
{
	struct zbd_zone zones[FAKE_ZONES];

	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	fake_zones.error = -EPROTO;
	errno = 0;
	assert_int_equal(host.ops->report_zones(&host.td, &host.files[0], 0,
						zones, FAKE_ZONES),
			 -EPROTO);
	/* fio reports this one */
	assert_int_equal(errno, EPROTO);
	assert_non_null(strstr(host.log, "/dev/ng0n1: report failed\n"));
}

/* -- what fio wants to have changed ---------------------------------------- */

static void assert_call(unsigned int nth, enum zone_action action,
			uint64_t offset, uint64_t bytes)
{
	const struct fake_zone_call *call = &fake_zones.calls[nth];

	assert_int_equal(fake_zones.nr_calls, nth + 1);
	assert_int_equal(call->action, action);
	assert_int_equal(call->offset, offset);
	assert_int_equal(call->bytes, bytes);
	assert_true(call->writable);
}

/* fio may do so before it opens the file, and after */
static void test_reset(void **state)
{
	struct fio_file *f = &host.files[0];

	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(host.ops->reset_wp(&host.td, f, ZONE, ZONE), 0);
	assert_call(0, ZONE_RESET, ZONE, ZONE);
	host_start();
	assert_int_equal(host.ops->reset_wp(&host.td, f, 0, 2 * ZONE), 0);
	assert_call(1, ZONE_RESET, 0, 2 * ZONE);
	host.opens = 0;
	fake_zones.error = -EIO;
	assert_int_equal(host.ops->reset_wp(&host.td, f, 0, ZONE), -EIO);
	assert_non_null(strstr(host.log, "/dev/ng0n1: manage failed\n"));
	assert_int_equal(errno, EIO);
	/* the job's own descriptor was there */
	assert_int_equal(host.opens, 0);
}

static void test_reset_cannot_open(void **state)
{
	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	host.open_error = -EACCES;
	assert_int_equal(host.ops->reset_wp(&host.td, &host.files[0], 0, ZONE),
			 -EACCES);
	assert_non_null(strstr(host.log, "open failed"));
	assert_int_equal(fake_zones.nr_calls, 0);
}

#ifdef HAVE_IOENGINE_OPS_FINISH_ZONE
static void test_finish(void **state)
{
	(void)state;
	host_start();
	assert_int_equal(
		host.ops->finish_zone(&host.td, &host.files[0], ZONE, ZONE), 0);
	assert_call(0, ZONE_FINISH, ZONE, ZONE);
}
#endif

#ifdef HAVE_IOENGINE_OPS_MOVE_ZONE_WP
static void test_move(void **state)
{
	struct zbd_zone zone = { .start = ZONE, .wp = ZONE + 8192 };
	const char data[1] = "";

	(void)state;
	host.ns[0].mdts_bytes = 131072;
	host_start();
	assert_int_equal(host.ops->move_zone_wp(&host.td, &host.files[0], &zone,
						4096, data),
			 0);
	assert_call(0, 0, ZONE + 8192, 4096);
	assert_ptr_equal(fake_zones.calls[0].data, data);
	assert_int_equal(fake_zones.calls[0].most, 131072);
	assert_int_equal(host.ops->move_zone_wp(&host.td, &host.files[0], &zone,
						4096, NULL),
			 0);
	assert_null(fake_zones.calls[1].data);
}
#endif

/* -- trims ------------------------------------------------------------------ */

static struct io_u *trim(unsigned int unit)
{
	struct io_u *io_u = host_io(unit, DDIR_TRIM, ZONE, ZONE);

	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	return io_u;
}

/* It is fio's core that resets; no command goes by the ring */
static void test_trim(void **state)
{
	struct io_u *io_u;

	(void)state;
	host.ns[0].trims = false;
	host_start();
	io_u = trim(0);
	assert_int_equal(io_u->error, 0);
	assert_int_equal(core.trims, 1);
	assert_int_equal(core.completed, 1);
	assert_int_equal(host.submitted, 1);
	assert_int_equal(io_u->issue_time.tv_sec, 1);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
	/* other I/O goes as ever */
	host_queue(1, DDIR_WRITE, ZONE, 4096);
	host_commit();
	assert_int_equal(fake.nr_taken, 1);
	assert_int_equal(host_getevents(1, 1), 1);
}

static void test_trim_without_clocks(void **state)
{
	(void)state;
	host.td.o.disable_clat = host.td.o.disable_slat = 1;
	host.td.o.disable_bw = 1;
	host_start();
	assert_int_equal(trim(0)->issue_time.tv_sec, 0);
	assert_int_equal(host.clock, 0);
}

/* fio's core leaves its errno below zero */
static void test_trim_fails(void **state)
{
	(void)state;
	host_start();
	core.error = -EIO;
	assert_int_equal(trim(0)->error, EIO);
	core.error = EINVAL;
	assert_int_equal(trim(1)->error, EINVAL);
}

/* Without zonemode=zbd a trim is Dataset Management */
static void test_trim_of_blocks(void **state)
{
	(void)state;
	host.td.o.zone_mode = ZONE_MODE_NONE;
	host_start();
	host_queue(0, DDIR_TRIM, ZONE, ZONE);
	assert_int_equal(core.trims, 0);
}

/* -- what would break the order of writes ----------------------------------- */

static void test_several_commands(void **state)
{
	(void)state;
	host.ns[0].mdts_bytes = 4096;
	host.td.o.max_bs[DDIR_WRITE] = 8192;
	refused("several commands, which could reach its zone out of order; use a bs of at most 4096");
}

static void test_several_commands_to_read(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.ns[0].mdts_bytes = 4096;
	host.td.o.max_bs[DDIR_READ] = 8192;
	host_start();
}

static void test_more_than_tags(void **state)
{
	(void)state;
	host.ns[0].tags = 3;
	refused("iodepth=4 is above the queue's 3 tags");
}

static void test_workers(void **state)
{
	(void)state;
	host.options.force_async = 2;
	refused("force_async=2: kernel workers would write to a zone out of order");
}

/* Where fio makes the zones up, the device knows no order */
static void test_made_up(void **state)
{
	(void)state;
	fake_zones.are.nr = 0;
	host.td.o.zone_size = 1 << 20;
	host.options.force_async = 2;
	host.ns[0].mdts_bytes = 4096;
	host.td.o.max_bs[DDIR_WRITE] = 8192;
	host_start();
	assert_string_equal(host.info, "");
}

static void test_depth_remark(void **state)
{
	(void)state;
	host.td.o.iodepth = 1;
	host_start();
	assert_string_equal(host.info, "");
	host_end_for_another();
	host.td.o.iodepth = 2;
	host_start();
	assert_non_null(strstr(host.info, "zonemode=zbd with iodepth=2: "));
}

#ifdef HAVE_THREAD_OPTIONS_NUM_RANGE
static void test_ranges(void **state)
{
	(void)state;
	host.td.o.num_range = 2;
	refused("num_range above 1 with zonemode=zbd is refused");
	host.td.error = 0;
	host.td.o.td_ddir = TD_DDIR_WRITE;
	host_start();
}
#endif

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, host_teardown_test)

int group_zbd(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_model),
		TEST(test_no_zones),
		TEST(test_identify_fails),
		TEST(test_report),
		TEST(test_report_in_json),
		TEST(test_report_fails),
		TEST(test_reset),
		TEST(test_reset_cannot_open),
#ifdef HAVE_IOENGINE_OPS_FINISH_ZONE
		TEST(test_finish),
#endif
#ifdef HAVE_IOENGINE_OPS_MOVE_ZONE_WP
		TEST(test_move),
#endif
		TEST(test_trim),
		TEST(test_trim_without_clocks),
		TEST(test_trim_fails),
		TEST(test_trim_of_blocks),
		TEST(test_several_commands),
		TEST(test_several_commands_to_read),
		TEST(test_more_than_tags),
		TEST(test_workers),
		TEST(test_made_up),
		TEST(test_depth_remark),
#ifdef HAVE_THREAD_OPTIONS_NUM_RANGE
		TEST(test_ranges),
#endif
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("zbd"), tests, NULL,
					   NULL);
}
