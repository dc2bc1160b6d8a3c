// SPDX-License-Identifier: GPL-2.0
/* Limits of errors: the text, and what is counted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/error_limit.h"

#define DNR 0x4000
#define NR(array) (sizeof(array) / sizeof((array)[0]))

static char why[512];

static int parse(struct nvme_error_limits *limits, const char *text)
{
	why[0] = '\0';
	return nvme_error_limits_parse(limits, "error_limit", text, why,
				       sizeof(why));
}

/* Of each kind one that belongs to it, and one that does not */
static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		int in;
		int out;
	} rows[] = {
		{ "generic/0", 0x002 | DNR, 0x102 },
		{ "specific/0", 0x180, 0x080 },
		{ "media/0", 0x281, 0x381 },
		{ "path/0", 0x302, 0x202 },
		{ "vendor/0", 0x7ff | DNR, 0x2ff },
		{ "0x281/0", 0x281 | DNR, 0x280 },
		{ "0X2/0", 0x002, 0x102 },
		{ "0x7fF/0", 0x7ff, 0x6ff },
		{ "media/0", 0x200, -EIO },
		{ "generic/0", 0x080, -EIO },
		{ "vendor/0", 0x700, -EIO },
		{ "0x0/0", 0x4000, -EIO },
	};
	struct nvme_error_limits limits;

	(void)state;
	for (size_t i = 0; i < NR(rows); i++) {
		assert_int_equal(parse(&limits, rows[i].text), 0);
		assert_null(nvme_error_limits_count(&limits, rows[i].out));
		assert_ptr_equal(nvme_error_limits_count(&limits, rows[i].in),
				 &limits.list[0]);
		assert_string_equal(limits.list[0].name, rows[i].text);
	}
	assert_int_equal(parse(&limits, "any/2"), 0);
	assert_null(nvme_error_limits_count(&limits, 0x281));
	assert_null(nvme_error_limits_count(&limits, -EIO));
	assert_non_null(nvme_error_limits_count(&limits, 0x002));
}

/* So many there may be; one more is too many */
static void test_counts(void **state)
{
	struct nvme_error_limits limits;

	(void)state;
	assert_int_equal(parse(&limits, "media/3:any/5,0x302/0"), 0);
	assert_int_equal(limits.nr, 3);
	for (int i = 0; i < 3; i++)
		assert_null(nvme_error_limits_count(&limits, 0x281));
	assert_null(nvme_error_limits_count(&limits, 0x102));
	assert_string_equal(nvme_error_limits_count(&limits, 0x280)->name,
			    "media/3");
	assert_string_equal(nvme_error_limits_count(&limits, -EIO)->name,
			    "any/5");
	/* of several the first */
	assert_string_equal(nvme_error_limits_count(&limits, 0x302)->name,
			    "any/5");
	assert_int_equal(limits.list[0].count, 4);
	assert_int_equal(limits.list[1].count, 7);
	assert_int_equal(limits.list[2].count, 1);
}

static void test_large(void **state)
{
	struct nvme_error_limits limits;

	(void)state;
	assert_int_equal(parse(&limits, "specific/18446744073709551615"), 0);
	assert_true(limits.list[0].most == UINT64_MAX);
	assert_string_equal(limits.list[0].name,
			    "specific/18446744073709551615");
	assert_int_equal(parse(&limits, "any/1:any/2:any/3:any/4:any/5:any/6:"
					"any/7:any/8"),
			 0);
	assert_int_equal(limits.nr, NVME_ERROR_LIMITS);
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		",",
		"media",
		"media/",
		"media/x",
		"media/-1",
		"media/ 1",
		"media/1x",
		"/1",
		"medium/1",
		"281/1",
		"0x/1",
		"0x800/1",
		"0x281",
		"0xg/1",
		"-0x1/1",
		"0x 81/1",
		"any/1,",
		":any/1",
		"any/1/2",
		"any/18446744073709551616",
		"specific/000000000000000000000000000001",
	};
	struct nvme_error_limits limits;

	(void)state;
	for (size_t i = 0; i < NR(texts); i++) {
		assert_int_equal(parse(&limits, texts[i]), -EINVAL);
		assert_non_null(strstr(why, "error_limit="));
		assert_non_null(strstr(why, "as in media/10:0x281/3:any/100"));
	}
	assert_int_equal(parse(&limits, "any/1:any/2:any/3:any/4:any/5:any/6:"
					"any/7:any/8:any/9"),
			 -E2BIG);
	assert_non_null(strstr(why, "more than 8 limits"));
}

/* A refusal is one line, and its end says what to do, whatever the text is */
static void test_refusal_is_one_whole_line(void **state)
{
	struct nvme_error_limits limits;
	char text[2048];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[1] = '\n';
	assert_int_equal(parse(&limits, text), -EINVAL);
	assert_non_null(strstr(why, "error_limit=x?xxx"));
	assert_non_null(strstr(why, "as in media/10:0x281/3:any/100"));
	assert_null(strchr(why, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refusal_is_one_whole_line),
	};

	return cmocka_run_group_tests_name("error_limit", tests, NULL, NULL);
}
