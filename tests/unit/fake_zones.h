/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Zones of a namespace without the namespace: the engine's questions are
 * answered from here, and what it asks to be changed is written down.
 */
#ifndef FAKE_ZONES_H
#define FAKE_ZONES_H

#include <stdbool.h>
#include <stdint.h>

#include "nvme/zones.h"
#include "own.h"

#define FAKE_ZONES 8
#define FAKE_ZONE_CALLS 16

/**
 * struct fake_zone_call - something that was to be changed
 * @action: how, 0 for a write
 * @writable: the descriptor is open for writing
 * @offset: where, in bytes
 * @bytes: how much
 * @most: bytes of a command, of a write
 * @data: what is written
 */
struct fake_zone_call {
	enum zone_action action;
	bool writable;
	uint64_t offset;
	uint64_t bytes;
	uint64_t most;
	const void *data;
};

/**
 * struct fake_zones - what the namespace's zones are
 * @are: what zones_identify() finds
 * @list: what zones_report() finds
 * @error: of every call but the first, 0 for none
 * @identify_error: of zones_identify()
 * @calls: what was to be changed, in order
 * @nr_calls: how many
 */
struct fake_zones {
	struct zones are;
	struct zone list[FAKE_ZONES];
	int error;
	int identify_error;
	struct fake_zone_call calls[FAKE_ZONE_CALLS];
	unsigned int nr_calls;
};

extern OWN struct fake_zones fake_zones;

#endif
