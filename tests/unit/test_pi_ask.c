// SPDX-License-Identifier: GPL-2.0
/* What a job may ask of protection information, and what it is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pi_host.h"

static void test_apptag_mask(void **state)
{
	struct pi_request ask = everything;

	(void)state;
	set_layout(PI_GUARD_16, 8, 1, 0, 0);
	ask.apptag_mask = 0x0ff0;
	pi_check_init(&check, &pi, &ask);
	generate(SLBA);
	set_tag(PI_FIELD_APPTAG, 1, everything.apptag ^ 0xf00f);
	assert_fine(SLBA);
	set_tag(PI_FIELD_APPTAG, 1, everything.apptag ^ 0x0010);
	assert_wrong(PI_FIELD_APPTAG, SLBA + 1);
	set_tag(PI_FIELD_APPTAG, 1, everything.apptag ^ 0x0800);
	assert_wrong(PI_FIELD_APPTAG, SLBA + 1);
}

/* LBSTM, wherever the storage tag lies (figure 100) */
static void test_storage_mask(void **state)
{
	(void)state;
	for (int guard = PI_GUARD_16; guard <= PI_GUARD_64; guard++) {
		uint64_t good;

		set_layout((enum pi_guard)guard, 16, 1, 32, 1);
		pi.storage_mask = 0xffffffff0ff00ff0;
		pi_check_init(&check, &pi, &everything);
		generate(SLBA);
		good = tag(PI_FIELD_STORAGE, 1);
		set_tag(PI_FIELD_STORAGE, 1, good ^ 0xf00ff00f);
		assert_fine(SLBA);
		set_tag(PI_FIELD_STORAGE, 1, good ^ 0x08000000);
		assert_wrong(PI_FIELD_STORAGE, SLBA + 1);
		set_tag(PI_FIELD_STORAGE, 1, good ^ 0x00000010);
		assert_wrong(PI_FIELD_STORAGE, SLBA + 1);
	}
}

static void assert_untouched(void)
{
	static unsigned char before[sizeof(io)];

	fill();
	memcpy(before, &io, sizeof(io));
	pi_generate(&check, SLBA, NLB, io.data, md_buffer());
	assert_memory_equal(before, &io, sizeof(io));
	assert_fine(SLBA);
}

/* The controller's own, or none: the host keeps its hands off */
static void test_not_the_hosts(void **state)
{
	struct pi_request ask = everything;

	(void)state;
	ask.act = true;
	for (unsigned int kind = 0; kind < 4; kind++) {
		set_layout(PI_GUARD_64, 64, 1, 0, kind);
		pi_check_init(&check, &pi, &ask);
		assert_untouched();
		pi.type = 0;
		pi_check_init(&check, &pi, &everything);
		assert_untouched();
	}
}

static void assert_text(const char *want)
{
	struct pi_mismatch wrong;
	char text[256];

	assert_int_equal(verify(SLBA, &wrong), -EILSEQ);
	pi_explain(&wrong, text, sizeof(text));
	assert_string_equal(text, want);
}

/* SLBA + 2 in the words below, and its low bits where it is a tag */
#define BLOCK_2 "logical block 1311768467463790322: the "

static void test_words(void **state)
{
	uint64_t guard;
	char want[256];

	(void)state;
	set_layout(PI_GUARD_16, 8, 1, 8, 0);
	generate(SLBA);
	guard = tag(PI_FIELD_GUARD, 2);
	set_tag(PI_FIELD_STORAGE, 2, 0x0a);
	assert_text(
		BLOCK_2
		"storage tag of its protection information is 0x0a, expected 0x10");
	set_tag(PI_FIELD_REFTAG, 2, 0xbeef);
	assert_text(
		BLOCK_2
		"reference tag of its protection information is 0x00beef, expected 0xbcdef2");
	set_tag(PI_FIELD_APPTAG, 2, 0xfff);
	assert_text(
		BLOCK_2
		"application tag of its protection information is 0x0fff, expected 0x1234");
	set_tag(PI_FIELD_GUARD, 2, 0xb);
	snprintf(
		want, sizeof(want),
		BLOCK_2
		"guard of its protection information is 0x000b, expected 0x%04x",
		(unsigned int)guard);
	assert_text(want);
}

/* What is found may be as expected but for the bits that are compared */
static void test_words_mask(void **state)
{
	struct pi_request ask = everything;

	(void)state;
	set_layout(PI_GUARD_64, 16, 1, 0, 0);
	ask.apptag_mask = 0x00ff;
	pi_check_init(&check, &pi, &ask);
	generate(SLBA);
	set_tag(PI_FIELD_APPTAG, 2, 0xff35);
	assert_text(
		BLOCK_2
		"application tag of its protection information is 0xff35, expected 0x1234 (under the mask 0x00ff)");
}

static void test_words_wide(void **state)
{
	char want[256];

	(void)state;
	set_layout(PI_GUARD_32, 16, 1, 16, 0);
	generate(SLBA);
	set_tag(PI_FIELD_REFTAG, 2, 1);
	assert_text(
		BLOCK_2
		"reference tag of its protection information is 0x0000000000000001, expected 0x123456789abcdef2");
	/* 30 bits, which are no whole digits */
	set_layout(PI_GUARD_64, 16, 1, 18, 0);
	generate(SLBA);
	set_tag(PI_FIELD_REFTAG, 2, 0);
	assert_text(
		BLOCK_2
		"reference tag of its protection information is 0x00000000, expected 0x1abcdef2");
	set_layout(PI_GUARD_64, 16, 1, 0, 0);
	generate(SLBA);
	snprintf(
		want, sizeof(want),
		BLOCK_2
		"guard of its protection information is 0x0000000000000000, expected 0x%016llx",
		(unsigned long long)tag(PI_FIELD_GUARD, 2));
	set_tag(PI_FIELD_GUARD, 2, 0);
	assert_text(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apptag_mask),
		cmocka_unit_test(test_storage_mask),
		cmocka_unit_test(test_not_the_hosts),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_mask),
		cmocka_unit_test(test_words_wide),
	};

	return cmocka_run_group_tests_name("pi_ask", tests, NULL, NULL);
}
