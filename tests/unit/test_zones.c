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

#include "fake_zns.h"

static struct nspace ns;

/* 100 zones of 4 MiB that hold 3 MiB; the first descriptor is a UUID */
static int setup(void **state)
{
	(void)state;
	zns_reset();
	ns = zns_nspace();
	return 0;
}

static struct zones identified(void)
{
	char why[WHY_MAX] = "";
	struct zones zones;

	if (zones_identify(&zones, &ns, ZNS_FD, why, sizeof(why)))
		fail_msg("refused: %s", why);
	return zones;
}

static void refused(int error, const char *text)
{
	char why[WHY_MAX] = "";
	struct zones zones;

	assert_int_equal(zones_identify(&zones, &ns, ZNS_FD, why, sizeof(why)),
			 error);
	zns_assert_why(why, text);
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
	zns_answer.zoned.mor = htole32(UINT32_MAX);
	zns_answer.zoned.mar = htole32(UINT32_MAX);
	zns_answer.zoned.zoc = htole16(1);
	zns_answer.ctrl.zasl = 3;
	zones = identified();
	assert_int_equal(zones.max_open, 0);
	assert_int_equal(zones.max_active, 0);
	assert_int_equal(zones.append_bytes, 32768);
	assert_true(zones.variable_capacity);
	/* more than 32 bits hold is as good as no limit of its own */
	zns_answer.ctrl.zasl = 20;
	assert_int_equal(identified().append_bytes, ns.mdts_bytes);
}

/* The zone's size belongs to the format in use, whose index has two parts */
static void test_format(void **state)
{
	(void)state;
	zns_answer.ns.flbas = 0x23;
	zns_answer.zoned.lbafe[0].zsze = 0;
	zns_answer.zoned.lbafe[19].zsze = htole64(2 * ZONE_BLOCKS);
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
	zns_describe(20, NVME_NIDT_CSI, 1, NVME_CSI_NVM);
	assert_int_equal(identified().nr, 0);
	/* a list without command sets, one that is refused, and an empty one */
	zns_describe(20, NVME_NIDT_EUI64, 8, NVME_CSI_ZNS);
	assert_int_equal(identified().nr, 0);
	zns_describe(20, NVME_NIDT_CSI, 1, NVME_CSI_ZNS);
	assert_int_equal(identified().nr, ZONES);
	zns_answer.identify_error[NVME_IDENTIFY_CNS_NS_DESC_LIST] = 2;
	assert_int_equal(identified().nr, 0);
	zns_answer.identify_error[NVME_IDENTIFY_CNS_NS_DESC_LIST] = 0;
	memset(zns_answer.descs, 0, sizeof(zns_answer.descs));
	assert_int_equal(identified().nr, 0);
}

/* The list is not for ordinary users, what is said of zones is */
static void test_list_denied(void **state)
{
	(void)state;
	zns_answer.identify_error[NVME_IDENTIFY_CNS_NS_DESC_LIST] = -EACCES;
	assert_int_equal(identified().nr, ZONES);
	zns_answer.identify_error[NVME_IDENTIFY_CNS_NS_DESC_LIST] = -EIO;
	assert_int_equal(identified().nr, 0);
	zns_answer.identify_error[NVME_IDENTIFY_CNS_NS_DESC_LIST] = -EACCES;
	zns_answer.identify_error[NVME_IDENTIFY_CNS_CSI_NS] = 2;
	assert_int_equal(identified().nr, 0);
}

/* Lengths that lead to the end of the list, and past it */
static void test_descriptor_lies(void **state)
{
	const size_t end = sizeof(zns_answer.descs), head = 16 * 254;

	(void)state;
	memset(zns_answer.descs, 0xff, end);
	assert_int_equal(identified().nr, 0);
	for (size_t at = head + 5; at < end; at++) {
		memset(zns_answer.descs, 0, end);
		for (size_t i = 0; i < head; i += 254)
			zns_describe(i, NVME_NIDT_UUID, 250, 0);
		zns_describe(head, NVME_NIDT_UUID, (uint8_t)(at - head - 4), 0);
		zns_answer.descs[at] = NVME_NIDT_CSI;
		/* a head of four bytes, of which the second is the length */
		if (at + 1 < end)
			zns_answer.descs[at + 1] = 255;
		if (at + 4 < end)
			zns_answer.descs[at + 4] = NVME_CSI_ZNS;
		assert_int_equal(identified().nr, at + 4 < end ? ZONES : 0);
	}
}

static void test_size_lies(void **state)
{
	(void)state;
	zns_answer.zoned.lbafe[0].zsze = 0;
	refused(-EPROTO, "the logical blocks of each being 0, which cannot be");
	zns_answer.zoned.lbafe[0].zsze = htole64(ns.nlb + 1);
	refused(-EPROTO, "reports zones, the logical blocks of each being ");
	zns_answer.zoned.lbafe[0].zsze = htole64(UINT64_MAX);
	refused(-EPROTO, "reports zones, the logical blocks of each being ");
	zns_answer.zoned.lbafe[0].zsze = htole64(ZONE_BLOCKS - 1);
	refused(-EPROTO, "a size that is not whole zones");
	ns.nlb = 1ull << 40;
	zns_answer.zoned.lbafe[0].zsze = htole64(1);
	refused(-EPROTO, "a number of zones of 1099511627776");
}

static void test_identify_refused(void **state)
{
	static const uint8_t cns[] = { NVME_IDENTIFY_CNS_NS,
				       NVME_IDENTIFY_CNS_CSI_NS,
				       NVME_IDENTIFY_CNS_CSI_CTRL };

	(void)state;
	for (size_t i = 0; i < sizeof(cns); i++) {
		zns_answer.identify_error[cns[i]] = -EACCES;
		refused(-EACCES, "of the zoned command set failed: Permission");
		zns_answer.identify_error[cns[i]] = 2;
		refused(-EIO, "Invalid Field");
		zns_answer.identify_error[cns[i]] = 0;
	}
}

/* -- which state each is in ------------------------------------------------ */

static int report(uint64_t first, struct zone *list, unsigned int nr, char *why)
{
	struct zones zones = identified();

	memset(list, 0xff, nr * sizeof(*list));
	return zones_report(&zones, &ns, ZNS_FD, first * ZONE_BYTES, list, nr,
			    why, WHY_MAX);
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
		zns_zone(i, ZONE_CLOSED, i);
	assert_int_equal(report(0, list, ZONES + 1, why), ZONES);
	for (unsigned int i = 0; i < ZONES; i++)
		assert_zone(&list[i], i, ZONE_CLOSED, i);
	/* what there was no zone for stays as it was */
	assert_int_equal(list[ZONES].start, UINT64_MAX);
	assert_true(zns_sent.reports > 1);
}

static void test_report_some(void **state)
{
	char why[WHY_MAX] = "";
	struct zone list[8];

	(void)state;
	zns_zone(70, ZONE_IMPLICIT, 5);
	zns_zone(71, ZONE_EXPLICIT, CAPACITY);
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
		zns_zone(i, states[i], 0);
		zns_answer.zone[i].wp = htole64(UINT64_MAX);
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
	zns_assert_why(why, text);
}

static void test_report_lies(void **state)
{
	(void)state;
	zns_answer.told = 64;
	report_refused(-EPROTO, "a number of 64, which cannot be");
	zns_answer.told = UINT64_MAX;
	report_refused(-EPROTO, "a number of 18446744073709551615");
	zns_answer.told = 0;
	zns_answer.zone[70].zslba = htole64(1);
	report_refused(-EPROTO, "a zone that starts at logical block 1");
	zns_zone(70, ZONE_EMPTY, 0);
	zns_answer.zone[71].zt = 1;
	report_refused(-EPROTO, "a zone of type 1");
	zns_zone(71, ZONE_EMPTY, 0);
	zns_answer.zone[72].zcap = htole64(ZONE_BLOCKS + 1);
	report_refused(-EPROTO, "capacity in logical blocks is 8193");
	zns_zone(72, 5, 0);
	report_refused(-EPROTO, "a zone in state 5");
}

static void test_pointer_lies(void **state)
{
	static const enum zone_state states[] = { ZONE_IMPLICIT, ZONE_EXPLICIT,
						  ZONE_CLOSED };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		zns_zone(99, states[i], CAPACITY + 1);
		report_refused(-EPROTO, "a write pointer out of its zone");
		zns_zone(99, states[i], 0);
		zns_answer.zone[99].wp = htole64(99 * ZONE_BLOCKS - 1);
		report_refused(-EPROTO, "a write pointer out of its zone");
	}
}

/* A controller that never tells of the last zones is asked but so often */
static void test_report_short(void **state)
{
	char why[WHY_MAX] = "";
	struct zone list[ZONES];

	(void)state;
	zns_answer.told = 1;
	assert_int_equal(report(0, list, ZONES, why), ZONES);
	assert_int_equal(zns_sent.reports, ZONES);
}

static void test_report_refused(void **state)
{
	struct zones zones = identified();
	char why[WHY_MAX] = "";
	struct zone list[1];

	(void)state;
	zns_answer.report_error = 0x2;
	report_refused(-EIO, "Report Zones failed: Invalid Field");
	zns_answer.report_error = -ENOTTY;
	report_refused(-ENOTTY, "Report Zones failed: Inappropriate ioctl");
	zns_answer.report_error = 0;
	assert_int_equal(zones_report(&zones, &ns, ZNS_FD, 512, list, 1, why,
				      sizeof(why)),
			 -EINVAL);
	zns_assert_why(why, "no zone starts at byte 512; zones are of 4194304");
	assert_int_equal(zones_report(&zones, &ns, ZNS_FD, ns.bytes, list, 1,
				      why, sizeof(why)),
			 -EINVAL);
	zones.nr = 0;
	assert_int_equal(
		zones_report(&zones, &ns, ZNS_FD, 0, list, 1, why, sizeof(why)),
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

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identify),	     TEST(test_no_limits),
		TEST(test_format),	     TEST(test_extended),
		TEST(test_not_zoned),	     TEST(test_list_denied),
		TEST(test_descriptor_lies),  TEST(test_size_lies),
		TEST(test_identify_refused), TEST(test_report_all),
		TEST(test_report_some),	     TEST(test_no_pointer),
		TEST(test_report_lies),	     TEST(test_pointer_lies),
		TEST(test_report_short),     TEST(test_report_refused),
		TEST(test_state_text),
	};

	return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
