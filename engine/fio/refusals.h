/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options of fio's own engine that this one knows only in order to refuse them
 * by name, with the reason.
 */
#ifndef NVME_PASSTHRU_REFUSALS_H
#define NVME_PASSTHRU_REFUSALS_H

#include <stdbool.h>

#define OPTIONS_REFUSED 10

/**
 * struct refusal - an option that is refused
 * @name: the option
 * @defaults: what it may be set to all the same: its default, in the spellings
 *	that job files have, with blanks between
 * @reason: why
 */
struct refusal {
	const char *name;
	const char *defaults;
	const char *reason;
};

extern const struct refusal refusals[OPTIONS_REFUSED];

bool refusal_allows(const struct refusal *refusal, const char *value);

#endif
