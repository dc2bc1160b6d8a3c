/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory and system calls of the engine, one of which can be made to fail. All
 * allocations are counted, by whomever they are; only calls that are made
 * below a callback fail, and the fake kernel's memory is among these.
 */
#ifndef STARVE_H
#define STARVE_H

#include <stdbool.h>
#include <stdint.h>

#include "own.h"

/**
 * enum starve_kind - what is to fail
 * @STARVE_NOTHING: nothing
 * @STARVE_MEMORY: an allocation, json-c's too
 * @STARVE_CALLS: a system call, or what stands for some of them
 */
enum starve_kind { STARVE_NOTHING, STARVE_MEMORY, STARVE_CALLS };

/**
 * struct starve - all there is to set and to see
 * @kind: of what is to fail
 * @nth: which of that kind, counted from 1
 * @error: a positive errno, of a call
 * @inside: the engine is running
 * @seen: how many of @kind there were
 * @failed: the function that failed, NULL where none did
 * @allocated: bytes that are allocated now
 * @allocations: calls that allocated some, ever
 */
struct starve {
	enum starve_kind kind;
	unsigned int nth;
	int error;
	bool inside;
	unsigned int seen;
	const char *failed;
	int64_t allocated;
	uint64_t allocations;
};

extern OWN struct starve starve;

void starve_of(enum starve_kind kind, unsigned int nth, int error);
int starve_call(const char *function);
int starve_left(int ret);

/* A callback of the engine's: what fails, fails in there */
#define ENGINE(call) (starve.inside = true, starve_left(call))

#endif
