// SPDX-License-Identifier: GPL-2.0
/*
 * The zones of a job's files. Reports and changes of state are rare and in
 * nobody's way: they go by the kernel's ioctl, and wait.
 */
#include "job_zones.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/*
 * A scheduler keeps the writes to a zone in order for the block device. Past
 * it there is none: a thread that moves to another processor, and so to
 * another queue, can have one write overtake the other.
 */
static void remark_depth(const struct target *target,
			 const struct job_request *request,
			 job_remark_fn remark)
{
	char what[WHY_MAX];

	if (!remark || !target->zones.nr || !request->ask.writes ||
	    request->depth < 2 || zone_append_only(request))
		return;
	snprintf(
		what, sizeof(what),
		"%s: zonemode=zbd with iodepth=%u: nothing keeps the writes to a zone in order but one queue; if one fails as a Zone Invalid Write, use iodepth=1 or cpus_allowed= with one processor",
		target->ns.path, request->depth);
	remark(what);
}

/**
 * job_zones_inspect() - find out whether a file has the zones that a job needs
 * @target: the file, its namespace identified; its zones are filled in
 * @fd: its character device
 * @request: the job, with @zoned
 * @remark: called with what the user should know; may be NULL
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int job_zones_inspect(struct target *target, int fd,
		      const struct job_request *request, job_remark_fn remark,
		      char *why, size_t len)
{
	const struct nspace *ns = &target->ns;
	int ret = zones_identify(&target->zones, ns, fd, why, len);

	if (ret)
		return ret;
	if (!target->zones.nr && !request->zone_bytes) {
		snprintf(
			why, len,
			"%s: zonemode=zbd: the namespace has no zones; leave zonemode out, or have fio make some up with zonesize=",
			ns->path);
		return -EOPNOTSUPP;
	}
	if (target->zones.nr && request->ask.writes && request->force_async &&
	    !zone_append_only(request)) {
		snprintf(
			why, len,
			"%s: force_async=%u: kernel workers would write to a zone out of order; leave it out",
			ns->path, request->force_async);
		return -EOPNOTSUPP;
	}
	remark_depth(target, request, remark);
	return zone_append_check(target, request, why, len);
}

/**
 * job_zones_plan() - refuse what could change the order of writes to a zone
 * @request: the job, with @zoned, planned
 * @targets: its files
 * @nr: how many
 * @tags: commands that their queues take at once
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * A write has to begin where the last one to its zone ended. The rest of an
 * I/O of several commands waits for others to complete, and what finds no tag
 * goes to a kernel worker.
 *
 * Return: 0, or -EOPNOTSUPP with @why.
 */
int job_zones_plan(const struct job_request *request,
		   struct target *const *targets, unsigned int nr,
		   uint64_t tags, char *why, size_t len)
{
	const char *path = NULL;

	for (unsigned int i = 0; !path && i < nr; i++)
		if (targets[i]->zones.nr)
			path = targets[i]->ns.path;
	if (!request->ask.writes || !path)
		return 0;
	if (request->parts > 1)
		snprintf(
			why, len,
			"%s: zonemode=zbd: a write of %" PRIu64
			" bytes would be several commands, which could reach its zone out of order; use a bs of at most %" PRIu64,
			path, request->max_data, request->part_bytes);
	else if (request->depth > tags && !zone_append_only(request))
		snprintf(
			why, len,
			"%s: zonemode=zbd: iodepth=%u is above the queue's %" PRIu64
			" tags: writes could reach their zone out of order; use a smaller iodepth",
			path, request->depth, tags);
	else
		return 0;
	return -EOPNOTSUPP;
}

/* The job's own descriptor, or before it has one another */
static int descriptor(const struct target *target, int flags, char *why,
		      size_t len)
{
	if (target->fd >= 0)
		return target->fd;
	return nspace_open(target->ns.path, flags, why, len);
}

static void done_with(const struct target *target, int fd)
{
	if (fd != target->fd)
		close(fd);
}

/**
 * job_zones_report() - read the state of a file's zones
 * @target: the file
 * @offset: in bytes, the start of the first zone
 * @list: filled in
 * @nr: the most zones that @list has room for
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: how many zones were filled in, or a negative errno with @why.
 */
int job_zones_report(const struct target *target, uint64_t offset,
		     struct zone *list, unsigned int nr, char *why, size_t len)
{
	int fd = descriptor(target, O_RDONLY, why, len);
	int ret;

	if (fd < 0)
		return fd;
	ret = zones_report(&target->zones, &target->ns, fd, offset, list, nr,
			   why, len);
	done_with(target, fd);
	return ret;
}

/**
 * job_zones_manage() - change the state of zones of a file
 * @target: the file
 * @action: what is done to each
 * @offset: in bytes, the start of the first zone
 * @bytes: of the range
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int job_zones_manage(const struct target *target, enum zone_action action,
		     uint64_t offset, uint64_t bytes, char *why, size_t len)
{
	int fd = descriptor(target, O_RDWR, why, len);
	int ret;

	if (fd < 0)
		return fd;
	ret = zones_manage(&target->zones, &target->ns, fd, action, offset,
			   bytes, why, len);
	done_with(target, fd);
	return ret;
}

/**
 * job_zones_write() - move the write pointer of a zone by writing
 * @target: the file
 * @offset: in bytes, where the write pointer is
 * @data: what is written, NULL for zeroes
 * @bytes: how much
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int job_zones_write(const struct target *target, uint64_t offset,
		    const void *data, uint64_t bytes, char *why, size_t len)
{
	int fd = descriptor(target, O_RDWR, why, len);
	const char *limit;
	uint64_t most;
	int ret;

	if (fd < 0)
		return fd;
	most = nspace_max_bytes(&target->ns, false, &limit);
	most -= most % target->ns.lba_bytes;
	ret = zones_write(&target->ns, fd, offset, data, bytes, most, why, len);
	done_with(target, fd);
	return ret;
}

/**
 * job_zones_remark() - say which zones are of no use any more
 * @target: the file
 * @list: zones of it
 * @nr: how many
 * @what: where a sentence is put
 * @len: bytes of @what
 *
 * Return: true if there are any.
 */
bool job_zones_remark(const struct target *target, const struct zone *list,
		      unsigned int nr, char *what, size_t len)
{
	unsigned int lost[2] = { 0, 0 };

	for (unsigned int i = 0; i < nr; i++) {
		lost[0] += list[i].state == ZONE_READ_ONLY;
		lost[1] += list[i].state == ZONE_OFFLINE;
	}
	if (!lost[0] && !lost[1])
		return false;
	snprintf(what, len,
		 "%s: %u zones are %s and %u are %s; fio uses none of them",
		 target->ns.path, lost[0], zone_state_text(ZONE_READ_ONLY),
		 lost[1], zone_state_text(ZONE_OFFLINE));
	return true;
}
