// SPDX-License-Identifier: GPL-2.0
/* A namespace that somebody formats while a job is set up, or runs. */
#include "host.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

#define LBA_OUT_OF_RANGE 0x4080
#define READ_ERROR 0x281

static void complete(int res)
{
	host_queue(0, DDIR_READ, 0, 512);
	host_commit();
	fake_complete(0, res);
	assert_int_equal(host_getevents(1, 1), 1);
}

static void assert_told(const char *path, const char *remedy)
{
	const char *line = strstr(host.log, path);

	assert_non_null(line);
	if (!strstr(line, remedy))
		fail_msg("\"%s\" does not say \"%s\"", line, remedy);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

/* It waited for another job: nothing is sent */
static void test_before_the_first_io(void **state)
{
	(void)state;
	host.reformatted = host_names[0];
	assert_int_not_equal(host_begin(), 0);
	assert_int_equal(host.td.error, ESTALE);
	assert_told("/dev/ng0n1: was formatted", "; start fio again\n");
	assert_int_equal(fake.nr_enters, 0);
	/* nor is it told again */
	host_end();
	assert_told("/dev/ng0n1: was formatted", "; start fio again\n");
}

static void test_when_a_command_fails(void **state)
{
	(void)state;
	host_start();
	host.reformatted = host_names[0];
	complete(LBA_OUT_OF_RANGE);
	assert_told("/dev/ng0n1: was formatted", "; what was written since");
	assert_int_equal(host.ops->getevents(&host.td, 1, 1, NULL), -EIO);
	assert_int_equal(host.td.done, 1);
	assert_int_equal(host.td.error, EIO);
	host_end();
	assert_told("/dev/ng0n1: was formatted", "; what was written since");
}

/* The errors of a drive are no reason to ask it, or to go on asking */
static void test_asked_rarely(void **state)
{
	static const int others[] = { READ_ERROR, 0x302, 0x7, -EIO, -EINTR };
	unsigned int before;

	(void)state;
	host_start();
	before = host.format_asked;
	for (unsigned int i = 0; i < 5; i++)
		complete(others[i]);
	assert_int_equal(host.format_asked, before);
	for (unsigned int i = 0; i < 100; i++)
		complete(LBA_OUT_OF_RANGE);
	/* the first, and each that doubles how many there were: 2, 3, 5 to 65 */
	assert_int_equal(host.format_asked, before + 8);
	assert_string_equal(host.log, "");
	assert_int_equal(host.td.done, 0);
}

/* Its commands may all have succeeded, in other places */
static void test_at_the_end(void **state)
{
	(void)state;
	host.td.files_index = 2;
	host_start();
	complete(0);
	host.reformatted = host_names[1];
	complete(0);
	assert_string_equal(host.log, "");
	host_end();
	assert_told("/dev/ng0n2: was formatted", "; what was written since");
	assert_int_equal(host.td.error, EIO);
}

static void test_not_formatted(void **state)
{
	(void)state;
	host.td.files_index = 2;
	host_start();
	complete(0);
	host_end();
	assert_int_equal(host.format_asked, 4);
	assert_string_equal(host.log, "");
	assert_int_equal(host.td.error, 0);
}

/* What was not sent went nowhere */
static void test_dry_run(void **state)
{
	(void)state;
	host.options.dry_run = 1;
	host_start();
	host.reformatted = host_names[0];
	host_end();
	assert_string_equal(host.log, "");
	assert_int_equal(host.td.error, 0);
}

int group_reformatted(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_before_the_first_io),
		HOST_TEST(test_when_a_command_fails),
		HOST_TEST(test_asked_rarely),
		HOST_TEST(test_at_the_end),
		HOST_TEST(test_not_formatted),
		HOST_TEST(test_dry_run),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("reformatted"), tests,
					   NULL, NULL);
}
