/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers that can be told again: the nth of a sequence is a function
 * of its seed and n, so nothing has to be remembered of those in flight.
 */
#ifndef NVME_PASSTHRU_JOB_RANDOM_H
#define NVME_PASSTHRU_JOB_RANDOM_H

#include <stdint.h>

/* The sequence and the mixer of wyrand (Wang Yi, 2019) */
#define RANDOM_STEP 0xa0761d6478bd642full
#define RANDOM_MIX 0xe7037ed1a0b428dbull

/* In assembler, because gcc takes the product's halves through memory */
static inline uint64_t random_mix(uint64_t x)
{
	uint64_t low = x ^ RANDOM_MIX, high;

	__asm__("mulq %2" : "+a"(low), "=d"(high) : "r"(x) : "cc");
	return high ^ low;
}

/**
 * random_seed() - begin a sequence
 * @seed: any number; neighbours shall not make neighbours of sequences
 *
 * Return: what random_below() starts from.
 */
static inline uint64_t random_seed(uint64_t seed)
{
	return random_mix(seed + RANDOM_STEP);
}

/**
 * random_at() - the number at one place of a sequence
 * @seed: by random_seed(), and RANDOM_STEP more for each number before it
 * @limit: not 0
 *
 * Return: 0 to @limit - 1, evenly.
 */
static inline uint64_t random_at(uint64_t seed, uint64_t limit)
{
	/* the high half of the product is even over the numbers */
	return (uint64_t)(((unsigned __int128)random_mix(seed) * limit) >> 64);
}

/**
 * random_below() - a number of a sequence
 * @seed: as of random_at()
 * @nth: counted from there
 * @limit: not 0
 *
 * Return: 0 to @limit - 1, evenly.
 */
static inline uint64_t random_below(uint64_t seed, uint64_t nth, uint64_t limit)
{
	return random_at(seed + nth * RANDOM_STEP, limit);
}

#endif
