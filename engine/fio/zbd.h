/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What zonemode=zbd takes from an engine, in terms of the layout in use.
 * Compiled once per layout.
 */
#ifndef NVME_PASSTHRU_ZBD_H
#define NVME_PASSTHRU_ZBD_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

/**
 * td_zoned() - whether fio's core is to follow the rules of zones
 * @td: the job
 *
 * Return: true with zonemode=zbd.
 */
static inline bool td_zoned(const struct thread_data *td)
{
	return td->o.zone_mode == ZONE_MODE_ZBD;
}

/**
 * zbd_zone_set() - describe a zone to fio
 * @zone: fio's description
 * @start: first byte
 * @len: bytes up to the next zone
 * @capacity: bytes that can be written
 * @wp: byte that the next write goes to
 */
static inline void zbd_zone_set(struct zbd_zone *zone, uint64_t start,
				uint64_t len, uint64_t capacity, uint64_t wp)
{
	zone->start = start;
	zone->len = len;
	zone->capacity = capacity;
	zone->wp = wp;
	zone->type = ZBD_ZONE_TYPE_SWR;
}

/**
 * zbd_zone_state() - tell fio a zone's condition
 * @zone: after zbd_zone_set()
 * @cond: as fio numbers it, which is as NVMe does
 * @usable: it can be read and written
 *
 * fio knows no zone that can be read only, and asserts that a write pointer
 * lies in its zone: what is not usable is offline to it, and empty, as fio's
 * own engines have it.
 */
static inline void zbd_zone_state(struct zbd_zone *zone,
				  enum zbd_zone_cond cond, bool usable)
{
	zone->cond = usable ? cond : ZBD_ZONE_COND_OFFLINE;
	if (!usable)
		zone->wp = zone->start;
}

#endif
