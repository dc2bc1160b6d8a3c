// SPDX-License-Identifier: GPL-2.0
/*
 * The lists that options are given as text. The first byte says which kind,
 * and how much room there is.
 */
#include "fio/lists.h"

#include "fio/version.h"
#include "fuzz.h"

#define ROOM 16

static const char *const words[] = { "write", "zeroes", "uncor", "verify",
				     NULL };
#define WORDS 4

static char why[FUZZ_WHY];

static void numbers(const char *text, unsigned int max)
{
	/* of the heap, so that the sanitizer sees what is past its end */
	uint16_t *list = calloc(max, sizeof(*list));
	int ret = list_numbers("option", text, list, max, why, sizeof(why));

	hold_result(ret, why, "option=");
	HOLD(ret <= (int)max && ret != 0);
	free(list);
}

static void sizes(const char *text, unsigned int max)
{
	uint64_t *list = calloc(max, sizeof(*list));
	int ret = list_sizes("option", text, list, max, why, sizeof(why));

	hold_result(ret, why, "option=");
	HOLD(ret <= (int)max && ret != 0);
	for (int i = 1; i < ret; i++)
		HOLD(list[i] > list[i - 1]);
	free(list);
}

static void shares(const char *text, unsigned int max)
{
	unsigned int *which = calloc(max, sizeof(*which));
	unsigned int *percent = calloc(max, sizeof(*percent));
	unsigned int sum = 0;
	int ret = list_shares("option", text, words, which, percent, max, why,
			      sizeof(why));

	hold_result(ret, why, "option=");
	HOLD(ret <= (int)max && ret != 0);
	for (int i = 0; i < ret; i++) {
		HOLD(which[i] < WORDS);
		HOLD(percent[i] <= 100);
		sum += percent[i];
	}
	HOLD(ret < 0 || sum == 100);
	free(which);
	free(percent);
}

static void region(const char *text)
{
	uint64_t found[2];
	int ret = list_region("option", text, found, why, sizeof(why));

	hold_result(ret, why, "option=");
	HOLD(ret < 0 || (!ret && found[1]));
}

static void some_words(const char *text)
{
	int ret = list_words("option", text, words, why, sizeof(why));

	hold_result(ret, why, "option=");
	HOLD(ret < 1 << WORDS && ret != 0);
}

static void version(const char *text)
{
	int ret = version_check(text, "1.2.3", why, sizeof(why));

	hold_result(ret, why, "");
	HOLD(ret < 0 || (text[0] >= '0' && text[0] <= '1'));
	HOLD(ret <= 0 && (ret == 0 || why[0]));
}

static void one(uint8_t kind, const char *text)
{
	unsigned int max = 1 + (kind >> 4) % ROOM;

	why[0] = '\0';
	switch (kind % 6) {
	case 0:
		return numbers(text, max);
	case 1:
		return sizes(text, max);
	case 2:
		return shares(text, max);
	case 3:
		return region(text);
	case 4:
		return some_words(text);
	default:
		return version(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_text(data, size, one);
}
