// SPDX-License-Identifier: GPL-2.0
/* write_mode=zone_append: what is refused, and what need not be. */
#include "appends.h"

#include <errno.h>
#include <string.h>

#include "fake_zones.h"
#include "groups.h"

static int setup(void **state)
{
	int ret = host_setup_test(state);

	append_set_up();
	return ret;
}

static void refused(const char *text)
{
	assert_int_not_equal(host_begin(), 0);
	if (!strstr(host.log, text))
		fail_msg("\"%s\" does not say \"%s\"", host.log, text);
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_true(host.td.error > 0);
}

static void test_no_zonemode(void **state)
{
	(void)state;
	host.td.o.zone_mode = ZONE_MODE_NONE;
	refused("/dev/ng0n1: write_mode=zone_append: fio has to keep to the zones that are appended to; use zonemode=zbd\n");
}

static void test_no_zones(void **state)
{
	(void)state;
	fake_zones.are.nr = 0;
	host.td.o.zone_size = 1 << 20;
	host.effects.csi = 0;
	host.effects.log[1] &= ~(1ull << (APPEND - 64));
	refused("/dev/ng0n1: write_mode=zone_append asks for Zone Append (opcode 0x7d), which is not supported: the namespace has no zones; ");
}

static void test_no_command(void **state)
{
	(void)state;
	host.effects.log[1] &= ~(1ull << (APPEND - 64));
	refused("/dev/ng0n1: write_mode=zone_append asks for Zone Append (opcode 0x7d), which is not supported: the controller's Commands Supported and Effects log does not list it; ");
}

static void test_placement(void **state)
{
	(void)state;
	host.options.placement = PLACEMENT_KIND_STREAMS;
	refused("/dev/ng0n1: write_mode=zone_append: Zone Appends are not placed; leave placement= (or fio's fdp= or dataplacement=) out\n");
}

static void test_too_large(void **state)
{
	(void)state;
	host.td.o.max_bs[DDIR_WRITE] = 65536 + 512;
	refused("/dev/ng0n1: write_mode=zone_append: bs=66048 is above what one Zone Append can carry, 65536 bytes (ZASL); use bs=65536 or less\n");
}

/* Reads may be larger, and so may what is not appended */
static void test_large_enough(void **state)
{
	(void)state;
	host.td.o.max_bs[DDIR_WRITE] = 65536;
	host.td.o.max_bs[DDIR_READ] = 131072;
	host_start();
	host_end_for_another();
	strcpy(append_mode, "write");
	host.td.o.max_bs[DDIR_WRITE] = 131072;
	host_start();
	host_end_for_another();
	strcpy(append_mode, "zone_append");
	fake_zones.are.append_bytes = 0;
	host_start();
}

/* One that slips through, of a log that is replayed, is not sent */
static void test_not_sent(void **state)
{
	struct io_u *io_u;

	(void)state;
	host_start();
	io_u = host_io(0, DDIR_WRITE, ZONE, 65536 + 512);
#ifdef IO_U_F_ZEROED
	assert_int_equal(host.ops->prep(&host.td, io_u), 0);
#endif
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}

static void test_several_commands(void **state)
{
	(void)state;
	host.ns[0].mdts_bytes = 2048;
	refused("send one command an io_unit; use a bs of no more than 2048 bytes");
}

/* -- the order that is of no matter ------------------------------------------ */

static void test_any_depth(void **state)
{
	(void)state;
	host.ns[0].tags = 3;
	host_start();
	assert_null(strstr(host.info, "in order"));
}

static void test_depth_of_verified(void **state)
{
	(void)state;
	host.td.o.verify = VERIFY_NONE + 1;
	host.td.o.iodepth = 3;
	host.ns[0].tags = 3;
	host_start();
	assert_non_null(strstr(host.info, "zonemode=zbd with iodepth=3: "));
	host_end_for_another();
	host.td.o.iodepth = 4;
	refused("iodepth=4 is above the queue's 3 tags");
}

static void test_workers_of_a_mix(void **state)
{
	(void)state;
	strcpy(append_mode, "write/50:zone_append/50");
	host.options.force_async = 2;
	refused("force_async=2: kernel workers would write to a zone out of order");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, host_teardown_test)

int group_zone_append_refusals(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_zonemode),	     TEST(test_no_zones),
		TEST(test_no_command),	     TEST(test_placement),
		TEST(test_too_large),	     TEST(test_large_enough),
		TEST(test_not_sent),	     TEST(test_several_commands),
		TEST(test_any_depth),	     TEST(test_depth_of_verified),
		TEST(test_workers_of_a_mix),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("zone_append_refusals"),
					   tests, NULL, NULL);
}
