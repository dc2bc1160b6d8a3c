/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guards of protection information: cyclic redundancy checks of a logical
 * block and of the metadata before its protection information.
 */
#ifndef NVME_PASSTHRU_PI_GUARD_H
#define NVME_PASSTHRU_PI_GUARD_H

#include <stddef.h>
#include <stdint.h>

/* PIF in an extended LBA format (NVM Command Set 1.0, figure 101) */
enum pi_guard {
	PI_GUARD_16 = 0,
	PI_GUARD_32 = 1,
	PI_GUARD_64 = 2,
};

/**
 * pi_guard_fn - calculate a guard, or continue one
 * @guard: that of the bytes before, 0 for none
 * @data: the bytes
 * @len: how many; less than 2 GiB
 *
 * Return: the guard of all bytes so far.
 */
typedef uint64_t pi_guard_fn(uint64_t guard, const void *data, size_t len);

pi_guard_fn *pi_guard_function(enum pi_guard guard);
pi_guard_fn *pi_guard64_table(void);

#endif
