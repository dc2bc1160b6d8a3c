// SPDX-License-Identifier: GPL-2.0
/* Where a namespace is, from sysfs as kernels lay it out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_fs.h"
#include "nvme/about.h"

#define DRIVE "sys/class/nvme/nvme0/"
#define SUBSYSTEM "sys/class/nvme-subsystem/nvme-subsys3/"
#define NQN "nqn.2019-08.org.qemu:fdp0"

static struct nspace single(void)
{
	return (struct nspace){ .name = "ng0n1",
				.disk = "nvme0n1",
				.ctrl = "nvme0" };
}

static struct nspace head(void)
{
	return (struct nspace){ .name = "ng3n1",
				.disk = "nvme3n1",
				.ctrl = "nvme-subsys3",
				.multipath = true };
}

static void make_controller(const char *ctrl, const char *node)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/class/nvme/%s/subsysnqn", ctrl);
	fs_write(path, NQN "\n");
	snprintf(path, sizeof(path), "sys/class/nvme/%s/transport", ctrl);
	fs_write(path, "pcie\n");
	snprintf(path, sizeof(path), "sys/class/nvme/%s/numa_node", ctrl);
	fs_write(path, node);
}

static struct nspace_about about(struct nspace ns)
{
	struct nspace_about found;

	memset(&found, 0x5a, sizeof(found));
	nspace_about_read(&found, &ns);
	return found;
}

static void assert_unknown(struct nspace_about found)
{
	assert_string_equal(found.subsystem, "");
	assert_string_equal(found.transport, "");
	assert_string_equal(found.iommu, "none");
	assert_int_equal(found.numa_node, -1);
	assert_int_equal(found.poll_queues, 0);
}

static void test_nothing(void **state)
{
	struct nspace nameless = { .path = "/dev/any" };

	(void)state;
	assert_unknown(about(single()));
	assert_unknown(about(head()));
	/* without a name every path would be the folder's own */
	fs_write("sys/class/nvme/subsysnqn", NQN "\n");
	assert_unknown(about(nameless));
}

static void test_single(void **state)
{
	struct nspace_about found;

	(void)state;
	make_controller("nvme0", "1\n");
	fs_write(DRIVE "device/iommu_group/type", "DMA-FQ\n");
	fs_write("sys/module/nvme/parameters/poll_queues", "4\n");
	found = about(single());
	assert_string_equal(found.subsystem, NQN);
	assert_string_equal(found.transport, "pcie");
	assert_string_equal(found.iommu, "DMA-FQ");
	assert_int_equal(found.numa_node, 1);
	assert_int_equal(found.poll_queues, 4);
}

static void test_nodes(void **state)
{
	(void)state;
	make_controller("nvme0", "0\n");
	fs_write(DRIVE "device/numa_node", "2\n");
	assert_int_equal(about(single()).numa_node, 0);
	fs_write(DRIVE "numa_node", "-1\n");
	assert_int_equal(about(single()).numa_node, 2);
	fs_write(DRIVE "device/numa_node", "-1\n");
	assert_int_equal(about(single()).numa_node, -1);
	fs_write(DRIVE "numa_node", "99999999999\n");
	assert_int_equal(about(single()).numa_node, -1);
}

static void test_poll_queues(void **state)
{
	static const char *const none[] = { "0\n", "-1\n", "\n",
					    "99999999999\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		fs_write("sys/module/nvme/parameters/poll_queues", none[i]);
		assert_int_equal(about(single()).poll_queues, 0);
	}
}

/* What PCIe's driver was asked for says nothing of other drivers */
static void test_poll_queues_over_fabrics(void **state)
{
	struct nspace ns = single();

	(void)state;
	fs_write("sys/module/nvme/parameters/poll_queues", "4\n");
	assert_int_equal(about(ns).poll_queues, 4);
	ns.fabrics = true;
	assert_int_equal(about(ns).poll_queues, 0);
}

/* The longest NQN fits, and what is longer is cut */
static void test_long_name(void **state)
{
	char nqn[302];

	(void)state;
	memset(nqn, 'n', sizeof(nqn));
	nqn[223] = '\n';
	nqn[224] = '\0';
	fs_write(DRIVE "subsysnqn", nqn);
	assert_int_equal(strlen(about(single()).subsystem), 223);
	nqn[223] = 'n';
	nqn[224] = 'n';
	nqn[301] = '\0';
	fs_write(DRIVE "subsysnqn", nqn);
	assert_int_equal(strlen(about(single()).subsystem), 223);
}

/* nvme3n1 is of nvme5 and nvme6: the head's number is the subsystem's */
static void test_head(void **state)
{
	struct nspace_about found;
	char name[NVME_NAME_MAX];
	struct nspace ns = head();

	(void)state;
	make_controller("nvme5", "1\n");
	make_controller("nvme6", "0\n");
	fs_write("sys/class/nvme/nvme5/device/iommu_group/type", "identity\n");
	fs_write("sys/class/nvme/nvme3/transport", "tcp\n");
	/* a controller of the subsystem that does not lead to the namespace */
	fs_write(SUBSYSTEM "nvme4/nvme3c4n11/size", "1\n");
	fs_write(SUBSYSTEM "nvme5/nvme3c5n1/size", "1\n");
	fs_write(SUBSYSTEM "nvme6/nvme3c6n1/size", "1\n");
	nspace_controller(&ns, name, sizeof(name));
	assert_string_equal(name, "nvme5");
	found = about(ns);
	assert_string_equal(found.subsystem, NQN);
	assert_string_equal(found.transport, "pcie");
	assert_string_equal(found.iommu, "identity");
	assert_int_equal(found.numa_node, 1);
}

/* Where the paths are not shown, a controller of the subsystem is */
static void test_head_without_paths(void **state)
{
	char name[NVME_NAME_MAX];
	struct nspace ns = head();

	(void)state;
	fs_folder(SUBSYSTEM "nvme3n1");
	fs_write(SUBSYSTEM "nvme5/transport", "pcie\n");
	nspace_controller(&ns, name, sizeof(name));
	assert_string_equal(name, "nvme5");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fs_setup, fs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_single),
		TEST(test_nodes),
		TEST(test_poll_queues),
		TEST(test_poll_queues_over_fabrics),
		TEST(test_long_name),
		TEST(test_head),
		TEST(test_head_without_paths),
	};

	return cmocka_run_group_tests_name("about", tests, NULL, NULL);
}
