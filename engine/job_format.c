// SPDX-License-Identifier: GPL-2.0
#include "job.h"

#include <stdio.h>
#include <string.h>

#include "nvme/format.h"

/**
 * job_reformatted() - whether a file is no longer what its commands are for
 * @job: the job
 * @remedy: what the words end with
 * @why: where it is put in words
 * @len: bytes of @why
 *
 * Asks the controllers, and so is not for the hot path.
 *
 * Return: true with @why where a namespace was formatted anew.
 */
bool job_reformatted(const struct job *job, const char *remedy, char *why,
		     size_t len)
{
	for (unsigned int i = 0; i < job->nr_targets; i++) {
		const struct target *target = job->targets[i];
		size_t at;

		if (target->fd < 0 ||
		    !nspace_reformatted(&target->ns, target->fd, why, len))
			continue;
		at = strlen(why);
		snprintf(why + at, len - at, "; %s", remedy);
		return true;
	}
	return false;
}
