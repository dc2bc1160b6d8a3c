// SPDX-License-Identifier: GPL-2.0
#include "version.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PARTS 3
/* No more than this can be shown beside the rest of the line */
#define WANTED_MAX 32

/*
 * Plain digits, with dots between them. sscanf() would take signs and what
 * follows, and a number that is too large as a small one.
 */
static bool read_version(const char *text, unsigned int parts[PARTS])
{
	for (int i = 0; i < PARTS; i++) {
		size_t digits = strspn(text, "0123456789");

		if (!digits || digits > 9)
			return false;
		for (; digits; digits--)
			parts[i] =
				parts[i] * 10 + (unsigned int)(*text++ - '0');
		if (!*text)
			return true;
		if (*text++ != '.')
			return false;
	}
	return false;
}

/**
 * version_check() - whether a plugin is as new as a job asks for
 * @wanted: min_version, up to three numbers with dots; those left out are 0
 * @have: the plugin's version
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int version_check(const char *wanted, const char *have, char *why, size_t len)
{
	unsigned int want[PARTS] = { 0 }, are[PARTS] = { 0 };

	if (!read_version(wanted, want)) {
		snprintf(why, len,
			 "min_version=%.*s is not a version; write it like %s",
			 WANTED_MAX, wanted, have);
		for (char *c = why; *c; c++)
			if ((unsigned char)*c < ' ' || *c == 0x7f)
				*c = '?';
		return -EINVAL;
	}
	read_version(have, are);
	for (int i = 0; i < PARTS; i++) {
		if (are[i] > want[i])
			return 0;
		if (are[i] == want[i])
			continue;
		snprintf(
			why, len,
			"the job asks for min_version=%s and this is %s; install a newer plugin",
			wanted, have);
		return -EINVAL;
	}
	return 0;
}
