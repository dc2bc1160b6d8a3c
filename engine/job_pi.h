/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads and Writes of namespaces with metadata that is separate, or that holds
 * protection information: a family of commands. Metadata that only travels with
 * the data is a part of the logical block, and nothing of this.
 */
#ifndef NVME_PASSTHRU_JOB_PI_H
#define NVME_PASSTHRU_JOB_PI_H

#include "job_family.h"

/**
 * struct job_pi - what a job's units need for metadata
 * @md: metadata buffers, NULL where no file transfers any by itself
 * @md_bytes: from one of them to the next
 * @wrong: what the host found, by unit
 * @ask: what the job asks about protection information
 */
struct job_pi {
	char *md;
	size_t md_bytes;
	struct pi_mismatch *wrong;
	struct pi_request ask;
};

int pi_inspect(struct target *target, const struct job_request *request,
	       char *why, size_t len);
bool pi_remark(const struct target *target, const struct job_request *request,
	       char *what, size_t len);
bool pi_any(struct target *const *targets, unsigned int nr);
int pi_check_plan(const struct job_request *request,
		  struct target *const *targets, unsigned int nr, char *why,
		  size_t len);
int pi_create(struct job *job, const struct job_request *request);
void pi_encode(const struct job_request *request, struct target *target);
void pi_destroy(struct job *job);

#endif
