// SPDX-License-Identifier: GPL-2.0
#include "job_retry.h"

#include <stdlib.h>

/**
 * job_retry_create() - make room for what may be sent again
 * @job: the job, whose depth is known; its @retry and @detour are set
 * @request: the job, as asked for
 *
 * Return: 0, or -ENOMEM.
 */
int job_retry_create(struct job *job, const struct job_request *request)
{
	struct retry *retry;

	if (!request->retries)
		return 0;
	retry = calloc(1, sizeof(*retry));
	if (!retry)
		return -ENOMEM;
	job->retry = retry;
	retry->most = request->retries;
	retry->times = calloc(job->depth, sizeof(*retry->times));
	job->detour = true;
	return retry->times ? 0 : -ENOMEM;
}

/**
 * job_retry_destroy() - undo job_retry_create()
 * @job: the job
 */
void job_retry_destroy(struct job *job)
{
	if (!job->retry)
		return;
	free(job->retry->times);
	free(job->retry);
	job->retry = NULL;
}

/**
 * job_retry_first() - a command is sent for the first time
 * @job: a job with @retry
 * @unit: index of the I/O
 */
void job_retry_first(struct job *job, unsigned int unit)
{
	job->retry->times[unit] = 0;
}

/**
 * job_retry() - send a command that failed again, if it may be worth it
 * @job: a job with @retry
 * @unit: index of the I/O
 * @res: of its completion
 *
 * What the kernel refused would be refused again, and with DNR the device says
 * the same (NVMe Base 2.0, 3.3.3.2.1). The command is still in its slot, which
 * is the I/O's own.
 *
 * Return: true where it is on its way again, by job_retry_flush().
 */
bool job_retry(struct job *job, unsigned int unit, int res)
{
	struct retry *retry = job->retry;

	if (res <= 0 || nvme_status_dnr(nvme_status_of(res)) ||
	    retry->times[unit] == retry->most)
		return false;
	retry->times[unit]++;
	retry->count++;
	retry->waiting++;
	ring_push(&job->ring, unit);
	return true;
}

/**
 * job_retry_flush() - hand over what job_retry() put into the ring
 * @job: a job with @retry
 *
 * An I/O's time runs from when it was first issued. Where others are waiting,
 * too, it goes with them.
 */
void job_retry_flush(struct job *job)
{
	struct retry *retry = job->retry;

	/* an error shows again in the call that waits */
	if (retry->waiting && ring_pending(&job->ring) == retry->waiting)
		job_hand_over(job, 0, false);
	retry->waiting = 0;
}
