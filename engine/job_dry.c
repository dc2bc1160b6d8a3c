// SPDX-License-Identifier: GPL-2.0
#include "job_dry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvme/described.h"

/**
 * job_dry_create() - make a job one that sends nothing, where it asks for that
 * @job: the job; its @dry is set, which is to be given a @tell
 * @request: the job, as asked for
 *
 * Return: 0, or -ENOMEM.
 */
int job_dry_create(struct job *job, const struct job_request *request)
{
	if (!request->dry_run)
		return 0;
	job->dry = calloc(1, sizeof(*job->dry));
	return job->dry ? 0 : -ENOMEM;
}

static void tell(struct job *job, const struct ring_sqe *sqe)
{
	struct nvme_uring_cmd cmd = *(const struct nvme_uring_cmd *)sqe->cmd;
	struct dry_run *dry = job->dry;
	char text[DRY_TEXT_MAX], line[128];
	size_t at;

	if (dry->told == DRY_COMMANDS || !dry->tell)
		return;
	/* an array of one */
	if (sqe->sqe.cmd_op == NVME_URING_CMD_IO_VEC)
		cmd.data_len =
			(uint32_t)((const struct iovec *)(uintptr_t)cmd.addr)
				->iov_len;
	at = (size_t)snprintf(text, sizeof(text),
			      "command %u, not sent:", ++dry->told);
	for (unsigned int i = 0;
	     nvme_described_text(&cmd, i, line, sizeof(line)) &&
	     at < sizeof(text);
	     i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
				       i ? "\n  " : " ", line);
	dry->tell(job->owner, text);
}

/**
 * job_dry_turn() - turn what is to be handed over into what does nothing
 * @job: a job with @dry
 *
 * No command of the engine's is NOP, so what was turned and not taken is known.
 */
void job_dry_turn(struct job *job)
{
	struct ring *ring = &job->ring;
	unsigned int nr = ring_pending(ring);

	for (unsigned int i = ring->sq_tail - nr; i != ring->sq_tail; i++) {
		unsigned int slot = ring_slot_at(ring, i);
		struct ring_sqe *sqe = &ring->slots[slot];
		uint64_t owner = sqe->sqe.user_data;

		if (sqe->sqe.opcode == IORING_OP_NOP)
			continue;
		tell(job, sqe);
		/* its flags lie where a command's are (Linux 6.13) */
		memset(sqe, 0, sizeof(*sqe));
		sqe->sqe.opcode = IORING_OP_NOP;
		sqe->sqe.user_data = owner;
		job->slots[slot] = NULL;
	}
}
