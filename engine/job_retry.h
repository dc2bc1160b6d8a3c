/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that are sent again when the device says that it may be worth it.
 * An I/O's slot keeps its command, so that the very same is sent.
 */
#ifndef NVME_PASSTHRU_JOB_RETRY_H
#define NVME_PASSTHRU_JOB_RETRY_H

#include "job.h"

/**
 * struct retry - of a job
 * @most: how often a command may be sent again
 * @waiting: commands that were put into the ring, to be handed over
 * @count: commands that were sent again, each time counting
 * @times: that each I/O's command was sent again, by its index
 */
struct retry {
	unsigned int most;
	unsigned int waiting;
	uint64_t count;
	unsigned int *times;
};

int job_retry_create(struct job *job, const struct job_request *request);
void job_retry_destroy(struct job *job);
void job_retry_first(struct job *job, unsigned int unit);
bool job_retry(struct job *job, unsigned int unit, int res);
void job_retry_flush(struct job *job);

#endif
