/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A controller that lies: what it answers is a truthful drive's, with what the
 * fuzzer's bytes make of it.
 */
#ifndef NVME_PASSTHRU_FUZZ_CONTROLLER_H
#define NVME_PASSTHRU_FUZZ_CONTROLLER_H

#include "nvme/namespace.h"

#define FUZZ_PATH "/dev/ng0n1"
#define FUZZ_NSID 7u

void controller_begin(const uint8_t *data, size_t size);
uint8_t controller_byte(void);
int controller_identify(struct nspace *ns, char *why);

#endif
