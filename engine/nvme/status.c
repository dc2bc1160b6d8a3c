// SPDX-License-Identifier: GPL-2.0
#include "status.h"

#include <errno.h>
#include <stdio.h>

#include <libnvme.h>

_Static_assert(NVME_STATUS_DNR == NVME_SC_DNR, "DNR moved in libnvme");

/**
 * nvme_status_errno() - the errno that stands for a status
 * @status: an unsuccessful status
 *
 * EIO is what fio's own lists of errors that a job may survive hold, so that
 * continue_on_error means the same as with its block engines. EILSEQ is kept
 * for what protection information found, EOVERFLOW for too many active zones,
 * which fio has a hint for, and ETOOMANYREFS for too many open ones, as the
 * kernel does (Linux 6.1, block/blk-core.c and drivers/nvme/host/core.c).
 *
 * Return: a positive errno, as fio's io_u carries it.
 */
int nvme_status_errno(struct nvme_status status)
{
	switch (status.field & 0x7ff) {
	case NVME_SCT_GENERIC << NVME_SCT_SHIFT | NVME_SC_CAP_EXCEEDED:
		return ENOSPC;
	case NVME_SCT_MEDIA << NVME_SCT_SHIFT | NVME_SC_GUARD_CHECK:
	case NVME_SCT_MEDIA << NVME_SCT_SHIFT | NVME_SC_APPTAG_CHECK:
	case NVME_SCT_MEDIA << NVME_SCT_SHIFT | NVME_SC_REFTAG_CHECK:
		return EILSEQ;
	case NVME_SCT_CMD_SPECIFIC << NVME_SCT_SHIFT |
		NVME_SC_ZNS_TOO_MANY_ACTIVE:
		return EOVERFLOW;
	case NVME_SCT_CMD_SPECIFIC << NVME_SCT_SHIFT |
		NVME_SC_ZNS_TOO_MANY_OPENS:
		return ETOOMANYREFS;
	default:
		return EIO;
	}
}

/**
 * nvme_status_of_format() - whether a status may come of another format
 * @status: an unsuccessful status
 *
 * Addresses, lengths and fields that are none in a format get generic
 * statuses, of which those from Data Transfer Error to Command Aborted due to
 * SQ Deletion say what happened on the way; and protection information that
 * is not there has its own (NVMe Base 2.0, figures 95 and 98).
 *
 * Return: whether the format is worth a question.
 */
bool nvme_status_of_format(struct nvme_status status)
{
	unsigned int sct = status.field >> NVME_SCT_SHIFT & NVME_SCT_MASK;
	unsigned int sc = status.field & NVME_SC_MASK;

	if (sct == NVME_SCT_GENERIC)
		return sc < NVME_SC_DATA_XFER_ERROR || sc > NVME_SC_ABORT_QUEUE;
	return nvme_status_errno(status) == EILSEQ;
}

/**
 * nvme_status_text() - a status in words
 * @status: an unsuccessful status
 * @fabrics: the controller is reached over fabrics
 * @buf: where to
 * @len: bytes of @buf
 *
 * The words are libnvme's, with SCT and SC in figures for looking them up
 * (NVMe Base 2.0, figure 93 and following), and DNR.
 */
void nvme_status_text(struct nvme_status status, bool fabrics, char *buf,
		      size_t len)
{
	unsigned int sct = status.field >> NVME_SCT_SHIFT & NVME_SCT_MASK;
	unsigned int sc = status.field & NVME_SC_MASK;

	snprintf(buf, len, "%s (sct 0x%x, sc 0x%02x%s)",
		 nvme_status_to_string(status.field & 0x7ff, fabrics), sct, sc,
		 nvme_status_dnr(status) ? ", do not retry" : "");
}
