// SPDX-License-Identifier: GPL-2.0
/*
 * A namespace that another job writes, by a lock on its character device, and
 * one with several disks, a controller each.
 *
 * What is once held stays held for the whole process, so that each test has a
 * disk of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fake_fs.h"
#include "nvme/holder.h"

static unsigned int disks;
static char disk[16], node[24];
static int lock_error;
static unsigned int locks;

int __wrap_flock(int fd, int operation);

int __wrap_flock(int fd, int operation)
{
	assert_true(fd >= 0);
	assert_int_equal(operation, LOCK_EX | LOCK_NB);
	locks++;
	errno = lock_error;
	return lock_error ? -1 : 0;
}

/* A disk that no test had before */
static struct nspace new_disk(void)
{
	struct nspace ns = { .path = "/dev/ng0n1" };

	snprintf(disk, sizeof(disk), "nvme%un1", 10 + disks++);
	snprintf(node, sizeof(node), "/dev/%s", disk);
	fs_node(node, S_IFBLK, 259, 0, disk, 0);
	snprintf(ns.disk, sizeof(ns.disk), "%s", disk);
	return ns;
}

/* -- the character device ------------------------------------------------- */

/* With its character device, which flock() fails for with @error */
static struct nspace new_node(int error)
{
	struct nspace ns = new_disk();
	static char path[24];

	snprintf(ns.name, sizeof(ns.name), "ng%s", disk + 4);
	snprintf(path, sizeof(path), "/dev/%.16s", ns.name);
	ns.path = path;
	fs_node(path, S_IFCHR, 240, 0, ns.name, 0);
	lock_error = error;
	locks = 0;
	return ns;
}

static void locked_by(const struct nspace *ns, const char *who)
{
	char why[WHY_MAX] = "", want[WHY_MAX];

	assert_int_equal(nspace_hold(ns, why, sizeof(why)), -EBUSY);
	snprintf(want, sizeof(want),
		 "%s: the job writes, and %s is in use: %s;", ns->path,
		 ns->path, who);
	if (strncmp(why, want, strlen(want)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", why, want);
	/* nor is the disk kept from others */
	assert_int_equal(fs_opens(), 1);
}

static void test_locked_once(void **state)
{
	struct nspace ns = new_node(0);
	char why[WHY_MAX];

	(void)state;
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_string_equal(why, "");
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_int_equal(locks, 1);
	assert_int_equal(fs_opens(), 2);
}

static void test_locked_by_another(void **state)
{
	struct nspace ns = new_node(EWOULDBLOCK);

	(void)state;
	locked_by(&ns, "another program writes to it");
}

static void test_locked_by_process(void **state)
{
	struct nspace ns = new_node(EWOULDBLOCK);

	(void)state;
	fs_write("proc/locks", "1: POSIX  ADVISORY  WRITE 11 00:00:0 0 EOF\n"
			       "2: FLOCK  ADVISORY  WRITE 12 00:00:77 0 EOF\n"
			       "3: FLOCK  ADVISORY  WRITE 708 00:00:0 0 EOF\n");
	fs_write("proc/708/comm", "fio\n");
	locked_by(&ns, "process 708 (fio) writes to it");
}

/* A lock that cannot be had is no reason not to run */
static void test_no_locks(void **state)
{
	struct nspace ns = new_node(ENOLCK);
	char why[WHY_MAX];

	(void)state;
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_int_equal(fs_opens(), 2);
}

/* -- other nodes of the same namespace ------------------------------------- */

static void identity(const char *name, const char *wwid, const char *nqn)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/block/%s/wwid", name);
	fs_write(path, wwid);
	snprintf(path, sizeof(path), "sys/block/%s/device/subsysnqn", name);
	fs_write(path, nqn);
}

/* A disk by the name of the last, through another controller */
static const char *sibling(int error)
{
	static char name[16], path[24];

	snprintf(name, sizeof(name), "nvme9%un1", disks);
	snprintf(path, sizeof(path), "/dev/%s", name);
	fs_node(path, S_IFBLK, 259, 50, name, error);
	return name;
}

static void test_sibling_in_use(void **state)
{
	struct nspace ns = new_disk();
	char why[WHY_MAX] = "", want[WHY_MAX], line[256];
	const char *name = sibling(EBUSY);

	(void)state;
	identity(disk, "uuid.1\n", "nqn.a\n");
	identity(name, "uuid.1\n", "nqn.a\n");
	snprintf(line, sizeof(line),
		 "36 22 259:50 / /mnt rw - ext4 /dev/%s rw\n", name);
	fs_write("proc/self/mountinfo", line);
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), -EBUSY);
	snprintf(
		want, sizeof(want),
		"/dev/ng0n1: the job writes, and /dev/%s, the same namespace, is in use: /dev/%s is mounted on /mnt; nothing",
		name, name);
	if (strncmp(why, want, strlen(want)) != 0)
		fail_msg("%s", why);
}

static void test_sibling_is_held(void **state)
{
	struct nspace ns = new_disk();
	const char *name = sibling(0);
	char why[WHY_MAX];

	(void)state;
	identity(disk, "uuid.1\n", "nqn.a\n");
	identity(name, "uuid.1\n", "nqn.a\n");
	identity("nvme7c8n9", "uuid.1\n", "nqn.a\n");
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_string_equal(why, "");
	assert_int_equal(fs_opens(), 2);
	assert_int_equal(fs_open_flags(), O_RDONLY | O_EXCL | O_CLOEXEC);
}

static void test_no_sibling(void **state)
{
	static const char *const others[][2] = {
		{ "uuid.2\n", "nqn.a\n" },
		{ "uuid.1\n", "nqn.b\n" },
	};
	char why[WHY_MAX];

	for (unsigned int i = 0; i < 2; i++) {
		struct nspace ns = new_disk();

		identity(disk, "uuid.1\n", "nqn.a\n");
		identity(sibling(EBUSY), others[i][0], others[i][1]);
		assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
		assert_int_equal(fs_teardown(state) | fs_setup(state), 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fs_setup, fs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_locked_once),	      TEST(test_locked_by_another),
		TEST(test_locked_by_process), TEST(test_no_locks),
		TEST(test_sibling_in_use),    TEST(test_sibling_is_held),
		TEST(test_no_sibling),
	};

	return cmocka_run_group_tests_name("hold_nodes", tests, NULL, NULL);
}
