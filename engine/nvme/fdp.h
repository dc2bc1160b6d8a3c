/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a namespace lets the host place data: Flexible Data Placement (TP4146,
 * NVMe Base 2.1) and the older streams, and what an FDP drive counted of it.
 * Read once, beside the I/O. Every function returns 0, or a negative errno
 * with one line of text that says what to do.
 */
#ifndef NVME_PASSTHRU_FDP_H
#define NVME_PASSTHRU_FDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "namespace.h"

/* As many as fio's own options can name */
#define NSPACE_PLACEMENTS_MAX 128
/* An Events log holds 63 at most, and there are the host's and another one */
#define NSPACE_EVENTS_MAX 126

/**
 * struct nspace_ruh - one placement handle of a namespace
 * @pid: placement identifier, what a write's DSPEC names
 * @ruhid: the reclaim unit handle it stands for
 * @left: bytes of data that still fit its reclaim unit (RUAMW); metadata does
 *	not count
 */
struct nspace_ruh {
	uint16_t pid;
	uint16_t ruhid;
	uint64_t left;
};

/**
 * struct nspace_fdp - the placement handles of a namespace
 * @nr: how many; where the device has more than NSPACE_PLACEMENTS_MAX, the
 *	first of them
 * @ruhs: in the device's order, so that the index is the placement handle
 */
struct nspace_fdp {
	uint32_t nr;
	struct nspace_ruh ruhs[NSPACE_PLACEMENTS_MAX];
};

/**
 * struct nspace_streams - what a namespace has of streams
 * @msl: Max Streams Limit: streams of the whole subsystem; 0 for none
 * @nssa: NVM Subsystem Streams Available: open ones that nobody has reserved
 * @nsso: NVM Subsystem Streams Open
 * @nsa: Namespace Streams Allocated: reserved for this namespace, or 0
 * @nso: Namespace Streams Open
 * @sws: Stream Write Size in bytes of data, the best unit of a write; 0 where
 *	it is not told
 * @sgs: Stream Granularity Size in bytes of data, what is erased together; 0
 *	where it is not told
 *
 * A stream identifier is any of 1 to 65535; a write opens it.
 */
struct nspace_streams {
	uint16_t msl;
	uint16_t nssa;
	uint16_t nsso;
	uint16_t nsa;
	uint16_t nso;
	uint64_t sws;
	uint64_t sgs;
};

/**
 * struct nspace_fdp_stats - what the endurance group wrote, since FDP was
 *	enabled
 * @hbmw: Host Bytes with Metadata Written
 * @mbmw: Media Bytes with Metadata Written
 * @mbe: Media Bytes Erased
 *
 * The device has 128 bits of each; what is beyond 64 bits is UINT64_MAX.
 */
struct nspace_fdp_stats {
	uint64_t hbmw;
	uint64_t mbmw;
	uint64_t mbe;
};

/* What an event's flags say of its members */
#define NSPACE_EVENT_PID 0x1u
#define NSPACE_EVENT_NSID 0x2u
#define NSPACE_EVENT_LOCATION 0x4u

/**
 * struct nspace_fdp_event - an event of the endurance group
 * @host: it is of the host's log, not of the controller's
 * @type: see nspace_fdp_event_name()
 * @flags: which members mean something: NSPACE_EVENT_PID for @pid,
 *	NSPACE_EVENT_NSID for @nsid, NSPACE_EVENT_LOCATION for @rgid and @ruhid
 * @pid: placement identifier
 * @time_ms: milliseconds by the controller's clock
 * @since_1970: that clock was set by a host and counts from 1970 (UTC); else
 *	from the controller's last reset
 * @nsid: namespace identifier
 * @rgid: reclaim group identifier
 * @ruhid: reclaim unit handle identifier
 * @raw: the event as the log has it, which tells it from others
 */
struct nspace_fdp_event {
	uint8_t host;
	uint8_t type;
	uint8_t flags;
	uint16_t pid;
	uint64_t time_ms;
	bool since_1970;
	uint32_t nsid;
	uint16_t rgid;
	uint16_t ruhid;
	uint8_t raw[64];
};

/**
 * struct nspace_fdp_log - statistics and events, as of one moment
 * @at: when they were read, by CLOCK_REALTIME
 * @stats: FDP Statistics
 * @nr_events: how many of @events
 * @events: the host's, then the controller's, each in the device's order; a
 *	log that the device does not offer has none
 */
struct nspace_fdp_log {
	struct timespec at;
	struct nspace_fdp_stats stats;
	uint32_t nr_events;
	struct nspace_fdp_event events[NSPACE_EVENTS_MAX];
};

int nspace_fdp_read(struct nspace_fdp *fdp, const struct nspace *ns, int fd,
		    char *why, size_t len);
int nspace_streams_read(struct nspace_streams *streams, const struct nspace *ns,
			int fd, char *why, size_t len);
int nspace_fdp_log_read(struct nspace_fdp_log *log, const struct nspace *ns,
			int fd, char *why, size_t len);
bool nspace_fdp_event_in(const struct nspace_fdp_log *log,
			 const struct nspace_fdp_event *event);
const char *nspace_fdp_event_name(uint8_t type);

#endif
