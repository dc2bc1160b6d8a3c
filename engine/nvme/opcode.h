/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of an I/O command by its opcode alone. Knows neither libnvme
 * nor the kernel's header, so that what includes either can include it.
 */
#ifndef NVME_PASSTHRU_OPCODE_H
#define NVME_PASSTHRU_OPCODE_H

#include <stdbool.h>
#include <stdint.h>

/* Data Transfer, bits 1:0 of an opcode (NVMe Base 2.0, 3.3.3.1) */
enum nvme_direction {
	NVME_DIRECTION_NONE = 0,
	NVME_DIRECTION_TO_CONTROLLER = 1,
	NVME_DIRECTION_FROM_CONTROLLER = 2,
	NVME_DIRECTION_BOTH = 3,
};

/**
 * nvme_opcode_direction() - which way the data of a command goes
 * @opcode: of an I/O command, of a vendor's, too
 *
 * The kernel goes by the same bits (Linux 6.1, nvme_is_write()).
 *
 * Return: the direction.
 */
static inline enum nvme_direction nvme_opcode_direction(uint8_t opcode)
{
	return (enum nvme_direction)(opcode & 3);
}

const char *nvme_opcode_name(uint8_t opcode);
const char *nvme_opcode_text(uint8_t opcode);
bool nvme_opcode_reads_only(uint8_t opcode);

#endif
