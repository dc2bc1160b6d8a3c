// SPDX-License-Identifier: GPL-2.0
/* What zones are like, and the report of them. */
#include "nvme/zones.h"

#include "controller.h"
#include "fuzz.h"

/* More than a report tells of */
#define LIST 80

static char why[FUZZ_WHY];

static void hold_zones(const struct zones *zones, const struct nspace *ns)
{
	HOLD(zones->bytes && !(zones->bytes % ns->lba_bytes));
	HOLD(zones->nr * zones->bytes == ns->bytes);
}

static void hold_zone(const struct zone *zone, const struct zones *zones,
		      const struct nspace *ns)
{
	HOLD(zone->bytes == zones->bytes);
	HOLD(zone->start % zone->bytes == 0 && zone->start < ns->bytes);
	HOLD(zone->capacity <= zone->bytes);
	HOLD(zone->wp >= zone->start);
	HOLD(zone->wp <= zone->start + zone->capacity);
	HOLD(zone->type == ZONE_SEQUENTIAL);
}

static void report(const struct zones *zones, const struct nspace *ns)
{
	struct zone *list = calloc(LIST, sizeof(*list));
	unsigned int first = controller_byte(), nr = controller_byte() % LIST;
	int ret = zones_report(zones, ns, -1, first * zones->bytes, list, nr,
			       why, sizeof(why));

	hold_result(ret, why, FUZZ_PATH ": ");
	HOLD(ret <= (int)nr);
	for (int i = 0; i < ret; i++)
		hold_zone(&list[i], zones, ns);
	free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zones zones;
	struct nspace ns;
	int ret;

	controller_begin(data, size);
	why[0] = '\0';
	if (controller_identify(&ns, why))
		return 0;
	ret = zones_identify(&zones, &ns, -1, why, sizeof(why));
	hold_result(ret, why, FUZZ_PATH ": ");
	if (ret || !zones.nr)
		return 0;
	hold_zones(&zones, &ns);
	report(&zones, &ns);
	return 0;
}
