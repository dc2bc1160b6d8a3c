/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that a process's jobs append to: the report and the trace. They are
 * opened before the jobs are forked, so that a refusal comes before the first
 * I/O, and what the jobs write goes by whole writes to one open file.
 */
#ifndef NVME_PASSTHRU_JOB_APPEND_H
#define NVME_PASSTHRU_JOB_APPEND_H

#include <stddef.h>

/**
 * enum append_kind - what a file is for
 * @APPEND_REPORT: report=, which goes on with what is there
 * @APPEND_TRACE: trace=, which begins anew
 */
enum append_kind {
	APPEND_REPORT,
	APPEND_TRACE,
};

int append_open(const char *path, enum append_kind kind, char *why, size_t len);
int append_write(int fd, const void *data, size_t bytes);

#endif
