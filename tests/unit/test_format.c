// SPDX-License-Identifier: GPL-2.0
/* Whether a namespace has another format by now than it had. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libnvme.h>

#include "nvme/format.h"

static struct nvme_id_ns answer;
static int answer_error;

int __wrap_nvme_identify(struct nvme_identify_args *args)
{
	assert_int_equal(args->cns, NVME_IDENTIFY_CNS_NS);
	assert_int_equal(args->nsid, 3);
	assert_int_equal(args->fd, 9);
	memcpy(args->data, &answer, sizeof(answer));
	errno = EIO;
	return answer_error;
}

/* Format 2: 512 bytes and 8 of metadata behind them, type 1 in the first */
static struct nspace was(void)
{
	memset(&answer, 0, sizeof(answer));
	answer_error = 0;
	answer.nsze = htole64(1000);
	answer.flbas = 2 | NVME_NS_FLBAS_META_EXT;
	answer.dps = 1 | NVME_NS_DPS_PI_FIRST;
	for (unsigned int i = 0; i < 64; i++)
		answer.lbaf[i] =
			(struct nvme_lbaf){ .ds = 9, .ms = htole16(8) };
	return (struct nspace){
		.path = "/dev/ng0n1",
		.nsid = 3,
		.lbaf = 2,
		.pi = { .lba_size = 512,
			.ms = 8,
			.extended = true,
			.first = true,
			.type = 1 },
	};
}

static bool asked(const struct nspace *ns, const char *words)
{
	char why[WHY_MAX] = "";
	bool is = nspace_reformatted(ns, 9, why, sizeof(why));

	if (is && !strstr(why, words))
		fail_msg("\"%s\" does not say \"%s\"", why, words);
	assert_int_equal(is, why[0] != '\0');
	return is;
}

static void test_same(void **state)
{
	struct nspace ns = was();

	(void)state;
	assert_false(asked(&ns, ""));
	/* how many blocks there are is no matter of format */
	answer.nsze = htole64(1);
	assert_false(asked(&ns, ""));
	/* nor, without metadata, where that would be */
	for (unsigned int i = 0; i < 64; i++)
		answer.lbaf[i].ms = 0;
	ns.pi = (struct nspace_pi){ .lba_size = 512 };
	assert_false(asked(&ns, ""));
}

static void test_index(void **state)
{
	struct nspace ns = was();

	(void)state;
	answer.flbas = 3 | NVME_NS_FLBAS_META_EXT;
	assert_true(asked(&ns, "/dev/ng0n1: the namespace was formatted"));
	/* bits 6:5 are the index's upper ones */
	answer.flbas = 2 | 1 << 5 | NVME_NS_FLBAS_META_EXT;
	assert_true(asked(&ns, "(LBA format 18)"));
}

static void test_block(void **state)
{
	struct nspace ns = was();

	(void)state;
	answer.lbaf[2].ds = 12;
	assert_true(asked(&ns, "had 512 bytes and 8 of metadata (LBA format "
			       "2), and have 4096 and 8 (LBA format 2)"));
	answer.lbaf[2].ds = 255;
	assert_true(asked(&ns, "and have 0 and 8"));
	answer.lbaf[2].ds = 32 + 9;
	assert_true(asked(&ns, "and have 0 and 8"));
}

static void test_metadata(void **state)
{
	struct nspace ns = was();

	(void)state;
	answer.lbaf[2].ms = htole16(64);
	assert_true(asked(&ns, "and have 512 and 64"));
	was();
	answer.flbas = 2;
	assert_true(asked(&ns, "formatted"));
	was();
	answer.dps = 2 | NVME_NS_DPS_PI_FIRST;
	assert_true(asked(&ns, "formatted"));
	was();
	answer.dps = 1;
	assert_true(asked(&ns, "formatted"));
}

/* A drive that is gone, or a user who may not ask */
static void test_no_answer(void **state)
{
	struct nspace ns = was();

	(void)state;
	answer.lbaf[2].ds = 12;
	answer_error = -1;
	assert_false(asked(&ns, ""));
	answer_error = 0x4002;
	assert_false(asked(&ns, ""));
}

/* Of a namespace that is detached by now a controller answers zeroes */
static void test_detached(void **state)
{
	struct nspace ns = was();

	(void)state;
	memset(&answer, 0, sizeof(answer));
	assert_false(asked(&ns, ""));
	ns.lbaf = 0;
	assert_false(asked(&ns, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_detached),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
