// SPDX-License-Identifier: GPL-2.0
#include "controller.h"

#include <errno.h>

#include <libnvme.h>

#include "fuzz.h"
#include "nvme/sysfs.h"

/* Zones that no single report tells of */
#define BLOCKS 8192u
#define ZONE_BLOCKS 64u
#define PATCHES_MAX 6u

/* As the kernel, which copies no more than the caller's buffer holds */
#define PAGE 4096u

static struct {
	const uint8_t *data;
	size_t left;
} input;

int __wrap_nvme_get_nsid(int fd, __u32 *nsid);
int __wrap_nvme_identify(struct nvme_identify_args *args);
int __wrap_nvme_get_log(struct nvme_get_log_args *args);
int __wrap_nvme_get_log_page(int fd, __u32 xfer_len,
			     struct nvme_get_log_args *args);
int __wrap_nvme_get_features(struct nvme_get_features_args *args);
int __wrap_nvme_directive_recv(struct nvme_directive_recv_args *args);
int __wrap_nvme_io_mgmt_recv(struct nvme_io_mgmt_recv_args *args);
int __wrap_nvme_zns_mgmt_recv(struct nvme_zns_mgmt_recv_args *args);

void controller_begin(const uint8_t *data, size_t size)
{
	nvme_sysfs_root = "/nonexistent";
	input.data = data;
	input.left = size;
}

uint8_t controller_byte(void)
{
	if (!input.left)
		return 0;
	input.left--;
	return *input.data++;
}

/* A place, how many bytes, and the bytes */
static void patch(uint8_t *data, uint32_t size)
{
	uint32_t at = controller_byte();
	uint32_t nr;

	at |= (uint32_t)controller_byte() << 8;
	nr = 1 + controller_byte() % 8;
	for (; nr; nr--, at++)
		data[at % size] = controller_byte();
}

/*
 * What a command ends with: mostly success with a few bytes changed, else a
 * status or an errno.
 */
static int answer(void *data, uint32_t size)
{
	static const int errors[] = { EACCES, EPERM, ENOTTY, EIO, EINTR };
	uint8_t kind = controller_byte();

	if (kind >= 0xf8) {
		errno = errors[kind % 5];
		return -1;
	}
	if (kind >= 0xf0)
		return 1 + controller_byte() + (controller_byte() % 8 << 8);
	if (kind == 0x80 && size)
		memset(data, 0xff, size);
	for (kind %= PATCHES_MAX + 1; size && kind; kind--)
		patch(data, size);
	return 0;
}

static void fill_ns(struct nvme_id_ns *ns)
{
	ns->nsze = htole64(BLOCKS);
	ns->nuse = htole64(BLOCKS);
	ns->lbaf[0].ds = 9;
	ns->lbaf[1].ds = 12;
	ns->lbaf[1].ms = htole16(16);
	ns->endgid = htole16(1);
}

static void fill_ctrl(struct nvme_id_ctrl *ctrl)
{
	ctrl->mdts = 7;
	ctrl->oncs = htole16(0x1ff);
	ctrl->oacs = htole16(NVME_CTRL_OACS_DIRECTIVES);
	ctrl->ctratt = htole32(NVME_CTRL_CTRATT_FDPS | NVME_CTRL_CTRATT_ELBAS);
	ctrl->lpa = NVME_CTRL_LPA_CMD_EFFECTS;
	memcpy(ctrl->sn, "serial", 6);
}

static void fill_identify(uint8_t *data, uint8_t cns, uint8_t csi)
{
	switch (cns) {
	case NVME_IDENTIFY_CNS_NS:
		fill_ns((void *)data);
		break;
	case NVME_IDENTIFY_CNS_CTRL:
		fill_ctrl((void *)data);
		break;
	case NVME_IDENTIFY_CNS_NS_DESC_LIST:
		data[0] = NVME_NIDT_CSI;
		data[1] = 1;
		data[4] = NVME_CSI_ZNS;
		break;
	case NVME_IDENTIFY_CNS_CSI_NS:
		if (csi == NVME_CSI_ZNS)
			((struct nvme_zns_id_ns *)data)->lbafe[0].zsze =
				htole64(ZONE_BLOCKS);
		break;
	default:
		break;
	}
}

int __wrap_nvme_get_nsid(int fd, __u32 *nsid)
{
	(void)fd;
	*nsid = FUZZ_NSID;
	return answer(NULL, 0);
}

int __wrap_nvme_identify(struct nvme_identify_args *args)
{
	HOLD(args->cns == NVME_IDENTIFY_CNS_CTRL ||
	     args->cns == NVME_IDENTIFY_CNS_CSI_CTRL ||
	     args->nsid == FUZZ_NSID);
	memset(args->data, 0, PAGE);
	fill_identify(args->data, (uint8_t)args->cns, (uint8_t)args->csi);
	return answer(args->data, PAGE);
}

static void fill_log(struct nvme_get_log_args *args)
{
	uint8_t *data = args->log;

	memset(data, 0, args->len);
	if (args->lid == NVME_LOG_LID_CMD_EFFECTS)
		for (uint32_t i = 0; i + 4 <= args->len; i += 4)
			data[i] = NVME_CMD_EFFECTS_CSUPP;
	if (args->lid == NVME_LOG_LID_FDP_EVENTS)
		data[0] = 2;
}

int __wrap_nvme_get_log(struct nvme_get_log_args *args)
{
	fill_log(args);
	return answer(args->log, args->len);
}

int __wrap_nvme_get_log_page(int fd, __u32 xfer_len,
			     struct nvme_get_log_args *args)
{
	(void)fd;
	HOLD(xfer_len >= PAGE);
	return __wrap_nvme_get_log(args);
}

int __wrap_nvme_get_features(struct nvme_get_features_args *args)
{
	*args->result = 1;
	return answer(args->result, sizeof(*args->result));
}

int __wrap_nvme_directive_recv(struct nvme_directive_recv_args *args)
{
	uint8_t *data = args->data;

	HOLD(args->nsid == FUZZ_NSID);
	memset(data, 0, args->data_len);
	if (args->data_len == PAGE)
		data[0] = data[32] = 3;
	return answer(args->data, args->data_len);
}

int __wrap_nvme_io_mgmt_recv(struct nvme_io_mgmt_recv_args *args)
{
	struct nvme_fdp_ruh_status *status = args->data;

	HOLD(args->nsid == FUZZ_NSID);
	memset(args->data, 0, args->data_len);
	status->nruhsd = htole16(4);
	return answer(args->data, args->data_len);
}

int __wrap_nvme_zns_mgmt_recv(struct nvme_zns_mgmt_recv_args *args)
{
	struct nvme_zone_report *report = args->data;
	uint64_t nr = args->data_len / sizeof(report->entries[0]) - 1;

	HOLD(args->nsid == FUZZ_NSID);
	memset(args->data, 0, args->data_len);
	report->nr_zones = htole64(nr);
	for (uint64_t i = 0; i < nr; i++) {
		struct nvme_zns_desc *zone = &report->entries[i];
		uint64_t start = args->slba + i * ZONE_BLOCKS;

		zone->zt = NVME_ZONE_TYPE_SEQWRITE_REQ;
		zone->zs = NVME_ZNS_ZS_IMPL_OPEN << 4;
		zone->zcap = htole64(ZONE_BLOCKS / 2);
		zone->zslba = htole64(start);
		zone->wp = htole64(start + 1);
	}
	return answer(args->data, args->data_len);
}

/* What every namespace that is not refused keeps to */
static void hold_nspace(const struct nspace *ns)
{
	const struct nspace_pi *pi = &ns->pi;

	HOLD(ns->nsid == FUZZ_NSID && ns->nlb);
	HOLD(ns->lba_size >= 512 && ns->lba_size <= 1u << 30);
	HOLD(!(ns->lba_size & (ns->lba_size - 1)));
	HOLD(ns->lba_bytes == ns->lba_size + (pi->extended ? pi->ms : 0));
	HOLD(!ns->lba_shift || ns->lba_bytes == 1u << ns->lba_shift);
	HOLD(ns->bytes / ns->lba_bytes == ns->nlb);
	HOLD(!ns->mdts_bytes || ns->mdts_bytes >= 8192);
	HOLD(pi->type <= 3 && pi->size <= pi->ms && pi->guard <= PI_GUARD_64);
	HOLD(strnlen(ns->serial, sizeof(ns->serial)) < sizeof(ns->serial));
	HOLD(strnlen(ns->model, sizeof(ns->model)) < sizeof(ns->model));
	for (const char *c = ns->model; *c; c++)
		HOLD(*c >= ' ' && *c <= '~');
}

int controller_identify(struct nspace *ns, char *why)
{
	int ret;

	memset(ns, 0, sizeof(*ns));
	ns->path = FUZZ_PATH;
	ret = nspace_identify(ns, -1, why, WHY_MAX);
	hold_result(ret, why, FUZZ_PATH ": ");
	if (!ret)
		hold_nspace(ns);
	return ret;
}
