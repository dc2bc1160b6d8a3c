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
		"",	 "0",	  "4k,4k",  "8k,4k",  "k",
		"4x",	 "4kk",	  "-1",	    "4k,",    ",4k",
		"4k 8k", "4k-8k", "16384p", "16385p", "18446744073709551616",
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

static const char *const words[] = { "write", "zeroes", "uncor", NULL };

struct shares {
	const char *text;
	int want;
	unsigned int which[MAX];
	unsigned int percent[MAX];
};

static void check_shares(const struct shares *row)
{
	unsigned int which[MAX], percent[MAX], all = 0;

	why[0] = '\0';
	assert_int_equal(list_shares("mode", row->text, words, which, percent,
				     4, why, sizeof(why)),
			 row->want);
	assert_int_equal(why[0] != '\0', row->want < 0);
	for (int i = 0; i < row->want; i++) {
		assert_int_equal(which[i], row->which[i]);
		assert_int_equal(percent[i], row->percent[i]);
		all += percent[i];
	}
	assert_int_equal(all, row->want > 0 ? 100 : 0);
}

static void test_shares(void **state)
{
	static const struct shares rows[] = {
		{ "write", 1, { 0 }, { 100 } },
		{ "uncor", 1, { 2 }, { 100 } },
		{ "zeroes/", 1, { 1 }, { 100 } },
		{ "zeroes/100", 1, { 1 }, { 100 } },
		{ "write/60:zeroes/30:uncor/10",
		  3,
		  { 0, 1, 2 },
		  { 60, 30, 10 } },
		{ "uncor/1:write/", 2, { 2, 0 }, { 1, 99 } },
		{ "write/:zeroes/50", 2, { 0, 1 }, { 50, 50 } },
		/* what cannot be shared evenly goes to the last */
		{ "write/:zeroes/:uncor/", 3, { 0, 1, 2 }, { 33, 33, 34 } },
		{ "write/99:zeroes/:uncor/", 3, { 0, 1, 2 }, { 99, 0, 1 } },
		{ "write/100:zeroes/0", 2, { 0, 1 }, { 100, 0 } },
		{ "write/100:zeroes/", 2, { 0, 1 }, { 100, 0 } },
		/* the same word again is as well as one sum */
		{ "write/25:write/25:uncor/25:write/25",
		  4,
		  { 0, 0, 2, 0 },
		  { 25, 25, 25, 25 } },
	};

	(void)state;
	for (size_t i = 0; i < NR(rows); i++)
		check_shares(&rows[i]);
}

static void test_no_shares(void **state)
{
	static const char *const texts[] = {
		"",
		"/",
		":",
		"/50",
		"writ",
		"writes",
		"write,zeroes",
		"write:zeroes",
		"write/50:zeroes",
		"write/60:",
		":write/100",
		"write/60::zeroes/40",
		"write/x",
		"write/-1:zeroes/",
		"write/ 50:zeroes/50",
		"write/50%:zeroes/50",
		"write/50:zeroes/50 ",
		"write/101",
		"write/18446744073709551616",
	};

	(void)state;
	for (size_t i = 0; i < NR(texts); i++)
		check_shares(&(struct shares){ texts[i], -EINVAL });
	check_shares(&(struct shares){ "writ", -EINVAL });
	assert_string_equal(
		why,
		"mode=writ cannot be read; use one word, or a mix as in write/60:zeroes/40, of write, zeroes, uncor");
}

static void test_shares_that_do_not_add_up(void **state)
{
	static const char *const texts[] = {
		"write/99",
		"write/0",
		"write/60:zeroes/30",
		"write/60:zeroes/41",
		"write/60:zeroes/60:uncor/",
	};

	(void)state;
	for (size_t i = 0; i < NR(texts); i++) {
		check_shares(&(struct shares){ texts[i], -EINVAL });
		assert_non_null(strstr(why, "have to add up to 100"));
	}
}

static void test_too_many_shares(void **state)
{
	(void)state;
	check_shares(&(struct shares){
		"write/20:write/20:write/20:write/20:write/20", -E2BIG });
	assert_non_null(strstr(why, "has more than 4 entries"));
}

static int read_words(const char *text)
{
	why[0] = '\0';
	return list_words("attr", text, words, why, sizeof(why));
}

static void test_words(void **state)
{
	(void)state;
	assert_int_equal(read_words("write"), 1);
	assert_int_equal(read_words("uncor"), 4);
	assert_int_equal(read_words("uncor,write"), 5);
	assert_int_equal(read_words("zeroes:uncor"), 6);
	assert_int_equal(read_words("write,write"), 1);
	assert_string_equal(why, "");
}

static void test_no_words(void **state)
{
	static const char *const texts[] = {
		"",	  ",",	      "writ",	      "writes",
		"write,", ",write",   "write,,uncor", "write uncor",
		"Write",  "write/50",
	};

	(void)state;
	for (size_t i = 0; i < NR(texts); i++) {
		assert_int_equal(read_words(texts[i]), -EINVAL);
		assert_int_not_equal(why[0], '\0');
	}
	read_words("writ");
	assert_string_equal(
		why,
		"attr=writ cannot be read; use one or several of write, zeroes, uncor");
}

/* However short the room for it, a refusal ends */
static void test_words_in_little_room(void **state)
{
	char little[256];

	(void)state;
	for (size_t len = 1; len <= 16; len++) {
		memset(little, 'x', sizeof(little));
		assert_int_equal(list_words("attr", "writ", words, little, len),
				 -EINVAL);
		assert_int_equal(strnlen(little, len), len - 1);
		for (size_t i = len; i < sizeof(little); i++)
			assert_int_equal(little[i], 'x');
	}
}

static int read_region(const char *text, uint64_t *region)
{
	why[0] = '\0';
	return list_region("source", text, region, why, sizeof(why));
}

static void test_region(void **state)
{
	static const struct row rows[] = {
		{ "0,1", 0, { 0, 1 } },
		{ "0:512", 0, { 0, 512 } },
		{ "1g,64m", 0, { 1ull << 30, 64 << 20 } },
		{ "4kib:1T", 0, { 4096, 1ull << 40 } },
		{ "18446744073709551615,1", 0, { UINT64_MAX, 1 } },
	};
	uint64_t region[2];

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		assert_int_equal(read_region(rows[i].text, region), 0);
		assert_true(region[0] == rows[i].values[0]);
		assert_true(region[1] == rows[i].values[1]);
		assert_string_equal(why, "");
	}
}

static void test_no_region(void **state)
{
	static const char *const texts[] = {
		"",    "1",	"1g",	"1,",	    ",1",	":",
		"1,0", "1,2,3", "1,2,", "1;2",	    "1-2",	"a,1",
		"1,a", "-1,1",	"1, 2", "16384p,1", "1,16384p",
	};
	uint64_t region[2];

	(void)state;
	for (size_t i = 0; i < NR(texts); i++)
		assert_int_equal(read_region(texts[i], region), -EINVAL);
	read_region("1g", region);
	assert_string_equal(
		why,
		"source=1g is not an offset and a size; write them like 1g,64m");
}

/* A refusal is one line, and its end says what to do, whatever the text is */
static void test_refusals_are_one_whole_line(void **state)
{
	static const char *const words[] = { "write", "zeroes", NULL };
	unsigned int which[2], percent[2];
	char text[2048], long_why[512];
	uint64_t sizes[2];
	uint16_t number;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[1] = '\n';
	list_numbers("ids", text, &number, 1, long_why, sizeof(long_why));
	assert_non_null(strstr(long_why, "ids=x?xxx"));
	assert_non_null(strstr(long_why, "... is not"));
	assert_non_null(strstr(long_why, "write it like 0-3,5"));
	list_sizes("sizes", text, sizes, 2, long_why, sizeof(long_why));
	assert_non_null(strstr(long_why, "write it like 64k,1m"));
	assert_null(strchr(long_why, '\n'));
	list_shares("mix", text, words, which, percent, 2, long_why,
		    sizeof(long_why));
	assert_non_null(strstr(long_why, "write, zeroes"));
	assert_null(strchr(long_why, '\n'));
	list_words("words", text, words, long_why, sizeof(long_why));
	assert_non_null(strstr(long_why, "write, zeroes"));
	assert_null(strchr(long_why, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_numbers),
		cmocka_unit_test(test_too_many_numbers),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_no_sizes),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_no_shares),
		cmocka_unit_test(test_shares_that_do_not_add_up),
		cmocka_unit_test(test_too_many_shares),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_no_words),
		cmocka_unit_test(test_words_in_little_room),
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_no_region),
		cmocka_unit_test(test_refusals_are_one_whole_line),
	};

	return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
