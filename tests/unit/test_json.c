// SPDX-License-Identifier: GPL-2.0
/* The line of JSON that a job appends to its report, read as anyone would. */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job_watch.h"
#include "groups.h"

/* -- the whole ------------------------------------------------------------------- */

static void test_schema(void **state)
{
	(void)state;
	host.ns[0].fdp = true;
	host_start();
	line_turn(DDIR_WRITE, 4096);
	host_end();
	line_read();
	assert_int_equal(lines.nr, 1);
	line_keys("", "schema plugin fio layout kernel job options io_units "
		      "ring commands errors files");
	line_keys("job", "name number group pid started ended error");
	line_keys("ring", "entries features registered_files "
			  "registered_regions system_calls "
			  "commands_per_call");
	line_keys("commands.0", "opcode name commands bytes errors");
	line_keys("files.0", "path nsid subsystem model serial firmware size "
			     "lba_format multipath transport numa_node iommu "
			     "poll_queues tags endurance_group placement fdp");
	line_keys("files.0.lba_format",
		  "index data_bytes metadata_bytes extended pi_type");
	line_keys("files.0.fdp", "before after events");
	line_keys("files.0.fdp.before", "time hbmw mbmw mbe");
}

static void test_job(void **state)
{
	static char name[] = "wr\xc3\xa4"
			     "te \"it\"";

	(void)state;
	host.td.o.name = name;
	host.realtime = (struct timespec){ 1764000000, 250000000 };
	host.td.error = 0;
	host_start();
	line_turn(DDIR_READ, 512);
	host.realtime.tv_sec += 10;
	host.td.error = 5;
	host_end();
	host.td.error = 0;
	line_read();
	line_number("schema", 1);
	line_text("plugin", NVME_PASSTHRU_VERSION);
	line_text("fio", "fio-" FIO_LAYOUT_ID);
	line_text("layout", FIO_LAYOUT_ID);
	line_text("kernel", "6.12.0");
	line_text("job.name", name);
	line_number("job.number", 3);
	line_number("job.group", 1);
	line_number("job.pid", getpid());
	line_number("job.error", 5);
	line_real("job.started", 1764000000.25);
	line_real("job.ended", 1764000010.25);
	/* nothing of it is said elsewhere */
	assert_string_equal(host.info, "");
	assert_string_equal(host.log, "");
}

/* A name in another encoding must not spoil the line */
static void test_latin_1(void **state)
{
	static char name[] = "wr\xe4te";

	(void)state;
	host.td.o.name = name;
	host_start();
	host_end();
	line_read();
	line_text("job.name", "wr?te");
}

static void test_counts(void **state)
{
	(void)state;
	host_start();
	line_turn(DDIR_WRITE, 4096);
	line_turn(DDIR_WRITE, 512);
	line_turn(DDIR_TRIM, 8192);
	line_turn(DDIR_SYNC, 0);
	host_end();
	line_read();
	line_number("io_units", 4);
	assert_int_equal(json_object_array_length(line_at("commands")), 3);
	line_text("commands.0.name", "Write");
	line_number("commands.0.opcode", 1);
	line_number("commands.0.commands", 2);
	line_number("commands.0.bytes", 4608);
	line_number("commands.0.errors", 0);
	line_text("commands.1.name", "Dataset Management");
	line_number("commands.1.opcode", 9);
	line_number("commands.1.bytes", 8192);
	line_text("commands.2.name", "Flush");
	line_number("commands.2.opcode", 0);
	assert_int_equal(json_object_array_length(line_at("errors")), 0);
	line_number("ring.entries", 4);
	line_text("ring.features.0", "SINGLE_ISSUER");
	line_text("ring.features.3", "registered ring");
	line_number("ring.registered_regions", 0);
	assert_true(json_object_get_boolean(line_at("ring.registered_files")));
	line_number("ring.system_calls", 8);
	line_real("ring.commands_per_call", 0.5);
}

static int fails(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth < 2 ? 0x4281 : nth == 2 ? -EIO : (int)nth;
}

static void test_errors(void **state)
{
	(void)state;
	host_start();
	fake.status = fails;
	for (unsigned int i = 0; i < 40; i++)
		line_turn(DDIR_READ, 512);
	fake.status = NULL;
	host_end();
	line_read();
	line_number("commands.0.commands", 40);
	line_number("commands.0.bytes", 0);
	line_number("commands.0.errors", 40);
	line_text("errors.0.name", "Read");
	line_number("errors.0.status", 0x4281);
	line_null("errors.0.errno");
	line_number("errors.0.count", 2);
	assert_non_null(strstr(json_object_get_string(line_at("errors.0.text")),
			       "(sct 0x2, sc 0x81, do not retry)"));
	line_null("errors.1.status");
	line_number("errors.1.errno", EIO);
	line_text("errors.1.text", "Input/output error");
	/* those that there was no room for */
	assert_int_equal(json_object_array_length(line_at("errors")),
			 WATCH_ERRORS + 1);
	line_null("errors.32.name");
	line_number("errors.32.count", 40 - 2 - (WATCH_ERRORS - 1));
}

static void test_options(void **state)
{
	static char version[] = "0.1";

	(void)state;
	host.options.hipri = 0;
	host.options.fixedbufs = 1;
	host.options.plainfiles = 1;
	host.options.cmd_bs = 1ull << 33;
	host.options.min_version = version;
	host.options.cmd_bs = 4096;
	host_start();
	host_end();
	line_read();
	line_number("options.hipri", 0);
	line_number("options.fixedbufs", 1);
	/* as the user says it, not as it is stored */
	line_number("options.registerfiles", 0);
	line_number("options.sqthread_poll_cpu", -1);
	line_number("options.nonvectored", -1);
	line_text("options.cmd_type", "nvme");
	line_number("options.readfua", 0);
	line_number("options.cmd_bs", 4096);
	line_number("options.summary", 0);
	line_text("options.report", lines.path);
	line_null("options.trace");
	line_text("options.min_version", "0.1");
	assert_false(json_object_get_boolean(line_at("ring.registered_files")));
}

/* -- the file -------------------------------------------------------------------- */

static void test_appended(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 3; i++) {
		host.td.thread_number = i;
		host_start();
		line_turn(DDIR_READ, 512);
		host_end_for_another();
	}
	line_read();
	assert_int_equal(lines.nr, 3);
	for (unsigned int i = 0; i < 3; i++) {
		json_object *job, *number;

		assert_true(json_object_object_get_ex(lines.objects[i], "job",
						      &job));
		assert_true(json_object_object_get_ex(job, "number", &number));
		assert_int_equal(json_object_get_int(number), i + 1);
	}
}

static void refused(const char *words)
{
	assert_int_not_equal(host_begin(), 0);
	assert_int_equal(host.opens, host.posted ? host.opens : 1);
	if (!strstr(host.log, words))
		fail_msg("\"%s\" does not say \"%s\"", host.log, words);
	assert_ptr_equal(strchr(host.log, '\n'), strrchr(host.log, '\n'));
}

static void test_refused(void **state)
{
	static char missing[] = "/nonexistent/report";

	(void)state;
	host.options.report = missing;
	refused("report=/nonexistent/report");
	assert_false(host.posted);
}

static void test_trace_refused(void **state)
{
	(void)state;
	host.options.report = NULL;
	host.options.trace = lines.path;
	close(open(lines.path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(truncate(lines.path, 100), 0);
	refused("trace=");
	assert_false(host.posted);
}

static void test_unserialised(void **state)
{
	(void)state;
	host.options.report = NULL;
	host.options.trace = lines.trace;
	host.td.o.create_serialize = 0;
	host.td.o.td_ddir = TD_DDIR_READ;
	refused("create_serialize=0");
	assert_int_equal(access(lines.trace, F_OK), -1);
}

/* fio comes to setup last then */
static void test_unserialised_report(void **state)
{
	(void)state;
	host.late_setup = true;
	host.td.o.create_serialize = 0;
	host.td.o.td_ddir = TD_DDIR_READ;
	host_start();
	line_turn(DDIR_READ, 512);
	host_end();
	line_read();
	assert_int_equal(lines.nr, 1);
	line_number("commands.0.commands", 1);
}

static void test_write_fails(void **state)
{
	(void)state;
	host_start();
	line_turn(DDIR_READ, 512);
	host.write_error = ENOSPC;
	host_end();
	host.write_error = 0;
	assert_non_null(strstr(host.log, "report="));
	assert_non_null(strstr(host.log, strerror(ENOSPC)));
	assert_ptr_equal(strchr(host.log, '\n'), strrchr(host.log, '\n'));
	assert_string_equal(host.info, "");
}

int group_json(void)
{
	const struct CMUnitTest tests[] = {
		LINE_TEST(test_schema),
		LINE_TEST(test_job),
		LINE_TEST(test_latin_1),
		LINE_TEST(test_counts),
		LINE_TEST(test_errors),
		LINE_TEST(test_options),
		LINE_TEST(test_appended),
		LINE_TEST(test_refused),
		LINE_TEST(test_trace_refused),
		LINE_TEST(test_unserialised),
		LINE_TEST(test_unserialised_report),
		LINE_TEST(test_write_fails),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("json"), tests, NULL,
					   NULL);
}
