/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a namespace cannot do, found out before the first I/O. Every check
 * returns 0, or a negative errno with one line of text: the device, what was
 * asked, the limit, and what to do.
 */
#ifndef NVME_PASSTHRU_LIMITS_H
#define NVME_PASSTHRU_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "namespace.h"

/**
 * struct nspace_size - a number of bytes that a job was given
 * @option: the option it came from
 * @bytes: its value
 * @carried: one command has to carry so much
 */
struct nspace_size {
	const char *option;
	uint64_t bytes;
	bool carried;
};

/* fio's bssplit has up to 64 entries for each of three directions */
#define NSPACE_SIZES_MAX 256

/**
 * struct nspace_request - what a job asks of a namespace
 * @writes: it may change what the namespace holds
 * @trims: it is meant to send Dataset Management
 * @poll: completions are to be polled for
 * @huge_pages: the data buffers lie in huge pages
 * @hold: others are to be kept off the namespace, because it is written
 * @depth: commands in flight
 * @sizes: what has to be whole logical blocks
 * @nr_sizes: how many of them
 */
struct nspace_request {
	bool writes;
	bool trims;
	bool poll;
	bool huge_pages;
	bool hold;
	unsigned int depth;
	struct nspace_size sizes[NSPACE_SIZES_MAX];
	unsigned int nr_sizes;
};

void nspace_ask_size(void *ask, const char *option, uint64_t bytes,
		     bool carried);
uint64_t nspace_max_bytes(const struct nspace *ns, bool huge_pages,
			  const char **limit);
int nspace_check(const struct nspace *ns, const struct nspace_request *ask,
		 char *why, size_t len);
bool nspace_remark(const struct nspace *ns, const struct nspace_request *ask,
		   unsigned int nth, char *what, size_t len);

#endif
