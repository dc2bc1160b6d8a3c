/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libnvme's commands of the zoned command set, answered as a test wishes; put
 * in their place by the linker.
 */
#ifndef FAKE_ZNS_H
#define FAKE_ZNS_H

#include <stdbool.h>
#include <stdint.h>

#include <libnvme.h>

#include "nvme/zones.h"

#define ZNS_NSID 7u
#define ZNS_FD 33
#define ZONE_BLOCKS 0x2000u
#define CAPACITY 0x1800u
#define ZONES 100u
#define BLOCK 512u
#define ZONE_BYTES ((uint64_t)ZONE_BLOCKS * BLOCK)
#define ZNS_SENT_MAX 128

/**
 * struct zns_answer - what the controller answers
 * @descs: list of the namespace's descriptors
 * @ns: Identify Namespace
 * @zoned: the same of the zoned command set
 * @ctrl: Identify Controller of the zoned command set
 * @zone: what Report Zones tells of
 * @identify_error: by CNS; a status, or an errno below 0
 * @report_error: the same of Report Zones
 * @manage_error: the same of Zone Management Send, but only
 * @manage_fails: of this one, from 0 on
 * @write_error: the same of Write
 * @zeroes: only zeroes may be written
 * @told: how many zones the report claims to be of, 0 for the truth
 */
struct zns_answer {
	uint8_t descs[NVME_IDENTIFY_DATA_SIZE];
	struct nvme_id_ns ns;
	struct nvme_zns_id_ns zoned;
	struct nvme_zns_id_ctrl ctrl;
	struct nvme_zns_desc zone[ZONES];
	int identify_error[256];
	int report_error;
	int manage_error;
	unsigned int manage_fails;
	int write_error;
	bool zeroes;
	uint64_t told;
};

/**
 * struct zns_sent - what was sent
 * @list: Zone Management Send, in order
 * @nr: how many
 * @reports: how often zones were asked for
 * @write: Write, in order
 * @writes: how many
 */
struct zns_sent {
	struct nvme_zns_mgmt_send_args list[ZNS_SENT_MAX];
	unsigned int nr;
	unsigned int reports;
	struct nvme_io_args write[ZNS_SENT_MAX];
	unsigned int writes;
};

extern struct zns_answer zns_answer;
extern struct zns_sent zns_sent;

void zns_reset(void);
void zns_describe(size_t at, uint8_t type, uint8_t bytes, uint8_t value);
void zns_zone(unsigned int nth, enum zone_state state, uint64_t written);
struct nspace zns_nspace(void);
void zns_assert_why(const char *why, const char *text);

#endif
