/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether this machine and this user can have what a job needs of io_uring,
 * in words.
 */
#ifndef NVME_PASSTHRU_RING_SUPPORT_H
#define NVME_PASSTHRU_RING_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int ring_support_check(char *why, size_t len);
int ring_support_hybrid(char *why, size_t len);
int ring_support_processor(int processor, char *why, size_t len);
int ring_support_memlock(uint64_t bytes, char *why, size_t len);
void ring_support_explain(int err, const char *what, char *why, size_t len);
bool ring_support_large_segments(void);
bool ring_support_polling(void);

#endif
