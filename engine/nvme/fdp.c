// SPDX-License-Identifier: GPL-2.0
#include "fdp.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libnvme.h>

#include "about.h"
#include "status.h"

_Static_assert(sizeof(struct nvme_fdp_ruh_status) == 16, "RUH status");
_Static_assert(sizeof(struct nvme_fdp_ruh_status_desc) == 32, "RUH descriptor");
_Static_assert(offsetof(struct nvme_fdp_ruh_status, nruhsd) == 14, "NRUHSD");
_Static_assert(offsetof(struct nvme_fdp_ruh_status_desc, ruamw) == 8, "RUAMW");
_Static_assert(sizeof(struct nvme_fdp_stats_log) == 64, "FDP Statistics");
_Static_assert(sizeof(struct nvme_fdp_event) == 64, "FDP event");
_Static_assert(offsetof(struct nvme_fdp_event, nsid) == 12, "NSID of an event");
_Static_assert(offsetof(struct nvme_fdp_event, rgid) == 32, "RGID of an event");
_Static_assert(sizeof(struct nvme_fdp_events_log) == 4096, "FDP Events");
_Static_assert(sizeof(struct nvme_timestamp) == 8, "Timestamp");
_Static_assert(sizeof(struct nvme_id_directives) == 4096, "Identify directive");
_Static_assert(sizeof(struct nvme_streams_directive_params) == 32, "streams");
_Static_assert(sizeof(((struct nspace_fdp_event *)0)->raw) ==
		       sizeof(struct nvme_fdp_event),
	       "raw holds an event");
_Static_assert(NSPACE_EVENT_PID == NVME_FDP_EVENT_F_PIV, "PIV");
_Static_assert(NSPACE_EVENT_NSID == NVME_FDP_EVENT_F_NSIDV, "NSIDV");
_Static_assert(NSPACE_EVENT_LOCATION == NVME_FDP_EVENT_F_LV, "LV");

/* FDP Disabled, a generic status that libnvme 1.3 has no name for */
#define STATUS_FDP_DISABLED 0x29
#define STATUS_INVALID_LOG_PAGE 0x109
/* SCT and SC, without what is said of retries */
#define STATUS_MASK 0x7ff
/* Log specific parameter of FDP Events: the host's, not the controller's */
#define LSP_HOST_EVENTS 1
/* Timestamp Origin, in byte 6 of Timestamp: 1 where a host set the clock */
#define TIMESTAMP_ORIGIN(attr) ((attr) >> 1 & 7)
#define TIMESTAMP_OF_HOST 1
/* In the first byte of the directives supported, and of those enabled */
#define DIRECTIVE_STREAMS (1u << NVME_ID_DIR_SD_BIT)

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/*
 * What libnvme returned, an errno or a status, as an error in words. Linux
 * before 6.2 wants CAP_SYS_ADMIN for every command but reads and writes, and
 * later ones for all admin commands but the plain kinds of Identify.
 */
static int failed(const struct nspace *ns, int ret, const char *what, char *why,
		  size_t len)
{
	int err = ret < 0 ? -errno : -EIO;
	char text[WHY_MAX / 2];

	if (err == -EACCES || err == -EPERM) {
		snprintf(
			why, len,
			"%s: the kernel does not let this user send %s; run as root (CAP_SYS_ADMIN)",
			ns->path, what);
		return err;
	}
	if (ret > 0)
		nvme_status_text(nvme_status_of(ret), ns->fabrics, text,
				 sizeof(text));
	snprintf(why, len, "%s: %s failed: %s", ns->path, what,
		 ret > 0 ? text : strerror(-err));
	return err;
}

static void controller_path(const struct nspace *ns, char *path, size_t len)
{
	char name[NVME_NAME_MAX];

	nspace_controller(ns, name, sizeof(name));
	snprintf(path, len, "/dev/%s", name[0] ? name : "nvmeX");
}

/* -- Flexible Data Placement ----------------------------------------------- */

static int refuse_unsupported(const struct nspace *ns, char *why, size_t len)
{
	snprintf(
		why, len,
		"%s: the controller has no Flexible Data Placement (CTRATT bit 19 is 0); use a drive that has it",
		ns->path);
	return -EOPNOTSUPP;
}

static int refuse_disabled(const struct nspace *ns, char *why, size_t len)
{
	char ctrl[NVME_NAME_MAX + 8];

	controller_path(ns, ctrl, sizeof(ctrl));
	snprintf(
		why, len,
		"%s: Flexible Data Placement is disabled in endurance group %u; delete the namespaces of the group (nvme delete-ns), enable it with \"nvme fdp feature %s --endgrp-id=%u --enable-conf-idx=0\", and create them again with placement handles (nvme create-ns --nphndls --phndls)",
		ns->path, ns->endgid, ctrl, ns->endgid);
	return -EOPNOTSUPP;
}

/* Whether the controller says so; one that must not be asked does not */
static bool is_disabled(const struct nspace *ns, int fd)
{
	uint32_t result = 0;
	struct nvme_get_features_args args = {
		.result = &result,
		.args_size = sizeof(args),
		.fd = fd,
		.timeout = NVME_DEFAULT_IOCTL_TIMEOUT,
		.sel = NVME_GET_FEATURES_SEL_CURRENT,
		.cdw11 = ns->endgid,
		.fid = NVME_FEAT_FID_FDP,
		.uuidx = NVME_UUID_NONE,
	};

	return !nvme_get_features(&args) && !NVME_GET(result, FEAT_FDP_ENABLED);
}

/* @ret is what the command returned; @what names it */
static int refuse_fdp(const struct nspace *ns, int fd, int ret,
		      const char *what, char *why, size_t len)
{
	if (ret < 0)
		return failed(ns, ret, what, why, len);
	if ((ret & STATUS_MASK) == STATUS_FDP_DISABLED || is_disabled(ns, fd))
		return refuse_disabled(ns, why, len);
	return failed(ns, ret, what, why, len);
}

/* The Reclaim Unit Handle Status with as much as is of use here */
struct ruh_status {
	struct nvme_fdp_ruh_status head;
	struct nvme_fdp_ruh_status_desc desc[NSPACE_PLACEMENTS_MAX];
};

static void read_handles(struct nspace_fdp *fdp, const struct nspace *ns,
			 const struct ruh_status *status)
{
	uint32_t nr = le16toh(status->head.nruhsd);

	fdp->nr = nr < NSPACE_PLACEMENTS_MAX ? nr : NSPACE_PLACEMENTS_MAX;
	for (uint32_t i = 0; i < fdp->nr; i++)
		fdp->ruhs[i] = (struct nspace_ruh){
			.pid = le16toh(status->desc[i].pid),
			.ruhid = le16toh(status->desc[i].ruhid),
			.left = times(le64toh(status->desc[i].ruamw),
				      ns->lba_size),
		};
}

/**
 * nspace_fdp_read() - read the placement handles of a namespace
 * @fdp: filled in
 * @ns: the namespace, as nspace_identify() left it
 * @fd: its character device
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Reclaim Unit Handle Status, by one I/O Management Receive (NVMe Base 2.1,
 * 7.3). Linux 6.2 and later let any user send it who may open the device.
 *
 * Return: 0 with at least one handle, or a negative errno with @why:
 * -EOPNOTSUPP where there is no FDP or it is disabled, -ENOENT where the
 * namespace has no handles, -EACCES without permission, -EIO where the
 * controller refuses.
 */
int nspace_fdp_read(struct nspace_fdp *fdp, const struct nspace *ns, int fd,
		    char *why, size_t len)
{
	struct ruh_status status;
	int ret;

	memset(fdp, 0, sizeof(*fdp));
	memset(&status, 0, sizeof(status));
	if (!ns->fdp)
		return refuse_unsupported(ns, why, len);
	ret = nvme_fdp_reclaim_unit_handle_status(fd, ns->nsid, sizeof(status),
						  &status);
	if (ret)
		return refuse_fdp(ns, fd, ret, "I/O Management Receive", why,
				  len);
	read_handles(fdp, ns, &status);
	if (fdp->nr)
		return 0;
	if (is_disabled(ns, fd))
		return refuse_disabled(ns, why, len);
	snprintf(
		why, len,
		"%s: the namespace has no placement handles; delete it and create it again with some (nvme create-ns --nphndls --phndls)",
		ns->path);
	return -ENOENT;
}

/* -- streams --------------------------------------------------------------- */

static int check_streams(const struct nspace *ns,
			 const struct nvme_id_directives *id, char *why,
			 size_t len)
{
	char ctrl[NVME_NAME_MAX + 8];

	if (!(id->supported[0] & DIRECTIVE_STREAMS)) {
		snprintf(
			why, len,
			"%s: the controller has no streams among its Directives; use a drive that has them",
			ns->path);
		return -EOPNOTSUPP;
	}
	if (id->enabled[0] & DIRECTIVE_STREAMS)
		return 0;
	controller_path(ns, ctrl, sizeof(ctrl));
	snprintf(
		why, len,
		"%s: streams are not enabled for the namespace; enable them with \"nvme dir-send %s --namespace-id=%u --dir-type=0 --dir-oper=1 --target-dir=1 --endir=1\"",
		ns->path, ctrl, ns->nsid);
	return -EOPNOTSUPP;
}

/**
 * nspace_streams_read() - read what a namespace has of streams
 * @streams: filled in
 * @ns: the namespace, as nspace_identify() left it
 * @fd: its character device
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return Parameters of the Identify and of the Streams directive (NVMe Base
 * 2.0, 5.9 and 8.7). Linux lets only CAP_SYS_ADMIN send them.
 *
 * Return: 0, or a negative errno with @why: -EOPNOTSUPP where there are no
 * streams or they are not enabled, -EACCES without permission, -EIO where the
 * controller refuses.
 */
int nspace_streams_read(struct nspace_streams *streams, const struct nspace *ns,
			int fd, char *why, size_t len)
{
	struct nvme_streams_directive_params params;
	struct nvme_id_directives id;
	int ret;

	memset(streams, 0, sizeof(*streams));
	memset(&params, 0, sizeof(params));
	memset(&id, 0, sizeof(id));
	if (!ns->directives) {
		snprintf(
			why, len,
			"%s: the controller has no Directives (OACS bit 5 is 0), and so no streams; use a drive that has them",
			ns->path);
		return -EOPNOTSUPP;
	}
	ret = nvme_directive_recv_identify_parameters(fd, ns->nsid, &id);
	if (ret)
		return failed(ns, ret, "Directive Receive", why, len);
	ret = check_streams(ns, &id, why, len);
	if (ret)
		return ret;
	ret = nvme_directive_recv_stream_parameters(fd, ns->nsid, &params);
	if (ret)
		return failed(ns, ret, "Directive Receive (Streams)", why, len);
	streams->msl = le16toh(params.msl);
	streams->nssa = le16toh(params.nssa);
	streams->nsso = le16toh(params.nsso);
	streams->nsa = le16toh(params.nsa);
	streams->nso = le16toh(params.nso);
	/* SGS counts units of SWS, and SWS logical blocks */
	streams->sws = times(le32toh(params.sws), ns->lba_size);
	streams->sgs = times(le16toh(params.sgs), streams->sws);
	return 0;
}

/* -- statistics and events ------------------------------------------------- */

/*
 * libnvme splits a log by 4 KiB, and each of these is one such piece at most.
 * A log page of an endurance group has the group in LSI (NVMe Base 2.1,
 * 5.1.12).
 */
static int get_log(const struct nspace *ns, int fd,
		   enum nvme_cmd_get_log_lid lid, uint8_t lsp, void *data,
		   uint32_t size)
{
	struct nvme_get_log_args args = {
		.log = data,
		.args_size = sizeof(args),
		.fd = fd,
		.timeout = NVME_DEFAULT_IOCTL_TIMEOUT,
		.lid = lid,
		.len = size,
		.nsid = NVME_NSID_NONE,
		.csi = NVME_CSI_NVM,
		.lsi = ns->endgid,
		.lsp = lsp,
		.uuidx = NVME_UUID_NONE,
	};

	memset(data, 0, size);
	return nvme_get_log(&args);
}

static uint64_t counter(const uint8_t bytes[16])
{
	uint64_t half[2];

	memcpy(half, bytes, sizeof(half));
	return half[1] ? UINT64_MAX : le64toh(half[0]);
}

static void read_event(struct nspace_fdp_event *to, bool host,
		       const struct nvme_fdp_event *from)
{
	uint64_t time = 0;

	memcpy(&time, from->ts.timestamp, sizeof(from->ts.timestamp));
	*to = (struct nspace_fdp_event){
		.host = host,
		.type = from->type,
		.flags = from->flags,
		.pid = le16toh(from->pid),
		.time_ms = le64toh(time),
		.since_1970 =
			TIMESTAMP_ORIGIN(from->ts.attr) == TIMESTAMP_OF_HOST,
		.nsid = le32toh(from->nsid),
		.rgid = le16toh(from->rgid),
		.ruhid = from->ruhid,
	};
	memcpy(to->raw, from, sizeof(to->raw));
}

/* Positive where the controller keeps no such log, which is no error */
static int read_events(struct nspace_fdp_log *log, const struct nspace *ns,
		       int fd, bool host)
{
	struct nvme_fdp_events_log page;
	uint32_t nr;
	int ret;

	ret = get_log(ns, fd, NVME_LOG_LID_FDP_EVENTS,
		      host ? LSP_HOST_EVENTS : 0, &page, sizeof(page));
	if (ret > 0 && ((ret & STATUS_MASK) == STATUS_INVALID_LOG_PAGE ||
			(ret & STATUS_MASK) == NVME_SC_INVALID_FIELD))
		return 0;
	if (ret)
		return ret;
	nr = le32toh(page.n);
	if (nr > sizeof(page.events) / sizeof(page.events[0]))
		nr = sizeof(page.events) / sizeof(page.events[0]);
	for (uint32_t i = 0; i < nr; i++)
		read_event(&log->events[log->nr_events++], host,
			   &page.events[i]);
	return 0;
}

/**
 * nspace_fdp_log_read() - read what an FDP drive counted and noted
 * @log: filled in
 * @ns: the namespace, as nspace_identify() left it
 * @fd: its character device
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * The FDP Statistics and FDP Events log pages (22h and 23h; NVMe Base 2.1,
 * 5.1.12.1), which are the endurance group's: other namespaces of the group
 * count too. Linux lets only CAP_SYS_ADMIN read them.
 *
 * Return: 0, or a negative errno with @why: -EOPNOTSUPP where there is no FDP
 * or it is disabled, -EACCES without permission, -EIO where the controller
 * refuses.
 */
int nspace_fdp_log_read(struct nspace_fdp_log *log, const struct nspace *ns,
			int fd, char *why, size_t len)
{
	struct nvme_fdp_stats_log stats;
	int ret;

	memset(log, 0, sizeof(*log));
	if (!ns->fdp)
		return refuse_unsupported(ns, why, len);
	clock_gettime(CLOCK_REALTIME, &log->at);
	ret = get_log(ns, fd, NVME_LOG_LID_FDP_STATS, NVME_LOG_LSP_NONE, &stats,
		      sizeof(stats));
	if (ret)
		return refuse_fdp(ns, fd, ret,
				  "Get Log Page for FDP Statistics", why, len);
	log->stats.hbmw = counter(stats.hbmw);
	log->stats.mbmw = counter(stats.mbmw);
	log->stats.mbe = counter(stats.mbe);
	ret = read_events(log, ns, fd, true);
	if (!ret)
		ret = read_events(log, ns, fd, false);
	return ret ? refuse_fdp(ns, fd, ret, "Get Log Page for FDP Events", why,
				len) :
		     0;
}

/**
 * nspace_fdp_event_in() - whether a log holds an event
 * @log: a log
 * @event: an event of another log
 *
 * Events have no number: the same one has the same bytes.
 *
 * Return: whether it is there, in the host's or the controller's events as it
 * was in the other log.
 */
bool nspace_fdp_event_in(const struct nspace_fdp_log *log,
			 const struct nspace_fdp_event *event)
{
	for (uint32_t i = 0; i < log->nr_events; i++) {
		const struct nspace_fdp_event *own = &log->events[i];

		if (own->host == event->host &&
		    !memcmp(own->raw, event->raw, sizeof(own->raw)))
			return true;
	}
	return false;
}

/**
 * nspace_fdp_event_name() - what an event's type says
 * @type: the type
 *
 * Return: a few words, never NULL.
 */
const char *nspace_fdp_event_name(uint8_t type)
{
	switch (type) {
	case NVME_FDP_EVENT_RUNFW:
		return "Reclaim Unit Not Fully Written to Capacity";
	case NVME_FDP_EVENT_RUTLE:
		return "Reclaim Unit Time Limit Exceeded";
	case NVME_FDP_EVENT_RESET:
		return "Controller Level Reset Modified Reclaim Unit Handles";
	case NVME_FDP_EVENT_PID:
		return "Invalid Placement Identifier";
	case NVME_FDP_EVENT_REALLOC:
		return "Media Reallocated";
	case NVME_FDP_EVENT_MODIFY:
		return "Implicitly Modified Reclaim Unit Handle";
	default:
		return (type & 0x7f) >= 0x70 ? "vendor specific" : "unknown";
	}
}
