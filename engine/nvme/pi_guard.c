// SPDX-License-Identifier: GPL-2.0
#include "pi_guard.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>

#include <isa-l/crc.h>
#include <isa-l/crc64.h>

/* The polynomial AD93D235_94C93659h (5.2.1.3.4), bits reflected */
#define POLYNOMIAL 0x9a6c9329ac4bc9b5ull
#define WORD_BYTES 8

/*
 * ISA-L has it from 2.31 on. As a weak symbol it is used where it is found
 * when the plugin is loaded, whatever the plugin was built with.
 */
extern uint64_t crc64_rocksoft_refl(uint64_t init_crc, const unsigned char *buf,
				    uint64_t len) __attribute__((weak));

/* What a byte does to the remainder, so many bytes before the end of a word */
static uint64_t table[WORD_BYTES][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static uint64_t byte_remainder(uint64_t crc)
{
	for (unsigned int bit = 0; bit < 8; bit++)
		crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
	return crc;
}

static void make_table(void)
{
	for (unsigned int byte = 0; byte < 256; byte++)
		table[0][byte] = byte_remainder(byte);
	for (unsigned int n = 1; n < WORD_BYTES; n++)
		for (unsigned int byte = 0; byte < 256; byte++) {
			uint64_t before = table[n - 1][byte];

			table[n][byte] = (before >> 8) ^ table[0][before & 255];
		}
}

static uint64_t add_word(uint64_t crc)
{
	return table[7][crc & 255] ^ table[6][crc >> 8 & 255] ^
	       table[5][crc >> 16 & 255] ^ table[4][crc >> 24 & 255] ^
	       table[3][crc >> 32 & 255] ^ table[2][crc >> 40 & 255] ^
	       table[1][crc >> 48 & 255] ^ table[0][crc >> 56];
}

static uint64_t guard64_by_table(uint64_t guard, const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t crc = ~guard, word;

	for (; len >= WORD_BYTES; len -= WORD_BYTES, at += WORD_BYTES) {
		memcpy(&word, at, sizeof(word));
		crc = add_word(crc ^ le64toh(word));
	}
	while (len--)
		crc = (crc >> 8) ^ table[0][(crc ^ *at++) & 255];
	return ~crc;
}

static uint64_t guard64(uint64_t guard, const void *data, size_t len)
{
	return crc64_rocksoft_refl(guard, data, len);
}

/* Castagnoli: the register starts as ones, and is stored inverted */
static uint64_t guard32(uint64_t guard, const void *data, size_t len)
{
	/* it does not write, whatever its prototype */
	return ~crc32_iscsi((unsigned char *)data, (int)len, ~(uint32_t)guard);
}

static uint64_t guard16(uint64_t guard, const void *data, size_t len)
{
	return crc16_t10dif((uint16_t)guard, data, len);
}

/**
 * pi_guard64_table() - the 64-bit guard, without ISA-L
 *
 * Return: a function that needs nothing but its table, which is made by now.
 */
pi_guard_fn *pi_guard64_table(void)
{
	pthread_once(&table_once, make_table);
	return guard64_by_table;
}

/**
 * pi_guard_function() - the function that calculates a guard
 * @guard: its format
 *
 * NVM Command Set 1.0, 5.2.1: CRC-16 of T10 (SBC-3), CRC-32C, and CRC-64.
 *
 * Return: the function, ready for use.
 */
pi_guard_fn *pi_guard_function(enum pi_guard guard)
{
	if (guard == PI_GUARD_16)
		return guard16;
	if (guard == PI_GUARD_32)
		return guard32;
	return crc64_rocksoft_refl ? guard64 : pi_guard64_table();
}
