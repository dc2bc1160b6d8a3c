/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a result needs beside its figures: which subsystem, how it is reached,
 * and what the kernel puts between. From sysfs alone, so any user may ask.
 */
#ifndef NVME_PASSTHRU_ABOUT_H
#define NVME_PASSTHRU_ABOUT_H

#include <stddef.h>

#include "namespace.h"

/* An NQN has 223 bytes at most (NVMe Base 2.0, 4.5) */
#define NVME_NQN_MAX 224

/**
 * struct nspace_about - where a namespace is
 * @subsystem: NQN of its subsystem, empty where unknown
 * @transport: how its controller is reached, such as "pcie"; empty where
 *	unknown
 * @iommu: type of the IOMMU group of its device, such as "DMA-FQ" or
 *	"identity"; "none" where it has no group
 * @numa_node: of its controller, -1 where unknown
 * @poll_queues: that the driver was asked for, 0 where unknown, as over
 *	fabrics
 *
 * Of the head of several paths, the first path counts.
 */
struct nspace_about {
	char subsystem[NVME_NQN_MAX];
	char transport[16];
	char iommu[32];
	int numa_node;
	int poll_queues;
};

void nspace_controller(const struct nspace *ns, char *name, size_t len);
void nspace_about_read(struct nspace_about *about, const struct nspace *ns);

#endif
