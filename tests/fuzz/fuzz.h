/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share: what has to hold, and the bytes that they are given.
 */
#ifndef NVME_PASSTHRU_FUZZ_H
#define NVME_PASSTHRU_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_WHY 512

/* libFuzzer keeps the input of an abort() as it keeps that of a crash */
#define HOLD(condition)                                                  \
	do {                                                             \
		if (!(condition)) {                                      \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #condition);                   \
			abort();                                         \
		}                                                        \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A refusal is one whole line that begins as said, and a negative errno */
static inline void hold_refused(int ret, const char *why, const char *begins)
{
	HOLD(ret < 0 && ret > -4096);
	HOLD(strnlen(why, FUZZ_WHY) < FUZZ_WHY - 1);
	HOLD(!strncmp(why, begins, strlen(begins)));
	for (const char *c = why; *c; c++)
		HOLD((unsigned char)*c >= ' ' && *c != 0x7f);
}

/* Where it went well nothing is said, else one line is */
static inline void hold_result(int ret, const char *why, const char *begins)
{
	if (ret < 0)
		hold_refused(ret, why, begins);
	else
		HOLD(!why[0]);
}

/* Hand a text over that ends where its memory does, after a byte for its kind */
static inline int fuzz_text(const uint8_t *data, size_t size,
			    void (*read)(uint8_t kind, const char *text))
{
	char *text;

	if (!size)
		return -1;
	text = strndup((const char *)data + 1, size - 1);
	HOLD(text);
	read(data[0], text);
	free(text);
	return 0;
}

#endif
