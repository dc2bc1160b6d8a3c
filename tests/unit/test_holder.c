// SPDX-License-Identifier: GPL-2.0
/*
 * Who uses the disk beside a namespace, from what the kernel shows of mounts,
 * swap, stacked devices and processes, and whether the answer names them.
 *
 * A disk once held stays held for the whole process, so that each test has a
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
#include <sys/stat.h>

#include <cmocka.h>

#include "fake_fs.h"
#include "nvme/holder.h"

static unsigned int disks;
static char disk[16], node[24];

/* A disk that no test had before; opening it fails with @error */
static struct nspace new_disk(int error)
{
	struct nspace ns = { .path = "/dev/ng0n1" };

	snprintf(disk, sizeof(disk), "nvme%un1", 10 + disks++);
	snprintf(node, sizeof(node), "/dev/%s", disk);
	fs_node(node, S_IFBLK, 259, 0, disk, error);
	snprintf(ns.disk, sizeof(ns.disk), "%s", disk);
	return ns;
}

static const char *part_name(void)
{
	static char name[24];

	snprintf(name, sizeof(name), "%sp3", disk);
	return name;
}

static const char *part_node(void)
{
	static char path[32];

	snprintf(path, sizeof(path), "/dev/%s", part_name());
	return path;
}

static void in_use(const struct nspace *ns, const char *who)
{
	char why[WHY_MAX] = "", want[WHY_MAX];

	assert_int_equal(nspace_hold(ns, why, sizeof(why)), -EBUSY);
	snprintf(
		want, sizeof(want),
		"/dev/ng0n1: the job writes, and /dev/%s is in use: %s; nothing was written; free it, or set allow_mounted_write=1 to destroy what is there",
		disk, who);
	assert_string_equal(why, want);
}

static void mounted_on(const struct nspace *ns, const char *source,
		       const char *point)
{
	char who[128];

	snprintf(who, sizeof(who), "%s is mounted on %s", source, point);
	in_use(ns, who);
}

static void mounts(const char *format, const char *source)
{
	char text[1024];

	snprintf(text, sizeof(text), format, source);
	fs_write("proc/self/mountinfo", text);
}

/* -- holding --------------------------------------------------------------- */

static void test_not_in_use(void **state)
{
	struct nspace ns = new_disk(0);
	char why[WHY_MAX] = "x";

	(void)state;
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_string_equal(why, "");
	assert_int_equal(fs_open_flags(), O_RDONLY | O_EXCL | O_CLOEXEC);
	assert_int_equal(fs_opens(), 1);
	/* a second exclusive open would fail even here: there is none */
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_int_equal(fs_opens(), 1);
}

static void test_two_disks(void **state)
{
	struct nspace first = new_disk(0), second;
	char why[WHY_MAX];

	(void)state;
	assert_int_equal(nspace_hold(&first, why, sizeof(why)), 0);
	assert_int_equal(fs_teardown(state) | fs_setup(state), 0);
	second = new_disk(0);
	assert_int_equal(nspace_hold(&second, why, sizeof(why)), 0);
	assert_int_equal(fs_opens(), 1);
	assert_int_equal(nspace_hold(&first, why, sizeof(why)), 0);
	assert_int_equal(fs_opens(), 1);
}

static void test_no_disk(void **state)
{
	const struct nspace ns = { .path = "/dev/ng0n1" };
	char why[WHY_MAX];

	(void)state;
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "no block device beside it"));
	assert_int_equal(fs_opens(), 0);
}

/* Neither free nor in use: nothing is guessed */
static void test_open_fails(void **state)
{
	struct nspace ns = new_disk(ENXIO);
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), -ENXIO);
	assert_non_null(strstr(why, "cannot find out whether /dev/nvme"));
	assert_non_null(strstr(why, "allow_mounted_write=1"));
	/* and it is asked again the next time */
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), -ENXIO);
	assert_int_equal(fs_opens(), 2);
}

static void test_too_many_files(void **state)
{
	struct nspace ns = new_disk(EMFILE);
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), -EMFILE);
	assert_non_null(strstr(why, "ulimit -n"));
}

static void test_unknown(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	in_use(&ns, "another program holds it");
}

/* -- mounts ---------------------------------------------------------------- */

static void test_mounted(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	mounts("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	       "36 22 259:0 / /mnt/data rw,noatime shared:1 - ext4 %s rw\n",
	       node);
	mounted_on(&ns, node, "/mnt/data");
}

static void test_mounted_partition(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	fs_node(part_node(), S_IFBLK, 259, 3, part_name(), 0);
	mounts("36 22 259:3 / /mnt rw - xfs %s rw\n", part_node());
	mounted_on(&ns, part_node(), "/mnt");
}

/* A file system of several devices has a number that is none of theirs */
static void test_mounted_btrfs(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	mounts("36 22 0:41 /sub /mnt rw shared:7 master:2 - btrfs %s rw\n",
	       node);
	mounted_on(&ns, node, "/mnt");
}

/* Not even a source: the disk's own name has to do */
static void test_mounted_no_source(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	mounts("36 22 259:0 / /mnt rw -%s\n", "");
	mounted_on(&ns, disk, "/mnt");
}

/* nvme1n1 is not nvme1n10, nor the other way round */
static void test_mounted_other(void **state)
{
	struct nspace ns = new_disk(EBUSY);
	char other[32], name[24];

	(void)state;
	snprintf(name, sizeof(name), "%s0", disk);
	snprintf(other, sizeof(other), "/dev/%s0", disk);
	fs_node(other, S_IFBLK, 259, 9, name, 0);
	mounts("36 22 259:9 / /mnt rw - ext4 %s rw\n", other);
	in_use(&ns, "another program holds it");
}

static void test_odd_mounts(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	fs_write("proc/self/mountinfo",
		 "\n- - -\n36 22 nonsense / /mnt rw - ext4 x rw\n"
		 "36 22 0:41 / /run rw - tmpfs tmpfs rw\n36 22 259:0\n"
		 "36 22 0:41 / /x rw - ext4");
	in_use(&ns, "another program holds it");
}

/* -- swap, stacked devices, processes -------------------------------------- */

static void test_swap(void **state)
{
	struct nspace ns = new_disk(EBUSY);
	char text[256], who[64];

	(void)state;
	fs_node(part_node(), S_IFBLK, 259, 3, part_name(), 0);
	snprintf(text, sizeof(text),
		 "Filename\tType\t\tSize\tUsed\tPriority\n"
		 "/swapfile\tfile\t\t1024\t0\t-2\n%s\tpartition\t8\t0\t-3\n",
		 part_node());
	fs_write("proc/swaps", text);
	snprintf(who, sizeof(who), "%s is in use as swap", part_node());
	in_use(&ns, who);
}

static void stacked(const char *below, const char *name, const char *uuid,
		    const char *label)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/block/%s/holders/%s", below, name);
	fs_link(path, "../../x");
	snprintf(path, sizeof(path), "sys/block/%s/dm/uuid", name);
	if (uuid)
		fs_write(path, uuid);
	snprintf(path, sizeof(path), "sys/block/%s/dm/name", name);
	if (label)
		fs_write(path, label);
}

static void test_lvm(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	stacked(disk, "dm-0", "LVM-abc\n", "vg-root\n");
	in_use(&ns, "it is held by the LVM volume vg-root (dm-0)");
}

static void test_crypt(void **state)
{
	struct nspace ns = new_disk(EBUSY);
	char below[64];

	(void)state;
	snprintf(below, sizeof(below), "%s/%s", disk, part_name());
	stacked(below, "dm-1", NULL, NULL);
	fs_write("sys/block/dm-1/dm/uuid", "CRYPT-LUKS2-abc\n");
	fs_write("sys/block/dm-1/dm/name", "secret\n");
	in_use(&ns, "it is held by the dm-crypt volume secret (dm-1)");
}

static void test_md(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	stacked(disk, "md127", NULL, NULL);
	in_use(&ns, "it is part of the MD array md127");
}

static void test_dm_multipath(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	stacked(disk, "dm-3", "mpath-abc\n", "mpatha\n");
	in_use(&ns, "it is held by the multipath device mpatha (dm-3)");
}

static void test_dm_other(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	stacked(disk, "dm-2", NULL, NULL);
	in_use(&ns, "it is held by the device mapper dm-2 (dm-2)");
}

static void test_process(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	fs_write("proc/12/comm", "idle\n");
	fs_link("proc/12/fd/0", "/dev/none");
	fs_write("proc/345/comm", "mkfs.ext4\n");
	fs_link("proc/345/fd/0", "/dev/none");
	fs_link("proc/345/fd/3", node);
	fs_write("proc/meminfo", "x\n");
	in_use(&ns, "process 345 (mkfs.ext4) has it open");
}

/* What is mounted counts for more than who has it open */
static void test_first_of_all(void **state)
{
	struct nspace ns = new_disk(EBUSY);

	(void)state;
	fs_write("proc/345/comm", "x\n");
	fs_link("proc/345/fd/3", node);
	stacked(disk, "dm-2", NULL, NULL);
	mounts("36 22 259:0 / /mnt rw - ext4 %s rw\n", node);
	mounted_on(&ns, node, "/mnt");
}

/* -- without permission to ask --------------------------------------------- */

static void test_no_permission(void **state)
{
	struct nspace ns = new_disk(EACCES);
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "no permission to open /dev/nvme"));
}

/* What everybody can see is looked at all the same */
static void test_no_permission_mounted(void **state)
{
	struct nspace ns = new_disk(EACCES);

	(void)state;
	mounts("36 22 259:0 / /mnt rw - ext4 %s rw\n", node);
	mounted_on(&ns, node, "/mnt");
}

static void test_no_permission_swap(void **state)
{
	struct nspace ns = new_disk(EPERM);
	char text[128], who[64];

	(void)state;
	snprintf(text, sizeof(text), "%s partition 8 0 -3\n", node);
	fs_write("proc/swaps", text);
	snprintf(who, sizeof(who), "%s is in use as swap", node);
	in_use(&ns, who);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fs_setup, fs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_in_use),
		TEST(test_two_disks),
		TEST(test_no_disk),
		TEST(test_open_fails),
		TEST(test_too_many_files),
		TEST(test_unknown),
		TEST(test_mounted),
		TEST(test_mounted_partition),
		TEST(test_mounted_btrfs),
		TEST(test_mounted_no_source),
		TEST(test_mounted_other),
		TEST(test_odd_mounts),
		TEST(test_swap),
		TEST(test_lvm),
		TEST(test_crypt),
		TEST(test_md),
		TEST(test_dm_multipath),
		TEST(test_dm_other),
		TEST(test_process),
		TEST(test_first_of_all),
		TEST(test_no_permission),
		TEST(test_no_permission_mounted),
		TEST(test_no_permission_swap),
	};

	return cmocka_run_group_tests_name("holder", tests, NULL, NULL);
}
