// SPDX-License-Identifier: GPL-2.0
/* What a namespace cannot do, and how it is said. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/limits.h"

static const struct nspace sane = {
	.path = "/dev/ng0n1",
	.disk = "nvme0n1",
	.nsid = 1,
	.nlb = 1 << 20,
	.lba_size = 512,
	.lba_bytes = 512,
	.lba_shift = 9,
	.nuse = 1,
	.bytes = 512ull << 20,
	.trims = true,
};

static struct nspace_request request_of(const char *option, uint64_t bytes,
					bool carried)
{
	struct nspace_request ask = { .depth = 1 };

	nspace_ask_size(&ask, option, bytes, carried);
	return ask;
}

/* -- the most that a command carries -------------------------------------- */

struct max_row {
	uint32_t lba_bytes;
	uint32_t mdts_bytes;
	uint32_t max_hw_bytes;
	uint32_t max_segments;
	uint64_t pages;
	uint64_t huge;
	const char *limit;
	const char *huge_limit;
};

#define BLOCKS "65536 blocks a command"
#define MDTS "MDTS"
#define HW "max_hw_sectors_kb"
#define SEGMENTS "max_segments x 4 KiB pages"

static void check_max(const struct max_row *row)
{
	struct nspace ns = sane;
	const char *limit;

	ns.lba_bytes = row->lba_bytes;
	ns.mdts_bytes = row->mdts_bytes;
	ns.max_hw_bytes = row->max_hw_bytes;
	ns.max_segments = row->max_segments;
	assert_int_equal(nspace_max_bytes(&ns, false, &limit), row->pages);
	assert_string_equal(limit, row->limit);
	assert_int_equal(nspace_max_bytes(&ns, true, &limit), row->huge);
	assert_string_equal(limit, row->huge_limit);
}

static void test_max_bytes(void **state)
{
	/* clang-format off */
	static const struct max_row rows[] = {
		/* no limit told: what NLB can say */
		{ 512, 0, 0, 0, 65536 * 512, 65536 * 512, BLOCKS, BLOCKS },
		{ 4096, 0, 0, 0, 65536 * 4096, 65536 * 4096, BLOCKS, BLOCKS },
		/* each alone */
		{ 512, 131072, 0, 0, 131072, 131072, MDTS, MDTS },
		{ 512, 0, 262144, 0, 262144, 262144, HW, HW },
		{ 512, 0, 0, 127, 520192, 65536 * 512, SEGMENTS, BLOCKS },
		/* the lowest decides */
		{ 512, 131072, 262144, 127, 131072, 131072, MDTS, MDTS },
		{ 512, 524288, 131072, 127, 131072, 131072, HW, HW },
		{ 512, 2 << 20, 1 << 20, 127, 520192, 1 << 20, SEGMENTS, HW },
		{ 512, 131072, 131072, 0, 131072, 131072, MDTS, MDTS },
		/* whole blocks: 127 blocks of 4104 bytes in 512 KiB */
		{ 4104, 524288, 0, 0, 127 * 4104, 127 * 4104, MDTS, MDTS },
		{ 520, 4096, 0, 0, 3640, 3640, MDTS, MDTS },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_max(&rows[i]);
}

/* -- refusals -------------------------------------------------------------- */

static void check(const struct nspace *ns, const struct nspace_request *ask,
		  int ret, const char *text)
{
	char why[WHY_MAX] = "";

	assert_int_equal(nspace_check(ns, ask, why, sizeof(why)), ret);
	assert_string_equal(why, text);
}

static void test_nothing_asked(void **state)
{
	const struct nspace_request ask = { .depth = 128 };

	(void)state;
	check(&sane, &ask, 0, "");
}

static void test_block(void **state)
{
	struct nspace_request ask = request_of("bs", 4096, true);
	struct nspace ns = sane;

	(void)state;
	check(&ns, &ask, 0, "");
	ask = request_of("bs", 1000, false);
	check(&ns, &ask, -EINVAL,
	      "/dev/ng0n1: bs=1000 is not a multiple of the logical block of 512 bytes; use a multiple of 512");
	ns.lba_bytes = 4104;
	ask = request_of("blockalign", 4096, false);
	check(&ns, &ask, -EINVAL,
	      "/dev/ng0n1: blockalign=4096 is not a multiple of the logical block of 4104 bytes; use a multiple of 4104");
	ask = request_of("offset", 4104ull << 32, false);
	check(&ns, &ask, 0, "");
	ask = request_of("offset", (4104ull << 32) + 512, false);
	check(&ns, &ask, -EINVAL,
	      "/dev/ng0n1: offset=17626545783296 is not a multiple of the logical block of 4104 bytes; use a multiple of 4104");
}

static void test_carried(void **state)
{
	struct nspace_request ask = request_of("bs", 131072, true);
	struct nspace ns = sane;

	(void)state;
	ns.mdts_bytes = 131072;
	check(&ns, &ask, 0, "");
	ask = request_of("bs", 131584, true);
	check(&ns, &ask, -E2BIG,
	      "/dev/ng0n1: bs=131584 is above what one command can carry, 131072 bytes (MDTS); use bs=131072 or less");
	/* a trim's size is not carried */
	ask = request_of("bs", 1ull << 30, false);
	check(&ns, &ask, 0, "");
}

/* Huge pages are worth naming only where they help */
static void test_carried_huge(void **state)
{
	struct nspace_request ask = request_of("bs", 1 << 20, true);
	struct nspace ns = sane;

	(void)state;
	ns.max_segments = 127;
	check(&ns, &ask, -E2BIG,
	      "/dev/ng0n1: bs=1048576 is above what one command can carry, 520192 bytes (max_segments x 4 KiB pages); use bs=520192 or less, or iomem=mmaphuge");
	ask.huge_pages = true;
	check(&ns, &ask, 0, "");
	ask.huge_pages = false;
	ns.max_hw_bytes = 524288;
	check(&ns, &ask, -E2BIG,
	      "/dev/ng0n1: bs=1048576 is above what one command can carry, 520192 bytes (max_segments x 4 KiB pages); use bs=520192 or less");
}

/* Every size is looked at, whichever comes first */
static void test_each_size(void **state)
{
	struct nspace_request ask = { .depth = 1 };
	char why[WHY_MAX];

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(nspace_check(&sane, &ask, why, sizeof(why)),
				 0);
		nspace_ask_size(&ask, "bs", 512 * (i + 1), true);
	}
	nspace_ask_size(&ask, "offset", 0, false);
	assert_int_equal(nspace_check(&sane, &ask, why, sizeof(why)), 0);
	nspace_ask_size(&ask, "offset", 1, false);
	assert_int_equal(nspace_check(&sane, &ask, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "offset=1 "));
}

static void test_poll(void **state)
{
	const struct nspace_request ask = { .poll = true, .depth = 1 };
	struct nspace ns = sane;

	(void)state;
	check(&ns, &ask, -EOPNOTSUPP,
	      "/dev/ng0n1: hipri=1, but nvme0n1 has no poll queue: nothing would be polled and the figures would be wrong; load the driver with nvme.poll_queues=1 (or reload it with modprobe nvme poll_queues=1), or use hipri=0");
	ns.poll = true;
	check(&ns, &ask, 0, "");
}

/* The other drivers have no such parameter */
static void test_poll_over_fabrics(void **state)
{
	const struct nspace_request ask = { .poll = true, .depth = 1 };
	struct nspace ns = sane;

	(void)state;
	ns.fabrics = true;
	check(&ns, &ask, -EOPNOTSUPP,
	      "/dev/ng0n1: hipri=1, but nvme0n1 has no poll queue: nothing would be polled and the figures would be wrong; connect with nvme connect --nr-poll-queues=1 (TCP and RDMA have it), or use hipri=0");
}

static void test_poll_no_disk(void **state)
{
	const struct nspace_request ask = { .poll = true, .depth = 1 };
	struct nspace ns = sane;
	char why[WHY_MAX];

	(void)state;
	ns.disk[0] = '\0';
	assert_int_equal(nspace_check(&ns, &ask, why, sizeof(why)),
			 -EOPNOTSUPP);
	assert_non_null(strstr(why, "hipri=1, but it has no poll queue"));
}

static void test_trim(void **state)
{
	struct nspace_request ask = { .trims = true, .depth = 1 };
	struct nspace ns = sane;

	(void)state;
	check(&ns, &ask, 0, "");
	ns.trims = false;
	check(&ns, &ask, -EOPNOTSUPP,
	      "/dev/ng0n1: the job trims, and the controller does not support Dataset Management (ONCS bit 2); leave trims out");
	ask.trims = false;
	check(&ns, &ask, 0, "");
}

/* -- remarks --------------------------------------------------------------- */

/* All remarks, each on a line */
static void remarks(const struct nspace *ns, const struct nspace_request *ask,
		    char *all, size_t len)
{
	char what[WHY_MAX];

	all[0] = '\0';
	for (unsigned int i = 0; nspace_remark(ns, ask, i, what, sizeof(what));
	     i++) {
		assert_true(i < 10);
		strncat(all, what, len - strlen(all) - 1);
	}
	assert_string_equal(what, "");
}

static void test_remark_depth(void **state)
{
	struct nspace_request ask = { .writes = true, .depth = 64 };
	struct nspace ns = sane;
	char all[2048];

	(void)state;
	ns.tags = 64;
	remarks(&ns, &ask, all, sizeof(all));
	assert_string_equal(all, "");
	ask.depth = 65;
	remarks(&ns, &ask, all, sizeof(all));
	assert_string_equal(
		all,
		"/dev/ng0n1: iodepth=65 is above the queue's 64 tags: the rest waits in kernel workers, which is slow");
	/* not told: nothing to compare with */
	ns.tags = 0;
	remarks(&ns, &ask, all, sizeof(all));
	assert_string_equal(all, "");
}

static void test_remark_unwritten(void **state)
{
	struct nspace_request ask = { .depth = 1 };
	struct nspace ns = sane;
	char all[2048];

	(void)state;
	remarks(&ns, &ask, all, sizeof(all));
	assert_string_equal(all, "");
	ns.nuse = 0;
	remarks(&ns, &ask, all, sizeof(all));
	assert_non_null(strstr(all, "no block was ever written"));
	ask.writes = true;
	remarks(&ns, &ask, all, sizeof(all));
	assert_string_equal(all, "");
}

static void test_remark_both(void **state)
{
	const struct nspace_request ask = { .depth = 2 };
	struct nspace ns = sane;
	char all[2048];

	(void)state;
	ns.nuse = 0;
	ns.tags = 1;
	remarks(&ns, &ask, all, sizeof(all));
	assert_non_null(strstr(all, "no block was ever written"));
	assert_non_null(strstr(all, "iodepth=2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_max_bytes),
		cmocka_unit_test(test_nothing_asked),
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_carried),
		cmocka_unit_test(test_carried_huge),
		cmocka_unit_test(test_each_size),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_poll_over_fabrics),
		cmocka_unit_test(test_poll_no_disk),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_remark_depth),
		cmocka_unit_test(test_remark_unwritten),
		cmocka_unit_test(test_remark_both),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
