// SPDX-License-Identifier: GPL-2.0
#include "error_limit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SCT in bits 10:8 and SC in 7:0 (NVMe Base 2.0, 3.3.3.2.1) */
#define SCT 0x700u
#define STATUS 0x7ffu

/**
 * struct kind - a word for several statuses
 * @name: the word
 * @mask: as of struct nvme_error_limit
 * @match: likewise
 */
struct kind {
	const char *name;
	uint16_t mask;
	uint16_t match;
};

/* Status Code Types (NVMe Base 2.0, figure 93) */
static const struct kind kinds[] = {
	{ "any", 0, 0 },
	{ "generic", SCT, 0x000 },
	{ "specific", SCT, 0x100 },
	{ "media", SCT, 0x200 },
	{ "path", SCT, 0x300 },
	{ "vendor", SCT, 0x700 },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 0x and SCT with SC, as in 0x281 */
static bool read_status(const char *text, size_t n,
			struct nvme_error_limit *limit)
{
	unsigned long status;
	char *end;

	if (n < 3 || text[0] != '0' || (text[1] | 0x20) != 'x' ||
	    !strchr("0123456789abcdefABCDEF", text[2]))
		return false;
	status = strtoul(text, &end, 16);
	if (end != text + n || status > STATUS)
		return false;
	limit->mask = STATUS;
	limit->match = (uint16_t)status;
	return true;
}

static bool read_kind(const char *text, size_t n,
		      struct nvme_error_limit *limit)
{
	for (size_t i = 0; i < NR_KINDS; i++) {
		if (strlen(kinds[i].name) != n ||
		    strncmp(kinds[i].name, text, n) != 0)
			continue;
		limit->mask = kinds[i].mask;
		limit->match = kinds[i].match;
		return true;
	}
	return read_status(text, n, limit);
}

/* All up to the end of the entry */
static bool read_count(const char *text, size_t n, uint64_t *count)
{
	char *end;

	if (!n || !is_digit(text[0]))
		return false;
	errno = 0;
	*count = strtoull(text, &end, 10);
	return !errno && end == text + n;
}

static bool read_limit(const char *text, size_t n,
		       struct nvme_error_limit *limit)
{
	size_t kind = strcspn(text, "/");

	*limit = (struct nvme_error_limit){ .mask = 0 };
	if (n >= sizeof(limit->name) || kind >= n ||
	    !read_kind(text, kind, limit))
		return false;
	memcpy(limit->name, text, n);
	return read_count(text + kind + 1, n - kind - 1, &limit->most);
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

/**
 * nvme_error_limits_parse() - read a list of limits, such as media/10:any/100
 * @limits: filled in
 * @option: the option's name, for @why
 * @text: its value; commas or colons separate
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * A limit is a word for a Status Code Type, or SCT and SC in hex, and how many
 * such errors there may be.
 *
 * Return: 0, or a negative errno with @why.
 */
int nvme_error_limits_parse(struct nvme_error_limits *limits,
			    const char *option, const char *text, char *why,
			    size_t len)
{
	char shown[SHOWN_MAX + 4];
	size_t n;

	limits->nr = 0;
	for (const char *at = text;; at += n + 1) {
		n = strcspn(at, ",:");
		if (limits->nr == NVME_ERROR_LIMITS) {
			snprintf(why, len,
				 "%s=%s has more than %u limits; use fewer",
				 option, show(text, shown), NVME_ERROR_LIMITS);
			return -E2BIG;
		}
		if (!read_limit(at, n, &limits->list[limits->nr++])) {
			snprintf(
				why, len,
				"%s=%s is not a list of limits; write any, generic, specific, media, path, vendor or a status in hex, a slash and a number, as in media/10:0x281/3:any/100",
				option, show(text, shown));
			return -EINVAL;
		}
		if (!at[n])
			return 0;
	}
}

/**
 * nvme_error_limits_count() - count an error
 * @limits: of a job
 * @res: of the completion: a status, or a negative errno, which is of no kind
 *	but any
 *
 * Return: the first of the limits that there are now too many errors for, or
 * NULL.
 */
const struct nvme_error_limit *
nvme_error_limits_count(struct nvme_error_limits *limits, int res)
{
	const struct nvme_error_limit *over = NULL;

	for (unsigned int i = 0; i < limits->nr; i++) {
		struct nvme_error_limit *limit = &limits->list[i];

		if (limit->mask &&
		    (res < 0 || (res & limit->mask) != limit->match))
			continue;
		if (++limit->count > limit->most && !over)
			over = limit;
	}
	return over;
}
