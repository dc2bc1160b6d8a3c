/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that are sent again when the device says that it may be worth it.
 * An I/O's command is kept as it was sent, so that the very same is sent.
 */
#ifndef NVME_PASSTHRU_JOB_RETRY_H
#define NVME_PASSTHRU_JOB_RETRY_H

#include "job.h"

/**
 * struct retry_unit - one of the I/Os in flight
 * @sqe: its command
 * @times: it was sent again
 */
struct retry_unit {
	struct ring_sqe sqe;
	unsigned int times;
};

/**
 * struct retry - of a job
 * @most: how often a command may be sent again
 * @waiting: commands that were put into the ring, to be handed over
 * @count: commands that were sent again, each time counting
 * @units: by the I/O's index
 */
struct retry {
	unsigned int most;
	unsigned int waiting;
	uint64_t count;
	struct retry_unit *units;
};

int job_retry_create(struct job *job, const struct job_request *request);
void job_retry_destroy(struct job *job);
void job_retry_keep(struct job *job, unsigned int unit,
		    const struct ring_sqe *sqe);
bool job_retry(struct job *job, unsigned int unit, int res);
void job_retry_flush(struct job *job);

#endif
