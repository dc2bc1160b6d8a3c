// SPDX-License-Identifier: GPL-2.0
/*
 * Placement handles and streams, as a controller might tell of them, truthful
 * or not. No emulated device has FDP disabled or streams.
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

#include "nvme/fdp.h"
#include "nvme/status.h"
#include "nvme/sysfs.h"

#define FD 42
#define FDP_DISABLED 0x4029
#define HANDLES 200

/* What the controller answers; an error is a status, or an errno below 0 */
static struct {
	int handles_error;
	uint16_t nruhsd;
	/* what is told the second time, if not the same */
	uint16_t later;
	unsigned int receives;
	struct nvme_fdp_ruh_status_desc desc[HANDLES];
	int feature_error;
	uint32_t feature;
	unsigned int features_asked;
	int identify_error;
	struct nvme_id_directives directives;
	int streams_error;
	struct nvme_streams_directive_params streams;
} answer;

static struct nspace ns;
static char why[WHY_MAX];

int __wrap_nvme_io_mgmt_recv(struct nvme_io_mgmt_recv_args *args);
int __wrap_nvme_get_features(struct nvme_get_features_args *args);
int __wrap_nvme_directive_recv(struct nvme_directive_recv_args *args);

static int answered(int error)
{
	if (error >= 0)
		return error;
	errno = -error;
	return -1;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Never more than there is: QEMU refuses a buffer that is longer */
int __wrap_nvme_io_mgmt_recv(struct nvme_io_mgmt_recv_args *args)
{
	struct nvme_fdp_ruh_status *status = args->data;
	size_t room = args->data_len - sizeof(*status);

	assert_int_equal(args->fd, FD);
	assert_int_equal(args->nsid, 7);
	assert_int_equal(args->mo, 1);
	assert_int_equal(args->mos, 0);
	assert_true(args->data_len >= sizeof(*status));
	assert_true(room <= answer.nruhsd * sizeof(answer.desc[0]));
	/* NUMD counts dwords, and every MDTS allows 8 KiB */
	assert_int_equal(args->data_len % 4, 0);
	assert_in_range(args->data_len, 0, 8192);
	status->nruhsd =
		htole16(answer.receives++ && answer.later ? answer.later :
							    answer.nruhsd);
	memcpy(status->ruhss, answer.desc, smaller(room, sizeof(answer.desc)));
	return answered(answer.handles_error);
}

int __wrap_nvme_get_features(struct nvme_get_features_args *args)
{
	assert_int_equal(args->fd, FD);
	assert_int_equal(args->fid, 0x1d);
	assert_int_equal(args->cdw11, 3);
	answer.features_asked++;
	*args->result = answer.feature;
	return answered(answer.feature_error);
}

int __wrap_nvme_directive_recv(struct nvme_directive_recv_args *args)
{
	assert_int_equal(args->fd, FD);
	assert_int_equal(args->nsid, 7);
	assert_int_equal(args->doper, 1);
	if (args->dtype == NVME_DIRECTIVE_DTYPE_IDENTIFY) {
		assert_int_equal(args->data_len, sizeof(answer.directives));
		memcpy(args->data, &answer.directives,
		       sizeof(answer.directives));
		return answered(answer.identify_error);
	}
	assert_int_equal(args->dtype, NVME_DIRECTIVE_DTYPE_STREAMS);
	assert_int_equal(args->data_len, sizeof(answer.streams));
	memcpy(args->data, &answer.streams, sizeof(answer.streams));
	return answered(answer.streams_error);
}

/* Namespace 7 of group 3, 4096 bytes a block, with two handles */
static int setup(void **state)
{
	(void)state;
	memset(&answer, 0, sizeof(answer));
	memset(why, 0, sizeof(why));
	nvme_sysfs_root = "/nonexistent";
	ns = (struct nspace){
		.path = "/dev/ng0n1",
		.ctrl = "nvme0",
		.nsid = 7,
		.lba_size = 4096,
		.lba_bytes = 4096,
		.endgid = 3,
		.fdp = true,
		.directives = true,
	};
	answer.nruhsd = 2;
	answer.feature = 1;
	answer.directives.supported[0] = 3;
	answer.directives.enabled[0] = 3;
	return 0;
}

static struct nspace_fdp handles(void)
{
	struct nspace_fdp fdp;

	memset(&fdp, 0x5a, sizeof(fdp));
	if (nspace_fdp_read(&fdp, &ns, FD, why, sizeof(why)))
		fail_msg("refused: %s", why);
	assert_string_equal(why, "");
	return fdp;
}

static void refused(int error, const char *line)
{
	struct nspace_fdp fdp;

	assert_int_equal(nspace_fdp_read(&fdp, &ns, FD, why, sizeof(why)),
			 error);
	assert_string_equal(why, line);
	assert_int_equal(fdp.nr, 0);
}

/* -- placement handles ----------------------------------------------------- */

static void describe(unsigned int at, uint16_t pid, uint16_t ruhid,
		     uint64_t ruamw)
{
	answer.desc[at].pid = htole16(pid);
	answer.desc[at].ruhid = htole16(ruhid);
	answer.desc[at].ruamw = htole64(ruamw);
	answer.desc[at].earutr = UINT32_MAX;
}

/* The index is the placement handle, so the device's order is kept */
static void test_order(void **state)
{
	struct nspace_fdp fdp;

	(void)state;
	answer.nruhsd = 3;
	describe(0, 0x8001, 5, 1);
	describe(1, 2, 0x1234, 4096);
	describe(2, 0, 0, 0);
	fdp = handles();
	assert_int_equal(fdp.nr, 3);
	assert_int_equal(fdp.ruhs[0].pid, 0x8001);
	assert_int_equal(fdp.ruhs[0].ruhid, 5);
	assert_int_equal(fdp.ruhs[0].left, 4096);
	assert_int_equal(fdp.ruhs[1].pid, 2);
	assert_int_equal(fdp.ruhs[1].ruhid, 0x1234);
	assert_int_equal(fdp.ruhs[1].left, 16 << 20);
	assert_int_equal(fdp.ruhs[2].left, 0);
	assert_int_equal(answer.features_asked, 0);
}

/* RUAMW counts logical blocks; metadata takes nothing of what is told */
static void test_left(void **state)
{
	(void)state;
	describe(0, 0, 0, 10);
	ns.pi.ms = 64;
	ns.pi.extended = true;
	ns.lba_bytes = 4160;
	assert_int_equal(handles().ruhs[0].left, 40960);
	ns.lba_size = 512;
	ns.lba_bytes = 520;
	assert_int_equal(handles().ruhs[0].left, 5120);
	describe(0, 0, 0, UINT64_MAX);
	assert_int_equal(handles().ruhs[0].left, UINT64_MAX);
	describe(0, 0, 0, UINT64_MAX / 512);
	assert_int_equal(handles().ruhs[0].left, UINT64_MAX - 511);
}

static void check_clipped(uint16_t told, uint32_t nr)
{
	struct nspace_fdp fdp;

	answer.nruhsd = told;
	fdp = handles();
	assert_int_equal(fdp.nr, nr);
	for (uint32_t i = 0; i < nr; i++) {
		assert_int_equal(fdp.ruhs[i].pid, i + 1);
		assert_int_equal(fdp.ruhs[i].left, 4096 * i);
	}
}

/* More than can be named, and more than there can be */
static void test_clipped(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HANDLES; i++)
		describe(i, (uint16_t)(i + 1), 0, i);
	check_clipped(1, 1);
	check_clipped(127, 127);
	check_clipped(128, 128);
	check_clipped(129, 128);
	check_clipped(HANDLES, 128);
	check_clipped(UINT16_MAX, 128);
}

/* Between the two commands they became more, or fewer */
static void test_changed(void **state)
{
	struct nspace_fdp fdp;

	(void)state;
	describe(0, 5, 0, 1);
	describe(1, 6, 0, 1);
	describe(2, 7, 0, 1);
	answer.later = 3;
	fdp = handles();
	assert_int_equal(fdp.nr, 2);
	assert_int_equal(fdp.ruhs[1].pid, 6);
	assert_int_equal(fdp.ruhs[2].pid, 0);
	answer.receives = 0;
	answer.later = 1;
	assert_int_equal(handles().nr, 1);
}

#define DISABLED                                                               \
	"/dev/ng0n1: Flexible Data Placement is disabled in endurance group "  \
	"3; delete the namespaces of the group (nvme delete-ns), enable it "   \
	"with \"nvme fdp feature /dev/nvme0 --endgrp-id=3 "                    \
	"--enable-conf-idx=0\", and create them again with placement handles " \
	"(nvme create-ns --nphndls --phndls)"

static void test_unsupported(void **state)
{
	(void)state;
	ns.fdp = false;
	refused(-EOPNOTSUPP,
		"/dev/ng0n1: the controller has no Flexible Data Placement (CTRATT bit 19 is 0); use a drive that has it");
}

/* Told by the status itself, whatever the feature says */
static void test_disabled(void **state)
{
	(void)state;
	answer.handles_error = FDP_DISABLED;
	refused(-EOPNOTSUPP, DISABLED);
	answer.handles_error = 0x29;
	answer.feature_error = -EACCES;
	refused(-EOPNOTSUPP, DISABLED);
	assert_int_equal(answer.features_asked, 0);
}

/* Told by the feature, where the command fails in another way or is empty */
static void test_disabled_feature(void **state)
{
	(void)state;
	answer.feature = 0x0100;
	answer.handles_error = 0x4001;
	refused(-EOPNOTSUPP, DISABLED);
	answer.handles_error = 0;
	answer.nruhsd = 0;
	refused(-EOPNOTSUPP, DISABLED);
	assert_int_equal(answer.features_asked, 2);
}

#define NO_HANDLES                                                           \
	"/dev/ng0n1: the namespace has no placement handles; delete it and " \
	"create it again with some (nvme create-ns --nphndls --phndls)"

static void test_no_handles(void **state)
{
	(void)state;
	answer.nruhsd = 0;
	refused(-ENOENT, NO_HANDLES);
	/* a user who must not ask, and a controller that does not answer */
	answer.feature = 0;
	answer.feature_error = -EACCES;
	refused(-ENOENT, NO_HANDLES);
	answer.feature_error = 0x4002;
	refused(-ENOENT, NO_HANDLES);
}

static void test_failed(void **state)
{
	char status[256], line[WHY_MAX];

	(void)state;
	answer.handles_error = 0x4001;
	/* the words are of libnvme, and differ from one release to the next */
	nvme_status_text(nvme_status_of(0x4001), false, status, sizeof(status));
	snprintf(line, sizeof(line),
		 "/dev/ng0n1: I/O Management Receive failed: %s", status);
	assert_non_null(strstr(line, "(sct 0x0, sc 0x01, do not retry)"));
	refused(-EIO, line);
	answer.handles_error = -ENOTTY;
	refused(-ENOTTY,
		"/dev/ng0n1: I/O Management Receive failed: Inappropriate ioctl for device");
}

static void test_permission(void **state)
{
	static const int errors[] = { -EACCES, -EPERM };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		answer.handles_error = errors[i];
		refused(errors[i],
			"/dev/ng0n1: the kernel does not let this user send I/O Management Receive; run as root (CAP_SYS_ADMIN)");
	}
}

/* -- streams --------------------------------------------------------------- */

static struct nspace_streams streams(void)
{
	struct nspace_streams found;

	memset(&found, 0x5a, sizeof(found));
	if (nspace_streams_read(&found, &ns, FD, why, sizeof(why)))
		fail_msg("refused: %s", why);
	assert_string_equal(why, "");
	return found;
}

static void streams_refused(int error, const char *line)
{
	struct nspace_streams found;

	assert_int_equal(nspace_streams_read(&found, &ns, FD, why, sizeof(why)),
			 error);
	assert_string_equal(why, line);
}

static void test_streams(void **state)
{
	struct nspace_streams found;

	(void)state;
	answer.streams.msl = htole16(16);
	answer.streams.nssa = htole16(9);
	answer.streams.nsso = htole16(3);
	answer.streams.nsa = htole16(4);
	answer.streams.nso = htole16(2);
	answer.streams.sws = htole32(8);
	answer.streams.sgs = htole16(1024);
	ns.lba_bytes = 4160;
	found = streams();
	assert_int_equal(found.msl, 16);
	assert_int_equal(found.nssa, 9);
	assert_int_equal(found.nsso, 3);
	assert_int_equal(found.nsa, 4);
	assert_int_equal(found.nso, 2);
	assert_int_equal(found.sws, 32768);
	assert_int_equal(found.sgs, 32 << 20);
}

/* A block of 1 GiB is the largest that passes Identify */
static void test_streams_saturate(void **state)
{
	(void)state;
	ns.lba_size = 1u << 30;
	answer.streams.sws = htole32(UINT32_MAX);
	answer.streams.sgs = htole16(UINT16_MAX);
	assert_int_equal(streams().sws, (uint64_t)UINT32_MAX << 30);
	assert_int_equal(streams().sgs, UINT64_MAX);
}

static void test_no_streams(void **state)
{
	(void)state;
	ns.directives = false;
	streams_refused(
		-EOPNOTSUPP,
		"/dev/ng0n1: the controller has no Directives (OACS bit 5 is 0), and so no streams; use a drive that has them");
	ns.directives = true;
	answer.directives.supported[0] = 0xfd;
	streams_refused(
		-EOPNOTSUPP,
		"/dev/ng0n1: the controller has no streams among its Directives; use a drive that has them");
}

static void test_streams_disabled(void **state)
{
	(void)state;
	answer.directives.enabled[0] = 0xfd;
	streams_refused(
		-EOPNOTSUPP,
		"/dev/ng0n1: streams are not enabled for the namespace; enable them with \"nvme dir-send /dev/nvme0 --namespace-id=7 --dir-type=0 --dir-oper=1 --target-dir=1 --endir=1\"");
	/* a head whose paths sysfs does not show */
	ns.multipath = true;
	assert_int_equal(nspace_streams_read(&(struct nspace_streams){ 0 }, &ns,
					     FD, why, sizeof(why)),
			 -EOPNOTSUPP);
	assert_non_null(strstr(why, "\"nvme dir-send /dev/nvmeX --name"));
}

static void test_streams_failed(void **state)
{
	(void)state;
	answer.identify_error = -EACCES;
	streams_refused(
		-EACCES,
		"/dev/ng0n1: the kernel does not let this user send Directive Receive; run as root (CAP_SYS_ADMIN)");
	answer.identify_error = 0x4002;
	assert_int_equal(nspace_streams_read(&(struct nspace_streams){ 0 }, &ns,
					     FD, why, sizeof(why)),
			 -EIO);
	assert_non_null(strstr(why, "Directive Receive failed: Invalid Field"));
	answer.identify_error = 0;
	answer.streams_error = -EIO;
	streams_refused(
		-EIO,
		"/dev/ng0n1: Directive Receive (Streams) failed: Input/output error");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_left),
		TEST(test_clipped),
		TEST(test_changed),
		TEST(test_unsupported),
		TEST(test_disabled),
		TEST(test_disabled_feature),
		TEST(test_no_handles),
		TEST(test_failed),
		TEST(test_permission),
		TEST(test_streams),
		TEST(test_streams_saturate),
		TEST(test_no_streams),
		TEST(test_streams_disabled),
		TEST(test_streams_failed),
	};

	return cmocka_run_group_tests_name("fdp", tests, NULL, NULL);
}
