// SPDX-License-Identifier: GPL-2.0
/*
 * Zones as a controller might report them, truthful or not, and the commands
 * that change them.
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

#include "nvme/zones.h"

#define NSID 7u
#define FD 33
#define ZONE_BLOCKS 0x2000u
#define CAPACITY 0x1800u
#define ZONES 100u
#define BLOCK 512u
#define ZONE_BYTES ((uint64_t)ZONE_BLOCKS * BLOCK)
#define SENT_MAX 128

/* What the controller answers; an error is a status, or an errno below 0 */
static struct {
	uint8_t descs[NVME_IDENTIFY_DATA_SIZE];
	struct nvme_id_ns ns;
	struct nvme_zns_id_ns zoned;
	struct nvme_zns_id_ctrl ctrl;
	struct nvme_zns_desc zone[ZONES];
	int identify_error[256];
	int report_error;
	int manage_error;
	/* the command, from 0 on, that @manage_error is for */
	unsigned int manage_fails;
	/* of the report's head, 0 for the truth */
	uint64_t told;
} answer;

static struct {
	struct nvme_zns_mgmt_send_args list[SENT_MAX];
	unsigned int nr;
	unsigned int reports;
} sent;

static struct nspace ns;

int __wrap_nvme_identify(struct nvme_identify_args *args);
int __wrap_nvme_zns_mgmt_recv(struct nvme_zns_mgmt_recv_args *args);
int __wrap_nvme_zns_mgmt_send(struct nvme_zns_mgmt_send_args *args);

static int answered(int error)
{
	if (error >= 0)
		return error;
	errno = -error;
	return -1;
}

static const void *identified_by(const struct nvme_identify_args *args)
{
	switch (args->cns) {
	case NVME_IDENTIFY_CNS_NS:
		return &answer.ns;
	case NVME_IDENTIFY_CNS_NS_DESC_LIST:
		return answer.descs;
	case NVME_IDENTIFY_CNS_CSI_NS:
		assert_int_equal(args->csi, NVME_CSI_ZNS);
		return &answer.zoned;
	case NVME_IDENTIFY_CNS_CSI_CTRL:
		assert_int_equal(args->csi, NVME_CSI_ZNS);
		return &answer.ctrl;
	default:
		fail_msg("CNS 0x%x", args->cns);
		return NULL;
	}
}

int __wrap_nvme_identify(struct nvme_identify_args *args)
{
	assert_int_equal(args->fd, FD);
	if (args->cns != NVME_IDENTIFY_CNS_CSI_CTRL)
		assert_int_equal(args->nsid, NSID);
	memcpy(args->data, identified_by(args), NVME_IDENTIFY_DATA_SIZE);
	return answered(answer.identify_error[args->cns]);
}

int __wrap_nvme_zns_mgmt_recv(struct nvme_zns_mgmt_recv_args *args)
{
	struct nvme_zone_report *report = args->data;
	uint64_t first = args->slba / ZONE_BLOCKS, nr;

	assert_int_equal(args->fd, FD);
	assert_int_equal(args->nsid, NSID);
	assert_int_equal(args->zra, NVME_ZNS_ZRA_REPORT_ZONES);
	assert_int_equal(args->zrasf, NVME_ZNS_ZRAS_REPORT_ALL);
	/* or the number would be of all zones, and not of those told of */
	assert_true(args->zras_feat);
	assert_int_equal(args->slba % ZONE_BLOCKS, 0);
	assert_true(args->data_len >= 2 * sizeof(struct nvme_zns_desc));
	nr = args->data_len / sizeof(struct nvme_zns_desc) - 1;
	if (nr > ZONES - first)
		nr = ZONES - first;
	memcpy(report->entries, &answer.zone[first],
	       nr * sizeof(struct nvme_zns_desc));
	report->nr_zones = htole64(answer.told ? answer.told : nr);
	sent.reports++;
	return answered(answer.report_error);
}

int __wrap_nvme_zns_mgmt_send(struct nvme_zns_mgmt_send_args *args)
{
	assert_int_equal(args->fd, FD);
	assert_int_equal(args->nsid, NSID);
	assert_true(sent.nr < SENT_MAX);
	sent.list[sent.nr++] = *args;
	return sent.nr - 1 == answer.manage_fails ?
		       answered(answer.manage_error) :
		       0;
}

static void describe(size_t at, uint8_t type, uint8_t bytes, uint8_t value)
{
	answer.descs[at] = type;
	answer.descs[at + 1] = bytes;
	answer.descs[at + 4] = value;
}

static void set_zone(unsigned int nth, enum zone_state state, uint64_t written)
{
	uint64_t start = (uint64_t)nth * ZONE_BLOCKS;

	answer.zone[nth] = (struct nvme_zns_desc){
		.zt = NVME_ZONE_TYPE_SEQWRITE_REQ,
		.zs = (uint8_t)(state << 4),
		.zcap = htole64(CAPACITY),
		.zslba = htole64(start),
		.wp = htole64(start + written),
	};
}

/* 100 zones of 4 MiB that hold 3 MiB; the first descriptor is a UUID */
static int setup(void **state)
{
	(void)state;
	memset(&answer, 0, sizeof(answer));
	memset(&sent, 0, sizeof(sent));
	describe(0, NVME_NIDT_UUID, 16, 0xaa);
	describe(20, NVME_NIDT_CSI, 1, NVME_CSI_ZNS);
	answer.zoned.lbafe[0].zsze = htole64(ZONE_BLOCKS);
	answer.zoned.mor = htole32(15);
	answer.zoned.mar = htole32(31);
	for (unsigned int i = 0; i < ZONES; i++)
		set_zone(i, ZONE_EMPTY, 0);
	ns = (struct nspace){
		.path = "/dev/ng0n1",
		.nsid = NSID,
		.nlb = (uint64_t)ZONES * ZONE_BLOCKS,
		.lba_size = BLOCK,
		.lba_bytes = BLOCK,
		.lba_shift = 9,
		.mdts_bytes = 512 << 10,
		.bytes = ZONES * ZONE_BYTES,
	};
	return 0;
}

static void assert_why(const char *why, const char *text)
{
	assert_ptr_equal(strstr(why, "/dev/ng0n1: "), why);
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
	assert_null(strchr(why, '\n'));
}

static struct zones identified(void)
{
	char why[WHY_MAX] = "";
	struct zones zones;

	if (zones_identify(&zones, &ns, FD, why, sizeof(why)))
		fail_msg("refused: %s", why);
	return zones;
}

static void refused(int error, const char *text)
{
	char why[WHY_MAX] = "";
	struct zones zones;

	assert_int_equal(zones_identify(&zones, &ns, FD, why, sizeof(why)),
			 error);
	assert_why(why, text);
}

/* -- what the zones are like ----------------------------------------------- */

static void test_identify(void **state)
{
	struct zones zones = identified();

	(void)state;
	assert_int_equal(zones.nr, ZONES);
	assert_int_equal(zones.bytes, ZONE_BYTES);
	assert_int_equal(zones.max_open, 16);
	assert_int_equal(zones.max_active, 32);
	assert_int_equal(zones.append_bytes, ns.mdts_bytes);
	assert_false(zones.variable_capacity);
}

static void test_no_limits(void **state)
{
	struct zones zones;

	(void)state;
	answer.zoned.mor = htole32(UINT32_MAX);
	answer.zoned.mar = htole32(UINT32_MAX);
	answer.zoned.zoc = htole16(1);
	answer.ctrl.zasl = 3;
	zones = identified();
	assert_int_equal(zones.max_open, 0);
	assert_int_equal(zones.max_active, 0);
	assert_int_equal(zones.append_bytes, 32768);
	assert_true(zones.variable_capacity);
	/* more than 32 bits hold is as good as no limit of its own */
	answer.ctrl.zasl = 20;
	assert_int_equal(identified().append_bytes, ns.mdts_bytes);
}

/* The zone's size belongs to the format in use, whose index has two parts */
static void test_format(void **state)
{
	(void)state;
	answer.ns.flbas = 0x23;
	answer.zoned.lbafe[0].zsze = 0;
	answer.zoned.lbafe[19].zsze = htole64(2 * ZONE_BLOCKS);
	assert_int_equal(identified().bytes, 2 * ZONE_BYTES);
	assert_int_equal(identified().nr, ZONES / 2);
}

/* Blocks with metadata in them are what fio's offsets count */
static void test_extended(void **state)
{
	(void)state;
	ns.lba_bytes = 520;
	ns.lba_shift = 0;
	ns.bytes = ns.nlb * 520;
	assert_int_equal(identified().bytes, ZONE_BLOCKS * 520ull);
}

static void test_not_zoned(void **state)
{
	(void)state;
	describe(20, NVME_NIDT_CSI, 1, NVME_CSI_NVM);
	assert_int_equal(identified().nr, 0);
	/* a list without command sets, one that is refused, and an empty one */
	describe(20, NVME_NIDT_EUI64, 8, NVME_CSI_ZNS);
	assert_int_equal(identified().nr, 0);
	describe(20, NVME_NIDT_CSI, 1, NVME_CSI_ZNS);
	assert_int_equal(identified().nr, ZONES);
	answer.identify_error[NVME_IDENTIFY_CNS_NS_DESC_LIST] = 2;
	assert_int_equal(identified().nr, 0);
	answer.identify_error[NVME_IDENTIFY_CNS_NS_DESC_LIST] = 0;
	memset(answer.descs, 0, sizeof(answer.descs));
	assert_int_equal(identified().nr, 0);
}

/* Lengths that lead to the end of the list, and past it */
static void test_descriptor_lies(void **state)
{
	(void)state;
	memset(answer.descs, 0xff, sizeof(answer.descs));
	assert_int_equal(identified().nr, 0);
	for (size_t at = 4000; at < sizeof(answer.descs) - 5; at++) {
		memset(answer.descs, 0, sizeof(answer.descs));
		for (size_t i = 0; i + 254 < at; i += 254)
			describe(i, NVME_NIDT_UUID, 250, 0);
		describe(at / 254 * 254, NVME_NIDT_UUID,
			 (uint8_t)(at % 254 > 4 ? at % 254 - 4 : 250), 0);
		describe(at, NVME_NIDT_CSI, 255, NVME_CSI_NVM);
		assert_int_equal(identified().nr, 0);
	}
}

static void test_size_lies(void **state)
{
	(void)state;
	answer.zoned.lbafe[0].zsze = 0;
	refused(-EPROTO, "the logical blocks of each being 0, which cannot be");
	answer.zoned.lbafe[0].zsze = htole64(ns.nlb + 1);
	refused(-EPROTO, "which cannot be");
	answer.zoned.lbafe[0].zsze = htole64(UINT64_MAX);
	refused(-EPROTO, "which cannot be");
	answer.zoned.lbafe[0].zsze = htole64(ZONE_BLOCKS - 1);
	refused(-EPROTO, "a size that is not whole zones");
	ns.nlb = 1ull << 40;
	answer.zoned.lbafe[0].zsze = htole64(1);
	refused(-EPROTO, "a number of zones of 1099511627776");
}

static void test_identify_refused(void **state)
{
	static const uint8_t cns[] = { NVME_IDENTIFY_CNS_NS,
				       NVME_IDENTIFY_CNS_CSI_NS,
				       NVME_IDENTIFY_CNS_CSI_CTRL };

	(void)state;
	for (size_t i = 0; i < sizeof(cns); i++) {
		answer.identify_error[cns[i]] = -EACCES;
		refused(-EACCES, "of the zoned command set failed: Permission");
		answer.identify_error[cns[i]] = 2;
		refused(-EIO, "Invalid Field");
		answer.identify_error[cns[i]] = 0;
	}
}

/* -- which state each is in ------------------------------------------------ */

static int report(uint64_t first, struct zone *list, unsigned int nr, char *why)
{
	struct zones zones = identified();

	memset(list, 0xff, nr * sizeof(*list));
	return zones_report(&zones, &ns, FD, first * ZONE_BYTES, list, nr, why,
			    WHY_MAX);
}

static void assert_zone(const struct zone *zone, uint64_t nth,
			enum zone_state state, uint64_t written)
{
	assert_int_equal(zone->start, nth * ZONE_BYTES);
	assert_int_equal(zone->bytes, ZONE_BYTES);
	assert_int_equal(zone->capacity, (uint64_t)CAPACITY * BLOCK);
	assert_int_equal(zone->type, ZONE_SEQUENTIAL);
	assert_int_equal(zone->state, state);
	assert_int_equal(zone->wp, zone->start + written * BLOCK);
}

static void test_report_all(void **state)
{
	char why[WHY_MAX] = "";
	struct zone list[ZONES + 1];

	(void)state;
	for (unsigned int i = 0; i < ZONES; i++)
		set_zone(i, ZONE_CLOSED, i);
	assert_int_equal(report(0, list, ZONES + 1, why), ZONES);
	for (unsigned int i = 0; i < ZONES; i++)
		assert_zone(&list[i], i, ZONE_CLOSED, i);
	/* what there was no zone for stays as it was */
	assert_int_equal(list[ZONES].start, UINT64_MAX);
	assert_true(sent.reports > 1);
}

static void test_report_some(void **state)
{
	char why[WHY_MAX] = "";
	struct zone list[8];

	(void)state;
	set_zone(70, ZONE_IMPLICIT, 5);
	set_zone(71, ZONE_EXPLICIT, CAPACITY);
	assert_int_equal(report(70, list, 2, why), 2);
	assert_zone(&list[0], 70, ZONE_IMPLICIT, 5);
	assert_zone(&list[1], 71, ZONE_EXPLICIT, CAPACITY);
	assert_int_equal(report(ZONES - 3, list, 8, why), 3);
	assert_int_equal(report(3, list, 0, why), 0);
}

/* Where the specification has no write pointer, what is told counts for none */
static void test_no_pointer(void **state)
{
	static const enum zone_state states[] = { ZONE_EMPTY, ZONE_READ_ONLY,
						  ZONE_OFFLINE, ZONE_FULL };
	char why[WHY_MAX] = "";
	struct zone list[4];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		set_zone(i, states[i], 0);
		answer.zone[i].wp = htole64(UINT64_MAX);
	}
	assert_int_equal(report(0, list, 4, why), 4);
	for (unsigned int i = 0; i < 3; i++)
		assert_zone(&list[i], i, states[i], 0);
	assert_zone(&list[3], 3, ZONE_FULL, CAPACITY);
}

static void report_refused(int error, const char *text)
{
	char why[WHY_MAX] = "";
	struct zone list[ZONES];

	assert_int_equal(report(0, list, ZONES, why), error);
	assert_why(why, text);
}

static void test_report_lies(void **state)
{
	(void)state;
	answer.told = 64;
	report_refused(-EPROTO, "a number of 64, which cannot be");
	answer.told = UINT64_MAX;
	report_refused(-EPROTO, "a number of 18446744073709551615");
	answer.told = 0;
	answer.zone[70].zslba = htole64(1);
	report_refused(-EPROTO, "a zone that starts at logical block 1");
	set_zone(70, ZONE_EMPTY, 0);
	answer.zone[71].zt = 1;
	report_refused(-EPROTO, "a zone of type 1");
	set_zone(71, ZONE_EMPTY, 0);
	answer.zone[72].zcap = htole64(ZONE_BLOCKS + 1);
	report_refused(-EPROTO, "capacity in logical blocks is 8193");
	set_zone(72, 5, 0);
	report_refused(-EPROTO, "a zone in state 5");
}

static void test_pointer_lies(void **state)
{
	static const enum zone_state states[] = { ZONE_IMPLICIT, ZONE_EXPLICIT,
						  ZONE_CLOSED };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		set_zone(99, states[i], CAPACITY + 1);
		report_refused(-EPROTO, "a write pointer out of its zone");
		set_zone(99, states[i], 0);
		answer.zone[99].wp = htole64(99 * ZONE_BLOCKS - 1);
		report_refused(-EPROTO, "a write pointer out of its zone");
	}
}

/* A controller that never tells of the last zones is asked but so often */
static void test_report_short(void **state)
{
	char why[WHY_MAX] = "";
	struct zone list[ZONES];

	(void)state;
	answer.told = 1;
	assert_int_equal(report(0, list, ZONES, why), ZONES);
	assert_int_equal(sent.reports, ZONES);
}

static void test_report_refused(void **state)
{
	struct zones zones = identified();
	char why[WHY_MAX] = "";
	struct zone list[1];

	(void)state;
	answer.report_error = 0x2;
	report_refused(-EIO, "Report Zones failed: Invalid Field");
	answer.report_error = -ENOTTY;
	report_refused(-ENOTTY, "Report Zones failed: Inappropriate ioctl");
	answer.report_error = 0;
	assert_int_equal(
		zones_report(&zones, &ns, FD, 512, list, 1, why, sizeof(why)),
		-EINVAL);
	assert_why(why, "no zone starts at byte 512; zones are of 4194304");
	assert_int_equal(zones_report(&zones, &ns, FD, ns.bytes, list, 1, why,
				      sizeof(why)),
			 -EINVAL);
	zones.nr = 0;
	assert_int_equal(
		zones_report(&zones, &ns, FD, 0, list, 1, why, sizeof(why)),
		-EINVAL);
}

static void test_state_text(void **state)
{
	(void)state;
	assert_string_equal(zone_state_text(ZONE_READ_ONLY), "read only");
	assert_string_equal(zone_state_text(ZONE_OFFLINE), "offline");
	for (unsigned int i = 0; i < 16; i++)
		for (unsigned int j = 0; j < i; j++)
			if (zone_state_text(i) == zone_state_text(j))
				assert_non_null(strstr(zone_state_text(i),
						       "not known"));
}

/* -- what changes it -------------------------------------------------------- */

static int act(enum zone_action action, uint64_t offset, uint64_t bytes,
	       char *why)
{
	struct zones zones = identified();

	sent.nr = 0;
	return zones_manage(&zones, &ns, FD, action, offset, bytes, why,
			    WHY_MAX);
}

static void test_manage_range(void **state)
{
	static const enum zone_action actions[] = { ZONE_CLOSE, ZONE_FINISH,
						    ZONE_OPEN, ZONE_RESET };
	char why[WHY_MAX] = "";

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(act(actions[i], 2 * ZONE_BYTES,
				     2 * ZONE_BYTES + 1, why),
				 0);
		assert_int_equal(sent.nr, 3);
		for (unsigned int j = 0; j < 3; j++) {
			assert_int_equal(sent.list[j].zsa, actions[i]);
			assert_int_equal(sent.list[j].slba,
					 (2 + j) * ZONE_BLOCKS);
			assert_false(sent.list[j].select_all);
		}
	}
	assert_string_equal(why, "");
}

static void test_manage_all(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(act(ZONE_RESET, 0, ns.bytes, why), 0);
	assert_int_equal(sent.nr, 1);
	assert_true(sent.list[0].select_all);
	assert_int_equal(act(ZONE_RESET, 0, ns.bytes - ZONE_BYTES, why), 0);
	assert_int_equal(sent.nr, ZONES - 1);
	assert_false(sent.list[0].select_all);
}

/* A range past the end is up to the end, however long */
static void test_manage_end(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(act(ZONE_FINISH, 98 * ZONE_BYTES, UINT64_MAX, why), 0);
	assert_int_equal(sent.nr, 2);
	assert_int_equal(sent.list[1].slba, 99 * ZONE_BLOCKS);
	assert_int_equal(act(ZONE_RESET, ZONE_BYTES, 0, why), 0);
	assert_int_equal(sent.nr, 0);
}

static void test_manage_refused(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	answer.manage_fails = 1;
	answer.manage_error = 0x1ba | 0x4000;
	assert_int_equal(act(ZONE_RESET, ZONE_BYTES, 3 * ZONE_BYTES, why),
			 -EIO);
	assert_int_equal(sent.nr, 2);
	assert_why(why, "resetting the zone at byte 8388608 failed: ");
	assert_why(why, "(sct 0x1, sc 0xba, do not retry)");
	answer.manage_error = 0x1bd;
	assert_int_equal(act(ZONE_OPEN, 0, 2 * ZONE_BYTES, why), -EOVERFLOW);
	answer.manage_fails = 0;
	answer.manage_error = -ENODEV;
	assert_int_equal(act(ZONE_FINISH, 0, ns.bytes, why), -ENODEV);
	assert_why(why, "finishing all zones failed: No such device");
	assert_int_equal(act(ZONE_RESET, 1, 1, why), -EINVAL);
	assert_int_equal(sent.nr, 0);
	assert_why(why, "no zone starts at byte 1;");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identify),	   TEST(test_no_limits),
		TEST(test_format),	   TEST(test_extended),
		TEST(test_not_zoned),	   TEST(test_descriptor_lies),
		TEST(test_size_lies),	   TEST(test_identify_refused),
		TEST(test_report_all),	   TEST(test_report_some),
		TEST(test_no_pointer),	   TEST(test_report_lies),
		TEST(test_pointer_lies),   TEST(test_report_short),
		TEST(test_report_refused), TEST(test_state_text),
		TEST(test_manage_range),   TEST(test_manage_all),
		TEST(test_manage_end),	   TEST(test_manage_refused),
	};

	return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
