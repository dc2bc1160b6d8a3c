/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Versions, as text. Nothing here knows fio's structures.
 */
#ifndef NVME_PASSTHRU_VERSION_H
#define NVME_PASSTHRU_VERSION_H

#include <stddef.h>

int version_check(const char *wanted, const char *have, char *why, size_t len);

#endif
