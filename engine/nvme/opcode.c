// SPDX-License-Identifier: GPL-2.0
#include "opcode.h"

#include <stddef.h>
#include <stdio.h>

#include "command.h"

/**
 * nvme_opcode_name() - an I/O command's name
 * @opcode: of the NVM or the Zoned Namespace command set
 *
 * NVMe Base 2.0, 7; NVM Command Set 1.0, 3.2; ZNS 1.1, 3.4; TP 4146 for I/O
 * Management.
 *
 * Return: the specifications' name, or NULL where they have none.
 */
const char *nvme_opcode_name(uint8_t opcode)
{
	static const char *const names[] = {
		[NVME_OPC_FLUSH] = "Flush",
		[NVME_OPC_WRITE] = "Write",
		[NVME_OPC_READ] = "Read",
		[NVME_OPC_WRITE_UNCORRECTABLE] = "Write Uncorrectable",
		[NVME_OPC_COMPARE] = "Compare",
		[NVME_OPC_WRITE_ZEROES] = "Write Zeroes",
		[NVME_OPC_DSM] = "Dataset Management",
		[NVME_OPC_VERIFY] = "Verify",
		[0x0d] = "Reservation Register",
		[NVME_OPC_RESERVATION_REPORT] = "Reservation Report",
		[0x11] = "Reservation Acquire",
		[NVME_OPC_IO_MGMT_RECEIVE] = "I/O Management Receive",
		[0x15] = "Reservation Release",
		[0x18] = "Cancel",
		[NVME_OPC_COPY] = "Copy",
		[0x1d] = "I/O Management Send",
		[NVME_OPC_ZONE_SEND] = "Zone Management Send",
		[NVME_OPC_ZONE_RECEIVE] = "Zone Management Receive",
		[NVME_OPC_ZONE_APPEND] = "Zone Append",
	};

	if (opcode >= sizeof(names) / sizeof(names[0]))
		return NULL;
	return names[opcode];
}

/**
 * nvme_opcode_text() - what to call a command, which may have no name
 * @opcode: of an I/O command
 *
 * Return: the specifications' name, or "command 0xc1" for the like, which
 * holds until the next call by the same thread.
 */
const char *nvme_opcode_text(uint8_t opcode)
{
	static _Thread_local char text[16];
	const char *name = nvme_opcode_name(opcode);

	if (name)
		return name;
	snprintf(text, sizeof(text), "command 0x%02x", opcode);
	return text;
}

/**
 * nvme_opcode_reads_only() - whether a command is known to change no data
 * @opcode: of the NVM or the Zoned Namespace command set
 *
 * A Flush counts: it changes nothing of the user's. A vendor's command may do
 * anything, and one that is not known here as well.
 *
 * Return: false where it may write.
 */
bool nvme_opcode_reads_only(uint8_t opcode)
{
	switch (opcode) {
	case NVME_OPC_FLUSH:
	case NVME_OPC_READ:
	case NVME_OPC_COMPARE:
	case NVME_OPC_VERIFY:
	case NVME_OPC_RESERVATION_REPORT:
	case NVME_OPC_IO_MGMT_RECEIVE:
	case NVME_OPC_ZONE_RECEIVE:
		return true;
	default:
		return false;
	}
}
