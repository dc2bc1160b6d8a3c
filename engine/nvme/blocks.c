// SPDX-License-Identifier: GPL-2.0
#include "namespace.h"

#include <errno.h>
#include <stdio.h>

/**
 * nspace_blocks() - say how many bytes a logical block takes in data buffers
 * @ns: the namespace; its @lba_bytes, @lba_shift and @bytes are set
 * @lba_bytes: how many; less than it has where the controller keeps the
 *	metadata to itself
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EPROTO with @why where so many bytes cannot be counted.
 */
int nspace_blocks(struct nspace *ns, uint32_t lba_bytes, char *why, size_t len)
{
	bool even = !(lba_bytes & (lba_bytes - 1));

	ns->lba_bytes = lba_bytes;
	ns->lba_shift = even ? (uint32_t)__builtin_ctz(lba_bytes) : 0;
	if (!__builtin_mul_overflow(ns->nlb, lba_bytes, &ns->bytes) && ns->nlb)
		return 0;
	snprintf(
		why, len,
		"%s: the controller reports %llu blocks of %u bytes, which cannot be",
		ns->path, (unsigned long long)ns->nlb, lba_bytes);
	return -EPROTO;
}
