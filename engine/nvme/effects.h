/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which I/O commands a namespace supports, and how much a Copy may copy. Read
 * once, before the first I/O.
 */
#ifndef NVME_PASSTHRU_EFFECTS_H
#define NVME_PASSTHRU_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "namespace.h"
#include "opcode.h"

/* What says which commands there are */
enum nspace_effects_source {
	NSPACE_EFFECTS_ONCS,
	NSPACE_EFFECTS_LOG,
};

/**
 * struct nspace_effects - which I/O commands a namespace supports
 * @source: what says so
 * @denied: the kernel did not let this user read the log that knows better
 * @csi: Command Set Identifier of the namespace, 0 for NVM, 2 for zones
 * @oncs: Optional NVM Command Support
 * @log: where @source is the log, a bit for each opcode that it lists as
 *	supported (CSUPP)
 * @mssrl: Maximum Single Source Range Length of Copy, blocks
 * @mcl: Maximum Copy Length, blocks in all ranges together
 * @msrc: Maximum Source Range Count of Copy, zero-based
 *
 * NVMe Base 2.0, 5.16.1.6 and 5.17.2.1; NVM Command Set 1.0, 4.1.5.1.
 */
struct nspace_effects {
	enum nspace_effects_source source;
	bool denied;
	uint8_t csi;
	uint16_t oncs;
	uint64_t log[4];
	uint16_t mssrl;
	uint32_t mcl;
	uint8_t msrc;
};

int nspace_effects_read(struct nspace_effects *effects, const struct nspace *ns,
			int fd);
bool nspace_supports(const struct nspace_effects *effects, uint8_t opcode);
int nspace_check_command(const struct nspace *ns,
			 const struct nspace_effects *effects, uint8_t opcode,
			 const char *option, char *why, size_t len);
int nspace_check_copy(const struct nspace *ns,
		      const struct nspace_effects *effects, uint32_t nr,
		      uint64_t nlb, const char *option, char *why, size_t len);

#endif
