// SPDX-License-Identifier: GPL-2.0
#include "dwords.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

void assert_command(const struct nvme_uring_cmd *cmd, const uint32_t *want)
{
	uint32_t got[DWORDS];

	memcpy(got, cmd, sizeof(got));
	for (unsigned int i = 0; i < DWORDS; i++)
		if (got[i] != want[i])
			fail_msg("dword %u is 0x%08x, not 0x%08x", i, got[i],
				 want[i]);
}

/* What was in memory before must not show */
struct nvme_uring_cmd dirty(void)
{
	struct nvme_uring_cmd cmd;

	memset(&cmd, 0xa5, sizeof(cmd));
	return cmd;
}
