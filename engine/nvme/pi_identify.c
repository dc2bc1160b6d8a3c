// SPDX-License-Identifier: GPL-2.0
#include "pi.h"

#include <endian.h>
#include <errno.h>
#include <libnvme.h>
#include <stdio.h>
#include <string.h>

/*
 * Qualified Protection Information Format: bit 3 of PIC and bits 12:9 of an
 * extended LBA format (NVM Command Set 1.1, figures 118 and 119), which
 * libnvme 1.3 does not know. A PIF of 3 says that the other counts.
 */
#define PIC_QPIFS (1u << 3)
#define PIF_SHIFT 7
#define PIF_QUALIFIED 3
#define QPIF_SHIFT 9
#define QPIF_MASK 15u

/**
 * struct format - a format of protection information
 * @guard: bits of the guard
 * @size: bytes of the whole
 * @sts_min: least bits that the storage tag takes
 * @sts_max: most
 *
 * NVM Command Set 1.0, figures 114 to 118 and 123.
 */
struct format {
	unsigned int guard;
	uint8_t size;
	uint8_t sts_min;
	uint8_t sts_max;
};

static const struct format formats[] = {
	[PI_GUARD_16] = { 16, 8, 0, 32 },
	[PI_GUARD_32] = { 32, 16, 16, 64 },
	[PI_GUARD_64] = { 64, 16, 0, 48 },
};

#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

static int check_sts(const struct nspace_pi *pi, const char *path, char *why,
		     size_t len)
{
	const struct format *format = &formats[pi->guard];

	if (pi->sts >= format->sts_min && pi->sts <= format->sts_max)
		return 0;
	snprintf(
		why, len,
		"%s: the controller reports a storage tag of %u bits beside a guard of %u, which cannot be (%u to %u bits can); format the namespace",
		path, pi->sts, format->guard, format->sts_min, format->sts_max);
	return -EPROTO;
}

/* What an extended LBA format says of its protection information */
static int read_elbaf(struct nspace_pi *pi, const char *path,
		      const struct nvme_nvm_id_ns *nvm, uint8_t index,
		      char *why, size_t len)
{
	uint32_t elbaf = le32toh(nvm->elbaf[index]);
	uint32_t pif = (elbaf & NVME_NVM_ELBAF_PIF_MASK) >> PIF_SHIFT;

	if (pif == PIF_QUALIFIED && nvm->pic & PIC_QPIFS)
		pif = elbaf >> QPIF_SHIFT & QPIF_MASK;
	if (pif >= NR_FORMATS) {
		snprintf(
			why, len,
			"%s: formatted with protection information format %u, which is not known here (0 to 2 are: guards of 16, 32 and 64 bits); format it with another",
			path, pif);
		return -EOPNOTSUPP;
	}
	pi->guard = (enum pi_guard)pif;
	pi->sts = elbaf & NVME_NVM_ELBAF_STS_MASK;
	pi->storage_mask = le64toh(nvm->lbstm);
	return check_sts(pi, path, why, len);
}

static int check_type(const struct nspace_pi *pi, const char *path, char *why,
		      size_t len)
{
	if (pi->type <= NVME_NS_DPS_PI_TYPE3)
		return 0;
	snprintf(
		why, len,
		"%s: formatted with protection information type %u, which is not known here (0 to 3 are); format it with another",
		path, pi->type);
	return -EOPNOTSUPP;
}

static int check_size(struct nspace_pi *pi, const char *path, char *why,
		      size_t len)
{
	pi->size = formats[pi->guard].size;
	if (pi->size <= pi->ms)
		return 0;
	snprintf(
		why, len,
		"%s: the controller reports %u bytes of protection information in %u bytes of metadata, which cannot be; format the namespace",
		path, pi->size, pi->ms);
	return -EPROTO;
}

static int read_block(struct nspace_pi *pi, const char *path,
		      const struct nvme_id_ns *id, uint8_t *index, char *why,
		      size_t len)
{
	const struct nvme_lbaf *lbaf;

	nvme_id_ns_flbas_to_lbaf_inuse(id->flbas, index);
	lbaf = &id->lbaf[*index];
	if (lbaf->ds < 9 || lbaf->ds > 30) {
		snprintf(
			why, len,
			"%s: the controller reports LBA format %u with 2^%u bytes a block, which cannot be; format the namespace",
			path, *index, lbaf->ds);
		return -EPROTO;
	}
	*pi = (struct nspace_pi){
		.lba_size = 1u << lbaf->ds,
		.ms = le16toh(lbaf->ms),
		.extended = lbaf->ms && id->flbas & NVME_NS_FLBAS_META_EXT,
	};
	return 0;
}

/**
 * pi_read_format() - what Identify says of metadata and of its protection
 * @pi: filled in
 * @path: the device, for @why
 * @id: Identify Namespace
 * @nvm: the same for the NVM command set (CNS 05h), or NULL where the
 *	controller has no extended LBA formats: guards are of 16 bits
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Protection information without metadata to hold it is none, as the kernel
 * takes it. NVM Command Set 1.0, figures 97 to 101.
 *
 * Return: 0, or a negative errno with @why.
 */
int pi_read_format(struct nspace_pi *pi, const char *path,
		   const struct nvme_id_ns *id,
		   const struct nvme_nvm_id_ns *nvm, char *why, size_t len)
{
	uint8_t index;
	int ret = read_block(pi, path, id, &index, why, len);

	if (ret || !pi->ms || !(id->dps & NVME_NS_DPS_PI_MASK))
		return ret;
	pi->type = id->dps & NVME_NS_DPS_PI_MASK;
	pi->first = id->dps & NVME_NS_DPS_PI_FIRST;
	ret = check_type(pi, path, why, len);
	if (!ret && nvm)
		ret = read_elbaf(pi, path, nvm, index, why, len);
	return ret ? ret : check_size(pi, path, why, len);
}

static int identify_failed(const char *path, int ret, char *why, size_t len)
{
	int err = ret < 0 ? -errno : -EIO;

	if (err == -EACCES || err == -EPERM)
		snprintf(
			why, len,
			"%s: the kernel does not let this user send Identify for the NVM command set; run as root (CAP_SYS_ADMIN), or use Linux 6.2 or later",
			path);
	else
		snprintf(
			why, len,
			"%s: Identify for the NVM command set failed: %s; without it the format of the protection information is not known",
			path,
			ret < 0 ? strerror(-err) :
				  nvme_status_to_string(ret, false));
	return err;
}

/**
 * pi_identify() - read a namespace's format, asking what is not known yet
 * @pi: filled in
 * @path: the device, for @why
 * @fd: its character device
 * @nsid: its identifier
 * @id: Identify Namespace
 * @ctrl: Identify Controller
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Only protection information of a controller with extended LBA formats
 * (CTRATT bit 15) needs another command.
 *
 * Return: 0, or a negative errno with @why.
 */
int pi_identify(struct nspace_pi *pi, const char *path, int fd, uint32_t nsid,
		const struct nvme_id_ns *id, const struct nvme_id_ctrl *ctrl,
		char *why, size_t len)
{
	struct nvme_nvm_id_ns nvm = { 0 };
	/* what is refused with the smallest format is refused with any */
	int ret = pi_read_format(pi, path, id, NULL, why, len);

	if (ret || !pi->type ||
	    !(le32toh(ctrl->ctratt) & NVME_CTRL_CTRATT_ELBAS))
		return ret;
	ret = nvme_identify_ns_csi(fd, nsid, 0, NVME_CSI_NVM, &nvm);
	if (ret)
		return identify_failed(path, ret, why, len);
	return pi_read_format(pi, path, id, &nvm, why, len);
}
