// SPDX-License-Identifier: GPL-2.0
/* Statuses as errnos and in words (NVMe Base 2.0, 3.3.3.2.1). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/status.h"

#define DNR 0x4000u

/* The field by its parts: type in 10:8, code in 7:0 */
static struct nvme_status status(unsigned int sct, unsigned int sc,
				 unsigned int rest)
{
	return nvme_status_of((int)(sct << 8 | sc | rest));
}

static int wanted(unsigned int sct, unsigned int sc)
{
	if (sct == 0 && sc == 0x81)
		return ENOSPC;
	if (sct == 2 && sc >= 0x82 && sc <= 0x84)
		return EILSEQ;
	/* too many active, and too many open zones */
	if (sct == 1 && (sc == 0xbd || sc == 0xbe))
		return sc == 0xbd ? EOVERFLOW : ETOOMANYREFS;
	return EIO;
}

/* All there can be: a few of them, and nothing else, have an errno of theirs */
static void test_errno(void **state)
{
	static const unsigned int rest[] = { 0, DNR, 0x1800, 0x2000, 0x7800 };

	(void)state;
	for (unsigned int sct = 0; sct < 8; sct++)
		for (unsigned int sc = 0; sc < 256; sc++)
			for (unsigned int i = 0; i < 5; i++)
				assert_int_equal(nvme_status_errno(status(
							 sct, sc, rest[i])),
						 wanted(sct, sc));
}

/* Addresses, lengths and fields; not what was lost, or what the medium has */
static void test_of_format(void **state)
{
	static const unsigned int of_format[][2] = {
		{ 0, 0x02 }, { 0, 0x0b }, { 0, 0x0f }, { 0, 0x13 },
		{ 0, 0x80 }, { 0, 0x84 }, { 2, 0x82 }, { 2, 0x84 },
	};
	static const unsigned int others[][2] = {
		{ 0, 0x04 }, { 0, 0x06 }, { 0, 0x07 }, { 0, 0x08 }, { 1, 0x80 },
		{ 2, 0x80 }, { 2, 0x81 }, { 3, 0x02 }, { 7, 0x02 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of_format) / sizeof(of_format[0]); i++)
		assert_true(nvme_status_of_format(
			status(of_format[i][0], of_format[i][1], DNR)));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(nvme_status_of_format(
			status(others[i][0], others[i][1], DNR)));
}

static void test_dnr(void **state)
{
	(void)state;
	assert_true(nvme_status_dnr(status(0, 2, DNR)));
	assert_false(nvme_status_dnr(status(0, 2, 0)));
	assert_false(nvme_status_dnr(status(7, 0xff, 0x3800)));
}

static void assert_text(struct nvme_status s, bool fabrics, const char *text)
{
	char got[256];

	nvme_status_text(s, fabrics, got, sizeof(got));
	if (!strstr(got, text))
		fail_msg("\"%s\" does not say \"%s\"", got, text);
}

static void test_text(void **state)
{
	(void)state;
	assert_text(status(0, 0x02, 0), false, "Invalid Field");
	assert_text(status(0, 0x02, 0), false, "(sct 0x0, sc 0x02)");
	assert_text(status(0, 0x80, DNR), false, "LBA Out of Range");
	assert_text(status(0, 0x80, DNR), false,
		    "(sct 0x0, sc 0x80, do not retry)");
	assert_text(status(2, 0x81, 0), false, "Unrecovered Read Error");
	assert_text(status(2, 0x82, 0), false, "Guard Check");
	assert_text(status(3, 0x02, 0), false, "Asymmetric Access");
	assert_text(status(7, 0xff, 0), false, "(sct 0x7, sc 0xff)");
}

/* The same code means another thing over fabrics */
static void test_fabrics(void **state)
{
	char local[256], remote[256];

	(void)state;
	nvme_status_text(status(1, 0x80, 0), false, local, sizeof(local));
	nvme_status_text(status(1, 0x80, 0), true, remote, sizeof(remote));
	assert_string_not_equal(local, remote);
}

/* Whatever the controller says, it is told, and whole */
static void test_any(void **state)
{
	char got[256], figures[32];

	(void)state;
	for (unsigned int field = 1; field < 0x8000; field++) {
		memset(got, 'x', sizeof(got));
		nvme_status_text(nvme_status_of((int)field), field & 1, got,
				 sizeof(got));
		snprintf(figures, sizeof(figures), "(sct 0x%x, sc 0x%02x",
			 field >> 8 & 7, field & 0xff);
		assert_non_null(strstr(got, figures));
		assert_int_equal(!!strstr(got, ", do not retry)"),
				 !!(field & DNR));
		assert_int_equal(got[strlen(got) - 1], ')');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errno), cmocka_unit_test(test_dnr),
		cmocka_unit_test(test_text),  cmocka_unit_test(test_fabrics),
		cmocka_unit_test(test_any),   cmocka_unit_test(test_of_format),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
