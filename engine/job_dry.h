/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dry run: commands are told instead of sent. All is done as ever until the
 * kernel is to get them, which then gets as many that do nothing.
 */
#ifndef NVME_PASSTHRU_JOB_DRY_H
#define NVME_PASSTHRU_JOB_DRY_H

#include "job.h"

/* Commands of a job that are told */
#define DRY_COMMANDS 8u
/* Room for one of them in words */
#define DRY_TEXT_MAX 512

/**
 * struct dry_run - of a job
 * @told: commands so far
 * @tell: called with the job's owner and one command in a few lines
 */
struct dry_run {
	unsigned int told;
	void (*tell)(const void *owner, const char *what);
};

int job_dry_create(struct job *job, const struct job_request *request);
void job_dry_turn(struct job *job);

#endif
