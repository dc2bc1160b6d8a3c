// SPDX-License-Identifier: GPL-2.0
#include "job_described.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "job_random.h"
#include "nvme/buffer.h"

_Static_assert(KIND_WRITE_CMD == KIND_READ_CMD + JOB_WRITE &&
		       KIND_TRIM_CMD == KIND_READ_CMD + JOB_TRIM,
	       "described commands are numbered as directions");

/* -- what the user asks for ------------------------------------------------- */

/**
 * described_option() - the option that describes the commands of a direction
 * @direction: JOB_READ, JOB_WRITE or JOB_TRIM
 *
 * Return: its name.
 */
const char *described_option(unsigned int direction)
{
	static const char *const names[] = {
		[JOB_READ] = "read_cmd",
		[JOB_WRITE] = "write_cmd",
		[JOB_TRIM] = "trim_cmd",
	};

	return names[direction];
}

static bool has_data(const struct nvme_described *d)
{
	return d->len_bytes || d->len;
}

static int check(const struct nvme_described *d, unsigned int direction,
		 char *why, size_t len)
{
	if (direction == JOB_TRIM && has_data(d)) {
		snprintf(
			why, len,
			"trim_cmd: opcode 0x%02x moves data, and a trim has none; add len=0, or use write_cmd or read_cmd",
			d->base.opcode);
		return -EINVAL;
	}
	if (d->mdlen > DESCRIBED_METADATA_MAX) {
		snprintf(why, len, "%s: mdlen=%u is above %u bytes; use less",
			 described_option(direction), d->mdlen,
			 DESCRIBED_METADATA_MAX);
		return -EINVAL;
	}
	return 0;
}

/**
 * described_parse() - read what the commands of a direction are to be
 * @modes: of the job
 * @direction: JOB_READ, JOB_WRITE or JOB_TRIM
 * @text: the option's value, NULL where it was not given
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int described_parse(struct mode_request *modes, unsigned int direction,
		    const char *text, char *why, size_t len)
{
	struct described_request *to = &modes->described[direction];
	int ret;

	if (!text)
		return 0;
	to->given = true;
	ret = nvme_described_parse(&to->command, described_option(direction),
				   text, why, len);
	return ret ? ret : check(&to->command, direction, why, len);
}

/**
 * described_any() - whether a job describes commands
 * @modes: of the job
 *
 * Return: true if it does.
 */
bool described_any(const struct mode_request *modes)
{
	for (unsigned int i = JOB_READ; i < JOB_FLUSH; i++)
		if (modes->described[i].given)
			return true;
	return false;
}

/**
 * described_moves() - whether the commands of a direction may have data
 * @modes: of the job
 * @direction: JOB_READ, JOB_WRITE or JOB_TRIM
 *
 * Return: false where they are described without.
 */
bool described_moves(const struct mode_request *modes, unsigned int direction)
{
	const struct described_request *d = &modes->described[direction];

	return !d->given || has_data(&d->command);
}

static bool data_goes(const struct described_request *d,
		      enum nvme_direction where)
{
	return d->command.len_bytes &&
	       nvme_opcode_direction(d->command.base.opcode) == where;
}

/**
 * described_reads() - whether an I/O's data comes from the device
 * @modes: of the job
 * @direction: of the I/O
 *
 * Return: false where its command is described, and brings none.
 */
bool described_reads(const struct mode_request *modes, unsigned int direction)
{
	const struct described_request *d = &modes->described[direction];

	return !d->given || data_goes(d, NVME_DIRECTION_FROM_CONTROLLER);
}

/**
 * described_writes() - whether an I/O's data goes to the device
 * @modes: of the job
 * @direction: of the I/O
 *
 * Return: false where its command is described, and takes none.
 */
bool described_writes(const struct mode_request *modes, unsigned int direction)
{
	const struct described_request *d = &modes->described[direction];

	return !d->given || data_goes(d, NVME_DIRECTION_TO_CONTROLLER);
}

/**
 * described_check_len() - refuse data that an I/O has no room for
 * @modes: of the job
 * @direction: JOB_READ, JOB_WRITE or JOB_TRIM
 * @bytes: of the smallest I/O
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int described_check_len(const struct mode_request *modes,
			unsigned int direction, uint64_t bytes, char *why,
			size_t len)
{
	const struct described_request *d = &modes->described[direction];

	if (!d->given || d->command.len <= bytes)
		return 0;
	snprintf(why, len,
		 "%s: len=%u is above the buffer of an io_unit, %" PRIu64
		 " bytes; use a larger bs, or a smaller len",
		 described_option(direction), d->command.len, bytes);
	return -EINVAL;
}

/* -- a job that runs -------------------------------------------------------- */

/**
 * job_described_create() - make what described commands need
 * @job: the job, whose depth is known; its @described is set
 * @request: the job, as asked for
 *
 * Return: 0, or -ENOMEM.
 */
int job_described_create(struct job *job, const struct job_request *request)
{
	struct described_job *d;

	if (!described_any(&request->modes))
		return 0;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	job->described = d;
	d->seed = random_seed(request->seed);
	for (unsigned int i = JOB_READ; i < JOB_FLUSH; i++) {
		d->commands[i] = request->modes.described[i].command;
		if (d->commands[i].mdlen > d->metadata_bytes)
			d->metadata_bytes = d->commands[i].mdlen;
	}
	if (!d->metadata_bytes)
		return 0;
	d->metadata = nvme_buffer_alloc((size_t)job->depth * d->metadata_bytes);
	return d->metadata ? 0 : -ENOMEM;
}

/**
 * job_described_destroy() - undo job_described_create()
 * @job: the job
 */
void job_described_destroy(struct job *job)
{
	if (!job->described)
		return;
	free(job->described->metadata);
	free(job->described);
	job->described = NULL;
}

static bool follows(const struct nvme_described *d, enum nvme_term term)
{
	for (unsigned int i = 0; i < d->nr_fills; i++)
		if (d->fills[i].term == term)
			return true;
	return false;
}

static void encode(const struct job_request *request, struct target *target,
		   struct command *command, unsigned int nth,
		   unsigned int direction)
{
	const struct nvme_described *d =
		&request->modes.described[direction].command;

	job_base_command(target, command, direction, nth, NVME_URING_CMD_IO,
			 COMMAND_FAMILY);
	nvme_described_base(command_of(&command->sqe), d, target->ns.nsid);
	command->placed = target->placement && follows(d, NVME_TERM_PLACEMENT);
	if (target->job->regions && has_data(d))
		ring_sqe_buffer(&command->sqe, 0);
}

static void encode_read(const struct job_request *request,
			struct target *target, struct command *command,
			unsigned int nth)
{
	encode(request, target, command, nth, JOB_READ);
}

static void encode_write(const struct job_request *request,
			 struct target *target, struct command *command,
			 unsigned int nth)
{
	encode(request, target, command, nth, JOB_WRITE);
}

static void encode_trim(const struct job_request *request,
			struct target *target, struct command *command,
			unsigned int nth)
{
	encode(request, target, command, nth, JOB_TRIM);
}

static void fill_buffers(struct job *job, struct ring_sqe *sqe,
			 const struct nvme_described *d,
			 const struct job_io *io, uint32_t bytes)
{
	const struct described_job *described = job->described;
	struct nvme_uring_cmd *cmd = command_of(sqe);

	if (!bytes)
		return;
	nvme_cmd_data(cmd, io->data, bytes);
	sqe->sqe.buf_index = job->units[io->unit].region;
	if (!d->mdlen)
		return;
	cmd->metadata = (uintptr_t)(described->metadata +
				    io->unit * described->metadata_bytes);
	cmd->metadata_len = d->mdlen;
}

static int fill(struct job *job, const struct command *command,
		struct ring_sqe *sqe, const struct job_io *io)
{
	struct described_job *described = job->described;
	const struct nvme_described *d =
		&described->commands[command->direction];
	struct nvme_values values = { .bytes = (uint32_t)io->bytes };
	int ret = family_extent(command, io, &values.slba, &values.nlb);
	uint32_t bytes = nvme_described_len(d, &values);

	/* a replayed log may have smaller ones than the options told */
	if (ret || bytes > io->bytes)
		return -EINVAL;
	values.index = described->index++;
	values.random = random_at(described->seed, 1ull << 32);
	values.placement = io->placed.dspec;
	described->seed += RANDOM_STEP;
	nvme_described_fill(command_of(sqe), d, &values);
	fill_buffers(job, sqe, d, io, bytes);
	if (job->force_async)
		job_force_async(job, command, sqe);
	return 0;
}

static int complete(const struct job *job, const struct command *command,
		    const struct job_io *io, uint64_t result)
{
	struct described_job *d = job->described;
	uint32_t dword0 = (uint32_t)result;
	unsigned int i = 0;

	(void)io;
	while (i < d->nr_results && (d->results[i].dword0 != dword0 ||
				     d->results[i].kind != command->noted))
		i++;
	if (i == DESCRIBED_RESULTS) {
		d->other_results++;
		return 0;
	}
	if (i == d->nr_results)
		d->results[d->nr_results++] = (struct described_result){
			.kind = command->noted,
			.dword0 = dword0,
		};
	d->results[i].count++;
	return 0;
}

const struct command_family family_read_cmd = {
	.name = "read_cmd",
	.encode = encode_read,
	.fill = fill,
	.complete = complete,
};

const struct command_family family_write_cmd = {
	.name = "write_cmd",
	.encode = encode_write,
	.fill = fill,
	.complete = complete,
};

const struct command_family family_trim_cmd = {
	.name = "trim_cmd",
	.encode = encode_trim,
	.fill = fill,
	.complete = complete,
};
