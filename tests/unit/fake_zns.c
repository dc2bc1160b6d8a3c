// SPDX-License-Identifier: GPL-2.0
#include "fake_zns.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct zns_answer zns_answer;
struct zns_sent zns_sent;

int __wrap_nvme_identify(struct nvme_identify_args *args);
int __wrap_nvme_zns_mgmt_recv(struct nvme_zns_mgmt_recv_args *args);
int __wrap_nvme_zns_mgmt_send(struct nvme_zns_mgmt_send_args *args);
int __wrap_nvme_io(struct nvme_io_args *args, __u8 opcode);

static int answered(int error)
{
	if (error >= 0)
		return error;
	errno = -error;
	return -1;
}

static const void *identified_by(const struct nvme_identify_args *args)
{
	switch (args->cns) {
	case NVME_IDENTIFY_CNS_NS:
		return &zns_answer.ns;
	case NVME_IDENTIFY_CNS_NS_DESC_LIST:
		return zns_answer.descs;
	case NVME_IDENTIFY_CNS_CSI_NS:
		assert_int_equal(args->csi, NVME_CSI_ZNS);
		return &zns_answer.zoned;
	case NVME_IDENTIFY_CNS_CSI_CTRL:
		assert_int_equal(args->csi, NVME_CSI_ZNS);
		return &zns_answer.ctrl;
	default:
		fail_msg("CNS 0x%x", args->cns);
		return NULL;
	}
}

int __wrap_nvme_identify(struct nvme_identify_args *args)
{
	assert_int_equal(args->fd, ZNS_FD);
	if (args->cns != NVME_IDENTIFY_CNS_CSI_CTRL)
		assert_int_equal(args->nsid, ZNS_NSID);
	memcpy(args->data, identified_by(args), NVME_IDENTIFY_DATA_SIZE);
	return answered(zns_answer.identify_error[args->cns]);
}

int __wrap_nvme_zns_mgmt_recv(struct nvme_zns_mgmt_recv_args *args)
{
	struct nvme_zone_report *report = args->data;
	uint64_t first = args->slba / ZONE_BLOCKS, nr;

	assert_int_equal(args->fd, ZNS_FD);
	assert_int_equal(args->nsid, ZNS_NSID);
	assert_int_equal(args->zra, NVME_ZNS_ZRA_REPORT_ZONES);
	assert_int_equal(args->zrasf, NVME_ZNS_ZRAS_REPORT_ALL);
	/* or the number would be of all zones, and not of those told of */
	assert_true(args->zras_feat);
	assert_int_equal(args->slba % ZONE_BLOCKS, 0);
	assert_true(args->data_len >= 2 * sizeof(struct nvme_zns_desc));
	nr = args->data_len / sizeof(struct nvme_zns_desc) - 1;
	if (nr > ZONES - first)
		nr = ZONES - first;
	memcpy(report->entries, &zns_answer.zone[first],
	       nr * sizeof(struct nvme_zns_desc));
	report->nr_zones = htole64(zns_answer.told ? zns_answer.told : nr);
	zns_sent.reports++;
	return answered(zns_answer.report_error);
}

int __wrap_nvme_zns_mgmt_send(struct nvme_zns_mgmt_send_args *args)
{
	assert_int_equal(args->fd, ZNS_FD);
	assert_int_equal(args->nsid, ZNS_NSID);
	assert_true(zns_sent.nr < ZNS_SENT_MAX);
	zns_sent.list[zns_sent.nr++] = *args;
	return zns_sent.nr - 1 == zns_answer.manage_fails ?
		       answered(zns_answer.manage_error) :
		       0;
}

int __wrap_nvme_io(struct nvme_io_args *args, __u8 opcode)
{
	assert_int_equal(opcode, nvme_cmd_write);
	assert_int_equal(args->fd, ZNS_FD);
	assert_int_equal(args->nsid, ZNS_NSID);
	assert_true(zns_sent.writes < ZNS_SENT_MAX);
	for (uint32_t i = 0; zns_answer.zeroes && i < args->data_len; i++)
		assert_int_equal(((char *)args->data)[i], 0);
	zns_sent.write[zns_sent.writes++] = *args;
	return answered(zns_answer.write_error);
}

void zns_describe(size_t at, uint8_t type, uint8_t bytes, uint8_t value)
{
	zns_answer.descs[at] = type;
	zns_answer.descs[at + 1] = bytes;
	zns_answer.descs[at + 4] = value;
}

void zns_zone(unsigned int nth, enum zone_state state, uint64_t written)
{
	uint64_t start = (uint64_t)nth * ZONE_BLOCKS;

	zns_answer.zone[nth] = (struct nvme_zns_desc){
		.zt = NVME_ZONE_TYPE_SEQWRITE_REQ,
		.zs = (uint8_t)(state << 4),
		.zcap = htole64(CAPACITY),
		.zslba = htole64(start),
		.wp = htole64(start + written),
	};
}

/* ZONES zones of 4 MiB that hold 3 MiB; the first descriptor is a UUID */
void zns_reset(void)
{
	memset(&zns_answer, 0, sizeof(zns_answer));
	memset(&zns_sent, 0, sizeof(zns_sent));
	zns_describe(0, NVME_NIDT_UUID, 16, 0xaa);
	zns_describe(20, NVME_NIDT_CSI, 1, NVME_CSI_ZNS);
	zns_answer.zoned.lbafe[0].zsze = htole64(ZONE_BLOCKS);
	zns_answer.zoned.mor = htole32(15);
	zns_answer.zoned.mar = htole32(31);
	for (unsigned int i = 0; i < ZONES; i++)
		zns_zone(i, ZONE_EMPTY, 0);
}

/* The namespace that the zones are of */
struct nspace zns_nspace(void)
{
	return (struct nspace){
		.path = "/dev/ng0n1",
		.nsid = ZNS_NSID,
		.nlb = (uint64_t)ZONES * ZONE_BLOCKS,
		.lba_size = BLOCK,
		.lba_bytes = BLOCK,
		.lba_shift = 9,
		.mdts_bytes = 512 << 10,
		.bytes = ZONES * ZONE_BYTES,
	};
}

/* One line that names the device */
void zns_assert_why(const char *why, const char *text)
{
	assert_ptr_equal(strstr(why, "/dev/ng0n1: "), why);
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
	assert_null(strchr(why, '\n'));
}
