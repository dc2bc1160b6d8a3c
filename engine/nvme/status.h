/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a controller answers to a command, as a type of its own: never mixed
 * with an errno in one integer.
 */
#ifndef NVME_PASSTHRU_STATUS_H
#define NVME_PASSTHRU_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct nvme_status - Status Field of a completion queue entry
 * @field: without the phase tag: SC in bits 7:0, SCT in 10:8, CRD in 12:11,
 *	More in 13, DNR in 14 (NVMe Base 2.0, 3.3.3.2.1); 0 is success
 */
struct nvme_status {
	uint16_t field;
};

/* Do Not Retry: the same command would fail again */
#define NVME_STATUS_DNR 0x4000u

/**
 * nvme_status_of() - the status in a passthrough completion
 * @res: cqe->res, positive
 *
 * Return: the status.
 */
static inline struct nvme_status nvme_status_of(int res)
{
	return (struct nvme_status){ .field = (uint16_t)res };
}

/**
 * nvme_status_dnr() - whether the controller says not to retry
 * @status: a status
 *
 * Return: the DNR bit.
 */
static inline bool nvme_status_dnr(struct nvme_status status)
{
	return status.field & NVME_STATUS_DNR;
}

int nvme_status_errno(struct nvme_status status);
bool nvme_status_of_format(struct nvme_status status);
void nvme_status_text(struct nvme_status status, bool fabrics, char *buf,
		      size_t len);

#endif
