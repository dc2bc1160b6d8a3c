// SPDX-License-Identifier: GPL-2.0
/*
 * Show what a namespace has of Flexible Data Placement on one page: the
 * configuration of its endurance group, its placement handles, which handles
 * are in use, and what was counted and noted. Reads only.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libnvme.h>

#include "nvme/fdp.h"
#include "nvme/namespace.h"

/* Logs of any length are read up to here; 65535 handles take 512 KiB of it */
#define LOG_MAX (1u << 20)
/* The states of a handle, for how many there are of each */
#define USAGES 3

_Static_assert(sizeof(struct nvme_fdp_config_log) == 16, "configurations");
_Static_assert(sizeof(struct nvme_fdp_config_desc) == 64, "configuration");
_Static_assert(sizeof(struct nvme_fdp_ruh_desc) == 4, "handle");
_Static_assert(sizeof(struct nvme_fdp_ruhu_log) == 8, "usages");
_Static_assert(sizeof(struct nvme_fdp_ruhu_desc) == 8, "usage");

static const char *const usage =
	"usage: fdp-info DEVICE\n"
	"\n"
	"Show what a namespace, /dev/ngXnY, has of Flexible Data Placement: the\n"
	"configuration, its placement handles, which handles are in use,\n"
	"statistics and events. Root is needed to see all of it.\n";

/* -- how it looks ---------------------------------------------------------- */

static void row(const char *name)
{
	printf("%-22s", name);
}

static void text_row(const char *name, const char *text)
{
	row(name);
	printf("%s\n", text);
}

static void number_row(const char *name, uint64_t number)
{
	row(name);
	printf("%" PRIu64 "\n", number);
}

/* Exact, with a unit beside it where that is easier to read */
static void print_bytes(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	int unit = -1;

	printf("%" PRIu64 " bytes", bytes);
	while (value >= 1024 && unit < 5) {
		value /= 1024;
		unit++;
	}
	if (unit >= 0)
		printf(" (%.4g %s)", value, units[unit]);
	printf("\n");
}

static void bytes_row(const char *name, uint64_t bytes)
{
	row(name);
	print_bytes(bytes);
}

/* -- logs of any length ---------------------------------------------------- */

static int get_log(const struct nspace *ns, int fd,
		   enum nvme_cmd_get_log_lid lid, void *data, uint32_t size)
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
		.uuidx = NVME_UUID_NONE,
	};

	/* by 4 KiB: one command may be too large for the controller */
	return nvme_get_log_page(fd, NVME_LOG_PAGE_PDU_SIZE, &args);
}

/* One line in the place of what was asked for */
static void *log_failed(void *data, int ret, const char *name)
{
	int err = ret < 0 ? errno : 0;

	row(name);
	if (err == EACCES || err == EPERM)
		printf("not told: the kernel lets only root read it (CAP_SYS_ADMIN)\n");
	else
		printf("not told: %s\n",
		       err ? strerror(err) : nvme_status_to_string(ret, false));
	free(data);
	return NULL;
}

static uint32_t config_size(const void *data)
{
	const struct nvme_fdp_config_log *log = data;

	return le32toh(log->size);
}

static uint32_t usage_size(const void *data)
{
	const struct nvme_fdp_ruhu_log *log = data;

	return (uint32_t)(sizeof(*log) +
			  le16toh(log->nruh) * sizeof(log->ruhus[0]));
}

/**
 * read_log() - read a log that tells its own length
 * @ns: the namespace
 * @fd: its character device
 * @lid: the log
 * @size_of: its length, from its first 16 bytes
 * @size: set to how much of it was read, at least 16
 * @name: what to call it where it cannot be read
 *
 * Return: the log, the caller's to free, or NULL after a line of output.
 */
static void *read_log(const struct nspace *ns, int fd,
		      enum nvme_cmd_get_log_lid lid,
		      uint32_t (*size_of)(const void *), uint32_t *size,
		      const char *name)
{
	void *data = calloc(1, LOG_MAX);
	int ret;

	if (!data) {
		errno = ENOMEM;
		return log_failed(data, -1, name);
	}
	ret = get_log(ns, fd, lid, data, 16);
	if (ret)
		return log_failed(data, ret, name);
	*size = (size_of(data) + 3) & ~3u;
	if (*size > LOG_MAX)
		*size = LOG_MAX;
	if (*size < 16)
		*size = 16;
	ret = get_log(ns, fd, lid, data, *size);
	return ret ? log_failed(data, ret, name) : data;
}

/* -- the configuration ----------------------------------------------------- */

/* One line of the device's own words about FDP being enabled */
static bool show_feature(const struct nspace *ns, int fd, unsigned int *index)
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
	int ret = nvme_get_features(&args);

	if (ret) {
		log_failed(NULL, ret, "FDP");
		return false;
	}
	/* FDPCIDX has eight bits, of which libnvme 1.3 knows four */
	*index = result >> NVME_FEAT_FDP_INDEX_SHIFT & 0xff;
	row("FDP");
	if (NVME_GET(result, FEAT_FDP_ENABLED))
		printf("enabled, configuration %u\n", *index);
	else
		printf("disabled\n");
	return NVME_GET(result, FEAT_FDP_ENABLED);
}

/* The descriptor with an index, if the log has it and all of its handles */
static const struct nvme_fdp_config_desc *
find_config(const struct nvme_fdp_config_log *log, uint32_t size,
	    unsigned int index)
{
	const struct nvme_fdp_config_desc *desc;
	size_t at = sizeof(*log), step;

	/* N is zero-based */
	if (index > le16toh(log->n))
		return NULL;
	for (;;) {
		if (at + sizeof(*desc) > size)
			return NULL;
		desc = (const void *)((const char *)log + at);
		step = le16toh(desc->size);
		if (step < sizeof(*desc) || at + step > size)
			return NULL;
		if (!index--)
			return step < sizeof(*desc) + le16toh(desc->nruh) *
							       sizeof(desc->ruhs
									      [0]) ?
				       NULL :
				       desc;
		at += step;
	}
}

static void show_types(const struct nvme_fdp_config_desc *desc)
{
	unsigned int initially = 0, persistently = 0;
	unsigned int nr = le16toh(desc->nruh);

	for (unsigned int i = 0; i < nr; i++) {
		initially +=
			desc->ruhs[i].ruht == NVME_FDP_RUHT_INITIALLY_ISOLATED;
		persistently += desc->ruhs[i].ruht ==
				NVME_FDP_RUHT_PERSISTENTLY_ISOLATED;
	}
	row("reclaim unit handles");
	printf("%u: %u initially isolated, %u persistently isolated\n", nr,
	       initially, persistently);
}

static void show_config(const struct nspace *ns, int fd)
{
	const struct nvme_fdp_config_desc *desc;
	unsigned int index = 0;
	uint32_t size;
	void *log;

	if (!show_feature(ns, fd, &index))
		return;
	log = read_log(ns, fd, NVME_LOG_LID_FDP_CONFIGS, config_size, &size,
		       "configuration");
	if (!log)
		return;
	desc = find_config(log, size, index);
	if (!desc) {
		text_row("configuration",
			 "not told: the log does not hold the one in use");
	} else {
		number_row("reclaim groups", le32toh(desc->nrg));
		show_types(desc);
		bytes_row("reclaim unit size", le64toh(desc->runs));
		/* MAXPIDS is zero-based */
		number_row("placement identifiers",
			   (uint64_t)le16toh(desc->maxpids) + 1);
	}
	free(log);
}

/* -- handles --------------------------------------------------------------- */

/* The refusals name the device, which the page's first line did */
static const char *without_device(const struct nspace *ns, const char *why)
{
	size_t n = strlen(ns->path);

	return !strncmp(why, ns->path, n) && why[n] == ':' ? why + n + 2 : why;
}

static void show_handles(const struct nspace *ns, int fd)
{
	struct nspace_fdp fdp;
	char why[WHY_MAX];

	printf("\nPlacement handles of the namespace\n");
	if (nspace_fdp_read(&fdp, ns, fd, why, sizeof(why))) {
		printf("not told: %s\n", without_device(ns, why));
		return;
	}
	printf("%5s  %10s  %6s  %s\n", "index", "identifier", "handle",
	       "left in its reclaim unit");
	for (uint32_t i = 0; i < fdp.nr; i++) {
		printf("%5" PRIu32 "  %10u  %6u  ", i, fdp.ruhs[i].pid,
		       fdp.ruhs[i].ruhid);
		print_bytes(fdp.ruhs[i].left);
	}
	if (fdp.nr == NSPACE_PLACEMENTS_MAX)
		printf("(no more than %u are listed)\n", fdp.nr);
}

static void show_usage(const struct nspace *ns, int fd)
{
	static const char *const names[USAGES] = { "unused", "host specified",
						   "controller specified" };
	const struct nvme_fdp_ruhu_log *log;
	uint32_t size, nr;

	printf("\nReclaim unit handles of endurance group %u\n", ns->endgid);
	log = read_log(ns, fd, NVME_LOG_LID_FDP_RUH_USAGE, usage_size, &size,
		       "usage");
	if (!log)
		return;
	nr = le16toh(log->nruh);
	for (unsigned int kind = 0; kind < USAGES; kind++) {
		unsigned int count = 0;

		row(names[kind]);
		for (uint32_t i = 0; i < nr; i++) {
			if ((log->ruhus[i].ruha & 7) != kind)
				continue;
			printf("%s%" PRIu32, count++ ? ", " : "", i);
		}
		printf("%s\n", count ? "" : "none");
	}
	free((void *)log);
}

/* -- statistics and events ------------------------------------------------- */

static void show_stats(const struct nspace_fdp_stats *stats)
{
	bytes_row("host wrote (HBMW)", stats->hbmw);
	bytes_row("media wrote (MBMW)", stats->mbmw);
	bytes_row("media erased (MBE)", stats->mbe);
	row("MBMW/HBMW");
	if (stats->hbmw)
		printf("%.4f\n", (double)stats->mbmw / (double)stats->hbmw);
	else
		printf("nothing was written\n");
}

static void print_time(const struct nspace_fdp_event *event)
{
	time_t seconds = (time_t)(event->time_ms / 1000);
	char text[32] = "";
	struct tm utc;

	if (event->since_1970 && gmtime_r(&seconds, &utc))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	if (text[0])
		printf("%s.%03uZ", text, (unsigned int)(event->time_ms % 1000));
	else
		printf("%" PRIu64 ".%03u s after reset", event->time_ms / 1000,
		       (unsigned int)(event->time_ms % 1000));
}

static void show_event(const struct nspace_fdp_event *event)
{
	print_time(event);
	printf("  %s: %s (type 0x%02x)", event->host ? "host" : "controller",
	       nspace_fdp_event_name(event->type), event->type);
	if (event->flags & NSPACE_EVENT_PID)
		printf(", identifier %u", event->pid);
	if (event->flags & NSPACE_EVENT_NSID)
		printf(", namespace %" PRIu32, event->nsid);
	if (event->flags & NSPACE_EVENT_LOCATION)
		printf(", reclaim group %u, handle %u", event->rgid,
		       event->ruhid);
	printf("\n");
}

static void show_log(const struct nspace *ns, int fd)
{
	static struct nspace_fdp_log log;
	char why[WHY_MAX];
	int ret = nspace_fdp_log_read(&log, ns, fd, why, sizeof(why));

	printf("\nStatistics of endurance group %u\n", ns->endgid);
	if (ret) {
		printf("not told: %s\n", without_device(ns, why));
		return;
	}
	show_stats(&log.stats);
	printf("\nEvents of endurance group %u\n", ns->endgid);
	for (uint32_t i = 0; i < log.nr_events; i++)
		show_event(&log.events[i]);
	if (!log.nr_events)
		printf("none\n");
}

/* -- the page -------------------------------------------------------------- */

static void show(const struct nspace *ns, int fd)
{
	text_row("device", ns->path);
	text_row("model", ns->model);
	text_row("serial", ns->serial);
	text_row("firmware", ns->firmware);
	number_row("namespace", ns->nsid);
	number_row("endurance group", ns->endgid);
	show_config(ns, fd);
	show_handles(ns, fd);
	show_usage(ns, fd);
	show_log(ns, fd);
}

static int fdp_info(const char *path, char *why, size_t len)
{
	struct nspace ns = { .path = path };
	int fd = nspace_open(path, O_RDONLY, why, len);
	struct nspace_fdp none;
	int ret;

	if (fd < 0)
		return fd;
	ret = nspace_identify(&ns, fd, why, len);
	if (!ret && !ns.fdp)
		ret = nspace_fdp_read(&none, &ns, fd, why, len);
	if (!ret)
		show(&ns, fd);
	close(fd);
	return ret;
}

/* What could not be written is no page */
static int finish(void)
{
	if (!fflush(stdout))
		return 0;
	perror("fdp-info");
	return 1;
}

int main(int argc, char **argv)
{
	char why[WHY_MAX];

	if (argc == 2 &&
	    (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return finish();
	}
	if (argc != 2 || argv[1][0] == '-') {
		fputs(usage, stderr);
		return 2;
	}
	if (!fdp_info(argv[1], why, sizeof(why)))
		return finish();
	fprintf(stderr, "fdp-info: %s\n", why);
	return 1;
}
