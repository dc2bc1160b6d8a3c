// SPDX-License-Identifier: GPL-2.0
#include "zones.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libnvme.h>

#include "status.h"

/* Every controller can transfer a page, whatever its MDTS */
#define REPORT_BYTES 4096u
#define REPORT_ZONES                                        \
	((REPORT_BYTES - sizeof(struct nvme_zone_report)) / \
	 sizeof(struct nvme_zns_desc))
/* ZASL counts units of the smallest page, as MDTS does */
#define ZASL_UNIT 4096u
/* The zone of a descriptor is in its upper half, the type in the lower */
#define ZONE_TYPE_MASK 0xfu
#define ZONE_STATE_SHIFT 4

_Static_assert(sizeof(struct nvme_zone_report) == 64, "report's head");
_Static_assert(sizeof(struct nvme_zns_desc) == 64, "zone descriptor");
_Static_assert(offsetof(struct nvme_zns_desc, wp) == 24, "write pointer");
_Static_assert(offsetof(struct nvme_zns_id_ns, lbafe) == 2816, "LBAFE");
_Static_assert((int)ZONE_SEQUENTIAL == NVME_ZONE_TYPE_SEQWRITE_REQ &&
		       (int)ZONE_EMPTY == NVME_ZNS_ZS_EMPTY &&
		       (int)ZONE_IMPLICIT == NVME_ZNS_ZS_IMPL_OPEN &&
		       (int)ZONE_EXPLICIT == NVME_ZNS_ZS_EXPL_OPEN &&
		       (int)ZONE_CLOSED == NVME_ZNS_ZS_CLOSED &&
		       (int)ZONE_READ_ONLY == NVME_ZNS_ZS_READ_ONLY &&
		       (int)ZONE_FULL == NVME_ZNS_ZS_FULL &&
		       (int)ZONE_OFFLINE == NVME_ZNS_ZS_OFFLINE,
	       "types and states are numbered as libnvme's");
_Static_assert((int)ZONE_CLOSE == NVME_ZNS_ZSA_CLOSE &&
		       (int)ZONE_FINISH == NVME_ZNS_ZSA_FINISH &&
		       (int)ZONE_OPEN == NVME_ZNS_ZSA_OPEN &&
		       (int)ZONE_RESET == NVME_ZNS_ZSA_RESET,
	       "actions are numbered as libnvme's");

/* A status above 0 or, with -1, errno; told in words */
static int failed(const struct nspace *ns, int ret, const char *what, char *why,
		  size_t len)
{
	int err = ret < 0 ? -errno : -EIO;
	char text[256];

	if (ret > 0) {
		struct nvme_status status = nvme_status_of(ret);

		err = -nvme_status_errno(status);
		nvme_status_text(status, ns->fabrics, text, sizeof(text));
	}
	snprintf(why, len, "%s: %s failed: %s", ns->path, what,
		 ret > 0 ? text : strerror(-err));
	return err;
}

static int impossible(const struct nspace *ns, const char *what, uint64_t value,
		      char *why, size_t len)
{
	snprintf(why, len,
		 "%s: the controller reports %s %" PRIu64 ", which cannot be",
		 ns->path, what, value);
	return -EPROTO;
}

/* -- what the zones are like -------------------------------------------- */

/* The command set among the namespace's descriptors; a length may lie */
static uint8_t command_set(const uint8_t *list, size_t len)
{
	const size_t head = sizeof(struct nvme_ns_id_desc);
	uint8_t bytes;

	for (size_t at = 0; at + head < len; at += head + bytes) {
		bytes = list[at + offsetof(struct nvme_ns_id_desc, nidl)];
		if (!bytes)
			break;
		if (list[at + offsetof(struct nvme_ns_id_desc, nidt)] ==
		    NVME_NIDT_CSI)
			return list[at + head];
	}
	return NVME_CSI_NVM;
}

/*
 * A controller that knows no list of descriptors, or none of command sets,
 * has one command set only (NVMe Base 2.0, 5.17.2.4).
 */
static bool is_zoned(const struct nspace *ns, int fd)
{
	uint8_t list[NVME_IDENTIFY_DATA_SIZE] = { 0 };
	struct nvme_zns_id_ns id;
	int ret = nvme_identify_ns_descs(fd, ns->nsid,
					 (struct nvme_ns_id_desc *)list);

	if (!ret)
		return command_set(list, sizeof(list)) == NVME_CSI_ZNS;
	/* an ordinary user may not ask for the list, but for zones */
	return ret < 0 && (errno == EACCES || errno == EPERM) &&
	       !nvme_zns_identify_ns(fd, ns->nsid, &id);
}

static int read_size(struct zones *zones, const struct nspace *ns,
		     const struct nvme_zns_id_ns *id, uint8_t format, char *why,
		     size_t len)
{
	uint64_t blocks = 0;

	if (format < sizeof(id->lbafe) / sizeof(id->lbafe[0]))
		blocks = le64toh(id->lbafe[format].zsze);
	if (!blocks || blocks > ns->nlb)
		return impossible(ns, "zones, the logical blocks of each being",
				  blocks, why, len);
	if (ns->nlb % blocks)
		return impossible(
			ns,
			"a size that is not whole zones, the logical blocks of each being",
			blocks, why, len);
	if (ns->nlb / blocks > UINT32_MAX)
		return impossible(ns, "a number of zones of", ns->nlb / blocks,
				  why, len);
	zones->nr = (uint32_t)(ns->nlb / blocks);
	zones->bytes = blocks * ns->lba_bytes;
	return 0;
}

/* Both are one less than the limit, and all ones stand for none */
static void read_limits(struct zones *zones, const struct nvme_zns_id_ns *id)
{
	zones->max_open = le32toh(id->mor) + 1;
	zones->max_active = le32toh(id->mar) + 1;
	zones->variable_capacity = le16toh(id->zoc) & 1;
}

static int read_append(struct zones *zones, const struct nspace *ns, int fd,
		       char *why, size_t len)
{
	struct nvme_zns_id_ctrl ctrl = { 0 };
	int ret = nvme_zns_identify_ctrl(fd, &ctrl);

	if (ret)
		return failed(ns, ret,
			      "Identify Controller of the zoned command set",
			      why, len);
	zones->append_bytes = ns->mdts_bytes;
	if (ctrl.zasl && ctrl.zasl < 20)
		zones->append_bytes = ZASL_UNIT << ctrl.zasl;
	return 0;
}

/**
 * zones_identify() - find out whether a namespace is zoned, and how
 * @zones: filled in; @zones->nr is 0 where it is not
 * @ns: the namespace, identified
 * @fd: its character device
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Identify with the list of descriptors (NVMe Base 2.0, 5.17.2.4) and of the
 * zoned command set (Zoned Namespace Command Set 1.1, 4.1.5).
 *
 * Return: 0, or a negative errno with @why.
 */
int zones_identify(struct zones *zones, const struct nspace *ns, int fd,
		   char *why, size_t len)
{
	struct nvme_zns_id_ns zoned = { 0 };
	struct nvme_id_ns id = { 0 };
	uint8_t format;
	int ret;

	memset(zones, 0, sizeof(*zones));
	if (!is_zoned(ns, fd))
		return 0;
	ret = nvme_identify_ns(fd, ns->nsid, &id);
	if (!ret)
		ret = nvme_zns_identify_ns(fd, ns->nsid, &zoned);
	if (ret)
		return failed(ns, ret,
			      "Identify Namespace of the zoned command set",
			      why, len);
	nvme_id_ns_flbas_to_lbaf_inuse(id.flbas, &format);
	read_limits(zones, &zoned);
	ret = read_append(zones, ns, fd, why, len);
	return ret ? ret : read_size(zones, ns, &zoned, format, why, len);
}

/* -- which state each is in --------------------------------------------- */

/**
 * zone_state_text() - a zone's state in words
 * @state: the state
 *
 * Return: the words, never NULL.
 */
const char *zone_state_text(enum zone_state state)
{
	switch (state) {
	case ZONE_EMPTY:
		return "empty";
	case ZONE_IMPLICIT:
		return "implicitly open";
	case ZONE_EXPLICIT:
		return "explicitly open";
	case ZONE_CLOSED:
		return "closed";
	case ZONE_READ_ONLY:
		return "read only";
	case ZONE_FULL:
		return "full";
	case ZONE_OFFLINE:
		return "offline";
	default:
		return "in a state that is not known";
	}
}

/* Only these have a write pointer (Zoned Namespace Command Set 1.1, 2.1.1.2) */
static int read_pointer(const struct nspace *ns, struct zone *zone, uint64_t wp,
			char *why, size_t len)
{
	zone->wp = zone->start;
	switch (zone->state) {
	case ZONE_FULL:
		zone->wp = zone->start + zone->capacity;
		return 0;
	case ZONE_EMPTY:
	case ZONE_READ_ONLY:
	case ZONE_OFFLINE:
		return 0;
	case ZONE_IMPLICIT:
	case ZONE_EXPLICIT:
	case ZONE_CLOSED:
		break;
	default:
		return impossible(ns, "a zone in state", zone->state, why, len);
	}
	if (wp < zone->start / ns->lba_bytes ||
	    wp > (zone->start + zone->capacity) / ns->lba_bytes)
		return impossible(ns, "a write pointer out of its zone, at", wp,
				  why, len);
	zone->wp = wp * ns->lba_bytes;
	return 0;
}

static int read_zone(const struct zones *zones, const struct nspace *ns,
		     const struct nvme_zns_desc *desc, uint64_t start,
		     struct zone *zone, char *why, size_t len)
{
	uint64_t capacity = le64toh(desc->zcap);

	zone->start = start;
	zone->bytes = zones->bytes;
	zone->type = desc->zt & ZONE_TYPE_MASK;
	zone->state = desc->zs >> ZONE_STATE_SHIFT;
	if (le64toh(desc->zslba) != start / ns->lba_bytes)
		return impossible(ns, "a zone that starts at logical block",
				  le64toh(desc->zslba), why, len);
	if (zone->type != ZONE_SEQUENTIAL)
		return impossible(ns, "a zone of type", zone->type, why, len);
	if (capacity > zones->bytes / ns->lba_bytes)
		return impossible(ns,
				  "a zone whose capacity in logical blocks is",
				  capacity, why, len);
	zone->capacity = capacity * ns->lba_bytes;
	return read_pointer(ns, zone, le64toh(desc->wp), why, len);
}

/* As many zones as one command tells of */
static int report_some(const struct zones *zones, const struct nspace *ns,
		       int fd, uint64_t offset, struct zone *list,
		       unsigned int nr, char *why, size_t len)
{
	union {
		struct nvme_zone_report report;
		uint8_t bytes[REPORT_BYTES];
	} data = { .bytes = { 0 } };
	uint64_t told;
	int ret;

	ret = nvme_zns_report_zones(fd, ns->nsid, offset / ns->lba_bytes,
				    NVME_ZNS_ZRAS_REPORT_ALL, false, true,
				    sizeof(data), &data,
				    NVME_DEFAULT_IOCTL_TIMEOUT, NULL);
	if (ret)
		return failed(ns, ret, "Report Zones", why, len);
	told = le64toh(data.report.nr_zones);
	if (!told || told > REPORT_ZONES)
		return impossible(ns, "for zones that it has, a number of",
				  told, why, len);
	if (told < nr)
		nr = (unsigned int)told;
	for (unsigned int i = 0; i < nr; i++) {
		ret = read_zone(zones, ns, &data.report.entries[i],
				offset + i * zones->bytes, &list[i], why, len);
		if (ret)
			return ret;
	}
	return (int)nr;
}

static int check_start(const struct zones *zones, const struct nspace *ns,
		       uint64_t offset, char *why, size_t len)
{
	if (zones->nr && !(offset % zones->bytes) && offset < ns->bytes)
		return 0;
	snprintf(why, len,
		 "%s: no zone starts at byte %" PRIu64 "; zones are of %" PRIu64
		 " bytes, and there are %" PRIu32,
		 ns->path, offset, zones->bytes, zones->nr);
	return -EINVAL;
}

/**
 * zones_report() - read the state of zones
 * @zones: of the namespace, from zones_identify()
 * @ns: the namespace
 * @fd: its character device
 * @offset: in bytes, the start of the first zone
 * @list: filled in
 * @nr: the most zones that @list has room for
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Zone Management Receive (Zoned Namespace Command Set 1.1, 3.4.2), as often
 * as it takes.
 *
 * Return: how many zones were filled in: @nr, or fewer where the namespace
 * ends before; or a negative errno with @why.
 */
int zones_report(const struct zones *zones, const struct nspace *ns, int fd,
		 uint64_t offset, struct zone *list, unsigned int nr, char *why,
		 size_t len)
{
	int ret = check_start(zones, ns, offset, why, len);
	unsigned int got = 0;

	if (ret)
		return ret;
	if (nr > zones->nr - offset / zones->bytes)
		nr = (unsigned int)(zones->nr - offset / zones->bytes);
	while (got < nr) {
		ret = report_some(zones, ns, fd, offset + got * zones->bytes,
				  list + got, nr - got, why, len);
		if (ret < 0)
			return ret;
		got += (unsigned int)ret;
	}
	return (int)got;
}

/* -- what changes it ----------------------------------------------------- */

static const char *action_text(enum zone_action action)
{
	switch (action) {
	case ZONE_CLOSE:
		return "closing";
	case ZONE_FINISH:
		return "finishing";
	case ZONE_OPEN:
		return "opening";
	default:
		return "resetting";
	}
}

static int manage(const struct nspace *ns, int fd, enum zone_action action,
		  uint64_t offset, bool all, char *why, size_t len)
{
	struct nvme_zns_mgmt_send_args args = {
		.slba = offset / ns->lba_bytes,
		.args_size = sizeof(args),
		.fd = fd,
		.timeout = NVME_DEFAULT_IOCTL_TIMEOUT,
		.nsid = ns->nsid,
		.zsa = (enum nvme_zns_send_action)action,
		.select_all = all,
	};
	int ret = nvme_zns_mgmt_send(&args);
	char what[96];

	if (!ret)
		return 0;
	if (all)
		snprintf(what, sizeof(what), "%s all zones",
			 action_text(action));
	else
		snprintf(what, sizeof(what), "%s the zone at byte %" PRIu64,
			 action_text(action), offset);
	return failed(ns, ret, what, why, len);
}

/**
 * zones_manage() - change the state of the zones of a range
 * @zones: of the namespace, from zones_identify()
 * @ns: the namespace
 * @fd: its character device, open for writing
 * @action: what is done to each
 * @offset: in bytes, the start of the first zone
 * @bytes: of the range; the zone that it ends in belongs to it
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Zone Management Send (Zoned Namespace Command Set 1.1, 3.4.3): one command
 * for all zones of the namespace, else one for each zone. The first failure
 * ends it, and leaves the zones before changed.
 *
 * Return: 0, or a negative errno with @why.
 */
int zones_manage(const struct zones *zones, const struct nspace *ns, int fd,
		 enum zone_action action, uint64_t offset, uint64_t bytes,
		 char *why, size_t len)
{
	int ret = check_start(zones, ns, offset, why, len);

	if (ret)
		return ret;
	if (!offset && bytes >= ns->bytes)
		return manage(ns, fd, action, 0, true, why, len);
	if (bytes > ns->bytes - offset)
		bytes = ns->bytes - offset;
	for (uint64_t done = 0; !ret && done < bytes; done += zones->bytes)
		ret = manage(ns, fd, action, offset + done, false, why, len);
	return ret;
}

static int write_some(const struct nspace *ns, int fd, uint64_t offset,
		      void *data, uint64_t bytes, char *why, size_t len)
{
	struct nvme_io_args args = {
		.slba = offset / ns->lba_bytes,
		.data = data,
		.args_size = sizeof(args),
		.fd = fd,
		.timeout = NVME_DEFAULT_IOCTL_TIMEOUT,
		.nsid = ns->nsid,
		.data_len = (uint32_t)bytes,
		.nlb = (uint16_t)(bytes / ns->lba_bytes - 1),
	};
	int ret = nvme_write(&args);
	char what[64];

	if (!ret)
		return 0;
	snprintf(what, sizeof(what), "the write at byte %" PRIu64, offset);
	return failed(ns, ret, what, why, len);
}

/**
 * zones_write() - move a zone's write pointer by writing
 * @ns: the namespace
 * @fd: its character device, open for writing
 * @offset: in bytes, where the write pointer is
 * @data: what is written, NULL for zeroes
 * @bytes: how much, in whole blocks
 * @most: bytes that one command can carry, in whole blocks
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * One Write after the other, since each has to begin where the last ended.
 *
 * Return: 0, or a negative errno with @why.
 */
int zones_write(const struct nspace *ns, int fd, uint64_t offset,
		const void *data, uint64_t bytes, uint64_t most, char *why,
		size_t len)
{
	char *zeroes = NULL;
	uint64_t part;
	int ret = 0;

	if (!data)
		zeroes = calloc(1, most);
	if (!data && !zeroes) {
		snprintf(why, len, "%s: out of memory", ns->path);
		return -ENOMEM;
	}
	for (uint64_t done = 0; !ret && done < bytes; done += part) {
		part = bytes - done < most ? bytes - done : most;
		ret = write_some(ns, fd, offset + done,
				 zeroes ? zeroes : (char *)data + done, part,
				 why, len);
	}
	free(zeroes);
	return ret;
}
