/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A namespace as its character device, its Identify data and sysfs describe
 * it. Read once, before the first I/O.
 */
#ifndef NVME_PASSTHRU_NAMESPACE_H
#define NVME_PASSTHRU_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pi.h"

#define NVME_NAME_MAX 32
#define WHY_MAX 512

/**
 * struct nspace - a namespace
 * @path: the file as the user named it; the caller's, kept by reference
 * @name: the kernel's name of the character device, such as ng0n1
 * @disk: that of the sibling block device, or empty where there is none
 * @ctrl: that of the controller or subsystem it hangs on
 * @nsid: namespace identifier
 * @nlb: logical blocks (NSZE)
 * @lba_size: bytes of data in a logical block
 * @lba_bytes: bytes that a logical block takes in the data buffer, by
 *	nspace_blocks()
 * @lba_shift: log2 of @lba_bytes, or 0 where it is no power of two
 * @pi: its metadata and protection information
 * @nuse: logical blocks allocated (NUSE)
 * @bytes: what fio sees as the size of the file
 * @mdts_bytes: Maximum Data Transfer Size, 0 for no limit
 * @max_hw_bytes: queue/max_hw_sectors_kb, 0 where it is not told
 * @max_segments: queue/max_segments, 0 where it is not told
 * @tags: queue/nr_requests, 0 where it is not told
 * @poll: its queues include one that completions can be polled on
 * @multipath: it is the head of several paths
 * @fabrics: the controller is reached over fabrics
 * @trims: Dataset Management is supported (ONCS bit 2)
 * @endgid: endurance group that it is in, 0 where groups are not supported
 * @lbaf: index of the LBA format in use
 * @fdp: Flexible Data Placement is supported (CTRATT bit 19), enabled or not
 * @directives: Directive Send and Receive are supported (OACS bit 5)
 * @serial: serial number of the controller, without what pads it
 * @model: model number, likewise
 * @firmware: firmware revision, likewise
 */
struct nspace {
	const char *path;
	char name[NVME_NAME_MAX];
	char disk[NVME_NAME_MAX];
	char ctrl[NVME_NAME_MAX];
	uint32_t nsid;
	uint64_t nlb;
	uint32_t lba_size;
	uint32_t lba_bytes;
	uint32_t lba_shift;
	struct nspace_pi pi;
	uint64_t nuse;
	uint64_t bytes;
	uint32_t mdts_bytes;
	uint32_t max_hw_bytes;
	uint32_t max_segments;
	uint32_t tags;
	bool poll;
	bool multipath;
	bool fabrics;
	bool trims;
	uint16_t endgid;
	uint8_t lbaf;
	bool fdp;
	bool directives;
	char serial[21];
	char model[41];
	char firmware[9];
};

int nspace_open(const char *path, int flags, char *why, size_t len);
int nspace_blocks(struct nspace *ns, uint32_t lba_bytes, char *why, size_t len);
int nspace_identify(struct nspace *ns, int fd, char *why, size_t len);

#endif
