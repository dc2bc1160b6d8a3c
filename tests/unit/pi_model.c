// SPDX-License-Identifier: GPL-2.0
#include "pi_model.h"

static unsigned int guard_bits(enum pi_guard guard)
{
	return 16u << guard;
}

/* Figures 114 to 116, 118 and 122 */
struct model_field model_field(enum pi_guard guard, unsigned int sts,
			       enum pi_field field)
{
	unsigned int bits = guard_bits(guard);
	unsigned int space = bits + 16;
	unsigned int end = guard == PI_GUARD_16 ? 64 : 128;

	switch (field) {
	case PI_FIELD_GUARD:
		return (struct model_field){ 0, bits };
	case PI_FIELD_APPTAG:
		return (struct model_field){ bits, 16 };
	case PI_FIELD_STORAGE:
		return (struct model_field){ space, sts };
	default:
		return (struct model_field){ space + sts, end - space - sts };
	}
}

uint64_t model_get(const unsigned char *pi, struct model_field field)
{
	uint64_t value = 0;

	for (unsigned int i = field.at; i < field.at + field.bits; i++)
		value = value << 1 | (pi[i / 8] >> (7 - i % 8) & 1);
	return value;
}

void model_put(unsigned char *pi, struct model_field field, uint64_t value)
{
	for (unsigned int i = field.at + field.bits; i-- > field.at;) {
		unsigned char bit = (unsigned char)(0x80 >> i % 8);

		pi[i / 8] = (unsigned char)((pi[i / 8] & ~bit) |
					    (value & 1 ? bit : 0));
		value >>= 1;
	}
}

/* Most significant bit first, from 0 (SBC-3) */
static uint64_t t10dif(uint64_t crc, const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < len * 8; i++) {
		unsigned int bit = data[i / 8] >> (7 - i % 8) & 1;
		bool out = (crc >> 15 & 1) != bit;

		crc = (crc << 1 & 0xffff) ^ (out ? 0x8bb7 : 0);
	}
	return crc;
}

/* Least significant bit first, from all ones, and inverted at the end */
static uint64_t reflected(uint64_t before, unsigned int bits, uint64_t poly,
			  const unsigned char *data, size_t len)
{
	uint64_t ones = ~0ull >> (64 - bits);
	uint64_t crc = before ^ ones;

	for (size_t i = 0; i < len * 8; i++) {
		unsigned int bit = data[i / 8] >> (i % 8) & 1;
		bool out = (crc & 1) != bit;

		crc = (crc >> 1) ^ (out ? poly : 0);
	}
	return crc ^ ones;
}

static uint64_t reversed(uint64_t poly, unsigned int bits)
{
	uint64_t result = 0;

	for (unsigned int i = 0; i < bits; i++)
		result |= (poly >> i & 1) << (bits - 1 - i);
	return result;
}

/* The polynomials as the specification gives them (5.2.1) */
uint64_t model_guard(enum pi_guard guard, uint64_t before, const void *data,
		     size_t len)
{
	if (guard == PI_GUARD_16)
		return t10dif(before, data, len);
	if (guard == PI_GUARD_32)
		return reflected(before, 32, reversed(0x1edc6f41, 32), data,
				 len);
	return reflected(before, 64, reversed(0xad93d23594c93659, 64), data,
			 len);
}
