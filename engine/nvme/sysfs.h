/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NVME_PASSTHRU_SYSFS_H
#define NVME_PASSTHRU_SYSFS_H

#include <stddef.h>
#include <sys/types.h>

/* "/sys"; tests put a tree of their own in its place */
extern const char *nvme_sysfs_root;

int nvme_sysfs_path(char *buf, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int nvme_sysfs_text(char *buf, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
long long nvme_sysfs_number(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
int nvme_sysfs_device(dev_t dev, int is_block, char *name, size_t len);

#endif
