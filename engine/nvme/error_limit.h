/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many errors of a kind are too many. Pure: a text is read once, and what
 * completed with an error is counted.
 */
#ifndef NVME_PASSTHRU_ERROR_LIMIT_H
#define NVME_PASSTHRU_ERROR_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#define NVME_ERROR_LIMITS 8u
/* The longest name is a word or a number, a slash and 20 digits */
#define NVME_ERROR_LIMIT_NAME 32

/**
 * struct nvme_error_limit - one limit
 * @name: as the user wrote it
 * @mask: bits of SCT and SC that say whether an error is of the kind
 * @match: what they are then
 * @most: errors of the kind that there may be
 * @count: errors of the kind that there were
 */
struct nvme_error_limit {
	char name[NVME_ERROR_LIMIT_NAME];
	uint16_t mask;
	uint16_t match;
	uint64_t most;
	uint64_t count;
};

/**
 * struct nvme_error_limits - the limits of a job
 * @nr: how many of @list
 * @list: in the user's order
 */
struct nvme_error_limits {
	unsigned int nr;
	struct nvme_error_limit list[NVME_ERROR_LIMITS];
};

int nvme_error_limits_parse(struct nvme_error_limits *limits,
			    const char *option, const char *text, char *why,
			    size_t len);
const struct nvme_error_limit *
nvme_error_limits_count(struct nvme_error_limits *limits, int res);

#endif
