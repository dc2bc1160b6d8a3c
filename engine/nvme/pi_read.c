// SPDX-License-Identifier: GPL-2.0
#include "pi_read.h"

#include <errno.h>
#include <libnvme.h>
#include <stdlib.h>

#include "buffer.h"

/* PRACT and PRCHK cleared: the controller hands out what it has */
static int read_raw(const struct nspace *ns, int fd,
		    const struct pi_check *check, uint64_t slba, uint32_t nlb,
		    char *data, char *md)
{
	struct nvme_io_args args = {
		.slba = slba,
		.data = data,
		.metadata = check->md_bytes ? md : NULL,
		.args_size = sizeof(args),
		.fd = fd,
		.timeout = NVME_DEFAULT_IOCTL_TIMEOUT,
		.nsid = ns->nsid,
		.data_len = nlb * check->data_bytes,
		.metadata_len = nlb * check->md_bytes,
		.nlb = (uint16_t)(nlb - 1),
	};

	return nvme_read(&args) ? -EIO : 0;
}

/**
 * pi_read_wrong() - find what is wrong with the protection information
 * @ns: a namespace with some
 * @fd: its character device
 * @ask: what is to be checked
 * @slba: first logical block
 * @nlb: logical blocks, as many as a command carries
 * @wrong: filled in for the first block that is not as it should be
 *
 * Reads without any check by the controller, and checks on the host.
 *
 * Return: -EILSEQ with @wrong, 0 where all is well, or a negative errno where
 * it could not be read.
 */
int pi_read_wrong(const struct nspace *ns, int fd, const struct pi_request *ask,
		  uint64_t slba, uint32_t nlb, struct pi_mismatch *wrong)
{
	struct pi_request raw = *ask;
	struct pi_check check;
	size_t bytes, md_bytes;
	char *data;
	int ret;

	raw.act = false;
	pi_check_init(&check, &ns->pi, &raw);
	bytes = (size_t)nlb * check.data_bytes;
	md_bytes = (size_t)nlb * check.md_bytes;
	data = nvme_buffer_alloc(bytes + md_bytes);
	if (!data)
		return -ENOMEM;
	ret = read_raw(ns, fd, &check, slba, nlb, data, data + bytes);
	if (!ret)
		ret = pi_verify(&check, slba, nlb, data, data + bytes, wrong);
	free(data);
	return ret;
}
