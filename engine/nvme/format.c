// SPDX-License-Identifier: GPL-2.0
#include "format.h"

#include <stdio.h>

#include <libnvme.h>

/* What commands depend on, of the format that an answer says is in use */
static struct nspace_pi format_of(const struct nvme_id_ns *id, uint8_t lbaf)
{
	const struct nvme_lbaf *format = &id->lbaf[lbaf];
	bool metadata = format->ms;

	return (struct nspace_pi){
		/* LBADS has 8 bits, and from 32 on is none that any host has */
		.lba_size = format->ds < 32 ? 1u << format->ds : 0,
		.ms = le16toh(format->ms),
		.extended = metadata && id->flbas & NVME_NS_FLBAS_META_EXT,
		.first = metadata && id->dps & NVME_NS_DPS_PI_FIRST,
		.type = metadata ? id->dps & NVME_NS_DPS_PI_MASK : 0,
	};
}

static bool same(const struct nspace_pi *was, const struct nspace_pi *is)
{
	return was->lba_size == is->lba_size && was->ms == is->ms &&
	       was->extended == is->extended && was->type == is->type &&
	       (!was->type || was->first == is->first);
}

/**
 * nspace_reformatted() - whether a namespace has another format by now
 * @ns: as nspace_identify() found it
 * @fd: its character device
 * @why: where it is put in words, from the device on
 * @len: bytes of @why
 *
 * Identify Namespace, FLBAS and DPS (NVM Command Set 1.0, figure 97). Whoever
 * cannot be asked, as a drive that is gone, was not formatted. Nor was what is
 * detached by now, of which a controller answers zeroes (NVMe Base 2.0, 5.17.2.1).
 *
 * Return: true with @why where it has.
 */
bool nspace_reformatted(const struct nspace *ns, int fd, char *why, size_t len)
{
	struct nspace_pi now;
	struct nvme_id_ns id;
	uint8_t lbaf;

	if (nvme_identify_ns(fd, ns->nsid, &id) || !id.nsze)
		return false;
	nvme_id_ns_flbas_to_lbaf_inuse(id.flbas, &lbaf);
	now = format_of(&id, lbaf);
	if (lbaf == ns->lbaf && same(&ns->pi, &now))
		return false;
	snprintf(
		why, len,
		"%s: the namespace was formatted after the job was set up: its logical blocks had %u bytes and %u of metadata (LBA format %u), and have %u and %u (LBA format %u)",
		ns->path, ns->pi.lba_size, ns->pi.ms, ns->lbaf, now.lba_size,
		now.ms, lbaf);
	return true;
}
