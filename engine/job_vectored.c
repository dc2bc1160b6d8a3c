// SPDX-License-Identifier: GPL-2.0
#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvme/buffer.h"
#include "nvme/pi_command.h"
#include "ring/support.h"

/*
 * Whether the kernel takes a vectored command with a registered buffer is not
 * told by any version number that could be relied on: one block is read so.
 */
static int try_vectored(struct ring *ring, const struct target *target, int fd,
			char *block, struct ring_cqe *cqe)
{
	const struct nspace *ns = &target->ns;
	struct iovec vector = { .iov_base = block, .iov_len = ns->lba_bytes };
	uint32_t cdw12 = target->pi.cdw12;
	struct ring_sqe sqe;
	int ret;

	ret = ring_register_buffers(ring, &vector, 1);
	if (ret)
		return ret;
	ring_sqe_command(&sqe, NVME_URING_CMD_IO_VEC, fd, false);
	ring_sqe_buffer(&sqe, 0);
	nvme_cmd_rw(command_of(&sqe), ns->nsid, NVME_OPC_READ, cdw12);
	nvme_cmd_extent(command_of(&sqe), 0, 1, cdw12);
	nvme_cmd_data(command_of(&sqe), &vector, 1);
	/* or the controller would take address 0 for the buffer */
	pi_cmd_metadata(command_of(&sqe), &target->pi, block + ns->lba_bytes,
			1);
	return ring_call(ring, &sqe, cqe);
}

/**
 * job_check_vectored() - try a vectored command with a registered buffer
 * @target: a file
 * @fd: its character device
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int job_check_vectored(const struct target *target, int fd, char *why,
		       size_t len)
{
	const struct ring_setup setup = { .entries = 1, .sqpoll_cpu = -1 };
	size_t bytes = target->ns.lba_bytes + target->pi.md_bytes;
	struct ring_cqe cqe = { 0 };
	struct ring ring;
	char *block;
	int ret;

	block = nvme_buffer_alloc(bytes);
	ret = block ? ring_init(&ring, &setup) : -ENOMEM;
	if (!ret) {
		ret = try_vectored(&ring, target, fd, block, &cqe);
		ring_exit(&ring);
	}
	free(block);
	if (ret) {
		ring_support_explain(
			ret, "nonvectored=0 with fixedbufs=1: trying it", why,
			len);
		return ret;
	}
	/* a status is the controller's: the kernel took the command */
	if (cqe.res >= 0)
		return 0;
	snprintf(
		why, len,
		"%s: nonvectored=0 with fixedbufs=1: this kernel refuses vectored commands with registered buffers (%s); use nonvectored=1 or fixedbufs=0, or Linux 6.15 or later",
		target->ns.path, strerror(-cqe.res));
	return cqe.res;
}
