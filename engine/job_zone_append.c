// SPDX-License-Identifier: GPL-2.0
/*
 * Zone Append (Zoned Namespace Command Set 1.1, 3.4.1): a Write that names a
 * zone, and is told where in it the data went. So nothing has to keep appends
 * in order, and where they go is known when they complete.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "job_family.h"
#include "job_zones.h"

static int check(const struct nspace *ns, const struct nspace_effects *effects,
		 const struct job_request *request, char *why, size_t len)
{
	(void)effects;
	if (!request->zoned)
		snprintf(
			why, len,
			"%s: write_mode=zone_append: fio has to keep to the zones that are appended to; use zonemode=zbd",
			ns->path);
	else if (request->place.type)
		snprintf(
			why, len,
			"%s: write_mode=zone_append: Zone Appends are not placed; leave placement= (or fio's fdp= or dataplacement=) out",
			ns->path);
	else
		return 0;
	return -EINVAL;
}

/**
 * zone_append_check() - whether a Zone Append can carry what a job appends
 * @target: the file, its zones identified
 * @request: the job
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * ZASL (ZNS 1.1, 4.1.5), which may be below MDTS.
 *
 * Return: 0, or -E2BIG with @why.
 */
int zone_append_check(const struct target *target,
		      const struct job_request *request, char *why, size_t len)
{
	uint32_t most = target->zones.append_bytes;
	uint64_t bytes = request->modes.append_bytes;

	most -= most % target->ns.lba_bytes;
	if (!request->ask.writes || !most || bytes <= most)
		return 0;
	snprintf(
		why, len,
		"%s: write_mode=zone_append: bs=%" PRIu64
		" is above what one Zone Append can carry, %u bytes (ZASL); use bs=%u or less",
		target->ns.path, bytes, most, most);
	return -E2BIG;
}

/**
 * zone_append_only() - whether no write of a job has a place in its zone
 * @request: the job
 *
 * Return: true where the order in which they reach the zone is of no matter.
 */
bool zone_append_only(const struct job_request *request)
{
	const struct mode_request *modes = &request->modes;

	return modes->nr == 1 && modes->kinds[0] == KIND_ZONE_APPEND &&
	       !modes->append_exact;
}

static void encode(const struct job_request *request, struct target *target,
		   struct command *command, unsigned int nth)
{
	uint32_t most = target->zones.append_bytes;

	job_encode_rw(request, target, command, nth, NVME_OPC_ZONE_APPEND);
	command->kind = COMMAND_FAMILY;
	command->zone_bytes = target->zones.bytes;
	command->append_exact = request->modes.append_exact;
	if (most && most < command->max_bytes)
		command->max_bytes = most;
	target->job->detour = true;
}

static int fill(struct job *job, const struct command *command,
		struct ring_sqe *sqe, const struct job_io *io)
{
	uint64_t into = io->offset % command->zone_bytes;
	int ret = job_fill_data(job, command, sqe, io->unit, io->offset,
				io->data, io->bytes);

	if (ret)
		return ret;
	nvme_cmd_start(command_of(sqe),
		       (io->offset - into) / (command->lba_mask + 1));
	return 0;
}

/* -- where it went ------------------------------------------------------- */

static uint64_t zone_blocks(const struct command *command)
{
	return command->zone_bytes / (command->lba_mask + 1);
}

static uint64_t zone_start(const struct command *command, uint64_t slba)
{
	return slba - slba % zone_blocks(command);
}

/*
 * A zone's capacity may be less than its size, and may change with a reset:
 * past it the device would have had to refuse the command. fio's offset is
 * within it.
 */
static int complete(const struct job *job, const struct command *command,
		    const struct job_io *io, uint64_t result)
{
	struct unit *unit = &job->units[io->unit];
	uint64_t block = command->lba_mask + 1;
	uint64_t blocks = zone_blocks(command), nlb = io->bytes / block;
	uint64_t slba = io->offset / block;
	/* what is before the zone wraps around to far behind it */
	uint64_t into = result - zone_start(command, slba);

	unit->append = (struct unit_append){ .slba = slba, .alba = result };
	if (into >= blocks || nlb > blocks - into)
		return -EILSEQ;
	return command->append_exact && result != slba ? -EILSEQ : 0;
}

static void explain(const struct job *job, const struct command *command,
		    unsigned int unit, char *text, size_t len)
{
	const struct unit_append *append = &job->units[unit].append;
	uint64_t start = zone_start(command, append->slba);
	uint64_t blocks = zone_blocks(command);

	if (append->alba - start >= blocks || !command->append_exact)
		snprintf(text, len,
			 "the device says that it went to slba %" PRIu64
			 ", which is not wholly within its zone, slba %" PRIu64
			 " to %" PRIu64,
			 append->alba, start, start + blocks - 1);
	else
		snprintf(
			text, len,
			"in the zone at slba %" PRIu64
			" it went to slba %" PRIu64
			", and verify= would look for it at slba %" PRIu64
			"; use iodepth=1 and zones that no other writes to, or leave verify out",
			start, append->alba, append->slba);
}

const struct command_family family_zone_append = {
	.name = "zone_append",
	.opcode = NVME_OPC_ZONE_APPEND,
	.check = check,
	.encode = encode,
	.fill = fill,
	.complete = complete,
	.explain = explain,
};
