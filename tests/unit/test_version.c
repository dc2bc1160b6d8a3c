// SPDX-License-Identifier: GPL-2.0
/* Versions that a job asks for, as text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fio/version.h"

#define HAVE "1.2.3"
#define NR(array) (sizeof(array) / sizeof((array)[0]))

static char why[512];

static void refused(const char *const *texts, size_t nr, const char *reason)
{
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(
			version_check(texts[i], HAVE, why, sizeof(why)),
			-EINVAL);
		assert_non_null(strstr(why, reason));
		assert_null(strchr(why, '\n'));
	}
}

static void test_old_enough(void **state)
{
	static const char *const texts[] = { "0",     "1",     "1.2",
					     "1.2.3", "1.1.9", "0.999999999.9",
					     "01.02" };

	(void)state;
	why[0] = '\0';
	for (size_t i = 0; i < NR(texts); i++)
		assert_int_equal(
			version_check(texts[i], HAVE, why, sizeof(why)), 0);
	assert_string_equal(why, "");
}

static void test_too_new(void **state)
{
	static const char *const texts[] = { "1.2.4", "1.3", "2", "1.10",
					     "999999999" };

	(void)state;
	refused(texts, NR(texts), "this is " HAVE "; install a newer plugin");
}

/* 2^32 would be 0 to scanf(), and what follows a number nothing */
static void test_no_version(void **state)
{
	static const char *const texts[] = {
		"",	"-1",	   "+1",     " 1",	   "1.",
		".1",	"1..2",	   "1.2.3x", "1.2.3.4",	   "1.2-rc1",
		"v1.2", "1.2.3\n", "a\nb",   "4294967296", "1.4294967296",
	};

	(void)state;
	refused(texts, NR(texts), "is not a version; write it like " HAVE);
}

static void test_long_text_leaves_room(void **state)
{
	char text[2048];
	const char *const texts[] = { text };

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refused(texts, 1, "is not a version; write it like " HAVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_enough),
		cmocka_unit_test(test_too_new),
		cmocka_unit_test(test_no_version),
		cmocka_unit_test(test_long_text_leaves_room),
	};

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
