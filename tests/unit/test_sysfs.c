// SPDX-License-Identifier: GPL-2.0
/* Attributes and device numbers below /sys, whole and broken. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "fake_fs.h"
#include "nvme/sysfs.h"

static void test_text(void **state)
{
	char text[8];

	(void)state;
	fs_write("sys/class/x/a", "pcie\n");
	assert_int_equal(nvme_sysfs_text(text, 8, "class/%s/a", "x"), 0);
	assert_string_equal(text, "pcie");
	fs_write("sys/class/x/a", "one\ntwo\n");
	assert_int_equal(nvme_sysfs_text(text, 8, "class/x/a"), 0);
	assert_string_equal(text, "one");
	/* longer than there is room for: cut, and ended */
	fs_write("sys/class/x/a", "123456789\n");
	assert_int_equal(nvme_sysfs_text(text, 8, "class/x/a"), 0);
	assert_string_equal(text, "1234567");
	fs_write("sys/class/x/a", "");
	assert_int_equal(nvme_sysfs_text(text, 8, "class/x/a"), 0);
	assert_string_equal(text, "");
	assert_int_equal(nvme_sysfs_text(text, 8, "class/x/b"), -ENOENT);
	assert_int_equal(nvme_sysfs_text(text, 8, "class/x"), -EISDIR);
}

static void number(const char *text, long long value)
{
	fs_write("sys/n", text);
	assert_int_equal(nvme_sysfs_number("%c", 'n'), value);
}

static void test_number(void **state)
{
	(void)state;
	number("0\n", 0);
	number("127\n", 127);
	number("9223372036854775807\n", INT64_MAX);
	number("010\n", 10);
	number("-1\n", -EINVAL);
	number("\n", -EINVAL);
	number("", -EINVAL);
	number("many\n", -EINVAL);
	number("9223372036854775808\n", -EINVAL);
	assert_int_equal(nvme_sysfs_number("m"), -ENOENT);
}

static void test_device(void **state)
{
	char name[8];

	(void)state;
	fs_link("sys/dev/char/240:3", "../../devices/x/ng0n1");
	fs_link("sys/dev/block/240:3", "sda");
	assert_int_equal(nvme_sysfs_device(makedev(240, 3), 0, name, 8), 0);
	assert_string_equal(name, "ng0n1");
	assert_int_equal(nvme_sysfs_device(makedev(240, 3), 1, name, 8), 0);
	assert_string_equal(name, "sda");
	assert_int_equal(nvme_sysfs_device(makedev(240, 4), 0, name, 8),
			 -ENOENT);
	/* a name that fits, and one that is longer by a letter */
	assert_int_equal(nvme_sysfs_device(makedev(240, 3), 0, name, 6), 0);
	assert_int_equal(nvme_sysfs_device(makedev(240, 3), 0, name, 5),
			 -ENAMETOOLONG);
}

static void test_path(void **state)
{
	char path[64], want[64];
	int len;

	(void)state;
	len = snprintf(want, sizeof(want), "%s/a/b7", nvme_sysfs_root);
	assert_int_equal(nvme_sysfs_path(path, (size_t)len + 1, "a/b%d", 7), 0);
	assert_string_equal(path, want);
	assert_int_equal(nvme_sysfs_path(path, (size_t)len, "a/b%d", 7),
			 -ENAMETOOLONG);
	assert_int_equal(nvme_sysfs_path(path, 3, "a"), -ENAMETOOLONG);
}

static void test_long_paths(void **state)
{
	char part[5000], text[8];

	(void)state;
	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	assert_int_equal(nvme_sysfs_number("%s", part), -ENAMETOOLONG);
	assert_int_equal(nvme_sysfs_text(text, 8, "%s", part), -ENAMETOOLONG);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fs_setup, fs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_text), TEST(test_number),	TEST(test_device),
		TEST(test_path), TEST(test_long_paths),
	};

	return cmocka_run_group_tests_name("sysfs", tests, NULL, NULL);
}
