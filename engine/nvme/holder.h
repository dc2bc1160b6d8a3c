/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nothing guards /dev/ngXnY: a write through it goes to a mounted disk
 * without a word. The sibling block device does know who uses it, and an
 * exclusive open of it both asks and keeps others away.
 */
#ifndef NVME_PASSTHRU_HOLDER_H
#define NVME_PASSTHRU_HOLDER_H

#include <stddef.h>

#include "namespace.h"

int nspace_hold(const struct nspace *ns, char *why, size_t len);

#endif
