// SPDX-License-Identifier: GPL-2.0
/* What is read again, without the controller's checks, and found wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libnvme.h>

#include "nvme/pi_read.h"

#define FD 7
#define SLBA 100u
#define NLB 3u
#define ALL \
	(NVME_CDW12_PRCHK_GUARD | NVME_CDW12_PRCHK_APP | NVME_CDW12_PRCHK_REF)

static const struct pi_request ask = {
	/* whatever the job asks, this is read as it is */
	.act = true,
	.prchk = ALL,
	.apptag = 0x1234,
	.apptag_mask = 0xffff,
};

/* What the medium holds, and the one field that is turned over in it */
static struct pi_check check;
static int turned = -1, error;

int __wrap_nvme_io(struct nvme_io_args *args, __u8 opcode);
int __wrap_nvme_io(struct nvme_io_args *args, __u8 opcode)
{
	unsigned char *last = args->metadata ? args->metadata : args->data;

	assert_int_equal(opcode, 0x02);
	assert_int_equal(args->fd, FD);
	assert_int_equal(args->nsid, 5);
	assert_int_equal(args->control, 0);
	assert_int_equal(args->slba, SLBA);
	assert_int_equal(args->nlb, NLB - 1);
	assert_int_equal(args->data_len, NLB * check.data_bytes);
	assert_int_equal(args->metadata_len, NLB * check.md_bytes);
	assert_int_equal(!args->metadata, !check.md_bytes);
	memset(args->data, 0x5a, args->data_len);
	pi_generate(&check, SLBA, NLB, args->data, args->metadata);
	if (turned >= 0)
		last[turned] ^= 1;
	return error;
}

static int look(struct nspace_pi pi, struct pi_mismatch *wrong)
{
	const struct nspace ns = { .nsid = 5, .pi = pi };
	struct pi_request made = ask;

	made.act = false;
	pi_check_init(&check, &pi, &made);
	return pi_read_wrong(&ns, FD, &ask, SLBA, NLB, wrong);
}

static void test_separate(void **state)
{
	const struct nspace_pi pi = {
		.lba_size = 512, .ms = 8, .type = 1, .size = 8
	};
	struct pi_mismatch wrong;

	(void)state;
	turned = -1;
	assert_int_equal(look(pi, &wrong), 0);
	turned = 8 + 7;
	assert_int_equal(look(pi, &wrong), -EILSEQ);
	assert_int_equal(wrong.lba, SLBA + 1);
	assert_int_equal(wrong.field, PI_FIELD_REFTAG);
	assert_int_equal(wrong.expected, SLBA + 1);
	assert_int_equal(wrong.found, (SLBA + 1) ^ 1);
}

static void test_extended(void **state)
{
	const struct nspace_pi pi = { .lba_size = 512,
				      .ms = 64,
				      .extended = true,
				      .type = 1,
				      .guard = PI_GUARD_64,
				      .size = 16 };
	struct pi_mismatch wrong;

	(void)state;
	turned = -1;
	assert_int_equal(look(pi, &wrong), 0);
	turned = 2 * 576 + 512 + 48 + 9;
	assert_int_equal(look(pi, &wrong), -EILSEQ);
	assert_int_equal(wrong.lba, SLBA + 2);
	assert_int_equal(wrong.field, PI_FIELD_APPTAG);
	assert_int_equal(wrong.expected, 0x1234);
	assert_int_equal(wrong.found, 0x1235);
}

static void test_unreadable(void **state)
{
	const struct nspace_pi pi = {
		.lba_size = 512, .ms = 8, .type = 1, .size = 8
	};
	struct pi_mismatch wrong;

	(void)state;
	error = 0x281;
	assert_int_equal(look(pi, &wrong), -EIO);
	error = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_separate),
		cmocka_unit_test(test_extended),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests_name("pi_read", tests, NULL, NULL);
}
