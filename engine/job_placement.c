// SPDX-License-Identifier: GPL-2.0
#include "job_placement.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "job_random.h"

/* -- what there is to choose from ---------------------------------------- */

static int check_index(const struct nspace *ns, const struct nspace_fdp *fdp,
		       uint16_t index, char *why, size_t len)
{
	if (index < fdp->nr)
		return 0;
	snprintf(
		why, len,
		"%s: placement identifier index %u: the namespace has %u reclaim unit handles; use 0 to %u (examples/fdp-info lists them)",
		ns->path, index, fdp->nr, fdp->nr - 1);
	return -EINVAL;
}

static void add_handle(struct placement *p, const struct nspace_fdp *fdp,
		       uint16_t index)
{
	const struct nspace_ruh *ruh = &fdp->ruhs[index];

	p->entries[p->nr++] = (struct placement_entry){
		.index = index,
		.pid = ruh->pid,
		.ruhid = ruh->ruhid,
		.left = ruh->left,
	};
}

/* fio's core looks its indices up by itself, in the whole list */
static int choose_handles(struct placement *p, const struct nspace *ns, int fd,
			  const struct placement_request *request, char *why,
			  size_t len)
{
	bool all = !request->nr_ids || p->select == PLACEMENT_BY_FIO;
	struct nspace_fdp fdp;
	unsigned int nr;
	int ret;

	ret = nspace_fdp_read(&fdp, ns, fd, why, len);
	for (unsigned int i = 0; !ret && i < request->nr_ids; i++)
		ret = check_index(ns, &fdp, request->ids[i], why, len);
	if (ret)
		return ret;
	nr = all ? fdp.nr : request->nr_ids;
	for (unsigned int i = 0; i < nr; i++)
		add_handle(p, &fdp, all ? (uint16_t)i : request->ids[i]);
	return 0;
}

/* Any number is a stream; how many may be open at once is the limit */
static int check_streams(const struct nspace *ns,
			 const struct placement_request *request,
			 unsigned int limit, char *why, size_t len)
{
	for (unsigned int i = 0; i < request->nr_ids; i++) {
		if (request->ids[i])
			continue;
		snprintf(
			why, len,
			"%s: stream identifier 0 is no stream; use identifiers from 1 on",
			ns->path);
		return -EINVAL;
	}
	if (request->nr_ids <= limit)
		return 0;
	snprintf(why, len,
		 "%s: %u streams: the subsystem can have %u open; name fewer",
		 ns->path, request->nr_ids, limit);
	return -EINVAL;
}

static int choose_streams(struct placement *p, const struct nspace *ns, int fd,
			  const struct placement_request *request, char *why,
			  size_t len)
{
	struct nspace_streams streams;
	unsigned int nr = request->nr_ids;
	int ret;

	ret = nspace_streams_read(&streams, ns, fd, why, len);
	if (!ret)
		ret = check_streams(ns, request, streams.msl, why, len);
	if (ret)
		return ret;
	if (!nr)
		nr = streams.msl < PLACEMENTS_MAX ? streams.msl :
						    PLACEMENTS_MAX;
	for (unsigned int i = 0; i < nr; i++)
		p->entries[p->nr++].pid =
			request->nr_ids ? request->ids[i] : (uint16_t)(i + 1);
	return 0;
}

/* -- and what chooses ------------------------------------------------------ */

/* Equal parts of the namespace, one for each identifier */
static void equal_parts(struct placement *p, const struct nspace *ns)
{
	uint64_t part = (ns->nlb + p->nr - 1) / p->nr * ns->lba_bytes;

	p->nr_bounds = p->nr - 1;
	for (unsigned int i = 0; i < p->nr_bounds; i++)
		p->bounds[i] = (i + 1ul) * part;
}

static int set_bounds(struct placement *p, const struct nspace *ns,
		      const struct placement_request *request, char *why,
		      size_t len)
{
	unsigned int parts = request->nr_bounds + 1;

	if (!request->nr_bounds) {
		equal_parts(p, ns);
		return 0;
	}
	if (parts > p->nr || (request->nr_ids && parts != p->nr)) {
		snprintf(
			why, len,
			"%s: placement_bounds= has %u bounds, so %u parts, for %u placement identifiers; name as many identifiers as parts",
			ns->path, request->nr_bounds, parts, p->nr);
		return -EINVAL;
	}
	/* of all there are, as many as it takes */
	p->nr = parts;
	p->nr_bounds = request->nr_bounds;
	for (unsigned int i = 0; i < p->nr_bounds; i++)
		p->bounds[i] = request->bounds[i];
	return 0;
}

static int set_select(struct placement *p, const struct nspace *ns,
		      const struct placement_request *request, char *why,
		      size_t len)
{
	switch (p->select) {
	case PLACEMENT_JOB:
		p->fixed = request->job % p->nr;
		return 0;
	case PLACEMENT_FILE:
		p->fixed = request->file % p->nr;
		return 0;
	case PLACEMENT_RANDOM:
		p->next = random_seed(request->seed);
		return 0;
	case PLACEMENT_LBA:
	case PLACEMENT_SIZE:
		return set_bounds(p, ns, request, why, len);
	default:
		return 0;
	}
}

/**
 * placement_init() - find out where the Writes to a file can go
 * @placement: filled in
 * @ns: the namespace
 * @fd: its character device
 * @request: what the job asks for, with a type
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Asks the controller once, before the first I/O.
 *
 * Return: 0, or a negative errno with @why.
 */
int placement_init(struct placement *placement, const struct nspace *ns, int fd,
		   const struct placement_request *request, char *why,
		   size_t len)
{
	int ret;

	memset(placement, 0, sizeof(*placement));
	placement->type = request->type;
	placement->select = request->select;
	if (request->type == NVME_DTYPE_STREAMS)
		ret = choose_streams(placement, ns, fd, request, why, len);
	else
		ret = choose_handles(placement, ns, fd, request, why, len);
	return ret ? ret : set_select(placement, ns, request, why, len);
}

/* -- with every I/O -------------------------------------------------------- */

/**
 * placement_begin() - where an I/O begins to count
 * @placement: of its file
 * @parts: of its commands, how many are to differ by turn or chance
 *
 * Return: what placement_nth() starts from.
 */
uint64_t placement_begin(struct placement *placement, uint32_t parts)
{
	uint64_t base = placement->next;

	if (placement->select == PLACEMENT_RANDOM)
		placement->next += parts * RANDOM_STEP;
	else
		placement->next += parts;
	return base;
}

/* How many bounds a number is not below of */
static unsigned int part_of(const struct placement *p, uint64_t number)
{
	unsigned int low = 0, high = p->nr_bounds;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (number < p->bounds[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static unsigned int position_of(const struct placement *p, uint64_t base,
				uint32_t nth, uint64_t offset, uint64_t bytes)
{
	switch (p->select) {
	case PLACEMENT_ROUNDROBIN:
		return (unsigned int)((base + nth) % p->nr);
	case PLACEMENT_RANDOM:
		return (unsigned int)random_below(base, nth, p->nr);
	case PLACEMENT_LBA:
		return part_of(p, offset);
	case PLACEMENT_SIZE:
		return part_of(p, bytes);
	default:
		return p->fixed;
	}
}

/**
 * placement_nth() - where a command goes
 * @placement: of its file
 * @base: by placement_begin()
 * @nth: of the commands that are to differ by turn or chance, from 0 on
 * @offset: of the command, in bytes
 * @bytes: of the I/O
 *
 * Return: where; the same whenever it is asked.
 */
struct placed placement_nth(const struct placement *placement, uint64_t base,
			    uint32_t nth, uint64_t offset, uint64_t bytes)
{
	unsigned int position =
		position_of(placement, base, nth, offset, bytes);

	return (struct placed){
		.position = (uint16_t)position,
		.dspec = placement->entries[position].pid,
		.dtype = placement->type,
	};
}

/**
 * placement_by_fio() - where a command goes by the choice of fio's core
 * @placement: of its file
 * @dtype: NVME_DTYPE_NONE where the core chose nothing
 * @dspec: placement identifier or stream identifier
 *
 * A scheme of the core's may name identifiers that are none of the
 * namespace's: the device's answer to them is the user's business.
 *
 * Return: where.
 */
struct placed placement_by_fio(const struct placement *placement,
			       enum nvme_dtype dtype, uint16_t dspec)
{
	struct placed placed = { PLACEMENT_NONE, dspec, dtype };

	for (unsigned int i = 0; dtype && i < placement->nr; i++)
		if (placement->entries[i].pid == dspec)
			placed.position = (uint16_t)i;
	return placed;
}

/* -- for people -------------------------------------------------------------- */

/**
 * placement_select_name() - what decides, as the option has it
 * @select: what decides
 *
 * Return: a word.
 */
const char *placement_select_name(enum placement_select select)
{
	static const char *const names[] = {
		[PLACEMENT_ROUNDROBIN] = "roundrobin",
		[PLACEMENT_RANDOM] = "random",
		[PLACEMENT_JOB] = "job",
		[PLACEMENT_FILE] = "file",
		[PLACEMENT_LBA] = "lba",
		[PLACEMENT_SIZE] = "size",
		[PLACEMENT_BY_FIO] = "fio",
	};

	return names[select];
}

static void takes(const struct placement *p, unsigned int nth, char *buf,
		  size_t len)
{
	const char *what = p->select == PLACEMENT_LBA ? "offset" : "size";

	buf[0] = '\0';
	if (p->select != PLACEMENT_LBA && p->select != PLACEMENT_SIZE)
		return;
	if (nth < p->nr_bounds)
		snprintf(buf, len, ", %s below %" PRIu64, what, p->bounds[nth]);
	else if (p->nr_bounds)
		snprintf(buf, len, ", %s from %" PRIu64, what,
			 p->bounds[nth - 1]);
}

/**
 * placement_row() - one identifier in words
 * @placement: of a file
 * @nth: from 0 on
 * @row: where to
 * @len: bytes of @row
 *
 * Return: false when there are no more.
 */
bool placement_row(const struct placement *placement, unsigned int nth,
		   char *row, size_t len)
{
	const struct placement_entry *entry = &placement->entries[nth];
	char what[64];

	if (nth >= placement->nr)
		return false;
	takes(placement, nth, what, sizeof(what));
	if (placement->type == NVME_DTYPE_STREAMS)
		snprintf(row, len, "  stream %u%s", entry->pid, what);
	else
		snprintf(
			row, len,
			"  index %u: placement identifier %u, reclaim unit handle %u, %" PRIu64
			" bytes left in its reclaim unit%s",
			entry->index, entry->pid, entry->ruhid, entry->left,
			what);
	return true;
}
