// SPDX-License-Identifier: GPL-2.0
/* Lists that options are given as text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fio/lists.h"

#define MAX 8
#define NR(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	const char *text;
	int want;
	uint64_t values[MAX];
};

static char why[256];

static void check_numbers(const struct row *row)
{
	uint16_t numbers[MAX] = { 0 };

	why[0] = '\0';
	assert_int_equal(
		list_numbers("ids", row->text, numbers, MAX, why, sizeof(why)),
		row->want);
	for (int i = 0; i < row->want; i++)
		assert_int_equal(numbers[i], row->values[i]);
	assert_int_equal(why[0] != '\0', row->want < 0);
}

static void check_sizes(const struct row *row)
{
	uint64_t sizes[MAX] = { 0 };

	why[0] = '\0';
	assert_int_equal(
		list_sizes("bounds", row->text, sizes, MAX, why, sizeof(why)),
		row->want);
	for (int i = 0; i < row->want; i++)
		assert_int_equal(sizes[i], row->values[i]);
	assert_int_equal(why[0] != '\0', row->want < 0);
}

static void test_numbers(void **state)
{
	static const struct row rows[] = {
		{ "0", 1, { 0 } },
		{ "65535", 1, { 65535 } },
		{ "3,1,2", 3, { 3, 1, 2 } },
		{ "0:5", 2, { 0, 5 } },
		{ "0-3", 4, { 0, 1, 2, 3 } },
		{ "7-7,1,2-3", 4, { 7, 1, 2, 3 } },
		{ "0-7", 8, { 0, 1, 2, 3, 4, 5, 6, 7 } },
		{ "65534-65535", 2, { 65534, 65535 } },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++)
		check_numbers(&rows[i]);
}

static void test_no_numbers(void **state)
{
	static const char *const texts[] = {
		"",
		",",
		"1,",
		",1",
		"1,,2",
		"a",
		"1a",
		"-1",
		"1-",
		"3-1",
		"1-2-3",
		"+1",
		" 1",
		"1 ",
		"0x1",
		"1.5",
		"65536",
		"0-65536",
		"18446744073709551616",
	};

	(void)state;
	for (size_t i = 0; i < NR(texts); i++)
		check_numbers(&(struct row){ texts[i], -EINVAL, { 0 } });
	check_numbers(&(struct row){ "1-a", -EINVAL, { 0 } });
	assert_string_equal(
		why,
		"ids=1-a is not a list of numbers from 0 to 65535; write it like 0-3,5");
}

static void test_too_many_numbers(void **state)
{
	(void)state;
	check_numbers(&(struct row){ "0-8", -E2BIG, { 0 } });
	check_numbers(&(struct row){ "0-65535", -E2BIG, { 0 } });
	check_numbers(&(struct row){ "0-7,8", -E2BIG, { 0 } });
	assert_string_equal(why,
			    "ids=0-7,8 has more than 8 entries; use fewer");
}

static void test_sizes(void **state)
{
	static const struct row rows[] = {
		{ "1", 1, { 1 } },
		{ "512,4096", 2, { 512, 4096 } },
		{ "4k:64K,1m", 3, { 4096, 65536, 1 << 20 } },
		{ "1g,2G,1T,1p",
		  4,
		  { 1ull << 30, 1ull << 31, 1ull << 40, 1ull << 50 } },
		{ "4kb,8KiB,1mib", 3, { 4096, 8192, 1 << 20 } },
		{ "1,2,3,4,5,6,7,8", 8, { 1, 2, 3, 4, 5, 6, 7, 8 } },
		{ "18446744073709551615", 1, { UINT64_MAX } },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++)
		check_sizes(&rows[i]);
}

static void test_no_sizes(void **state)
{
	static const char *const texts[] = {
		"",	  "0",
		"4k,4k",  "8k,4k",
		"k",	  "4x",
		"4kk",	  "-1",
		"4k,",	  ",4k",
		"4k 8k",  "4k-8k",
		"16384p", "18446744073709551616",
	};

	(void)state;
	for (size_t i = 0; i < NR(texts); i++)
		check_sizes(&(struct row){ texts[i], -EINVAL, { 0 } });
	check_sizes(&(struct row){ "8k,4k", -EINVAL, { 0 } });
	assert_string_equal(
		why,
		"bounds=8k,4k is not an ascending list of bytes; write it like 64k,1m");
	check_sizes(&(struct row){ "1,2,3,4,5,6,7,8,9", -E2BIG, { 0 } });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_numbers),
		cmocka_unit_test(test_too_many_numbers),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_no_sizes),
	};

	return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
