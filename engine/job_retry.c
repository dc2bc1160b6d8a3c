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
	retry->units = calloc(job->depth, sizeof(*retry->units));
	job->detour = true;
	return retry->units ? 0 : -ENOMEM;
}

/**
 * job_retry_destroy() - undo job_retry_create()
 * @job: the job
 */
void job_retry_destroy(struct job *job)
{
	if (!job->retry)
		return;
	free(job->retry->units);
	free(job->retry);
	job->retry = NULL;
}

/**
 * job_retry_keep() - remember a command that is sent for the first time
 * @job: a job with @retry
 * @unit: index of the I/O
 * @sqe: its command, with its owner
 */
void job_retry_keep(struct job *job, unsigned int unit,
		    const struct ring_sqe *sqe)
{
	struct retry_unit *kept = &job->retry->units[unit];

	kept->sqe = *sqe;
	kept->times = 0;
}

/**
 * job_retry() - send a command that failed again, if it may be worth it
 * @job: a job with @retry
 * @unit: index of the I/O
 * @res: of its completion
 *
 * What the kernel refused would be refused again, and with DNR the device says
 * the same (NVMe Base 2.0, 3.3.3.2.1). There is room in the ring: it has a slot
 * for each I/O, and this one's is free.
 *
 * Return: true where it is on its way again, by job_retry_flush().
 */
bool job_retry(struct job *job, unsigned int unit, int res)
{
	struct retry *retry = job->retry;
	struct retry_unit *kept = &retry->units[unit];
	unsigned int index = ring_next_index(&job->ring);

	if (res <= 0 || nvme_status_dnr(nvme_status_of(res)) ||
	    kept->times == retry->most)
		return false;
	kept->times++;
	retry->count++;
	retry->waiting++;
	job->ring.slots[index] = kept->sqe;
	/* nobody may take what is in it now for his own */
	job->slots[index] = NULL;
	ring_push(&job->ring);
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
