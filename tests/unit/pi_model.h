/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protection information as the NVM Command Set Specification 1.0 draws it,
 * bit by bit: slow, and sharing nothing with the engine but its types.
 */
#ifndef NVME_PASSTHRU_PI_MODEL_H
#define NVME_PASSTHRU_PI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvme/pi.h"

/**
 * struct model_field - where a field of protection information is
 * @at: its first bit, 0 being the most significant of the first byte
 * @bits: how many it has
 */
struct model_field {
	unsigned int at;
	unsigned int bits;
};

struct model_field model_field(enum pi_guard guard, unsigned int sts,
			       enum pi_field field);
uint64_t model_get(const unsigned char *pi, struct model_field field);
void model_put(unsigned char *pi, struct model_field field, uint64_t value);
uint64_t model_guard(enum pi_guard guard, uint64_t before, const void *data,
		     size_t len);

#endif
