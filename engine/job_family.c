// SPDX-License-Identifier: GPL-2.0
#include "job_family.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "job_random.h"

/* By enum job_kind; a new family is a row here */
static const struct command_family *const families[JOB_FAMILIES] = {
	[KIND_ZEROES - JOB_DIRECTIONS] = &family_zeroes,
	[KIND_UNCOR - JOB_DIRECTIONS] = &family_uncor,
	[KIND_VERIFY - JOB_DIRECTIONS] = &family_verify,
	[KIND_COMPARE - JOB_DIRECTIONS] = &family_compare,
	[KIND_COPY - JOB_DIRECTIONS] = &family_copy,
	[KIND_ZONE_APPEND - JOB_DIRECTIONS] = &family_zone_append,
	[KIND_READ_CMD - JOB_DIRECTIONS] = &family_read_cmd,
	[KIND_WRITE_CMD - JOB_DIRECTIONS] = &family_write_cmd,
	[KIND_TRIM_CMD - JOB_DIRECTIONS] = &family_trim_cmd,
};

/**
 * family_of() - the family of a kind
 * @kind: of enum job_kind
 *
 * Return: it, or NULL for Reads, Writes, trims and flushes.
 */
const struct command_family *family_of(unsigned int kind)
{
	return kind < JOB_DIRECTIONS ? NULL : families[kind - JOB_DIRECTIONS];
}

/**
 * family_writes() - whether writes of a job are of a kind
 * @request: the job
 * @kind: JOB_WRITE or of enum job_kind
 *
 * Return: true if some are.
 */
bool family_writes(const struct job_request *request, unsigned int kind)
{
	for (unsigned int i = 0; i < request->modes.nr; i++)
		if (request->modes.kinds[i] == kind)
			return true;
	return false;
}

static bool is_described(unsigned int kind)
{
	return kind >= KIND_READ_CMD && kind <= KIND_TRIM_CMD;
}

static bool uses(const struct job_request *request, unsigned int kind)
{
	if (is_described(kind) &&
	    !request->modes.described[kind - KIND_READ_CMD].given)
		return false;
	if (kind == KIND_READ_CMD)
		return true;
	if (is_described(kind))
		return request->ask.writes;
	if (kind == KIND_COMPARE)
		return request->modes.compare;
	return request->ask.writes && family_writes(request, kind);
}

/**
 * family_any() - whether a job sends anything beside Reads, Writes and trims
 * @request: the job
 *
 * Return: true if it does.
 */
bool family_any(const struct job_request *request)
{
	for (unsigned int kind = JOB_DIRECTIONS; kind < JOB_KINDS; kind++)
		if (uses(request, kind))
			return true;
	return false;
}

/* Where I/Os have no data, nothing else keeps them from being too long */
static int check_length(const struct nspace *ns,
			const struct job_request *request, const char *option,
			char *why, size_t len)
{
	uint64_t most = (uint64_t)NVME_NLB_MAX * ns->lba_bytes;

	if (request->max_data || request->max_bytes <= most)
		return 0;
	snprintf(
		why, len,
		"%s: bs=%" PRIu64
		": %s sends one command an io_unit, which names no more than %u logical blocks; use a bs of no more than %" PRIu64
		" bytes",
		ns->path, request->max_bytes, option, NVME_NLB_MAX, most);
	return -EINVAL;
}

/* To a described command the device itself is to answer */
static bool is_checked(const struct job_request *request, unsigned int kind)
{
	return !is_described(kind) && uses(request, kind);
}

/**
 * family_modes() - whether a job sends commands of the engine's own families
 * @request: the job
 *
 * Return: true if it does; what the user describes does not count.
 */
bool family_modes(const struct job_request *request)
{
	for (unsigned int kind = JOB_DIRECTIONS; kind < JOB_KINDS; kind++)
		if (is_checked(request, kind))
			return true;
	return false;
}

static int check_one(const struct nspace *ns,
		     const struct nspace_effects *effects,
		     const struct job_request *request, unsigned int kind,
		     char *why, size_t len)
{
	const struct command_family *family = family_of(kind);
	char option[64];
	int ret;

	snprintf(option, sizeof(option), "%s=%s",
		 kind == KIND_COMPARE ? "verify_mode" : "write_mode",
		 family->name);
	ret = nspace_check_command(ns, effects, family->opcode, option, why,
				   len);
	if (!ret)
		ret = check_length(ns, request, option, why, len);
	if (!ret && family->check)
		ret = family->check(ns, effects, request, why, len);
	return ret;
}

/**
 * family_check() - whether a namespace has the commands that a job sends
 * @ns: the namespace
 * @fd: its character device
 * @request: the job
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int family_check(const struct nspace *ns, int fd,
		 const struct job_request *request, char *why, size_t len)
{
	struct nspace_effects effects;
	int ret;

	if (!family_modes(request))
		return 0;
	ret = nspace_effects_read(&effects, ns, fd);
	if (ret) {
		snprintf(why, len,
			 "%s: which commands it supports cannot be read: %s%s",
			 ns->path, strerror(-ret),
			 ret == -EPERM || ret == -EACCES ? "; run as root" :
							   "");
		return ret;
	}
	for (unsigned int kind = JOB_DIRECTIONS; !ret && kind < JOB_KINDS;
	     kind++)
		if (is_checked(request, kind))
			ret = check_one(ns, &effects, request, kind, why, len);
	return ret;
}

/**
 * family_check_plan() - refuse what would make one I/O several such commands
 * @request: the job, after job_plan() decided
 * @ns: one of its files
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int family_check_plan(const struct job_request *request,
		      const struct nspace *ns, char *why, size_t len)
{
	if (!family_any(request) || !request->splits)
		return 0;
	snprintf(
		why, len,
		"%s: write_mode=, verify_mode= and described commands send one command an io_unit; use a bs of no more than %" PRIu64
		" bytes, without scatter",
		ns->path, request->part_bytes);
	return -EINVAL;
}

/* A hundred pointers, so that a choice is one look-up */
static void encode_mix(const struct job_request *request, struct target *target,
		       unsigned int nth)
{
	const struct mode_request *modes = &request->modes;
	unsigned int at = 0;

	job_base_command(target, &target->mix, JOB_WRITE, nth,
			 NVME_URING_CMD_IO, COMMAND_MIX);
	/* a sequence of its own: placement begins one with the seed itself */
	target->mix_seed = random_seed(~request->seed - nth);
	for (unsigned int i = 0; i < modes->nr; i++) {
		unsigned int kind = modes->kinds[i];
		const struct command *command =
			kind == JOB_WRITE ?
				&target->encoded[JOB_WRITE] :
				&target->others[kind - JOB_DIRECTIONS];

		for (unsigned int j = 0; j < modes->percent[i] && at < 100; j++)
			target->mixed[at++] = command;
	}
}

static void encode_writes(const struct job_request *request,
			  struct target *target, unsigned int nth)
{
	const struct mode_request *modes = &request->modes;

	if (modes->nr > 1) {
		encode_mix(request, target, nth);
		target->commands[JOB_WRITE] = &target->mix;
	} else if (modes->nr && modes->kinds[0] != JOB_WRITE) {
		target->commands[JOB_WRITE] =
			&target->others[modes->kinds[0] - JOB_DIRECTIONS];
	}
}

static void encode_described(const struct job_request *request,
			     struct target *target)
{
	for (unsigned int i = JOB_READ; i < JOB_FLUSH; i++)
		if (uses(request, KIND_READ_CMD + i))
			target->commands[i] =
				&target->others[KIND_READ_CMD + i -
						JOB_DIRECTIONS];
}

/**
 * family_encode() - encode what a job sends beside Reads, Writes and trims
 * @request: the job
 * @target: a file of it, with its other commands encoded
 * @nth: of the job's files
 */
void family_encode(const struct job_request *request, struct target *target,
		   unsigned int nth)
{
	for (unsigned int i = 0; i < JOB_FAMILIES; i++) {
		struct command *command = &target->others[i];

		if (!uses(request, i + JOB_DIRECTIONS))
			continue;
		families[i]->encode(request, target, command, nth);
		command->noted = i + JOB_DIRECTIONS;
		command->family = families[i];
	}
	encode_described(request, target);
	if (request->modes.compare) {
		job_base_command(target, &target->verification, JOB_READ, nth,
				 NVME_URING_CMD_IO, COMMAND_VERIFY);
		target->commands[JOB_READ] = &target->verification;
	}
	if (request->ask.writes)
		encode_writes(request, target, nth);
}

/**
 * family_choose() - which of several kinds of writes is next
 * @target: a file with a mix of them
 *
 * Return: its command.
 */
const struct command *family_choose(struct target *target)
{
	uint64_t at = random_at(target->mix_seed, 100);

	target->mix_seed += RANDOM_STEP;
	return target->mixed[at];
}

/**
 * family_leaves() - what a write leaves where it went
 * @command: the write
 *
 * Return: what.
 */
enum family_leaves family_leaves(const struct command *command)
{
	switch (command->noted) {
	case KIND_ZEROES:
		/* deallocated or not (NVM Command Set 1.0, 3.2.8) */
		return LEAVES_ZEROES;
	case KIND_UNCOR:
		return LEAVES_ERROR;
	default:
		return LEAVES_DATA;
	}
}

/**
 * family_extent() - the logical blocks of an I/O
 * @command: what it becomes
 * @io: the I/O
 * @slba: set to the first
 * @nlb: set to how many
 *
 * Return: 0, or -EINVAL where they are not whole blocks, or more than a command
 * can name.
 */
int family_extent(const struct command *command, const struct job_io *io,
		  uint64_t *slba, uint32_t *nlb)
{
	uint32_t block = command->lba_mask + 1;

	if (io->offset % block || io->bytes % block ||
	    io->bytes - 1 >= (uint64_t)NVME_NLB_MAX * block)
		return -EINVAL;
	*slba = io->offset / block;
	*nlb = (uint32_t)(io->bytes / block);
	return 0;
}
