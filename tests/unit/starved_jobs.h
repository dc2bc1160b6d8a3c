/* SPDX-License-Identifier: GPL-2.0 */
/* One job of each kind that allocates, or asks the kernel, in its own way. */
#ifndef STARVED_JOBS_H
#define STARVED_JOBS_H

#include "host.h"

#define STARVED_JOBS 20

/**
 * struct starved_job - a job that is to be short of something
 * @name: what it is
 * @ask: makes the host's job one, after host_reset()
 * @ddir: of the I/O that it does
 * @bytes: of it
 */
struct starved_job {
	const char *name;
	void (*ask)(void);
	enum fio_ddir ddir;
	uint64_t bytes;
};

extern const struct starved_job starved_jobs[STARVED_JOBS];

#endif
