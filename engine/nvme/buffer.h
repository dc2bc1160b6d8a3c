/* SPDX-License-Identifier: GPL-2.0 */
/* Pages of memory, and memory that a controller may write metadata to. */
#ifndef NVME_PASSTHRU_BUFFER_H
#define NVME_PASSTHRU_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NVME_PAGE 4096u

/**
 * nvme_whole_pages() - how much memory the pages of a buffer are
 * @bytes: of the buffer, which begins with a page
 *
 * Return: bytes, a multiple of NVME_PAGE.
 */
static inline uint64_t nvme_whole_pages(uint64_t bytes)
{
	return (bytes + NVME_PAGE - 1) / NVME_PAGE * NVME_PAGE;
}

/**
 * nvme_buffer_alloc() - allocate memory for metadata, and data beside it
 * @bytes: how much
 *
 * Its pages are there, not only promised. Some kernels mistake the direction of
 * a user's separate metadata, and pin the buffer of a Read as one that is only
 * read from: blk_rq_integrity_map_user() as in Linux 6.12.117. In place of a
 * page that nobody wrote to they pin the page of zeroes, which is one for all
 * processes, and the controller writes the metadata into that.
 *
 * Return: zeroes at the start of a page, to be given to free(), or NULL.
 */
static inline void *nvme_buffer_alloc(size_t bytes)
{
	size_t pages = nvme_whole_pages(bytes);
	void *buffer = aligned_alloc(NVME_PAGE, pages);

	/* calloc() would leave it to the first write, and so to no one */
	if (buffer)
		memset(buffer, 0, pages);
	return buffer;
}

#endif
