/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opening a file that is written, where others may have been before: in a
 * folder that anybody may write to, such as /tmp, a name may have been put
 * there to have something else written over.
 */
#ifndef NVME_PASSTHRU_JOB_PATH_H
#define NVME_PASSTHRU_JOB_PATH_H

#include <stddef.h>
#include <sys/stat.h>

int path_open(const char *path, int flags, struct stat *st, char *why,
	      size_t len);

#endif
