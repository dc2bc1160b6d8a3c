// SPDX-License-Identifier: GPL-2.0
/* The commands that change zones: how they are sent, and how they fail. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fake_zns.h"

static struct nspace ns;
static const char data[10 * BLOCK];

static int setup(void **state)
{
	(void)state;
	zns_reset();
	ns = zns_nspace();
	return 0;
}

static int act(enum zone_action action, uint64_t offset, uint64_t bytes,
	       char *why)
{
	const struct zones zones = { .nr = ZONES, .bytes = ZONE_BYTES };

	zns_sent.nr = 0;
	return zones_manage(&zones, &ns, ZNS_FD, action, offset, bytes, why,
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
		assert_int_equal(zns_sent.nr, 3);
		for (unsigned int j = 0; j < 3; j++) {
			assert_int_equal(zns_sent.list[j].zsa, actions[i]);
			assert_int_equal(zns_sent.list[j].slba,
					 (2 + j) * ZONE_BLOCKS);
			assert_false(zns_sent.list[j].select_all);
		}
	}
	assert_string_equal(why, "");
}

static void test_manage_all(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(act(ZONE_RESET, 0, ns.bytes, why), 0);
	assert_int_equal(zns_sent.nr, 1);
	assert_true(zns_sent.list[0].select_all);
	assert_int_equal(act(ZONE_RESET, 0, ns.bytes - ZONE_BYTES, why), 0);
	assert_int_equal(zns_sent.nr, ZONES - 1);
	assert_false(zns_sent.list[0].select_all);
}

/* A range past the end is up to the end, however long */
static void test_manage_end(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(act(ZONE_FINISH, 98 * ZONE_BYTES, UINT64_MAX, why), 0);
	assert_int_equal(zns_sent.nr, 2);
	assert_int_equal(zns_sent.list[1].slba, 99 * ZONE_BLOCKS);
	assert_int_equal(act(ZONE_RESET, ZONE_BYTES, 0, why), 0);
	assert_int_equal(zns_sent.nr, 0);
}

static void test_manage_refused(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	zns_answer.manage_fails = 1;
	zns_answer.manage_error = 0x1ba | 0x4000;
	assert_int_equal(act(ZONE_RESET, ZONE_BYTES, 3 * ZONE_BYTES, why),
			 -EIO);
	assert_int_equal(zns_sent.nr, 2);
	zns_assert_why(why, "resetting the zone at byte 8388608 failed: ");
	zns_assert_why(why, "(sct 0x1, sc 0xba, do not retry)");
	zns_answer.manage_error = 0x1bd;
	assert_int_equal(act(ZONE_OPEN, 0, 2 * ZONE_BYTES, why), -EOVERFLOW);
	zns_answer.manage_fails = 0;
	zns_answer.manage_error = -ENODEV;
	assert_int_equal(act(ZONE_FINISH, 0, ns.bytes, why), -ENODEV);
	zns_assert_why(why, "finishing all zones failed: No such device");
	assert_int_equal(act(ZONE_RESET, 1, 1, why), -EINVAL);
	assert_int_equal(zns_sent.nr, 0);
	zns_assert_why(why, "no zone starts at byte 1;");
}

/* -- moving the write pointer ------------------------------------------------ */

static void test_write(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(zones_write(&ns, ZNS_FD, 3 * BLOCK, data, 10 * BLOCK,
				     4 * BLOCK, why, sizeof(why)),
			 0);
	assert_int_equal(zns_sent.writes, 3);
	for (unsigned int i = 0; i < 3; i++) {
		const struct nvme_io_args *args = &zns_sent.write[i];
		unsigned int nlb = i < 2 ? 4 : 2;

		assert_int_equal(args->slba, 3 + 4 * i);
		assert_int_equal(args->nlb, nlb - 1);
		assert_int_equal(args->data_len, nlb * BLOCK);
		assert_ptr_equal(args->data, data + 4ul * i * BLOCK);
	}
}

/* What is not given is zero */
static void test_write_zeroes(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	zns_answer.zeroes = true;
	assert_int_equal(zones_write(&ns, ZNS_FD, 0, NULL, 10 * BLOCK,
				     4 * BLOCK, why, sizeof(why)),
			 0);
	assert_int_equal(zns_sent.writes, 3);
}

static void test_write_refused(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	zns_answer.write_error = 0x1bc;
	assert_int_equal(zones_write(&ns, ZNS_FD, 1024, data, 10 * BLOCK,
				     4 * BLOCK, why, sizeof(why)),
			 -EIO);
	assert_int_equal(zns_sent.writes, 1);
	zns_assert_why(why, "the write at byte 1024 failed: ");
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_manage_range),  TEST(test_manage_all),
		TEST(test_manage_end),	  TEST(test_manage_refused),
		TEST(test_write),	  TEST(test_write_zeroes),
		TEST(test_write_refused),
	};

	return cmocka_run_group_tests_name("zone_commands", tests, NULL, NULL);
}
