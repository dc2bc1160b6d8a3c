// SPDX-License-Identifier: GPL-2.0
/*
 * Metadata and protection information as Identify tells them, truthfully or
 * not. Figures are those of the NVM Command Set Specification 1.0.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libnvme.h>

#include "nvme/pi.h"

#define FD 42
#define NSID 7
#define QPIFS 8
/* An extended LBA format: STS in 6:0, PIF in 8:7, QPIF in 12:9 (figure 101,
 * and 119 of 1.1) */
#define ELBAF(sts, pif, qpif) \
	((uint32_t)(sts) | (uint32_t)(pif) << 7 | (uint32_t)(qpif) << 9)

/* What the controller answers; an error is a status, or an errno below 0 */
static struct {
	struct nvme_id_ns ns;
	struct nvme_id_ctrl ctrl;
	struct nvme_nvm_id_ns nvm;
	int error;
	unsigned int asked;
} answer;

static char why[512];
static struct nspace_pi pi;

int __wrap_nvme_identify(struct nvme_identify_args *args);

int __wrap_nvme_identify(struct nvme_identify_args *args)
{
	assert_int_equal(args->fd, FD);
	assert_int_equal(args->nsid, NSID);
	assert_int_equal(args->cns, NVME_IDENTIFY_CNS_CSI_NS);
	assert_int_equal(args->csi, NVME_CSI_NVM);
	answer.asked++;
	if (answer.error < 0) {
		errno = -answer.error;
		return -1;
	}
	if (!answer.error)
		memcpy(args->data, &answer.nvm, sizeof(answer.nvm));
	return answer.error;
}

/* Type 1, 64 bytes of metadata, format 5, with extended formats */
static int setup(void **state)
{
	(void)state;
	memset(&answer, 0, sizeof(answer));
	answer.ns.flbas = 5;
	answer.ns.lbaf[5].ds = 12;
	answer.ns.lbaf[5].ms = htole16(64);
	answer.ns.dps = 1;
	answer.ctrl.ctratt = htole32(NVME_CTRL_CTRATT_ELBAS);
	answer.nvm.lbstm = htole64(0x1122334455667788);
	answer.nvm.elbaf[5] = htole32(ELBAF(16, 1, 0));
	return 0;
}

static int identify(void)
{
	why[0] = '\0';
	memset(&pi, 0xa5, sizeof(pi));
	return pi_identify(&pi, "/dev/ng0n1", FD, NSID, &answer.ns,
			   &answer.ctrl, why, sizeof(why));
}

static void identified(void)
{
	if (identify())
		fail_msg("refused: %s", why);
	assert_string_equal(why, "");
}

static void refused(int err, const char *text)
{
	assert_int_equal(identify(), err);
	assert_string_equal(why, text);
}

static void set_elbaf(uint32_t elbaf)
{
	answer.nvm.elbaf[5] = htole32(elbaf);
}

static void test_block(void **state)
{
	(void)state;
	identified();
	assert_int_equal(pi.lba_size, 4096);
	assert_int_equal(pi.ms, 64);
	assert_false(pi.extended);
	answer.ns.flbas |= NVME_NS_FLBAS_META_EXT;
	identified();
	assert_true(pi.extended);
	answer.ns.lbaf[5].ds = 9;
	answer.ns.lbaf[5].ms = htole16(0xffff);
	identified();
	assert_int_equal(pi.lba_size, 512);
	assert_int_equal(pi.ms, 0xffff);
}

/* Of which extended is said without any: it is not */
static void test_no_metadata(void **state)
{
	(void)state;
	answer.ns.lbaf[5].ms = 0;
	answer.ns.flbas |= NVME_NS_FLBAS_META_EXT;
	identified();
	assert_false(pi.extended);
	assert_int_equal(pi.type, 0);
	assert_int_equal(pi.size, 0);
	assert_int_equal(answer.asked, 0);
}

static void test_no_protection(void **state)
{
	(void)state;
	answer.ns.dps = NVME_NS_DPS_PI_FIRST;
	identified();
	assert_int_equal(pi.ms, 64);
	assert_int_equal(pi.type, 0);
	assert_false(pi.first);
	assert_int_equal(answer.asked, 0);
}

/* Type in DPS 2:0, place in DPS 3 (figure 97) */
static void test_types(void **state)
{
	(void)state;
	for (uint8_t type = 1; type <= 3; type++) {
		answer.ns.dps = type;
		identified();
		assert_int_equal(pi.type, type);
		assert_false(pi.first);
		answer.ns.dps = type | 8;
		identified();
		assert_int_equal(pi.type, type);
		assert_true(pi.first);
	}
}

/* A controller without extended formats is not asked for them */
static void test_older(void **state)
{
	(void)state;
	answer.ctrl.ctratt = htole32(~(uint32_t)NVME_CTRL_CTRATT_ELBAS);
	answer.ns.lbaf[5].ms = htole16(8);
	identified();
	assert_int_equal(pi.guard, PI_GUARD_16);
	assert_int_equal(pi.size, 8);
	assert_int_equal(pi.sts, 0);
	assert_int_equal(answer.asked, 0);
}

struct format_row {
	uint32_t elbaf;
	uint8_t pic;
	enum pi_guard guard;
	uint8_t size;
	uint8_t sts;
};

static void test_formats(void **state)
{
	static const struct format_row rows[] = {
		{ ELBAF(0, 0, 0), 0, PI_GUARD_16, 8, 0 },
		{ ELBAF(32, 0, 0), 0, PI_GUARD_16, 8, 32 },
		{ ELBAF(16, 1, 0), 0, PI_GUARD_32, 16, 16 },
		{ ELBAF(64, 1, 0), 0, PI_GUARD_32, 16, 64 },
		{ ELBAF(0, 2, 0), 0, PI_GUARD_64, 16, 0 },
		{ ELBAF(48, 2, 0), 0, PI_GUARD_64, 16, 48 },
		{ ELBAF(1, 3, 0), QPIFS, PI_GUARD_16, 8, 1 },
		{ ELBAF(17, 3, 1), QPIFS, PI_GUARD_32, 16, 17 },
		{ ELBAF(2, 3, 2), QPIFS, PI_GUARD_64, 16, 2 },
		/* qualified only where PIF says so */
		{ ELBAF(0, 2, 1), QPIFS, PI_GUARD_64, 16, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_elbaf(rows[i].elbaf | 0xffffe000);
		answer.nvm.pic = rows[i].pic;
		identified();
		assert_int_equal(pi.guard, rows[i].guard);
		assert_int_equal(pi.size, rows[i].size);
		assert_int_equal(pi.sts, rows[i].sts);
		assert_true(pi.storage_mask == 0x1122334455667788);
	}
	assert_int_equal(answer.asked, sizeof(rows) / sizeof(rows[0]));
}

/* Formats above 15 have two more bits in FLBAS 6:5 (figure 97) */
static void test_high_format(void **state)
{
	(void)state;
	answer.ns.flbas = 0x6f;
	answer.ns.lbaf[63].ds = 12;
	answer.ns.lbaf[63].ms = htole16(16);
	answer.nvm.elbaf[63] = htole32(ELBAF(3, 2, 0));
	identified();
	assert_int_equal(pi.ms, 16);
	assert_int_equal(pi.guard, PI_GUARD_64);
	assert_int_equal(pi.sts, 3);
}

static void test_lies(void **state)
{
	(void)state;
	answer.ns.dps = 4;
	refused(-EOPNOTSUPP,
		"/dev/ng0n1: formatted with protection information type 4, which is not known here (0 to 3 are); format it with another");
	answer.ns.dps = 1;
	answer.ns.lbaf[5].ms = htole16(15);
	refused(-EPROTO,
		"/dev/ng0n1: the controller reports 16 bytes of protection information in 15 bytes of metadata, which cannot be; format the namespace");
	answer.ns.lbaf[5].ms = htole16(7);
	refused(-EPROTO,
		"/dev/ng0n1: the controller reports 8 bytes of protection information in 7 bytes of metadata, which cannot be; format the namespace");
	answer.ns.lbaf[5].ds = 8;
	refused(-EPROTO,
		"/dev/ng0n1: the controller reports LBA format 5 with 2^8 bytes a block, which cannot be; format the namespace");
	answer.ns.lbaf[5].ds = 31;
	refused(-EPROTO,
		"/dev/ng0n1: the controller reports LBA format 5 with 2^31 bytes a block, which cannot be; format the namespace");
}

static void test_unknown_format(void **state)
{
	(void)state;
	set_elbaf(ELBAF(0, 3, 0));
	refused(-EOPNOTSUPP,
		"/dev/ng0n1: formatted with protection information format 3, which is not known here (0 to 2 are: guards of 16, 32 and 64 bits); format it with another");
	answer.nvm.pic = QPIFS;
	set_elbaf(ELBAF(0, 3, 15));
	refused(-EOPNOTSUPP,
		"/dev/ng0n1: formatted with protection information format 15, which is not known here (0 to 2 are: guards of 16, 32 and 64 bits); format it with another");
}

/* Beyond what figure 123 allows, by one */
static void test_storage_tag_size(void **state)
{
	(void)state;
	set_elbaf(ELBAF(33, 0, 0));
	refused(-EPROTO,
		"/dev/ng0n1: the controller reports a storage tag of 33 bits beside a guard of 16, which cannot be (0 to 32 bits can); format the namespace");
	set_elbaf(ELBAF(15, 1, 0));
	refused(-EPROTO,
		"/dev/ng0n1: the controller reports a storage tag of 15 bits beside a guard of 32, which cannot be (16 to 64 bits can); format the namespace");
	set_elbaf(ELBAF(65, 1, 0));
	assert_int_equal(identify(), -EPROTO);
	set_elbaf(ELBAF(49, 2, 0));
	assert_int_equal(identify(), -EPROTO);
}

static void test_refused_command(void **state)
{
	(void)state;
	answer.error = -EACCES;
	refused(-EACCES,
		"/dev/ng0n1: the kernel does not let this user send Identify for the NVM command set; run as root (CAP_SYS_ADMIN), or use Linux 6.2 or later");
	answer.error = -ENODEV;
	refused(-ENODEV,
		"/dev/ng0n1: Identify for the NVM command set failed: No such device; without it the format of the protection information is not known");
	answer.error = NVME_SC_INVALID_FIELD;
	assert_int_equal(identify(), -EIO);
	assert_non_null(strstr(
		why, nvme_status_to_string(NVME_SC_INVALID_FIELD, false)));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_block),	    TEST(test_no_metadata),
		TEST(test_no_protection),   TEST(test_types),
		TEST(test_older),	    TEST(test_formats),
		TEST(test_high_format),	    TEST(test_lies),
		TEST(test_unknown_format),  TEST(test_storage_tag_size),
		TEST(test_refused_command),
	};

	return cmocka_run_group_tests_name("pi_identify", tests, NULL, NULL);
}
