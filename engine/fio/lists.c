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

/* The longest that leaves room for the rest of the line */
#define SHOWN_MAX 64

/* What a text shows as in a refusal, which is one line and has its end */
static const char *show(const char *text, char shown[SHOWN_MAX + 4])
{
	snprintf(shown, SHOWN_MAX + 4, "%.*s%s", SHOWN_MAX, text,
		 strlen(text) > SHOWN_MAX ? "..." : "");
	for (char *c = shown; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return shown;
}

static int wrong(const char *option, const char *text, const char *form,
		 char *why, size_t len)
{
	char shown[SHOWN_MAX + 4];

	snprintf(why, len, "%s=%s is not %s", option, show(text, shown), form);
	return -EINVAL;
}

static int too_many(const char *option, const char *text, unsigned int max,
		    char *why, size_t len)
{
	char shown[SHOWN_MAX + 4];

	snprintf(why, len, "%s=%s has more than %u entries; use fewer", option,
		 show(text, shown), max);
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

/**
 * list_region() - read an offset and a size, such as 1g,64m
 * @option: the option's name
 * @text: its value; a comma or a colon separates
 * @region: set to the two
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int list_region(const char *option, const char *text, uint64_t *region,
		char *why, size_t len)
{
	const char *at = text;

	if (read_number(&at, &region[0]) && read_suffix(&at, &region[0]) &&
	    *at && ends(*at) && ++at && read_number(&at, &region[1]) &&
	    read_suffix(&at, &region[1]) && !*at && region[1])
		return 0;
	return wrong(option, text,
		     "an offset and a size; write them like 1g,64m", why, len);
}

/* Which of some words a piece of text is, or -1 */
static int find_word(const char *text, size_t len, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strlen(words[i]) == len && !strncmp(words[i], text, len))
			return i;
	return -1;
}

static int wrong_words(const char *option, const char *text,
		       const char *const *words, const char *form, char *why,
		       size_t len)
{
	char shown[SHOWN_MAX + 4];
	int at = snprintf(why, len, "%s=%s cannot be read; use %s of", option,
			  show(text, shown), form);

	for (int i = 0; words[i] && at > 0 && (size_t)at < len; i++)
		at += snprintf(why + at, len - (size_t)at, "%s %s",
			       i ? "," : "", words[i]);
	return -EINVAL;
}

#define BLANK UINT32_MAX

/* word/percent, where the percentage may be blank; a word by itself is all */
static bool read_share(const char **at, const char *const *words, bool alone,
		       unsigned int *which, unsigned int *percent)
{
	size_t n = strcspn(*at, "/:");
	int word = find_word(*at, n, words);
	uint64_t number;

	if (word < 0)
		return false;
	*at += n;
	*which = (unsigned int)word;
	*percent = BLANK;
	if (alone && !**at)
		return true;
	if (**at != '/')
		return false;
	++*at;
	if (!**at || **at == ':')
		return true;
	if (!read_number(at, &number) || number > 100)
		return false;
	*percent = (unsigned int)number;
	return !**at || **at == ':';
}

/* What is left of a hundred, evenly to those that have no number */
static bool share_out(unsigned int *percent, unsigned int nr)
{
	unsigned int left = 100, blanks = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (percent[i] == BLANK)
			blanks++;
		else if (percent[i] > left)
			return false;
		else
			left -= percent[i];
	}
	if (!blanks)
		return !left;
	for (unsigned int i = 0; i < nr; i++) {
		if (percent[i] != BLANK)
			continue;
		percent[i] = left / blanks;
		left -= percent[i];
		blanks--;
	}
	return true;
}

/**
 * list_shares() - read one word, or a mix such as write/60:zeroes/30:uncor/
 * @option: the option's name
 * @text: its value
 * @words: those that there are, ended by NULL
 * @which: set to indices of @words
 * @percent: set to how many of a hundred each is, a hundred in all; blanks
 *	share what is left
 * @max: room in both
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: how many, or a negative errno with @why.
 */
int list_shares(const char *option, const char *text, const char *const *words,
		unsigned int *which, unsigned int *percent, unsigned int max,
		char *why, size_t len)
{
	char shown[SHOWN_MAX + 4];
	const char *at = text;
	unsigned int nr = 0;

	for (;; at++) {
		if (nr == max)
			return too_many(option, text, max, why, len);
		if (!read_share(&at, words, !nr, &which[nr], &percent[nr]))
			return wrong_words(
				option, text, words,
				"one word, or a mix as in write/60:zeroes/40,",
				why, len);
		nr++;
		if (!*at)
			break;
	}
	if (share_out(percent, nr))
		return (int)nr;
	snprintf(why, len, "%s=%s: the percentages have to add up to 100",
		 option, show(text, shown));
	return -EINVAL;
}

/**
 * list_words() - read a list of words, such as deallocate,idw
 * @option: the option's name
 * @text: its value; commas or colons separate
 * @words: those that there are, ended by NULL, at most 31
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: a bit for each of @words that was named, or a negative errno with
 * @why.
 */
int list_words(const char *option, const char *text, const char *const *words,
	       char *why, size_t len)
{
	int bits = 0;

	for (const char *at = text;; at++) {
		size_t n = strcspn(at, ",:");
		int word = find_word(at, n, words);

		if (word < 0)
			return wrong_words(option, text, words,
					   "one or several", why, len);
		bits |= 1 << word;
		at += n;
		if (!*at)
			return bits;
	}
}
