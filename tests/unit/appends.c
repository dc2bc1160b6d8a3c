// SPDX-License-Identifier: GPL-2.0
#include "appends.h"

#include <string.h>

#include "fake_zones.h"

#define CSI_ZNS 2

OWN char append_mode[32];

/* The start of the zone, which any append fits behind */
static uint64_t start_of(const uint32_t *sqe, unsigned int nth)
{
	(void)nth;
	return sqe[22] | (uint64_t)sqe[23] << 32;
}

/* After host_setup_test() */
void append_set_up(void)
{
	memset(&fake_zones, 0, sizeof(fake_zones));
	fake_zones.are = (struct zones){
		.nr = FAKE_ZONES,
		.bytes = ZONE,
		.append_bytes = 65536,
	};
	host.effects.csi = CSI_ZNS;
	host.td.o.zone_mode = ZONE_MODE_ZBD;
	host.options.plainfiles = 1;
	strcpy(append_mode, "zone_append");
	host.options.write_mode = append_mode;
	fake.result = start_of;
}
