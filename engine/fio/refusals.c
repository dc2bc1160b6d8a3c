// SPDX-License-Identifier: GPL-2.0
#include "refusals.h"

#include <string.h>

#define NO_PRIORITY "a passthrough command carries no I/O priority"
#define NO_SCSI "it is for SCSI devices"

const struct refusal refusals[OPTIONS_REFUSED] = {
	{ "nowait", "0",
	  "its flag lies over the command's own and every I/O would fail" },
	{ "uncached", "0", "passthrough never uses the page cache" },
	{ "cmdprio_percentage", "0 0,0", NO_PRIORITY },
	{ "cmdprio_class", "0 0,0", NO_PRIORITY },
	{ "cmdprio", "0 0,0", NO_PRIORITY },
	{ "cmdprio_bssplit", "", NO_PRIORITY },
	{ "cmdprio_hint", "0 0,0", NO_PRIORITY },
	{ "cdb_len", "0", NO_SCSI },
	{ "verify_bytchk", "0 1", NO_SCSI },
	{ "read_mode", "read", NO_SCSI },
};

/* Whether a word is one of a list that blanks separate */
static bool is_word(const char *word, const char *list)
{
	size_t n = strlen(word);

	for (const char *at = list; n && (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

/**
 * refusal_allows() - whether an option may have a value after all
 * @refusal: the option
 * @value: as the user wrote it
 *
 * Return: true for its default.
 */
bool refusal_allows(const struct refusal *refusal, const char *value)
{
	return is_word(value, refusal->defaults);
}
