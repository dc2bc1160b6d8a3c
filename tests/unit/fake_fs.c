// SPDX-License-Identifier: GPL-2.0
#include "fake_fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "nvme/sysfs.h"

#define NODES 16
#define OPEN_MAX 64

struct node {
	const char *path;
	mode_t mode;
	dev_t dev;
	int error;
};

static char root[64], sysfs[80];
static struct node nodes[NODES];
static unsigned int nr_nodes, opens;
static int last_flags;
/* Which node a descriptor is of, by number, 1 more than its index */
static unsigned int open_nodes[OPEN_MAX];

int __real_open(const char *path, int flags, ...);
int __real_stat(const char *path, struct stat *st);
int __real_fstat(int fd, struct stat *st);
int __real_fstatat(int fd, const char *path, struct stat *st, int flags);
FILE *__real_fopen(const char *path, const char *mode);
DIR *__real_opendir(const char *path);
int __wrap_open(const char *path, int flags, ...);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);
int __wrap_fstatat(int fd, const char *path, struct stat *st, int flags);
FILE *__wrap_fopen(const char *path, const char *mode);
DIR *__wrap_opendir(const char *path);

/* -- the tree -------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int fs_setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/nvme_passthru_unit.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(sysfs, sizeof(sysfs), "%s/sys", root);
	nvme_sysfs_root = sysfs;
	nr_nodes = opens = 0;
	last_flags = -1;
	memset(open_nodes, 0, sizeof(open_nodes));
	return 0;
}

int fs_teardown(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void below(char *path, size_t len, const char *name)
{
	assert_in_range(snprintf(path, len, "%s/%s", root, name), 1, len - 1);
}

void fs_folder(const char *name)
{
	char path[PATH_MAX];

	below(path, sizeof(path), name);
	for (char *at = path + strlen(root) + 1; at; at = strchr(at + 1, '/')) {
		char end = *at;

		*at = '\0';
		if (mkdir(path, 0755))
			assert_int_equal(errno, EEXIST);
		*at = end;
	}
	if (mkdir(path, 0755))
		assert_int_equal(errno, EEXIST);
}

static void parent(const char *name)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s",
		 (int)(strrchr(name, '/') - name), name);
	fs_folder(folder);
}

void fs_write(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	parent(name);
	below(path, sizeof(path), name);
	out = __real_fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

void fs_link(const char *name, const char *target)
{
	char path[PATH_MAX];

	parent(name);
	below(path, sizeof(path), name);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

/* -- nodes ----------------------------------------------------------------- */

void fs_node(const char *path, mode_t mode, unsigned int major,
	     unsigned int minor, const char *name, int error)
{
	char link[PATH_MAX], target[PATH_MAX];

	assert_true(nr_nodes < NODES);
	nodes[nr_nodes++] =
		(struct node){ path, mode, makedev(major, minor), error };
	if (!name)
		return;
	snprintf(link, sizeof(link), "sys/dev/%s/%u:%u",
		 mode == S_IFBLK ? "block" : "char", major, minor);
	snprintf(target, sizeof(target), "../../devices/any/%s", name);
	fs_link(link, target);
}

int fs_open_flags(void)
{
	return last_flags;
}

unsigned int fs_opens(void)
{
	return opens;
}

static const struct node *find_node(const char *path)
{
	for (unsigned int i = 0; i < nr_nodes; i++)
		if (!strcmp(nodes[i].path, path))
			return &nodes[i];
	return NULL;
}

static int fill(struct stat *st, const struct node *node)
{
	if (!node) {
		errno = ENOENT;
		return -1;
	}
	memset(st, 0, sizeof(*st));
	st->st_mode = node->mode | 0600;
	st->st_rdev = node->dev;
	return 0;
}

static bool is_dev(const char *path)
{
	return !strncmp(path, "/dev/", 5);
}

/* Where a path of /proc is in the tree; others are what they are */
static const char *mapped(const char *path, char *buf)
{
	if (strncmp(path, "/proc", 5))
		return path;
	snprintf(buf, PATH_MAX, "%s%s", root, path);
	return buf;
}

/* -- in place of the C library's ------------------------------------------- */

int __wrap_open(const char *path, int flags, ...)
{
	const struct node *node;
	int fd;

	assert_false(flags & O_CREAT);
	if (!is_dev(path))
		return __real_open(path, flags);
	node = find_node(path);
	opens++;
	last_flags = flags;
	if (!node || node->error) {
		errno = node ? node->error : ENOENT;
		return -1;
	}
	fd = __real_open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_in_range(fd, 0, OPEN_MAX - 1);
	open_nodes[fd] = (unsigned int)(node - nodes) + 1;
	return fd;
}

int __wrap_stat(const char *path, struct stat *st)
{
	return is_dev(path) ? fill(st, find_node(path)) : __real_stat(path, st);
}

int __wrap_fstat(int fd, struct stat *st)
{
	if (fd >= 0 && fd < OPEN_MAX && open_nodes[fd])
		return fill(st, &nodes[open_nodes[fd] - 1]);
	return __real_fstat(fd, st);
}

/* A process's descriptor is a link to what it has open */
int __wrap_fstatat(int fd, const char *path, struct stat *st, int flags)
{
	char target[PATH_MAX];
	ssize_t got = readlinkat(fd, path, target, sizeof(target) - 1);

	if (got < 0)
		return __real_fstatat(fd, path, st, flags);
	target[got] = '\0';
	return fill(st, find_node(target));
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	char buf[PATH_MAX];

	return __real_fopen(mapped(path, buf), mode);
}

DIR *__wrap_opendir(const char *path)
{
	char buf[PATH_MAX];

	return __real_opendir(mapped(path, buf));
}
