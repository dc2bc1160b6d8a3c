// SPDX-License-Identifier: GPL-2.0
#include "lists.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends(char c)
{
	return !c || c == ',' || c == ':';
}

/* Plain digits; strtoull() alone would take signs and blanks */
static bool read_number(const char **at, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	errno = 0;
	*number = strtoull(*at, &end, 10);
	*at = end;
	return !errno;
}

/* As fio: powers of 1024, in either case, with or without a B or iB */
static bool read_suffix(const char **at, uint64_t *number)
{
	static const char suffixes[] = "kmgtp";
	const char *found = NULL;
	unsigned int shift;

	if (**at)
		found = strchr(suffixes, tolower((unsigned char)**at));
	if (!found)
		return true;
	shift = 10 * (unsigned int)(found - suffixes + 1);
	if (*number > UINT64_MAX >> shift)
		return false;
	*number <<= shift;
	++*at;
	if (**at == 'i' || **at == 'I')
		++*at;
	if (**at == 'b' || **at == 'B')
		++*at;
	return true;
}

static int wrong(const char *option, const char *text, const char *form,
		 char *why, size_t len)
{
	snprintf(why, len, "%s=%s is not %s", option, text, form);
	return -EINVAL;
}

static int too_many(const char *option, const char *text, unsigned int max,
		    char *why, size_t len)
{
	snprintf(why, len, "%s=%s has more than %u entries; use fewer", option,
		 text, max);
	return -E2BIG;
}

static bool read_range(const char **at, uint64_t *first, uint64_t *last)
{
	if (!read_number(at, first))
		return false;
	*last = *first;
	if (**at == '-') {
		++*at;
		if (!read_number(at, last))
			return false;
	}
	return *first <= *last && *last <= UINT16_MAX && ends(**at);
}

/**
 * list_numbers() - read a list of numbers and ranges, such as 0-3,5
 * @option: the option's name
 * @text: its value; commas or colons separate
 * @numbers: where to, in the order of @text
 * @max: room in @numbers
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: how many, or a negative errno with @why.
 */
int list_numbers(const char *option, const char *text, uint16_t *numbers,
		 unsigned int max, char *why, size_t len)
{
	static const char form[] =
		"a list of numbers from 0 to 65535; write it like 0-3,5";
	uint64_t first, last;
	const char *at = text;
	unsigned int nr = 0;

	for (;; at++) {
		if (!read_range(&at, &first, &last))
			return wrong(option, text, form, why, len);
		if (last - first >= max - nr)
			return too_many(option, text, max, why, len);
		while (first <= last)
			numbers[nr++] = (uint16_t)first++;
		if (!*at)
			return (int)nr;
	}
}

/**
 * list_sizes() - read an ascending list of bytes, such as 64k,1m
 * @option: the option's name
 * @text: its value; commas or colons separate
 * @sizes: where to
 * @max: room in @sizes
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: how many, or a negative errno with @why.
 */
int list_sizes(const char *option, const char *text, uint64_t *sizes,
	       unsigned int max, char *why, size_t len)
{
	static const char form[] =
		"an ascending list of bytes; write it like 64k,1m";
	const char *at = text;
	uint64_t size, before = 0;
	unsigned int nr = 0;

	for (;; at++) {
		if (!read_number(&at, &size) || !read_suffix(&at, &size) ||
		    !ends(*at) || size <= before)
			return wrong(option, text, form, why, len);
		if (nr == max)
			return too_many(option, text, max, why, len);
		sizes[nr++] = before = size;
		if (!*at)
			return (int)nr;
	}
}
