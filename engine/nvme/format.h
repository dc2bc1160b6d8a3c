/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a namespace still has the format that a job was set up for. Whoever
 * has its controller can format it meanwhile, and the kernel goes on passing
 * commands on.
 */
#ifndef NVME_PASSTHRU_FORMAT_H
#define NVME_PASSTHRU_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "namespace.h"

bool nspace_reformatted(const struct nspace *ns, int fd, char *why, size_t len);

#endif
