// SPDX-License-Identifier: GPL-2.0
/*
 * Protection information that the host makes and checks, in every layout that
 * a namespace can have, against a model that writes it bit by bit.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pi_host.h"

/* What the specification says that a block's protection information is */
static void model_block(uint32_t n, uint64_t lba)
{
	uint64_t guard;

	guard = model_guard(pi.guard, 0, block_data(n), LBA_SIZE);
	guard = model_guard(pi.guard, guard, block_md(n), bytes_before());
	set_tag(PI_FIELD_GUARD, n, guard);
	set_tag(PI_FIELD_APPTAG, n, everything.apptag);
	set_tag(PI_FIELD_STORAGE, n, everything.storage_tag);
	set_tag(PI_FIELD_REFTAG, n, pi.type == 3 ? 0 : lba);
}

static void check_generated(void)
{
	static unsigned char got[sizeof(io)];

	generate(SLBA);
	memcpy(got, &io, sizeof(got));
	fill();
	for (uint32_t n = 0; n < NLB; n++)
		model_block(n, SLBA + n);
	assert_memory_equal(got, &io, sizeof(got));
	assert_fine(SLBA);
}

/* Every byte of both buffers: what is made, and that no more is written */
static void test_generate(void **state)
{
	(void)state;
	each_layout(check_generated);
}

static void check_field(enum pi_field field, uint32_t n, bool checked)
{
	struct model_field at = field_of(field);
	uint64_t value = tag(field, n);
	struct pi_mismatch wrong;

	for (unsigned int bit = 0; bit < at.bits; bit++) {
		uint64_t bad = value ^ (1ull << bit);

		set_tag(field, n, bad);
		if (checked) {
			assert_int_equal(verify(SLBA, &wrong), -EILSEQ);
			assert_int_equal(wrong.field, field);
			assert_int_equal(wrong.bits, at.bits);
			assert_true(wrong.lba == SLBA + n);
			assert_true(wrong.expected == value);
			assert_true(wrong.found == bad);
		} else {
			assert_fine(SLBA);
		}
	}
	set_tag(field, n, value);
}

static void check_corruption(void)
{
	generate(SLBA);
	for (uint32_t n = 0; n < NLB; n++) {
		check_field(PI_FIELD_GUARD, n, true);
		check_field(PI_FIELD_APPTAG, n, true);
		check_field(PI_FIELD_STORAGE, n, true);
		check_field(PI_FIELD_REFTAG, n, pi.type != 3);
	}
	assert_fine(SLBA);
}

/* Each bit of each field of each block, the last block too */
static void test_corrupt_fields(void **state)
{
	(void)state;
	each_layout(check_corruption);
}

static void flip(unsigned char *at, uint32_t n, bool guarded)
{
	*at ^= 0x10;
	if (guarded)
		assert_wrong(PI_FIELD_GUARD, SLBA + n);
	else
		assert_fine(SLBA);
	*at ^= 0x10;
}

static void check_coverage(void)
{
	generate(SLBA);
	for (uint32_t n = 0; n < NLB; n++) {
		flip(block_data(n), n, true);
		flip(block_data(n) + LBA_SIZE - 1, n, true);
		for (uint32_t i = 0; i < pi.ms; i++)
			if (i < bytes_before())
				flip(block_md(n) + i, n, true);
			else if (i >= bytes_before() + pi.size)
				flip(block_md(n) + i, n, false);
	}
}

/* Data and the metadata before it is covered, the metadata after it is not */
static void test_coverage(void **state)
{
	(void)state;
	each_layout(check_coverage);
}

static void check_unchecked(void)
{
	static const struct {
		enum pi_field field;
		uint32_t prchk;
	} rows[] = {
		{ PI_FIELD_GUARD, NVME_CDW12_PRCHK_GUARD },
		{ PI_FIELD_APPTAG, NVME_CDW12_PRCHK_APP },
		{ PI_FIELD_REFTAG, NVME_CDW12_PRCHK_REF },
		{ PI_FIELD_STORAGE, NVME_CDW12_STC },
	};
	struct pi_request ask = everything;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ask.prchk = ALL & ~rows[i].prchk;
		pi_check_init(&check, &pi, &ask);
		generate(SLBA);
		check_field(rows[i].field, NLB - 1, false);
		ask.prchk = rows[i].prchk;
		pi_check_init(&check, &pi, &ask);
		for (size_t k = 0; k < COUNT(rows); k++)
			check_field(rows[k].field, NLB - 1,
				    k == i && (k != 2 || pi.type != 3));
	}
}

/* A check that is off lets its own field pass, and nothing else */
static void test_prchk(void **state)
{
	(void)state;
	each_layout(check_unchecked);
}

/* Nothing of a block is as it should be */
static void spoil(uint32_t n)
{
	set_tag(PI_FIELD_GUARD, n, ~tag(PI_FIELD_GUARD, n));
	set_tag(PI_FIELD_STORAGE, n, ~tag(PI_FIELD_STORAGE, n));
	set_tag(PI_FIELD_REFTAG, n, ~tag(PI_FIELD_REFTAG, n));
}

static void check_escape(void)
{
	unsigned int bits = field_of(PI_FIELD_REFTAG).bits;

	generate(SLBA);
	spoil(1);
	set_tag(PI_FIELD_REFTAG, 1, 7);
	set_tag(PI_FIELD_APPTAG, 1, 0xfffe);
	assert_wrong(PI_FIELD_GUARD, SLBA + 1);
	set_tag(PI_FIELD_APPTAG, 1, 0xffff);
	if (pi.type == 3 && low(7, bits) != low(UINT64_MAX, bits))
		assert_wrong(PI_FIELD_GUARD, SLBA + 1);
	else
		assert_fine(SLBA);
	set_tag(PI_FIELD_REFTAG, 1, UINT64_MAX);
	assert_fine(SLBA);
	if (bits && pi.type == 3) {
		set_tag(PI_FIELD_REFTAG, 1, UINT64_MAX - 1);
		assert_wrong(PI_FIELD_GUARD, SLBA + 1);
		set_tag(PI_FIELD_REFTAG, 1, low(UINT64_MAX, bits) >> 1);
		assert_wrong(PI_FIELD_GUARD, SLBA + 1);
	}
}

/* Types 1 and 2: the application tag alone; type 3: the reference tag too */
static void test_escape(void **state)
{
	(void)state;
	each_layout(check_escape);
}

static void check_other_blocks(void)
{
	generate(SLBA);
	set_tag(PI_FIELD_APPTAG, 0, 0xffff);
	set_tag(PI_FIELD_REFTAG, 0, UINT64_MAX);
	*block_data(2) ^= 1;
	assert_wrong(PI_FIELD_GUARD, SLBA + 2);
}

/* A block whose checks are off says nothing about those after it */
static void test_escape_others(void **state)
{
	(void)state;
	each_layout(check_other_blocks);
}

static void check_elsewhere(void)
{
	struct pi_mismatch wrong;
	unsigned int bits = field_of(PI_FIELD_REFTAG).bits;

	generate(SLBA);
	if (pi.type == 3 || !bits) {
		assert_fine(SLBA + 1);
		return;
	}
	assert_int_equal(verify(SLBA + 1, &wrong), -EILSEQ);
	assert_int_equal(wrong.field, PI_FIELD_REFTAG);
	assert_true(wrong.lba == SLBA + 1);
	assert_true(wrong.expected == low(SLBA + 1, bits));
	assert_true(wrong.found == low(SLBA, bits));
}

/* Good blocks, from another place */
static void test_elsewhere(void **state)
{
	(void)state;
	each_layout(check_elsewhere);
}

static void check_wrap(void)
{
	unsigned int bits = field_of(PI_FIELD_REFTAG).bits;
	uint64_t last = low(UINT64_MAX, bits);

	if (pi.type == 3 || bits < 2)
		return;
	generate(last);
	assert_true(tag(PI_FIELD_REFTAG, 0) == last);
	assert_true(tag(PI_FIELD_REFTAG, 1) == 0);
	assert_true(tag(PI_FIELD_REFTAG, 2) == 1);
	assert_fine(last);
	/* the storage tag is above it, and sees nothing of the carry */
	assert_true(tag(PI_FIELD_STORAGE, 2) ==
		    low(everything.storage_tag, pi.sts));
}

/* Of 16b guards at 2^32, and elsewhere at what its bits can count (5.2.3) */
static void test_wrap(void **state)
{
	(void)state;
	each_layout(check_wrap);
	set_layout(PI_GUARD_16, 8, 1, 0, 0);
	generate((1ull << 32) - 2);
	assert_int_equal(tag(PI_FIELD_REFTAG, 1), UINT32_MAX);
	assert_int_equal(tag(PI_FIELD_REFTAG, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generate),
		cmocka_unit_test(test_corrupt_fields),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_prchk),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_others),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests_name("pi", tests, NULL, NULL);
}
