// SPDX-License-Identifier: GPL-2.0
#include "sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const char *nvme_sysfs_root = "/sys";

static int sysfs_vpath(char *buf, size_t len, const char *fmt, va_list args)
{
	int head = snprintf(buf, len, "%s/", nvme_sysfs_root);
	int tail;

	if (head < 0 || (size_t)head >= len)
		return -ENAMETOOLONG;
	tail = vsnprintf(buf + head, len - (size_t)head, fmt, args);
	if (tail < 0 || (size_t)tail >= len - (size_t)head)
		return -ENAMETOOLONG;
	return 0;
}

/**
 * nvme_sysfs_path() - a path below /sys
 * @buf: where to
 * @len: bytes of @buf
 * @fmt: the path without the root
 *
 * Return: 0 or -ENAMETOOLONG.
 */
int nvme_sysfs_path(char *buf, size_t len, const char *fmt, ...)
{
	va_list args;
	int ret;

	va_start(args, fmt);
	ret = sysfs_vpath(buf, len, fmt, args);
	va_end(args);
	return ret;
}

static int sysfs_read(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, buf, len - 1);
	if (got < 0)
		got = -errno;
	close(fd);
	if (got < 0)
		return (int)got;
	buf[got] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

/**
 * nvme_sysfs_text() - the first line of an attribute
 * @buf: where to, without the newline
 * @len: bytes of @buf
 * @fmt: the attribute's path without the root
 *
 * Return: 0 or a negative errno: -ENOENT where there is none.
 */
int nvme_sysfs_text(char *buf, size_t len, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;
	int ret;

	va_start(args, fmt);
	ret = sysfs_vpath(path, sizeof(path), fmt, args);
	va_end(args);
	return ret ? ret : sysfs_read(path, buf, len);
}

/**
 * nvme_sysfs_number() - an attribute that holds a number
 * @fmt: the attribute's path without the root
 *
 * Return: the number, not negative, or a negative errno: -ENOENT where there
 * is none, -EINVAL where it holds something else.
 */
long long nvme_sysfs_number(const char *fmt, ...)
{
	char path[PATH_MAX], text[64], *end;
	long long value;
	va_list args;
	int ret;

	va_start(args, fmt);
	ret = sysfs_vpath(path, sizeof(path), fmt, args);
	va_end(args);
	if (!ret)
		ret = sysfs_read(path, text, sizeof(text));
	if (ret)
		return ret;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || value < 0)
		return -EINVAL;
	return value;
}

/**
 * nvme_sysfs_device() - the kernel's name of a device number
 * @dev: the number
 * @is_block: of a block device, not of a character device
 * @name: where to, such as "ng0n1"
 * @len: bytes of @name
 *
 * Return: 0 or a negative errno.
 */
int nvme_sysfs_device(dev_t dev, int is_block, char *name, size_t len)
{
	char path[PATH_MAX], target[PATH_MAX], *base;
	ssize_t got;
	int ret;

	ret = nvme_sysfs_path(path, sizeof(path), "dev/%s/%u:%u",
			      is_block ? "block" : "char", major(dev),
			      minor(dev));
	if (ret)
		return ret;
	got = readlink(path, target, sizeof(target) - 1);
	if (got < 0)
		return -errno;
	target[got] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (strlen(base) >= len)
		return -ENAMETOOLONG;
	memcpy(name, base, strlen(base) + 1);
	return 0;
}
