// SPDX-License-Identifier: GPL-2.0
#include "limits.h"

#include <errno.h>
#include <stdio.h>

#include "buffer.h"
#include "command.h"

/**
 * nspace_ask_size() - add a number of bytes to what a job asks
 * @ask: the struct nspace_request
 * @option: the option that it came from; kept by reference
 * @bytes: its value; 0 asks nothing
 * @carried: one command has to carry so much
 */
void nspace_ask_size(void *ask, const char *option, uint64_t bytes,
		     bool carried)
{
	struct nspace_request *request = ask;

	if (bytes && request->nr_sizes < NSPACE_SIZES_MAX)
		request->sizes[request->nr_sizes++] =
			(struct nspace_size){ option, bytes, carried };
}

static void lower(uint64_t *limit, uint64_t value, const char **name,
		  const char *candidate)
{
	if (!value || value >= *limit)
		return;
	*limit = value;
	*name = candidate;
}

/**
 * nspace_max_bytes() - the most that one command can carry
 * @ns: the namespace
 * @huge_pages: the data buffers lie in huge pages
 * @limit: set to the name of the limit that decides
 *
 * The kernel does not split a passthrough command. Pages that do not happen
 * to lie next to each other take a segment each, so that max_segments counts
 * too unless the memory is known to be contiguous.
 *
 * Return: bytes, a multiple of the logical block.
 */
uint64_t nspace_max_bytes(const struct nspace *ns, bool huge_pages,
			  const char **limit)
{
	uint64_t max = (uint64_t)NVME_NLB_MAX * ns->lba_bytes;

	*limit = "65536 blocks a command";
	lower(&max, ns->mdts_bytes, limit, "MDTS");
	lower(&max, ns->max_hw_bytes, limit, "max_hw_sectors_kb");
	if (!huge_pages)
		lower(&max, (uint64_t)ns->max_segments * NVME_PAGE, limit,
		      "max_segments x 4 KiB pages");
	return max - max % ns->lba_bytes;
}

static int check_poll(const struct nspace *ns, char *why, size_t len)
{
	const char *advice =
		ns->fabrics ?
			"connect with nvme connect --nr-poll-queues=1 (TCP and RDMA have it)" :
			"load the driver with nvme.poll_queues=1 (or reload it with modprobe nvme poll_queues=1)";

	if (ns->poll)
		return 0;
	snprintf(
		why, len,
		"%s: hipri=1, but %s has no poll queue: nothing would be polled and the figures would be wrong; %s, or use hipri=0",
		ns->path, ns->disk[0] ? ns->disk : "it", advice);
	return -EOPNOTSUPP;
}

static int check_block(const struct nspace *ns, const struct nspace_size *size,
		       char *why, size_t len)
{
	if (!(size->bytes % ns->lba_bytes))
		return 0;
	snprintf(
		why, len,
		"%s: %s=%llu is not a multiple of the logical block of %u bytes; use a multiple of %u",
		ns->path, size->option, (unsigned long long)size->bytes,
		ns->lba_bytes, ns->lba_bytes);
	return -EINVAL;
}

static int check_carried(const struct nspace *ns,
			 const struct nspace_size *size, bool huge_pages,
			 char *why, size_t len)
{
	uint64_t contiguous, max;
	const char *limit, *other;

	max = nspace_max_bytes(ns, huge_pages, &limit);
	if (!size->carried || size->bytes <= max)
		return 0;
	contiguous = nspace_max_bytes(ns, true, &other);
	snprintf(
		why, len,
		"%s: %s=%llu is above what one command can carry, %llu bytes (%s); use %s=%llu or less%s",
		ns->path, size->option, (unsigned long long)size->bytes,
		(unsigned long long)max, limit, size->option,
		(unsigned long long)max,
		size->bytes <= contiguous ? ", or iomem=mmaphuge" : "");
	return -E2BIG;
}

static int check_trim(const struct nspace *ns, char *why, size_t len)
{
	if (ns->trims)
		return 0;
	snprintf(
		why, len,
		"%s: the job trims, and the controller does not support Dataset Management (ONCS bit 2); leave trims out",
		ns->path);
	return -EOPNOTSUPP;
}

/**
 * nspace_check() - whether a namespace can do what a job asks
 * @ns: the namespace
 * @ask: what the job asks
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int nspace_check(const struct nspace *ns, const struct nspace_request *ask,
		 char *why, size_t len)
{
	int ret = ask->trims ? check_trim(ns, why, len) : 0;

	if (!ret && ask->poll)
		ret = check_poll(ns, why, len);
	for (unsigned int i = 0; !ret && i < ask->nr_sizes; i++) {
		ret = check_block(ns, &ask->sizes[i], why, len);
		if (!ret)
			ret = check_carried(ns, &ask->sizes[i], ask->huge_pages,
					    why, len);
	}
	return ret;
}

/**
 * nspace_remark() - what the user should know, though the job may run
 * @ns: the namespace
 * @ask: what the job asks
 * @nth: from 0 on
 * @what: where a sentence is put
 * @len: bytes of @what
 *
 * Return: false when there are no more; @what is empty where one does not
 * apply.
 */
bool nspace_remark(const struct nspace *ns, const struct nspace_request *ask,
		   unsigned int nth, char *what, size_t len)
{
	what[0] = '\0';
	switch (nth) {
	case 0:
		if (ns->tags && ask->depth > ns->tags)
			snprintf(
				what, len,
				"%s: iodepth=%u is above the queue's %u tags: the rest waits in kernel workers, which is slow",
				ns->path, ask->depth, ns->tags);
		return true;
	case 1:
		if (!ask->writes && !ns->nuse)
			snprintf(
				what, len,
				"%s: no block was ever written: reading it measures nothing but the controller's answer; write it first",
				ns->path);
		return true;
	default:
		return false;
	}
}
