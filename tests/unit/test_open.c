// SPDX-License-Identifier: GPL-2.0
/* Which file it takes to reach a namespace, and what is said of others. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_fs.h"
#include "nvme/namespace.h"

static int setup(void **state)
{
	int ret = fs_setup(state);

	fs_node("/dev/ng0n1", S_IFCHR, 240, 0, "ng0n1", 0);
	fs_node("/dev/nvme0n1", S_IFBLK, 259, 0, "nvme0n1", 0);
	fs_node("/dev/nvme0", S_IFCHR, 239, 0, "nvme0", 0);
	fs_folder("sys/class/nvme/nvme0/ng0n1");
	return ret;
}

static void open_refused(const char *path, int error, const char *text)
{
	char why[WHY_MAX] = "";

	assert_int_equal(nspace_open(path, O_RDWR, why, sizeof(why)), error);
	assert_ptr_equal(strstr(why, path), why);
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
}

static void test_open(void **state)
{
	char why[WHY_MAX] = "";
	int fd;

	(void)state;
	fd = nspace_open("/dev/ng0n1", O_RDONLY, why, sizeof(why));
	assert_true(fd >= 0);
	assert_int_equal(fs_open_flags(), O_RDONLY | O_CLOEXEC);
	close(fd);
	fd = nspace_open("/dev/ng0n1", O_RDWR, why, sizeof(why));
	assert_true(fd >= 0);
	assert_int_equal(fs_open_flags(), O_RDWR | O_CLOEXEC);
	close(fd);
	assert_string_equal(why, "");
}

static void test_wrong_kind(void **state)
{
	(void)state;
	fs_node("/dev/nvme12n3", S_IFBLK, 259, 7, "nvme12n3", 0);
	fs_node("/dev/sda", S_IFBLK, 8, 0, "sda", 0);
	fs_node("/dev/loop0", S_IFBLK, 7, 0, NULL, 0);
	fs_node("/dev/null", S_IFCHR, 1, 3, "null", 0);
	fs_node("/dev/file", S_IFREG, 0, 0, NULL, 0);
	open_refused("/dev/nvme0n1", -ENOTBLK, "use /dev/ng0n1");
	open_refused("/dev/nvme12n3", -ENOTBLK, "use /dev/ng12n3");
	open_refused("/dev/sda", -ENOTBLK, "not one of NVMe");
	open_refused("/dev/loop0", -ENOTBLK, "/dev/ngXnY");
	open_refused("/dev/null", -ENODEV, "not an NVMe device");
	open_refused("/dev/file", -ENODEV, "not a device");
	open_refused("/dev/ng9n9", -ENOENT, "No such file or directory");
	/* nothing of them was opened */
	assert_int_equal(fs_opens(), 0);
}

/* A partition leads to the namespace that it is part of */
static void test_partition(void **state)
{
	(void)state;
	fs_node("/dev/nvme0n1p2", S_IFBLK, 259, 2, "nvme0n1p2", 0);
	open_refused("/dev/nvme0n1p2", -ENOTBLK, "use /dev/ng0n1");
}

static void test_controller(void **state)
{
	(void)state;
	open_refused(
		"/dev/nvme0", -ENODEV,
		"a controller; I/O goes to a namespace's character device: use /dev/ng0n1");
	fs_node("/dev/nvme5", S_IFCHR, 239, 5, "nvme5", 0);
	open_refused("/dev/nvme5", -ENODEV, "use /dev/ngXnY");
}

/* A head hangs on the subsystem, not on the controller */
static void test_controller_of_head(void **state)
{
	(void)state;
	fs_node("/dev/nvme3", S_IFCHR, 239, 3, "nvme3", 0);
	fs_write("sys/class/nvme/nvme3/transport", "tcp\n");
	fs_folder("sys/class/nvme-subsystem/nvme-subsys2/nvme3");
	fs_folder("sys/class/nvme-subsystem/nvme-subsys2/ng2n1");
	open_refused("/dev/nvme3", -ENODEV, "use /dev/ng2n1");
}

static void test_permission(void **state)
{
	char why[WHY_MAX];

	(void)state;
	fs_node("/dev/ng1n1", S_IFCHR, 240, 1, "ng1n1", EACCES);
	fs_node("/dev/ng1n2", S_IFCHR, 240, 2, "ng1n2", EPERM);
	fs_node("/dev/ng1n3", S_IFCHR, 240, 3, "ng1n3", EMFILE);
	open_refused("/dev/ng1n1", -EACCES,
		     "no permission to open it for writing");
	open_refused("/dev/ng1n2", -EPERM, "udev rule");
	open_refused("/dev/ng1n3", -EMFILE,
		     "Too many open files; raise the limit (ulimit -n)");
	assert_int_equal(nspace_open("/dev/ng1n1", O_RDONLY, why, sizeof(why)),
			 -EACCES);
	assert_non_null(strstr(why, "for reading"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open),
		TEST(test_wrong_kind),
		TEST(test_partition),
		TEST(test_controller),
		TEST(test_controller_of_head),
		TEST(test_permission),
	};

	return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
