// SPDX-License-Identifier: GPL-2.0
/*
 * Guards against published values, and against a model that works bit by
 * bit. Sections are those of the NVM Command Set Specification 1.0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/pi_guard.h"
#include "pi_model.h"

#define BLOCK 4096

static unsigned char increments(unsigned int i)
{
	return (unsigned char)i;
}

static unsigned char decrements(unsigned int i)
{
	return (unsigned char)(255 - i);
}

static unsigned char zeros(unsigned int i)
{
	(void)i;
	return 0;
}

static unsigned char ones(unsigned int i)
{
	(void)i;
	return 255;
}

/* Noise that is the same in each run */
static unsigned char noise(unsigned int i)
{
	return (unsigned char)((i * 2654435761u) >> 13);
}

static const unsigned char *filled(unsigned char (*byte)(unsigned int))
{
	static unsigned char block[BLOCK];

	for (unsigned int i = 0; i < BLOCK; i++)
		block[i] = byte(i);
	return block;
}

static void assert_guard(uint64_t got, uint64_t want)
{
	if (got != want)
		fail_msg("0x%llx, not 0x%llx", (unsigned long long)got,
			 (unsigned long long)want);
}

/* The check value that catalogues of CRCs give for each algorithm */
static void test_check(void **state)
{
	(void)state;
	assert_guard(pi_guard_function(PI_GUARD_16)(0, "123456789", 9), 0xd0db);
	assert_guard(pi_guard_function(PI_GUARD_32)(0, "123456789", 9),
		     0xe3069283);
	assert_guard(pi_guard_function(PI_GUARD_64)(0, "123456789", 9),
		     0xae8b14860a799888);
	assert_guard(pi_guard64_table()(0, "123456789", 9), 0xae8b14860a799888);
}

/* 4 KiB logical blocks without metadata: figure 117 */
static void test_blocks_32(void **state)
{
	pi_guard_fn *guard = pi_guard_function(PI_GUARD_32);

	(void)state;
	assert_guard(guard(0, filled(zeros), BLOCK), 0x98f94189);
	assert_guard(guard(0, filled(ones), BLOCK), 0x25c1fe13);
	assert_guard(guard(0, filled(increments), BLOCK), 0x9c71fe32);
	assert_guard(guard(0, filled(decrements), BLOCK), 0x214941a8);
}

/* The same for 64 bits: figure 121 */
static void check_blocks_64(pi_guard_fn *guard)
{
	assert_guard(guard(0, filled(zeros), BLOCK), 0x6482d367eb22b64e);
	assert_guard(guard(0, filled(ones), BLOCK), 0xc0ddba7302eca3ac);
	assert_guard(guard(0, filled(increments), BLOCK), 0x3e729f5f6750449c);
	assert_guard(guard(0, filled(decrements), BLOCK), 0x9a2df64b8e9e517e);
}

static void test_blocks_64(void **state)
{
	(void)state;
	check_blocks_64(pi_guard_function(PI_GUARD_64));
	check_blocks_64(pi_guard64_table());
}

static void check_lengths(pi_guard_fn *function, enum pi_guard guard)
{
	const unsigned char *data = filled(noise);

	for (size_t len = 0; len < 300; len++) {
		const unsigned char *at = data + len % 9;

		assert_guard(function(0, at, len),
			     model_guard(guard, 0, at, len));
	}
	assert_guard(function(0, data, BLOCK),
		     model_guard(guard, 0, data, BLOCK));
}

/* Each length from any alignment, as the bits say */
static void test_lengths(void **state)
{
	(void)state;
	check_lengths(pi_guard_function(PI_GUARD_16), PI_GUARD_16);
	check_lengths(pi_guard_function(PI_GUARD_32), PI_GUARD_32);
	check_lengths(pi_guard_function(PI_GUARD_64), PI_GUARD_64);
	check_lengths(pi_guard64_table(), PI_GUARD_64);
}

/* Data and metadata in two places are as one: wherever they part */
static void check_parts(pi_guard_fn *function)
{
	const unsigned char *data = filled(noise);
	uint64_t whole = function(0, data, 200);

	for (size_t part = 0; part <= 200; part++)
		assert_guard(function(function(0, data, part), data + part,
				      200 - part),
			     whole);
}

static void test_parts(void **state)
{
	(void)state;
	check_parts(pi_guard_function(PI_GUARD_16));
	check_parts(pi_guard_function(PI_GUARD_32));
	check_parts(pi_guard_function(PI_GUARD_64));
	check_parts(pi_guard64_table());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_blocks_32),
		cmocka_unit_test(test_blocks_64),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests_name("pi_guard", tests, NULL, NULL);
}
