// SPDX-License-Identifier: GPL-2.0
/*
 * What a namespace is found to be: from Identify as a controller might answer
 * it, truthful or not, and from sysfs as kernels lay it out.
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
#include <unistd.h>

#include <cmocka.h>
#include <libnvme.h>

#include "fake_fs.h"
#include "nvme/namespace.h"

/* What the controller answers; an error is a status, or an errno below 0 */
static struct {
	struct nvme_id_ns ns;
	struct nvme_id_ctrl ctrl;
	int nsid_error;
	int ns_error;
	int ctrl_error;
} answer;

int __wrap_nvme_get_nsid(int fd, __u32 *nsid);
int __wrap_nvme_identify(struct nvme_identify_args *args);

static int answered(int error)
{
	if (error >= 0)
		return error;
	errno = -error;
	return -1;
}

int __wrap_nvme_get_nsid(int fd, __u32 *nsid)
{
	assert_true(fcntl(fd, F_GETFD) >= 0);
	*nsid = 7;
	return answered(answer.nsid_error);
}

int __wrap_nvme_identify(struct nvme_identify_args *args)
{
	if (args->cns == NVME_IDENTIFY_CNS_NS) {
		assert_int_equal(args->nsid, 7);
		memcpy(args->data, &answer.ns, sizeof(answer.ns));
		return answered(answer.ns_error);
	}
	assert_int_equal(args->cns, NVME_IDENTIFY_CNS_CTRL);
	memcpy(args->data, &answer.ctrl, sizeof(answer.ctrl));
	return answered(answer.ctrl_error);
}

static void set_queue(const char *dir, const char *max_hw, const char *segments,
		      const char *tags, const char *poll)
{
	const char *const rows[][2] = { { "max_hw_sectors_kb", max_hw },
					{ "max_segments", segments },
					{ "nr_requests", tags },
					{ "io_poll", poll } };
	char path[256];

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "sys/%s/%s", dir, rows[i][0]);
		if (rows[i][1])
			fs_write(path, rows[i][1]);
	}
}

/* One PCIe drive: controller nvme0, namespace 1 of 512 byte blocks */
static int setup(void **state)
{
	int ret = fs_setup(state);

	memset(&answer, 0, sizeof(answer));
	answer.ns.nsze = htole64(1000);
	answer.ns.nuse = htole64(10);
	answer.ns.lbaf[0].ds = 9;
	answer.ctrl.oncs = htole16(NVME_CTRL_ONCS_DSM);
	fs_node("/dev/ng0n1", S_IFCHR, 240, 0, "ng0n1", 0);
	fs_link("sys/class/nvme-generic/ng0n1/device", "../../nvme0");
	fs_write("sys/class/nvme/nvme0/transport", "pcie\n");
	fs_write("sys/block/nvme0n1/size", "1000\n");
	set_queue("block/nvme0n1/queue", "256\n", "127\n", "1023\n", "0\n");
	return ret;
}

static int identify(struct nspace *ns, char *why)
{
	int fd, ret;

	memset(ns, 0, sizeof(*ns));
	ns->path = "/dev/ng0n1";
	why[0] = '\0';
	fd = nspace_open(ns->path, O_RDONLY, why, WHY_MAX);
	assert_true(fd >= 0);
	ret = nspace_identify(ns, fd, why, WHY_MAX);
	close(fd);
	return ret;
}

static struct nspace identified(void)
{
	char why[WHY_MAX];
	struct nspace ns;

	if (identify(&ns, why))
		fail_msg("refused: %s", why);
	assert_string_equal(why, "");
	return ns;
}

static void refused(int error, const char *text)
{
	char why[WHY_MAX];
	struct nspace ns;

	assert_int_equal(identify(&ns, why), error);
	assert_ptr_equal(strstr(why, "/dev/ng0n1: "), why);
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
	assert_null(strchr(why, '\n'));
}

/* -- without sysfs --------------------------------------------------------- */

/* Without sysfs the kernel's answer to the ioctl decides */
static void test_no_sysfs(void **state)
{
	struct nspace ns;
	char why[WHY_MAX];
	int fd;

	(void)state;
	fs_node("/dev/any", S_IFCHR, 250, 0, NULL, 0);
	fd = nspace_open("/dev/any", O_RDONLY, why, sizeof(why));
	assert_true(fd >= 0);
	memset(&ns, 0, sizeof(ns));
	ns.path = "/dev/any";
	assert_int_equal(nspace_identify(&ns, fd, why, sizeof(why)), 0);
	assert_string_equal(ns.disk, "");
	assert_int_equal(ns.bytes, 512000);
	assert_int_equal(ns.max_hw_bytes, 0);
	assert_int_equal(ns.tags, 0);
	assert_false(ns.poll);
	answer.nsid_error = -ENOTTY;
	assert_int_equal(nspace_identify(&ns, fd, why, sizeof(why)), -ENOTTY);
	close(fd);
}

/* -- LBA formats ----------------------------------------------------------- */

struct format_row {
	uint8_t ds;
	uint16_t ms;
	uint8_t flbas;
	uint8_t dps;
	uint32_t lba_bytes;
	uint32_t lba_shift;
	bool extended;
	uint8_t pi_type;
};

static void check_format(const struct format_row *row)
{
	struct nspace ns;

	memset(answer.ns.lbaf, 0, sizeof(answer.ns.lbaf));
	answer.ns.flbas = row->flbas;
	answer.ns.dps = row->dps;
	/* bits 6:5 of FLBAS are bits 5:4 of the index */
	answer.ns.lbaf[(row->flbas & 0xf) | (row->flbas >> 1 & 0x30)] =
		(struct nvme_lbaf){ .ds = row->ds, .ms = htole16(row->ms) };
	ns = identified();
	assert_int_equal(answer.ns.lbaf[ns.lbaf].ds, row->ds);
	assert_int_equal(ns.lba_size, 1u << row->ds);
	assert_int_equal(ns.lba_bytes, row->lba_bytes);
	assert_int_equal(ns.lba_shift, row->lba_shift);
	assert_int_equal(ns.pi.ms, row->ms);
	assert_int_equal(ns.pi.extended, row->extended);
	assert_int_equal(ns.pi.type, row->pi_type);
	assert_int_equal(ns.bytes, 1000ull * row->lba_bytes);
}

static void test_formats(void **state)
{
	/* clang-format off */
	static const struct format_row rows[] = {
		{ 9, 0, 0x00, 0, 512, 9, false, 0 },
		{ 12, 0, 0x00, 0, 4096, 12, false, 0 },
		{ 16, 0, 0x03, 0, 65536, 16, false, 0 },
		/* metadata apart, and with the data (FLBAS bit 4) */
		{ 9, 8, 0x01, 0, 512, 9, false, 0 },
		{ 9, 8, 0x11, 0, 520, 0, true, 0 },
		{ 12, 64, 0x12, 0, 4160, 0, true, 0 },
		/* bit 4 means nothing without metadata */
		{ 12, 0, 0x10, 0, 4096, 12, false, 0 },
		/* protection information, first or last eight bytes */
		{ 12, 8, 0x01, 1, 4096, 12, false, 1 },
		{ 12, 8, 0x11, 0x0a, 4104, 0, true, 2 },
		{ 12, 8, 0x01, 3, 4096, 12, false, 3 },
		/* format 16 and above */
		{ 9, 0, 0x20, 0, 512, 9, false, 0 },
		{ 12, 0, 0x6f, 0, 4096, 12, false, 0 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_format(&rows[i]);
}

static void test_size(void **state)
{
	struct nspace ns;

	(void)state;
	answer.ns.nsze = htole64((1ull << 55) - 1);
	answer.ns.nuse = htole64(0);
	ns = identified();
	assert_int_equal(ns.nlb, (1ull << 55) - 1);
	assert_int_equal(ns.bytes, UINT64_MAX - 511);
	assert_int_equal(ns.nuse, 0);
	assert_int_equal(ns.nsid, 7);
}

/* What no controller should say */
static void test_lies(void **state)
{
	static const uint8_t sizes[] = { 0, 1, 8, 31, 32, 64, 255 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes); i++) {
		answer.ns.lbaf[0].ds = sizes[i];
		refused(-EPROTO, "which cannot be; format the namespace");
	}
	answer.ns.lbaf[0].ds = 9;
	answer.ns.nsze = 0;
	refused(-EPROTO, "reports 0 blocks of 512 bytes");
	answer.ns.nsze = htole64(1ull << 55);
	refused(-EPROTO, "reports 36028797018963968 blocks of 512 bytes");
	answer.ns.nsze = htole64(UINT64_MAX);
	refused(-EPROTO, "which cannot be");
	/* extended blocks make it too large where the data alone would not */
	answer.ns.nsze = htole64((1ull << 55) - 1);
	answer.ns.flbas = 0x10;
	answer.ns.lbaf[0].ms = htole16(8);
	refused(-EPROTO, "blocks of 520 bytes");
	/* a format that the list does not have */
	answer.ns.flbas = 0x6f;
	refused(-EPROTO, "LBA format 63 with 2^0 bytes");
}

/* -- what the controller carries ------------------------------------------- */

static void test_mdts(void **state)
{
	static const struct {
		uint8_t mdts;
		uint32_t bytes;
	} rows[] = { { 0, 0 },	    { 1, 8192 },      { 5, 131072 },
		     { 7, 524288 }, { 19, 1u << 31 }, { 20, 0 },
		     { 32, 0 },	    { 255, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		answer.ctrl.mdts = rows[i].mdts;
		assert_int_equal(identified().mdts_bytes, rows[i].bytes);
	}
}

static void test_trims(void **state)
{
	(void)state;
	assert_true(identified().trims);
	answer.ctrl.oncs = htole16((uint16_t)~NVME_CTRL_ONCS_DSM);
	assert_false(identified().trims);
}

static void test_placement(void **state)
{
	(void)state;
	answer.ctrl.ctratt = htole32(~(1u << 19));
	answer.ctrl.oacs = htole16((uint16_t) ~(1u << 5));
	assert_false(identified().fdp || identified().directives);
	answer.ctrl.ctratt = htole32(1u << 19);
	answer.ctrl.oacs = htole16(1u << 5);
	answer.ns.endgid = htole16(0x102);
	assert_true(identified().fdp && identified().directives);
	assert_int_equal(identified().endgid, 0x102);
}

static void test_texts(void **state)
{
	static const char *const rows[][2] = {
		{ " 1\n\x80\x1f\x7f~            ", " 1????~" },
		{ "S 1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "S 1" },
		{ "12345678901234567890", "12345678901234567890" },
	};

	(void)state;
	memset(answer.ctrl.mn, 'm', sizeof(answer.ctrl.mn));
	memcpy(answer.ctrl.fr, "2.1     ", sizeof(answer.ctrl.fr));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(answer.ctrl.sn, rows[i][0], sizeof(answer.ctrl.sn));
		assert_string_equal(identified().serial, rows[i][1]);
	}
	assert_int_equal(strspn(identified().model, "m"), 40);
	assert_string_equal(identified().firmware, "2.1");
}

static void test_refused_commands(void **state)
{
	(void)state;
	answer.nsid_error = -ENOTTY;
	refused(-ENOTTY, "the question for its NSID failed: Inappropriate ");
	answer.nsid_error = 0;
	answer.ns_error = -EACCES;
	refused(-EACCES, "CAP_SYS_ADMIN");
	answer.ns_error = -EPERM;
	refused(-EPERM, "Identify Namespace; run as root");
	answer.ns_error = 0x400b;
	refused(-EIO, "Identify Namespace failed: Invalid Namespace or Format");
	answer.ns_error = 0;
	answer.ctrl_error = -EIO;
	refused(-EIO, "Identify Controller failed: Input/output error");
	answer.ctrl_error = 0x2;
	refused(-EIO, "Identify Controller failed: Invalid Field");
}

/* -- the queue ------------------------------------------------------------- */

static void test_queue(void **state)
{
	struct nspace ns = identified();

	(void)state;
	assert_string_equal(ns.name, "ng0n1");
	assert_string_equal(ns.disk, "nvme0n1");
	assert_string_equal(ns.ctrl, "nvme0");
	assert_int_equal(ns.max_hw_bytes, 262144);
	assert_int_equal(ns.max_segments, 127);
	assert_int_equal(ns.tags, 1023);
	assert_false(ns.poll);
	assert_false(ns.multipath);
	assert_false(ns.fabrics);
	set_queue("block/nvme0n1/queue", NULL, NULL, NULL, "1\n");
	assert_true(identified().poll);
}

static void test_odd_queue(void **state)
{
	struct nspace ns;

	(void)state;
	set_queue("block/nvme0n1/queue", "4194304\n", "-1\n", "many\n", "\n");
	ns = identified();
	assert_int_equal(ns.max_hw_bytes, UINT32_MAX);
	assert_int_equal(ns.max_segments, 0);
	assert_int_equal(ns.tags, 0);
	assert_false(ns.poll);
	set_queue("block/nvme0n1/queue", "99999999999999999999\n",
		  "4294967297\n", NULL, NULL);
	ns = identified();
	assert_int_equal(ns.max_hw_bytes, 0);
	assert_int_equal(ns.max_segments, 0);
}

/* A namespace of a format that the kernel makes no disk for */
static void test_no_disk(void **state)
{
	struct nspace ns;

	(void)state;
	assert_int_equal(fs_teardown(state), 0);
	assert_int_equal(fs_setup(state), 0);
	fs_node("/dev/ng0n1", S_IFCHR, 240, 0, "ng0n1", 0);
	ns = identified();
	assert_string_equal(ns.name, "ng0n1");
	assert_string_equal(ns.disk, "");
	assert_int_equal(ns.max_segments, 0);
	assert_false(ns.poll);
}

static void test_fabrics(void **state)
{
	static const char *const transports[] = { "tcp\n", "rdma\n", "fc\n",
						  "loop\n" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		fs_write("sys/class/nvme/nvme0/transport", transports[i]);
		assert_true(identified().fabrics);
	}
}

/* -- heads of several paths ------------------------------------------------ */

#define SUBSYSTEM "sys/class/nvme-subsystem/nvme-subsys0/"
#define PATHS "class/nvme-subsystem/nvme-subsys0/"

static void make_head(void)
{
	fs_link("sys/class/nvme-generic/ng0n1/device", "../../nvme-subsys0");
	fs_write(SUBSYSTEM "nvme0/transport", "pcie\n");
	fs_write(SUBSYSTEM "nvme1/transport", "pcie\n");
	set_queue(PATHS "nvme0/nvme0c0n1/queue", "512\n", "64\n", "255\n",
		  "1\n");
	set_queue(PATHS "nvme1/nvme0c1n1/queue", "128\n", "33\n", "1023\n",
		  "1\n");
}

/* A command takes whichever path: what all of them can do counts */
static void test_head(void **state)
{
	struct nspace ns;

	(void)state;
	make_head();
	ns = identified();
	assert_true(ns.multipath);
	assert_string_equal(ns.ctrl, "nvme-subsys0");
	assert_string_equal(ns.disk, "nvme0n1");
	assert_int_equal(ns.max_hw_bytes, 131072);
	assert_int_equal(ns.max_segments, 33);
	assert_int_equal(ns.tags, 255);
	assert_true(ns.poll);
	assert_false(ns.fabrics);
	set_queue(PATHS "nvme1/nvme0c1n1/queue", NULL, NULL, NULL, "0\n");
	assert_false(identified().poll);
}

/* Paths of other namespaces, and of namespaces whose number begins alike */
static void test_head_others(void **state)
{
	(void)state;
	make_head();
	set_queue(PATHS "nvme0/nvme0c0n2/queue", "4\n", "1\n", "1\n", "0\n");
	set_queue(PATHS "nvme0/nvme0c0n11/queue", "4\n", "1\n", "1\n", "0\n");
	assert_int_equal(identified().max_segments, 33);
	assert_true(identified().poll);
}

static void test_head_fabrics(void **state)
{
	(void)state;
	make_head();
	fs_write(SUBSYSTEM "nvme0/transport", "tcp\n");
	fs_write(SUBSYSTEM "nvme1/transport", "tcp\n");
	assert_true(identified().fabrics);
}

/* Paths that show nothing: what the head's own disk says */
static void test_head_alone(void **state)
{
	struct nspace ns;

	(void)state;
	fs_link("sys/class/nvme-generic/ng0n1/device", "../../nvme-subsys0");
	ns = identified();
	assert_true(ns.multipath);
	assert_int_equal(ns.max_segments, 127);
	assert_false(ns.poll);
	assert_false(ns.fabrics);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fs_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_sysfs),
		TEST(test_formats),
		TEST(test_size),
		TEST(test_lies),
		TEST(test_mdts),
		TEST(test_trims),
		TEST(test_placement),
		TEST(test_texts),
		TEST(test_refused_commands),
		TEST(test_queue),
		TEST(test_odd_queue),
		TEST(test_no_disk),
		TEST(test_fabrics),
		TEST(test_head),
		TEST(test_head_others),
		TEST(test_head_fabrics),
		TEST(test_head_alone),
	};

	return cmocka_run_group_tests_name("namespace", tests, NULL, NULL);
}
