// SPDX-License-Identifier: GPL-2.0
/* What an opcode alone tells, against libnvme's own opcodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libnvme.h>

#include "nvme/opcode.h"

static const struct {
	uint8_t opcode;
	const char *name;
	enum nvme_direction direction;
	bool reads_only;
} known[] = {
	{ nvme_cmd_flush, "Flush", NVME_DIRECTION_NONE, true },
	{ nvme_cmd_write, "Write", NVME_DIRECTION_TO_CONTROLLER, false },
	{ nvme_cmd_read, "Read", NVME_DIRECTION_FROM_CONTROLLER, true },
	{ nvme_cmd_write_uncor, "Write Uncorrectable", NVME_DIRECTION_NONE,
	  false },
	{ nvme_cmd_compare, "Compare", NVME_DIRECTION_TO_CONTROLLER, true },
	{ nvme_cmd_write_zeroes, "Write Zeroes", NVME_DIRECTION_NONE, false },
	{ nvme_cmd_dsm, "Dataset Management", NVME_DIRECTION_TO_CONTROLLER,
	  false },
	{ nvme_cmd_verify, "Verify", NVME_DIRECTION_NONE, true },
	{ nvme_cmd_resv_register, "Reservation Register",
	  NVME_DIRECTION_TO_CONTROLLER, false },
	{ nvme_cmd_resv_report, "Reservation Report",
	  NVME_DIRECTION_FROM_CONTROLLER, true },
	{ nvme_cmd_resv_acquire, "Reservation Acquire",
	  NVME_DIRECTION_TO_CONTROLLER, false },
	{ 0x12, "I/O Management Receive", NVME_DIRECTION_FROM_CONTROLLER,
	  true },
	{ nvme_cmd_resv_release, "Reservation Release",
	  NVME_DIRECTION_TO_CONTROLLER, false },
	{ 0x18, "Cancel", NVME_DIRECTION_NONE, false },
	{ nvme_cmd_copy, "Copy", NVME_DIRECTION_TO_CONTROLLER, false },
	{ 0x1d, "I/O Management Send", NVME_DIRECTION_TO_CONTROLLER, false },
	{ nvme_zns_cmd_mgmt_send, "Zone Management Send",
	  NVME_DIRECTION_TO_CONTROLLER, false },
	{ nvme_zns_cmd_mgmt_recv, "Zone Management Receive",
	  NVME_DIRECTION_FROM_CONTROLLER, true },
	{ nvme_zns_cmd_append, "Zone Append", NVME_DIRECTION_TO_CONTROLLER,
	  false },
};

#define NR_KNOWN (sizeof(known) / sizeof(known[0]))

static bool is_known(unsigned int opcode)
{
	for (size_t i = 0; i < NR_KNOWN; i++)
		if (known[i].opcode == opcode)
			return true;
	return false;
}

static void test_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_KNOWN; i++) {
		uint8_t opcode = known[i].opcode;

		assert_string_equal(nvme_opcode_name(opcode), known[i].name);
		assert_int_equal(nvme_opcode_direction(opcode),
				 known[i].direction);
		assert_int_equal(nvme_opcode_reads_only(opcode),
				 known[i].reads_only);
	}
}

/* What is not known has no name and may write, whatever its direction */
static void test_unknown(void **state)
{
	(void)state;
	for (unsigned int opcode = 0; opcode < 256; opcode++) {
		if (is_known(opcode))
			continue;
		assert_null(nvme_opcode_name((uint8_t)opcode));
		assert_false(nvme_opcode_reads_only((uint8_t)opcode));
		assert_int_equal(nvme_opcode_direction((uint8_t)opcode),
				 opcode & 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests_name("opcode", tests, NULL, NULL);
}
