// SPDX-License-Identifier: GPL-2.0
/* What a report says of a job's files: placement and FDP's logs. */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job_watch.h"
#include "groups.h"

/* -- files ----------------------------------------------------------------------- */

static void test_files(void **state)
{
	(void)state;
	host.td.files_index = 2;
	host.ns[0].lbaf = 2;
	host.ns[0].pi.ms = 8;
	host.ns[0].pi.extended = true;
	host.ns[0].multipath = true;
	host.ns[1].endgid = 1;
	host.ns[1].tags = 1023;
	host_start();
	host_end();
	line_read();
	assert_int_equal(json_object_array_length(line_at("files")), 2);
	line_text("files.0.path", "/dev/ng0n1");
	line_number("files.0.nsid", 1);
	line_text("files.0.serial", "serial");
	line_text("files.0.model", "A model");
	line_text("files.0.firmware", "1.0");
	line_number("files.0.size", 1ll << 49);
	line_number("files.0.lba_format.index", 2);
	line_number("files.0.lba_format.data_bytes", 512);
	line_number("files.0.lba_format.metadata_bytes", 8);
	assert_true(json_object_get_boolean(line_at("files.0.multipath")));
	line_null("files.0.subsystem");
	line_null("files.0.endurance_group");
	line_null("files.0.placement");
	line_null("files.0.fdp");
	line_text("files.1.path", "/dev/ng0n2");
	line_number("files.1.endurance_group", 1);
	line_number("files.1.tags", 1023);
}

static void write_to(uint16_t position, uint64_t bytes)
{
	host_queue(1, DDIR_WRITE, 0, bytes);
	line_target()->job->units[1].placement = position;
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
}

static void test_placement(void **state)
{
	struct placement placement = {
		.type = NVME_DTYPE_FDP,
		.select = PLACEMENT_BY_FIO,
		.nr = 2,
		.entries = { { 4, 11, 5, 1 << 24 }, { 6, 12, 7, 0 } },
	};

	(void)state;
	host_place(&placement);
	host_start();
	write_to(0, 512);
	write_to(1, 1024);
	write_to(PLACEMENT_NONE, 512);
	host_end();
	line_read();
	line_text("files.0.placement.type", "fdp");
	line_text("files.0.placement.select", "fio");
	line_number("files.0.placement.table.0.position", 0);
	line_number("files.0.placement.table.0.index", 4);
	line_number("files.0.placement.table.0.identifier", 11);
	line_number("files.0.placement.table.0.handle", 5);
	line_number("files.0.placement.table.0.left_bytes", 1 << 24);
	line_number("files.0.placement.written.1.position", 1);
	line_number("files.0.placement.written.1.index", 6);
	line_number("files.0.placement.written.1.identifier", 12);
	line_number("files.0.placement.written.1.commands", 1);
	line_number("files.0.placement.written.1.bytes", 1024);
	line_real("files.0.placement.written.1.share", 0.5);
	line_number("files.0.placement.written.1.latency_ns.min", 1000000000);
	line_number("files.0.placement.written.1.latency_ns.max", 1000000000);
	line_real("files.0.placement.written.1.latency_ns.mean", 1e9);
	line_real("files.0.placement.written.1.latency_ns.p99_9", 1e9);
	line_null("files.0.placement.written.2.position");
	line_number("files.0.placement.written.2.commands", 1);
}

static void test_streams(void **state)
{
	struct placement placement = {
		.type = NVME_DTYPE_STREAMS,
		.nr = 1,
		.entries = { { .pid = 3 } },
	};

	(void)state;
	host_place(&placement);
	host_start();
	host_end();
	line_read();
	line_text("files.0.placement.type", "streams");
	line_text("files.0.placement.select", "roundrobin");
	line_null("files.0.placement.table.0.index");
	line_null("files.0.placement.table.0.handle");
	line_null("files.0.placement.table.0.left_bytes");
	line_number("files.0.placement.table.0.identifier", 3);
	/* there is no row of what did not happen */
	assert_int_equal(
		json_object_array_length(line_at("files.0.placement.written")),
		1);
	line_null("files.0.placement.written.0.latency_ns");
}

static struct nspace_fdp_event event(uint8_t type, bool host_log)
{
	struct nspace_fdp_event event = {
		.host = host_log,
		.type = type,
		.flags = 7,
		.pid = 2,
		.time_ms = 1234,
		.nsid = 1,
		.rgid = 3,
		.ruhid = 4,
	};

	event.raw[0] = type;
	return event;
}

static void test_fdp(void **state)
{
	(void)state;
	host.ns[0].fdp = true;
	host.fdp[0].at = (struct timespec){ 100, 500000000 };
	host.fdp[0].stats = (struct nspace_fdp_stats){ 1, 2, 3 };
	host.fdp[0].nr_events = 1;
	host.fdp[0].events[0] = event(0, true);
	host.fdp[1] = host.fdp[0];
	host.fdp[1].stats = (struct nspace_fdp_stats){ UINT64_MAX, 5, 6 };
	host.fdp[1].nr_events = 2;
	host.fdp[1].events[1] = event(0x80, false);
	host_start();
	assert_int_equal(host.fdp_reads, 1);
	host_end();
	assert_int_equal(host.fdp_reads, 2);
	line_read();
	line_real("files.0.fdp.before.time", 100.5);
	line_number("files.0.fdp.before.hbmw", 1);
	line_number("files.0.fdp.before.mbmw", 2);
	line_number("files.0.fdp.before.mbe", 3);
	assert_true(json_object_get_uint64(line_at("files.0.fdp.after.hbmw")) ==
		    UINT64_MAX);
	/* only what was not there before */
	assert_int_equal(
		json_object_array_length(line_at("files.0.fdp.events")), 1);
	line_keys("files.0.fdp.events.0", "log type name flags identifier "
					  "time_ms nsid group handle");
	line_text("files.0.fdp.events.0.log", "controller");
	line_number("files.0.fdp.events.0.type", 0x80);
	line_number("files.0.fdp.events.0.time_ms", 1234);
	line_number("files.0.fdp.events.0.group", 3);
	line_number("files.0.fdp.events.0.handle", 4);
}

/* It is said, and the job runs */
static void test_fdp_refused(void **state)
{
	(void)state;
	host.ns[0].fdp = true;
	host.fdp_error = -EACCES;
	host_start();
	line_turn(DDIR_READ, 512);
	host_end();
	/* what failed once is not asked again */
	assert_int_equal(host.fdp_reads, 1);
	line_read();
	line_keys("files.0.fdp", "error");
	line_text("files.0.fdp.error", "/dev/ng0n1: not for you");
	line_number("commands.0.commands", 1);
}

/* Without a report nobody asks the drive */
static void test_fdp_unasked(void **state)
{
	(void)state;
	host.ns[0].fdp = true;
	host.options.report = NULL;
	host.options.summary = 1;
	host_start();
	line_turn(DDIR_READ, 512);
	host_end();
	assert_int_equal(host.fdp_reads, 0);
	assert_int_equal(access(lines.path, F_OK), -1);
}

int group_json_files(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_files),	     LINE_TEST(test_placement),
		LINE_TEST(test_streams),     LINE_TEST(test_fdp),
		LINE_TEST(test_fdp_refused), LINE_TEST(test_fdp_unasked),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("json_files"), tests,
					   NULL, NULL);
}
