/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a job asks of zones beside its I/O: which there are, what may be
 * written to them in which order, and changes of their state.
 */
#ifndef NVME_PASSTHRU_JOB_ZONES_H
#define NVME_PASSTHRU_JOB_ZONES_H

#include "job.h"

int job_zones_inspect(struct target *target, int fd,
		      const struct job_request *request, job_remark_fn remark,
		      char *why, size_t len);
int job_zones_plan(const struct job_request *request,
		   struct target *const *targets, unsigned int nr,
		   uint64_t tags, char *why, size_t len);
int job_zones_report(const struct target *target, uint64_t offset,
		     struct zone *list, unsigned int nr, char *why, size_t len);
int job_zones_manage(const struct target *target, enum zone_action action,
		     uint64_t offset, uint64_t bytes, char *why, size_t len);
int job_zones_write(const struct target *target, uint64_t offset,
		    const void *data, uint64_t bytes, char *why, size_t len);
bool job_zones_remark(const struct target *target, const struct zone *list,
		      unsigned int nr, char *what, size_t len);

int zone_append_check(const struct target *target,
		      const struct job_request *request, char *why, size_t len);
bool zone_append_only(const struct job_request *request);

#endif
