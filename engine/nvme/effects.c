// SPDX-License-Identifier: GPL-2.0
#include "effects.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libnvme.h>

/* Any opcode that no bit of ONCS speaks of */
#define NO_BIT (-1)

/* A field of 16 bits, zero-based */
#define COPY_BLOCKS_MAX 65536u

static int error_of(int ret)
{
	return ret < 0 ? -errno : -EIO;
}

/* Those that an ordinary user may send are few (Linux 6.2, nvme_cmd_allowed) */
static bool is_denied(int ret)
{
	return ret < 0 && (errno == EACCES || errno == EPERM);
}

/* A controller older than command sets has no such descriptor: NVM */
static uint8_t csi_of(const uint8_t *list, size_t bytes)
{
	const size_t head = sizeof(struct nvme_ns_id_desc);
	size_t at = 0;

	while (at + head < bytes) {
		uint8_t type = list[at], length = list[at + 1];

		if (!length)
			break;
		if (type == NVME_NIDT_CSI)
			return list[at + head];
		at += head + length;
	}
	return NVME_CSI_NVM;
}

/* Which command set: where the list may not be read, one answers to zones */
static uint8_t read_csi(uint32_t nsid, int fd)
{
	_Alignas(8) uint8_t list[NVME_IDENTIFY_DATA_SIZE] = { 0 };
	struct nvme_zns_id_ns zones;
	int ret;

	ret = nvme_identify_ns_descs(fd, nsid, (void *)list);
	if (!ret)
		return csi_of(list, sizeof(list));
	if (is_denied(ret) && !nvme_zns_identify_ns(fd, nsid, &zones))
		return NVME_CSI_ZNS;
	return NVME_CSI_NVM;
}

static void read_log(struct nspace_effects *effects, int fd)
{
	struct nvme_cmd_effects_log log;
	int ret;

	ret = nvme_get_log_cmd_effects(fd, (enum nvme_csi)effects->csi, &log);
	if (ret) {
		effects->denied = is_denied(ret);
		return;
	}
	/* a log without Read, such as one of zeroes, is none */
	if (!(le32toh(log.iocs[nvme_cmd_read]) & NVME_CMD_EFFECTS_CSUPP))
		return;
	effects->source = NSPACE_EFFECTS_LOG;
	for (unsigned int i = 0; i < 256; i++)
		if (le32toh(log.iocs[i]) & NVME_CMD_EFFECTS_CSUPP)
			effects->log[i / 64] |= 1ull << i % 64;
}

/**
 * nspace_effects_read() - find out which I/O commands a namespace supports
 * @effects: filled in
 * @ns: the namespace, identified
 * @fd: its character device
 *
 * By the Commands Supported and Effects log of its command set, where the
 * controller has one (LPA bit 1) and this user may read it; else by ONCS,
 * which may know less: QEMU's has no bit for the Verify that works. NVMe Base
 * 2.0, 5.16.1.6 and 5.17.2.1.
 *
 * Return: 0, or a negative errno where Identify failed.
 */
int nspace_effects_read(struct nspace_effects *effects, const struct nspace *ns,
			int fd)
{
	struct nvme_id_ctrl ctrl;
	struct nvme_id_ns id;
	int ret;

	memset(effects, 0, sizeof(*effects));
	ret = nvme_identify_ctrl(fd, &ctrl);
	if (ret)
		return error_of(ret);
	ret = nvme_identify_ns(fd, ns->nsid, &id);
	if (ret)
		return error_of(ret);
	effects->oncs = le16toh(ctrl.oncs);
	effects->mssrl = le16toh(id.mssrl);
	effects->mcl = le32toh(id.mcl);
	effects->msrc = id.msrc;
	effects->csi = read_csi(ns->nsid, fd);
	if (ctrl.lpa & NVME_CTRL_LPA_CMD_EFFECTS)
		read_log(effects, fd);
	return 0;
}

/* NVMe Base 2.0, 5.17.2.1 */
static int oncs_bit(uint8_t opcode)
{
	switch (opcode) {
	case nvme_cmd_compare:
		return 0;
	case nvme_cmd_write_uncor:
		return 1;
	case nvme_cmd_dsm:
		return 2;
	case nvme_cmd_write_zeroes:
		return 3;
	case nvme_cmd_resv_register:
	case nvme_cmd_resv_report:
	case nvme_cmd_resv_acquire:
	case nvme_cmd_resv_release:
		return 5;
	case nvme_cmd_verify:
		return 7;
	case nvme_cmd_copy:
		return 8;
	default:
		return NO_BIT;
	}
}

static bool is_zone_command(uint8_t opcode)
{
	return opcode == nvme_zns_cmd_mgmt_send ||
	       opcode == nvme_zns_cmd_mgmt_recv ||
	       opcode == nvme_zns_cmd_append;
}

/**
 * nspace_supports() - whether a namespace supports an I/O command
 * @effects: made by nspace_effects_read()
 * @opcode: the command, which may be a vendor's
 *
 * Where there is no log, what neither ONCS nor the command set speaks of is
 * taken to be supported: the controller will say if it is not.
 *
 * Return: false where something says that it is not.
 */
bool nspace_supports(const struct nspace_effects *effects, uint8_t opcode)
{
	int bit = oncs_bit(opcode);

	if (effects->source == NSPACE_EFFECTS_LOG)
		return effects->log[opcode / 64] >> opcode % 64 & 1;
	if (is_zone_command(opcode))
		return effects->csi == NVME_CSI_ZNS;
	return bit == NO_BIT || effects->oncs >> bit & 1;
}

/* What says no, and what to do about it */
static void put_cause(const struct nspace_effects *effects, uint8_t opcode,
		      const char *option, char *buf, size_t len)
{
	if (is_zone_command(opcode) && effects->csi != NVME_CSI_ZNS)
		snprintf(
			buf, len,
			"the namespace has no zones; leave %s out, or use a zoned namespace",
			option);
	else if (effects->source == NSPACE_EFFECTS_LOG)
		snprintf(
			buf, len,
			"the controller's Commands Supported and Effects log does not list it; leave %s out, or use a drive that has it",
			option);
	else
		snprintf(
			buf, len,
			"%s(ONCS bit %d); %sleave %s out, or use a drive that has it",
			effects->denied ?
				"the kernel does not let this user read the log of commands, and without it the controller's Identify data decides " :
				"the controller's Identify data says so ",
			oncs_bit(opcode),
			effects->denied ? "run as root, " : "", option);
}

/**
 * nspace_check_command() - whether a namespace supports what an option asks
 * @ns: the namespace
 * @effects: made by nspace_effects_read()
 * @opcode: the command that the option asks for
 * @option: the option, with its value where that helps
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EOPNOTSUPP with @why.
 */
int nspace_check_command(const struct nspace *ns,
			 const struct nspace_effects *effects, uint8_t opcode,
			 const char *option, char *why, size_t len)
{
	const char *name = nvme_opcode_name(opcode);
	char cause[WHY_MAX];

	if (nspace_supports(effects, opcode))
		return 0;
	put_cause(effects, opcode, option, cause, sizeof(cause));
	snprintf(
		why, len,
		"%s: %s asks for %s (opcode 0x%02x), which is not supported: %s",
		ns->path, option, name ? name : "a command", opcode, cause);
	return -EOPNOTSUPP;
}

/**
 * nspace_check_copy() - whether one Copy may be as large as an option asks
 * @ns: the namespace
 * @effects: made by nspace_effects_read()
 * @nr: the most source ranges, over which blocks are spread evenly
 * @nlb: logical blocks in all of them
 * @option: the option, with its value where that helps
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * MSRC, MSSRL and MCL, of which 0 in the last two is no limit (NVM Command
 * Set 1.0, 3.2.2 and 4.1.5.1).
 *
 * Return: 0, or -E2BIG with @why.
 */
int nspace_check_copy(const struct nspace *ns,
		      const struct nspace_effects *effects, uint32_t nr,
		      uint64_t nlb, const char *option, char *why, size_t len)
{
	uint32_t ranges = effects->msrc + 1u;
	uint32_t each = effects->mssrl ? effects->mssrl : COPY_BLOCKS_MAX;
	unsigned long long longest = nlb / nr + (nlb % nr != 0);

	if (nr > ranges)
		snprintf(
			why, len,
			"%s: %s asks for a Copy of %u ranges, above the %u that one takes (MSRC); use %u ranges or fewer",
			ns->path, option, nr, ranges, ranges);
	else if (longest > each)
		snprintf(
			why, len,
			"%s: %s asks for a Copy of ranges of %llu blocks, above the %u of one (MSSRL); use %llu bytes or less, or more ranges",
			ns->path, option, longest, each,
			(unsigned long long)nr * each * ns->lba_bytes);
	else if (effects->mcl && nlb > effects->mcl)
		snprintf(
			why, len,
			"%s: %s asks for a Copy of %llu blocks, above the %u of all ranges together (MCL); use %llu bytes or less",
			ns->path, option, (unsigned long long)nlb, effects->mcl,
			(unsigned long long)effects->mcl * ns->lba_bytes);
	else
		return 0;
	return -E2BIG;
}
