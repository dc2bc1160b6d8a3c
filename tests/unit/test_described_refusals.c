// SPDX-License-Identifier: GPL-2.0
/* Texts that describe no command, and what is said of each. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/described.h"

#define WHY_BYTES 512
#define EXAMPLE "opcode=0x02,cdw10=slba,cdw11=slba_hi,cdw12=nlb0"
#define VALUES                                                                   \
	" is no value; use a number (decimal or 0x and hex), or slba, slba_hi, " \
	"nlb, nlb0, bytes, index, random or placement, and +NUMBER after it if " \
	"need be"
#define FIELDS "opcode, cdw2, cdw3, cdw10 to cdw15, len or mdlen"
#define A16 "aaaaaaaaaaaaaaaa"

struct row {
	const char *text;
	const char *why;
};

static void check(const struct row *rows, size_t nr)
{
	struct nvme_described d;
	char why[WHY_BYTES];

	for (size_t i = 0; i < nr; i++) {
		why[0] = '\0';
		assert_int_equal(nvme_described_parse(&d, "write_cmd",
						      rows[i].text, why,
						      sizeof(why)),
				 -EINVAL);
		assert_memory_equal(why, "write_cmd: ", 11);
		assert_string_equal(why + 11, rows[i].why);
	}
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

/* What is no piece of a description */
static void test_pieces(void **state)
{
	static const struct row rows[] = {
		{ NULL, "no opcode is given; write, for example, " EXAMPLE },
		{ "", "no opcode is given; write, for example, " EXAMPLE },
		{ " ,: ", "no opcode is given; write, for example, " EXAMPLE },
		{ "''", "no opcode is given; write, for example, " EXAMPLE },
		{ "cdw10=1",
		  "no opcode is given; write, for example, " EXAMPLE },
		{ "read",
		  "\"read\" is not FIELD=VALUE; write, for example, " EXAMPLE },
		{ "opcode = 2", "\"opcode\" is not FIELD=VALUE; write, for "
				"example, " EXAMPLE },
		{ "opcode=2,cdw9=1",
		  "\"cdw9=1\": there is no field \"cdw9\"; use " FIELDS },
		{ "Opcode=2",
		  "\"Opcode=2\": there is no field \"Opcode\"; use " FIELDS },
		{ "opcod=2",
		  "\"opcod=2\": there is no field \"opcod\"; use " FIELDS },
		{ "=2", "\"=2\": there is no field \"\"; use " FIELDS },
		{ "'opcode=2", "\"'opcode=2\": there is no field \"'opcode\"; "
			       "use " FIELDS },
		/* shown in one line, and not whole, whatever is in it */
		{ "\x01"
		  "a\x7f"
		  "b\xff=",
		  "\"?a?b?=\": there is no field \"?a?b?\"; use " FIELDS },
		{ A16 A16 A16 "b=1",
		  "\"" A16 A16 A16 "...\" is too long to be FIELD=VALUE; "
		  "write, for example, " EXAMPLE },
	};

	(void)state;
	CHECK(rows);
}

static void test_values(void **state)
{
	static const struct row rows[] = {
		{ "opcode=", "\"opcode=\": \"\"" VALUES },
		{ "opcode=2,cdw10=lba", "\"cdw10=lba\": \"lba\"" VALUES },
		{ "opcode=2,cdw10=slb", "\"cdw10=slb\": \"slb\"" VALUES },
		{ "opcode=2,cdw10=-1", "\"cdw10=-1\": \"-1\"" VALUES },
		{ "opcode=2,cdw10=+1", "\"cdw10=+1\": \"\"" VALUES },
		{ "opcode=2,cdw10==1", "\"cdw10==1\": \"=1\"" VALUES },
		{ "opcode=2,cdw10=lba+1", "\"cdw10=lba+1\": \"lba\"" VALUES },
		{ "opcode=2,cdw10=12k", "\"cdw10=12k\": \"12k\" is not a "
					"number; use decimal or 0x and hex" },
		{ "opcode=2,cdw10=0x", "\"cdw10=0x\": \"0x\" is not a number; "
				       "use decimal or 0x and hex" },
		{ "opcode=2,cdw10=0x-1",
		  "\"cdw10=0x-1\": \"0x-1\" is not a number; use decimal or 0x "
		  "and hex" },
		{ "opcode=2,cdw10=1+1", "\"cdw10=1+1\": \"1+1\" is not a "
					"number; use decimal or 0x and hex" },
		{ "opcode=2,cdw10=slba+", "\"cdw10=slba+\": \"\" is not a "
					  "number; use decimal or 0x and hex" },
		{ "opcode=2,cdw10=slba+nlb",
		  "\"cdw10=slba+nlb\": \"nlb\" is not a number; use decimal or "
		  "0x and hex" },
		{ "opcode=2,cdw10=slba+1+1",
		  "\"cdw10=slba+1+1\": \"1+1\" is not a number; use decimal or "
		  "0x and hex" },
	};

	(void)state;
	CHECK(rows);
}

static void test_overflow(void **state)
{
	static const struct row rows[] = {
		{ "opcode=2,cdw10=4294967296",
		  "\"cdw10=4294967296\": 4294967296 is above 32 bits; use "
		  "0xffffffff or less" },
		{ "opcode=2,cdw10=0x100000000",
		  "\"cdw10=0x100000000\": 0x100000000 is above 32 bits; use "
		  "0xffffffff or less" },
		{ "opcode=2,cdw12=nlb0+0x100000000",
		  "\"cdw12=nlb0+0x100000000\": 0x100000000 is above 32 bits; "
		  "use 0xffffffff or less" },
		/* above 64 bits, too */
		{ "opcode=2,cdw10=18446744073709551617",
		  "\"cdw10=18446744073709551617\": 18446744073709551617 is "
		  "above 32 bits; use 0xffffffff or less" },
		{ "opcode=256",
		  "\"opcode=256\": an opcode is a number from 0 to 255" },
		{ "opcode=4294967298", "\"opcode=4294967298\": 4294967298 is "
				       "above 32 bits; use 0xffffffff or "
				       "less" },
	};

	(void)state;
	CHECK(rows);
}

/* What its field cannot have, or another field forbids */
static void test_conflicts(void **state)
{
	static const struct row rows[] = {
		{ "opcode=slba",
		  "\"opcode=slba\": an opcode is a number from 0 to 255" },
		{ "opcode=2,len=nlb", "\"len=nlb\": len is a number or bytes" },
		{ "opcode=2,len=bytes+1",
		  "\"len=bytes+1\": len is a number or bytes" },
		{ "opcode=2,mdlen=bytes",
		  "\"mdlen=bytes\": mdlen is a number" },
		{ "opcode=0x83",
		  "opcode 0x83 moves data both ways (its bits 1:0 are 11), "
		  "which the kernel cannot; use another opcode" },
		{ "opcode=8,len=512",
		  "len is given, but opcode 0x08 (Write Zeroes) moves no data "
		  "(its bits 1:0 are 00); leave len out" },
		{ "len=0,opcode=0xc4",
		  "len is given, but opcode 0xc4 moves no data (its bits 1:0 "
		  "are 00); leave len out" },
		{ "opcode=8,mdlen=8",
		  "mdlen is given, but opcode 0x08 (Write Zeroes) moves no "
		  "data (its bits 1:0 are 00); leave mdlen out" },
		{ "opcode=2,len=0,mdlen=8",
		  "mdlen=8 with len=0: the kernel takes metadata with data "
		  "only; leave mdlen out, or give len" },
	};

	(void)state;
	CHECK(rows);
}

/* Whichever field, and the same value or another */
static void test_twice(void **state)
{
	static const char *const names[] = { "opcode", "len",	"mdlen",
					     "cdw2",   "cdw3",	"cdw10",
					     "cdw11",  "cdw12", "cdw13",
					     "cdw14",  "cdw15" };
	char text[64], why[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct row row = { text, why };

		snprintf(text, sizeof(text), "%s=2,%s=2", names[i], names[i]);
		snprintf(why, sizeof(why),
			 "\"%s=2\": %s is given twice; leave one out", names[i],
			 names[i]);
		check(&row, 1);
	}
}

/* However little room there is for the words, they end in it */
static void test_short_why(void **state)
{
	struct nvme_described d;
	char why[256];

	(void)state;
	for (size_t len = 0; len < 32; len++) {
		memset(why, 'x', sizeof(why));
		assert_int_equal(
			nvme_described_parse(&d, "write_cmd", "what", why, len),
			-EINVAL);
		assert_true(len == 0 || strlen(why) == len - 1);
		for (size_t i = len; i < sizeof(why); i++)
			assert_int_equal(why[i], 'x');
	}
}

/* -- texts that nobody writes ---------------------------------------------- */

/* Numbers that come the same every time (Numerical Recipes' constants) */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static void add(char *text, size_t *length, const char *part)
{
	size_t more = strlen(part);

	memcpy(text + *length, part, more);
	*length += more;
}

/* Mostly of what a description is made of, with a stray byte now and then */
static char *strange(uint32_t *seed)
{
	static const char *const parts[] = {
		"opcode=",
		"opcode=2",
		"cdw2",
		"cdw3=",
		"cdw10=",
		"cdw11=",
		"cdw12=",
		"cdw15=",
		"len=",
		"mdlen",
		"=",
		"+",
		"slba",
		"slba_hi",
		"nlb0",
		"bytes",
		"random",
		"placement",
		"0x",
		"0",
		"42",
		"f",
		"99999999999999999999",
		"4294967295",
		",",
		" ",
		":",
		"\"",
		"'",
		"\t",
		"-",
		"%s%n",
	};
	unsigned int nr = next(seed) % 24;
	char text[1024];
	size_t length = 0;

	for (unsigned int i = 0; i < nr; i++) {
		uint32_t which = next(seed) % 36;

		if (which < sizeof(parts) / sizeof(parts[0]))
			add(text, &length, parts[which]);
		else
			text[length++] = (char)(next(seed) % 255 + 1);
	}
	text[length] = '\0';
	/* of its exact size, so that a sanitizer sees what reads beyond */
	return strdup(text);
}

static void check_sane(const struct nvme_described *d, const char *why)
{
	uint8_t opcode = d->base.opcode;

	assert_string_equal(why, "");
	assert_true(d->nr_fills <= NVME_DESCRIBED_DWORDS);
	assert_int_not_equal(nvme_opcode_direction(opcode),
			     NVME_DIRECTION_BOTH);
	if (nvme_opcode_direction(opcode) == NVME_DIRECTION_NONE)
		assert_true(!d->len_bytes && !d->len && !d->mdlen);
}

static void check_words(const char *why)
{
	assert_memory_equal(why, "trim_cmd: ", 10);
	assert_true(strlen(why) > 20 && strlen(why) < WHY_BYTES - 1);
	for (; *why; why++)
		assert_in_range(*why, ' ', '~');
}

/* Each is a command, or there are words for what it is not */
static void test_strange(void **state)
{
	const struct nvme_values v = { .nlb = 1 };
	unsigned int good = 0, bad = 0;
	struct nvme_uring_cmd cmd;
	struct nvme_described d;
	char why[WHY_BYTES];
	uint32_t seed = 1;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		char *text = strange(&seed);

		why[0] = '\0';
		if (nvme_described_parse(&d, "trim_cmd", text, why,
					 sizeof(why))) {
			check_words(why);
			bad++;
		} else {
			check_sane(&d, why);
			nvme_described_encode(&cmd, &d, 1, &v);
			good++;
		}
		free(text);
	}
	/* or else it looked at nothing */
	assert_true(good > 100 && bad > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_short_why),
		cmocka_unit_test(test_strange),
	};

	return cmocka_run_group_tests_name("described_refusals", tests, NULL,
					   NULL);
}
