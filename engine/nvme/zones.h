/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A zoned namespace: what its zones are like, which state each is in, and the
 * commands that change it. These go through the kernel's ioctl, and wait.
 */
#ifndef NVME_PASSTHRU_ZONES_H
#define NVME_PASSTHRU_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "namespace.h"

/**
 * struct zones - what the zones of a namespace are like
 * @nr: how many there are, 0 where the namespace is not zoned
 * @bytes: from the start of one to that of the next
 * @max_open: how many may be open at a time, 0 for no limit (MOR)
 * @max_active: how many may be open or closed, 0 for no limit (MAR)
 * @append_bytes: the most that a Zone Append carries, 0 for no limit (ZASL,
 *	or MDTS where that is 0)
 * @variable_capacity: a reset may change a zone's capacity (ZOC bit 0)
 */
struct zones {
	uint32_t nr;
	uint64_t bytes;
	uint32_t max_open;
	uint32_t max_active;
	uint32_t append_bytes;
	bool variable_capacity;
};

/**
 * enum zone_type - Zone Type, numbered as the specification has it
 * @ZONE_SEQUENTIAL: Sequential Write Required, the only one there is
 */
enum zone_type {
	ZONE_SEQUENTIAL = 0x2,
};

/**
 * enum zone_state - Zone State, numbered as the specification has it
 * @ZONE_EMPTY: nothing was written since the reset
 * @ZONE_IMPLICIT: opened by a write
 * @ZONE_EXPLICIT: opened by a command
 * @ZONE_CLOSED: active and not open
 * @ZONE_READ_ONLY: can be read, and nothing else, for good
 * @ZONE_FULL: has to be reset before it can be written
 * @ZONE_OFFLINE: can be neither read nor written, for good
 */
enum zone_state {
	ZONE_EMPTY = 0x1,
	ZONE_IMPLICIT = 0x2,
	ZONE_EXPLICIT = 0x3,
	ZONE_CLOSED = 0x4,
	ZONE_READ_ONLY = 0xd,
	ZONE_FULL = 0xe,
	ZONE_OFFLINE = 0xf,
};

/**
 * struct zone - one zone; offsets and lengths are in bytes
 * @start: its first byte
 * @bytes: up to the start of the next
 * @capacity: how many of @bytes can be written
 * @wp: where the next write goes; @start + @capacity where it is full, @start
 *	where the state has no write pointer otherwise
 * @type: its type
 * @state: its state
 */
struct zone {
	uint64_t start;
	uint64_t bytes;
	uint64_t capacity;
	uint64_t wp;
	enum zone_type type;
	enum zone_state state;
};

/**
 * enum zone_action - Zone Send Action, numbered as the specification has it
 * @ZONE_CLOSE: it no longer counts as open
 * @ZONE_FINISH: it counts as full
 * @ZONE_OPEN: it counts as open before the first write
 * @ZONE_RESET: it is emptied
 */
enum zone_action {
	ZONE_CLOSE = 0x1,
	ZONE_FINISH = 0x2,
	ZONE_OPEN = 0x3,
	ZONE_RESET = 0x4,
};

int zones_identify(struct zones *zones, const struct nspace *ns, int fd,
		   char *why, size_t len);
int zones_report(const struct zones *zones, const struct nspace *ns, int fd,
		 uint64_t offset, struct zone *list, unsigned int nr, char *why,
		 size_t len);
int zones_manage(const struct zones *zones, const struct nspace *ns, int fd,
		 enum zone_action action, uint64_t offset, uint64_t bytes,
		 char *why, size_t len);
int zones_write(const struct nspace *ns, int fd, uint64_t offset,
		const void *data, uint64_t bytes, uint64_t most, char *why,
		size_t len);
const char *zone_state_text(enum zone_state state);

#endif
