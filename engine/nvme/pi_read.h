/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a namespace holds, whatever its protection information says: read again
 * to name what a controller found wrong.
 */
#ifndef NVME_PASSTHRU_PI_READ_H
#define NVME_PASSTHRU_PI_READ_H

#include "namespace.h"
#include "pi.h"

int pi_read_wrong(const struct nspace *ns, int fd, const struct pi_request *ask,
		  uint64_t slba, uint32_t nlb, struct pi_mismatch *wrong);

#endif
