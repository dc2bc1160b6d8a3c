// SPDX-License-Identifier: GPL-2.0
/*
 * Which commands a namespace is found to support, from Identify and the
 * Commands Supported and Effects log as a controller might answer them, or
 * the kernel in its place.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libnvme.h>

#include "nvme/effects.h"

#define FD 77
#define NSID 7

/* What is answered; an error is a status, or an errno below 0 */
static struct {
	struct nvme_id_ctrl ctrl;
	struct nvme_id_ns ns;
	uint8_t descs[4096];
	struct nvme_cmd_effects_log log;
	int ctrl_error;
	int ns_error;
	int descs_error;
	int zones_error;
	int log_error;
	/* what was asked */
	unsigned int logs;
	unsigned int csi;
} answer;

static const struct nspace ns = {
	.path = "/dev/ng0n1",
	.nsid = NSID,
	.lba_bytes = 512,
};

int __wrap_nvme_identify(struct nvme_identify_args *args);
int __wrap_nvme_get_log(struct nvme_get_log_args *args);
int __wrap_nvme_get_log_page(int fd, __u32 chunk,
			     struct nvme_get_log_args *args);

static int answered(int error)
{
	if (error >= 0)
		return error;
	errno = -error;
	return -1;
}

int __wrap_nvme_identify(struct nvme_identify_args *args)
{
	assert_int_equal(args->fd, FD);
	switch (args->cns) {
	case NVME_IDENTIFY_CNS_CTRL:
		memcpy(args->data, &answer.ctrl, sizeof(answer.ctrl));
		return answered(answer.ctrl_error);
	case NVME_IDENTIFY_CNS_NS:
		assert_int_equal(args->nsid, NSID);
		memcpy(args->data, &answer.ns, sizeof(answer.ns));
		return answered(answer.ns_error);
	case NVME_IDENTIFY_CNS_NS_DESC_LIST:
		assert_int_equal(args->nsid, NSID);
		memcpy(args->data, answer.descs, sizeof(answer.descs));
		return answered(answer.descs_error);
	default:
		assert_int_equal(args->cns, NVME_IDENTIFY_CNS_CSI_NS);
		assert_int_equal(args->csi, NVME_CSI_ZNS);
		assert_int_equal(args->nsid, NSID);
		return answered(answer.zones_error);
	}
}

int __wrap_nvme_get_log(struct nvme_get_log_args *args)
{
	assert_int_equal(args->fd, FD);
	assert_int_equal(args->lid, 5);
	assert_int_equal(args->len, sizeof(answer.log));
	answer.logs++;
	answer.csi = args->csi;
	memcpy(args->log, &answer.log, sizeof(answer.log));
	return answered(answer.log_error);
}

/* libnvme asks by one or the other, as its version is */
int __wrap_nvme_get_log_page(int fd, __u32 chunk,
			     struct nvme_get_log_args *args)
{
	assert_int_equal(fd, FD);
	assert_true(chunk >= args->len);
	return __wrap_nvme_get_log(args);
}

static void list_command(unsigned int opcode, bool supported)
{
	/* bits beside CSUPP say nothing of support */
	answer.log.iocs[opcode] =
		htole32(NVME_CMD_EFFECTS_LBCC |
			(supported ? NVME_CMD_EFFECTS_CSUPP : 0));
}

static void set_csi(uint8_t csi)
{
	/* behind an NGUID, as it would be */
	static const uint8_t list[] = {
		NVME_NIDT_NGUID, 16, [20] = NVME_NIDT_CSI, 1, 0, 0, 0
	};

	memcpy(answer.descs, list, sizeof(list));
	answer.descs[24] = csi;
}

/* A drive as QEMU emulates it: Verify is in its log, and not in its ONCS */
static int setup(void **state)
{
	static const uint8_t opcodes[] = { 0x00, 0x01, 0x02, 0x05, 0x08,
					   0x09, 0x0c, 0x19, 0xc1 };

	(void)state;
	memset(&answer, 0, sizeof(answer));
	answer.ctrl.lpa = NVME_CTRL_LPA_CMD_EFFECTS;
	answer.ctrl.oncs = htole16(1 << 0 | 1 << 2 | 1 << 3 | 1 << 8);
	answer.zones_error = NVME_SC_INVALID_FIELD;
	set_csi(NVME_CSI_NVM);
	for (size_t i = 0; i < sizeof(opcodes); i++)
		list_command(opcodes[i], true);
	return 0;
}

static struct nspace_effects found(void)
{
	struct nspace_effects effects;

	memset(&effects, 0xa5, sizeof(effects));
	assert_int_equal(nspace_effects_read(&effects, &ns, FD), 0);
	return effects;
}

/* -- what decides ---------------------------------------------------------- */

/* Every opcode by itself, as the log has it and whatever ONCS has */
static void test_log(void **state)
{
	struct nspace_effects effects;

	(void)state;
	answer.ctrl.oncs = htole16(0xffff);
	for (unsigned int only = 0; only < 256; only++) {
		memset(&answer.log, 0, sizeof(answer.log));
		for (unsigned int i = 0; i < 256; i++)
			list_command(i, i == only || i == 2);
		effects = found();
		assert_int_equal(effects.source, NSPACE_EFFECTS_LOG);
		for (unsigned int i = 0; i < 256; i++)
			assert_int_equal(nspace_supports(&effects, (uint8_t)i),
					 i == only || i == 2);
	}
}

static void test_log_knows_better(void **state)
{
	struct nspace_effects effects = found();

	(void)state;
	assert_true(nspace_supports(&effects, 0x0c));
	assert_true(nspace_supports(&effects, 0xc1));
	assert_false(nspace_supports(&effects, 0x04));
	assert_false(effects.denied);
	assert_int_equal(answer.logs, 1);
	assert_int_equal(answer.csi, NVME_CSI_NVM);
}

/* ONCS decides on these, and on nothing else */
static void check_oncs(void)
{
	static const struct {
		uint8_t opcode;
		int bit;
	} rows[] = { { 0x05, 0 }, { 0x04, 1 }, { 0x09, 2 }, { 0x08, 3 },
		     { 0x0d, 5 }, { 0x0e, 5 }, { 0x11, 5 }, { 0x15, 5 },
		     { 0x0c, 7 }, { 0x19, 8 } };
	struct nspace_effects effects;

	for (unsigned int bit = 0; bit < 16; bit++) {
		answer.ctrl.oncs = htole16((uint16_t)(1 << bit));
		effects = found();
		assert_int_equal(effects.source, NSPACE_EFFECTS_ONCS);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			assert_int_equal(
				nspace_supports(&effects, rows[i].opcode),
				rows[i].bit == (int)bit);
		assert_true(nspace_supports(&effects, 0x00));
		assert_true(nspace_supports(&effects, 0x01));
		assert_true(nspace_supports(&effects, 0x02));
		assert_true(nspace_supports(&effects, 0x12));
		assert_true(nspace_supports(&effects, 0xc1));
		assert_false(nspace_supports(&effects, 0x79));
	}
}

static void test_no_log(void **state)
{
	(void)state;
	answer.ctrl.lpa = (uint8_t)~NVME_CTRL_LPA_CMD_EFFECTS;
	check_oncs();
	/* nor is a controller asked for what it says it has not */
	assert_int_equal(answer.logs, 0);
}

static void test_log_denied(void **state)
{
	(void)state;
	answer.log_error = -EACCES;
	check_oncs();
	assert_true(found().denied);
	answer.log_error = -EPERM;
	assert_true(found().denied);
}

/* A controller that fails to give the log, or gives an empty one */
static void test_log_useless(void **state)
{
	(void)state;
	answer.log_error = NVME_SC_INVALID_LOG_PAGE;
	check_oncs();
	assert_false(found().denied);
	answer.log_error = -EIO;
	check_oncs();
	assert_false(found().denied);
	answer.log_error = 0;
	list_command(0x02, false);
	check_oncs();
	assert_false(found().denied);
}

/* -- command sets ---------------------------------------------------------- */

static void test_zones(void **state)
{
	static const uint8_t opcodes[] = { 0x79, 0x7a, 0x7d };
	struct nspace_effects effects;

	(void)state;
	set_csi(NVME_CSI_ZNS);
	effects = found();
	assert_int_equal(effects.csi, NVME_CSI_ZNS);
	/* the log asked for is that of the zones' command set, and decides */
	assert_int_equal(answer.csi, NVME_CSI_ZNS);
	assert_false(nspace_supports(&effects, 0x7d));
	answer.ctrl.lpa = 0;
	effects = found();
	for (size_t i = 0; i < sizeof(opcodes); i++)
		assert_true(nspace_supports(&effects, opcodes[i]));
}

/* An ordinary user may ask for what only a zoned namespace has an answer to */
static void test_csi_denied(void **state)
{
	(void)state;
	answer.descs_error = -EACCES;
	set_csi(NVME_CSI_ZNS);
	assert_int_equal(found().csi, NVME_CSI_NVM);
	answer.zones_error = 0;
	assert_int_equal(found().csi, NVME_CSI_ZNS);
	/* a controller that has no list of descriptors has no zones either */
	answer.descs_error = NVME_SC_INVALID_FIELD;
	assert_int_equal(found().csi, NVME_CSI_NVM);
}

/* Lists that end early, late or not at all */
static void test_descriptors(void **state)
{
	(void)state;
	memset(answer.descs, 0, sizeof(answer.descs));
	assert_int_equal(found().csi, NVME_CSI_NVM);
	set_csi(NVME_CSI_ZNS);
	answer.descs[1] = 0;
	assert_int_equal(found().csi, NVME_CSI_NVM);
	/* 255 + 4 bytes each, to the last of the list */
	for (unsigned int i = 0; i < sizeof(answer.descs); i++)
		answer.descs[i] = 255;
	assert_int_equal(found().csi, NVME_CSI_NVM);
	/* fields of 1 byte, and the last a head whose body is not there */
	for (unsigned int i = 0; i < sizeof(answer.descs); i++)
		answer.descs[i] = i % 5 == 2 || i % 5 == 3;
	answer.descs[1] = 3;
	answer.descs[4092] = NVME_NIDT_CSI;
	answer.descs[4093] = 1;
	assert_int_equal(found().csi, NVME_CSI_NVM);
}

static void test_identify_fails(void **state)
{
	struct nspace_effects effects;

	(void)state;
	answer.ctrl_error = -EACCES;
	assert_int_equal(nspace_effects_read(&effects, &ns, FD), -EACCES);
	answer.ctrl_error = NVME_SC_INTERNAL;
	assert_int_equal(nspace_effects_read(&effects, &ns, FD), -EIO);
	answer.ctrl_error = 0;
	answer.ns_error = -ENODEV;
	assert_int_equal(nspace_effects_read(&effects, &ns, FD), -ENODEV);
}

/* -- refusals -------------------------------------------------------------- */

static void refused(uint8_t opcode, const char *option, const char *want)
{
	struct nspace_effects effects = found();
	char why[WHY_MAX] = "";

	assert_int_equal(nspace_check_command(&ns, &effects, opcode, option,
					      why, sizeof(why)),
			 -EOPNOTSUPP);
	assert_string_equal(why, want);
}

static void test_refusals(void **state)
{
	(void)state;
	refused(0x04, "write_mode=uncor",
		"/dev/ng0n1: write_mode=uncor asks for Write Uncorrectable (opcode 0x04), which is not supported: the controller's Commands Supported and Effects log does not list it; leave write_mode=uncor out, or use a drive that has it");
	refused(0xc5, "read_cmd",
		"/dev/ng0n1: read_cmd asks for a command (opcode 0xc5), which is not supported: the controller's Commands Supported and Effects log does not list it; leave read_cmd out, or use a drive that has it");
	answer.ctrl.lpa = 0;
	refused(0x0c, "verify",
		"/dev/ng0n1: verify asks for Verify (opcode 0x0c), which is not supported: the controller's Identify data says so (ONCS bit 7); leave verify out, or use a drive that has it");
	refused(0x7d, "zone_append",
		"/dev/ng0n1: zone_append asks for Zone Append (opcode 0x7d), which is not supported: the namespace has no zones; leave zone_append out, or use a zoned namespace");
	answer.ctrl.lpa = NVME_CTRL_LPA_CMD_EFFECTS;
	answer.log_error = -EACCES;
	refused(0x0c, "verify",
		"/dev/ng0n1: verify asks for Verify (opcode 0x0c), which is not supported: the kernel does not let this user read the log of commands, and without it the controller's Identify data decides (ONCS bit 7); run as root, leave verify out, or use a drive that has it");
}

static void test_not_refused(void **state)
{
	struct nspace_effects effects = found();
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(nspace_check_command(&ns, &effects, 0x0c, "verify",
					      why, sizeof(why)),
			 0);
	assert_string_equal(why, "");
}

/* -- Copy ------------------------------------------------------------------ */

static void check_copy(uint32_t nr, uint64_t nlb, const char *want)
{
	struct nspace_effects effects = found();
	char why[WHY_MAX] = "";

	assert_int_equal(nspace_check_copy(&ns, &effects, nr, nlb, "copy", why,
					   sizeof(why)),
			 *want ? -E2BIG : 0);
	assert_string_equal(why, want);
}

static void test_copy(void **state)
{
	(void)state;
	answer.ns.msrc = 3;
	answer.ns.mssrl = htole16(128);
	answer.ns.mcl = htole32(256);
	check_copy(1, 128, "");
	check_copy(2, 256, "");
	check_copy(3, 256, "");
	check_copy(4, 256, "");
	/* fewer blocks than ranges */
	check_copy(4, 1, "");
	check_copy(
		5, 1,
		"/dev/ng0n1: copy asks for a Copy of 5 ranges, above the 4 that one takes (MSRC); use 4 ranges or fewer");
	check_copy(
		1, 129,
		"/dev/ng0n1: copy asks for a Copy of ranges of 129 blocks, above the 128 of one (MSSRL); use 65536 bytes or less, or more ranges");
	check_copy(
		2, 257,
		"/dev/ng0n1: copy asks for a Copy of ranges of 129 blocks, above the 128 of one (MSSRL); use 131072 bytes or less, or more ranges");
	check_copy(
		4, 260,
		"/dev/ng0n1: copy asks for a Copy of 260 blocks, above the 256 of all ranges together (MCL); use 131072 bytes or less");
}

/* No limit but that of the fields */
static void test_copy_unlimited(void **state)
{
	(void)state;
	answer.ns.msrc = 255;
	check_copy(256, 256 * 65536, "");
	check_copy(
		257, 1,
		"/dev/ng0n1: copy asks for a Copy of 257 ranges, above the 256 that one takes (MSRC); use 256 ranges or fewer");
	check_copy(
		1, UINT64_MAX,
		"/dev/ng0n1: copy asks for a Copy of ranges of 18446744073709551615 blocks, above the 65536 of one (MSSRL); use 33554432 bytes or less, or more ranges");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_log),
		TEST(test_log_knows_better),
		TEST(test_no_log),
		TEST(test_log_denied),
		TEST(test_log_useless),
		TEST(test_zones),
		TEST(test_csi_denied),
		TEST(test_descriptors),
		TEST(test_identify_fails),
		TEST(test_refusals),
		TEST(test_not_refused),
		TEST(test_copy),
		TEST(test_copy_unlimited),
	};

	return cmocka_run_group_tests_name("effects", tests, NULL, NULL);
}
