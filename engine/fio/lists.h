/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists that options are given, as text. Nothing here knows fio's structures.
 */
#ifndef NVME_PASSTHRU_LISTS_H
#define NVME_PASSTHRU_LISTS_H

#include <stddef.h>
#include <stdint.h>

int list_numbers(const char *option, const char *text, uint16_t *numbers,
		 unsigned int max, char *why, size_t len);
int list_sizes(const char *option, const char *text, uint64_t *sizes,
	       unsigned int max, char *why, size_t len);
int list_region(const char *option, const char *text, uint64_t *region,
		char *why, size_t len);
int list_shares(const char *option, const char *text, const char *const *words,
		unsigned int *which, unsigned int *percent, unsigned int max,
		char *why, size_t len);
int list_words(const char *option, const char *text, const char *const *words,
	       char *why, size_t len);

#endif
