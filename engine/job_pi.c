// SPDX-License-Identifier: GPL-2.0
#include "job_pi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvme/buffer.h"
#include "nvme/pi_command.h"
#include "nvme/pi_read.h"

/* Not to straddle cache lines where it is small, nor pages where it is not */
#define MD_LEAST 64u

/* -- before the job runs ------------------------------------------------------ */

/* Whether metadata is more than bytes that travel with the data */
static bool is_special(const struct nspace *ns)
{
	return ns->pi.type || (ns->pi.ms && !ns->pi.extended);
}

static int refuse(const struct nspace *ns, const char *reason, char *why,
		  size_t len)
{
	snprintf(
		why, len,
		"%s: formatted with %u bytes of %s metadata and protection information type %u: %s",
		ns->path, ns->pi.ms, ns->pi.extended ? "extended" : "separate",
		ns->pi.type, reason);
	return -EINVAL;
}

static const char *cannot(const struct target *target,
			  const struct job_request *request)
{
	const struct nspace_pi *pi = &target->ns.pi;

	if (family_modes(request))
		return "write_mode= and verify_mode= do not handle that; leave them out, or format it with ms=0";
	if (request->zoned)
		return "zonemode=zbd does not handle that; use zonemode=none, or format it with ms=0";
	/* who writes it into the buffer writes over what fio looks for */
	if (request->md.intact && pi->type && pi->extended &&
	    target->pi.data_bytes > pi->lba_size)
		return "it travels in the data buffer, where verify= looks for other bytes; use separate metadata, or pi_act=1 where it is all of the metadata";
	return NULL;
}

/**
 * pi_inspect() - what a job's commands to a namespace say of metadata
 * @target: its file, with the namespace identified; its @pi is set, and how
 *	many bytes a logical block takes
 * @request: the job
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int pi_inspect(struct target *target, const struct job_request *request,
	       char *why, size_t len)
{
	const struct md_request *md = &request->md;
	struct nspace *ns = &target->ns;
	const char *reason;
	int ret;

	if (!is_special(ns))
		return 0;
	pi_check_init(&target->pi, &ns->pi, &md->pi);
	ret = nspace_blocks(ns, target->pi.data_bytes, why, len);
	if (ret)
		return ret;
	reason = cannot(target, request);
	if (reason)
		return refuse(ns, reason, why, len);
	if (!md->per_io)
		return 0;
	return pi_check_buffer(&target->pi, ns->path, md->per_io,
			       request->max_data, why, len);
}

/**
 * pi_remark() - what the user should know of checks that are none
 * @target: a file after pi_inspect()
 * @request: the job
 * @what: where a sentence is put
 * @len: bytes of @what
 *
 * Return: whether there is one.
 */
bool pi_remark(const struct target *target, const struct job_request *request,
	       char *what, size_t len)
{
	const struct nspace *ns = &target->ns;
	const struct pi_request *ask = &request->md.pi;

	if (ask->prchk && !ns->pi.type) {
		snprintf(
			what, len,
			"%s: pi_chk= checks nothing: the namespace has no protection information",
			ns->path);
		return true;
	}
	/* NVM Command Set 1.0, 5.2.3 */
	if (!ns->pi.type || ns->pi.type == 3 || ask->apptag != 0xffff)
		return false;
	snprintf(
		what, len,
		"%s: apptag=0xffff switches off all checks of the blocks that are written with it",
		ns->path);
	return true;
}

/**
 * pi_any() - whether a file of a job has such metadata
 * @targets: its files
 * @nr: how many
 *
 * Return: true if one has.
 */
bool pi_any(struct target *const *targets, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (is_special(&targets[i]->ns))
			return true;
	return false;
}

/**
 * pi_check_plan() - refuse what would make one I/O several such commands
 * @request: the job, after job_plan() decided
 * @targets: its files
 * @nr: how many
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int pi_check_plan(const struct job_request *request,
		  struct target *const *targets, unsigned int nr, char *why,
		  size_t len)
{
	if (!request->splits || !pi_any(targets, nr))
		return 0;
	snprintf(
		why, len,
		"%s: separate metadata and protection information go with one command an io_unit; use a bs of no more than %" PRIu64
		" bytes, without scatter",
		targets[0]->ns.path, request->part_bytes);
	return -EINVAL;
}

/* -- set-up ------------------------------------------------------------------ */

/* Bytes of metadata of the largest I/O */
static size_t most_metadata(const struct job *job,
			    const struct job_request *request)
{
	/* what trims may read, too, though it is not asked to */
	uint64_t largest =
		request->max_data ? request->max_data : request->max_bytes;
	size_t most = 0;

	for (unsigned int i = 0; i < job->nr_targets; i++) {
		const struct pi_check *pi = &job->targets[i]->pi;
		size_t bytes = 0;

		if (pi->md_bytes)
			bytes = largest / pi->data_bytes * pi->md_bytes;
		most = bytes > most ? bytes : most;
	}
	return most;
}

/*
 * Where it is no more than a page it lies within one: the kernel copies what
 * is more segments than the queue takes, and that is one.
 */
static size_t spacing(size_t bytes)
{
	size_t space = MD_LEAST;

	while (space < bytes && space < NVME_PAGE)
		space *= 2;
	return space < bytes ? nvme_whole_pages(bytes) : space;
}

static int make_buffers(struct job *job, struct job_pi *pi, size_t bytes)
{
	if (!bytes)
		return 0;
	pi->md_bytes = spacing(bytes);
	/* what no one fills in is written as zeroes */
	pi->md = nvme_buffer_alloc(pi->md_bytes * job->depth);
	return pi->md ? 0 : -ENOMEM;
}

static bool checks(const struct target *target,
		   const struct job_request *request)
{
	return request->md.check && target->pi.host && target->pi.prchk &&
	       !request->dry_run;
}

/**
 * pi_create() - make what a job's units need for metadata
 * @job: a job whose files are open
 * @request: the job
 *
 * Return: 0, or -ENOMEM; what was made is undone by job_destroy() then, too.
 */
int pi_create(struct job *job, const struct job_request *request)
{
	struct job_pi *pi;

	if (!pi_any(job->targets, job->nr_targets))
		return 0;
	pi = calloc(1, sizeof(*pi));
	if (!pi)
		return -ENOMEM;
	job->pi = pi;
	pi->ask = request->md.pi;
	for (unsigned int i = 0; i < job->nr_targets; i++)
		job->checks |= checks(job->targets[i], request);
	job->detour |= job->checks;
	pi->wrong = calloc(job->depth, sizeof(*pi->wrong));
	if (!pi->wrong)
		return -ENOMEM;
	return make_buffers(job, pi, most_metadata(job, request));
}

/**
 * pi_destroy() - undo pi_create()
 * @job: the job
 */
void pi_destroy(struct job *job)
{
	if (!job->pi)
		return;
	free(job->pi->md);
	free(job->pi->wrong);
	free(job->pi);
}

static void encode(struct target *target, unsigned int direction,
		   const struct command_family *family)
{
	struct command *command = &target->encoded[direction];
	struct nvme_uring_cmd *cmd = command_of(&command->sqe);

	command->cdw12 |= target->pi.cdw12;
	nvme_cmd_extent(cmd, 0, 1, command->cdw12);
	pi_cmd_rw(cmd, &target->pi);
	command->placed = command->kind == COMMAND_PLACED;
	command->kind = COMMAND_FAMILY;
	command->family = family;
	command->pi = &target->pi;
}

/* -- I/O ---------------------------------------------------------------------- */

static void *md_of(const struct job *job, unsigned int unit)
{
	const struct job_pi *pi = job->pi;

	return pi->md ? pi->md + pi->md_bytes * unit : NULL;
}

static int fill(struct job *job, const struct command *command,
		struct ring_sqe *sqe, const struct job_io *io)
{
	struct nvme_uring_cmd *cmd = command_of(sqe);
	void *md = md_of(job, io->unit);
	uint64_t slba;
	uint32_t nlb;
	int ret = family_extent(command, io, &slba, &nlb);

	if (!ret && (size_t)nlb * command->pi->md_bytes > job->pi->md_bytes)
		ret = -EINVAL;
	if (!ret)
		ret = job_fill_data(job, command, sqe, io->unit, io->offset,
				    io->data, io->bytes);
	if (ret)
		return ret;
	pi_cmd_start(cmd, command->pi, slba);
	pi_cmd_metadata(cmd, command->pi, md, nlb);
	if (command->direction == JOB_WRITE)
		pi_generate(command->pi, slba, nlb, io->data, md);
	if (!command->placed)
		return 0;
	nvme_cmd_place(cmd, io->placed.dtype, io->placed.dspec);
	job->units[io->unit].placement = io->placed.position;
	return 0;
}

static int complete(const struct job *job, const struct command *command,
		    const struct job_io *io, uint64_t result)
{
	uint64_t slba;
	uint32_t nlb;

	(void)result;
	if (!job->checks || family_extent(command, io, &slba, &nlb))
		return 0;
	return pi_verify(command->pi, slba, nlb, io->data, md_of(job, io->unit),
			 &job->pi->wrong[io->unit]);
}

static void explain(const struct job *job, const struct command *command,
		    unsigned int unit, char *text, size_t len)
{
	(void)command;
	pi_explain(&job->pi->wrong[unit], text, len);
}

/* A status says neither which block nor what was found: it is read again */
static void detail(const struct target *target, const struct command *command,
		   uint64_t offset, uint64_t bytes, struct nvme_status status,
		   char *text, size_t len)
{
	const struct job_io io = { .offset = offset, .bytes = bytes };
	struct pi_mismatch wrong;
	uint64_t slba;
	uint32_t nlb;

	if (nvme_status_errno(status) != EILSEQ ||
	    family_extent(command, &io, &slba, &nlb) ||
	    pi_read_wrong(&target->ns, target->fd, &target->job->pi->ask, slba,
			  nlb, &wrong) != -EILSEQ)
		return;
	snprintf(text, len, "; read again, ");
	pi_explain(&wrong, text + strlen(text), len - strlen(text));
}

static const struct command_family family_read = {
	.name = "read",
	.opcode = NVME_OPC_READ,
	.fill = fill,
	.complete = complete,
	.explain = explain,
	.detail = detail,
};

static const struct command_family family_write = {
	.name = "write",
	.opcode = NVME_OPC_WRITE,
	.fill = fill,
};

/**
 * pi_encode() - encode Reads and Writes that are more than plain
 * @request: the job
 * @target: a file of it, with its plain commands encoded
 */
void pi_encode(const struct job_request *request, struct target *target)
{
	if (!is_special(&target->ns))
		return;
	encode(target, JOB_READ, &family_read);
	if (request->ask.writes)
		encode(target, JOB_WRITE, &family_write);
}
