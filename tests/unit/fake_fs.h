/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of /sys, /proc and /dev as a test wishes them to be: a tree in a
 * temporary folder, and device nodes that exist only here. To be linked with
 * --wrap for FAKE_FS_WRAPS in unit.mk.
 */
#ifndef FAKE_FS_H
#define FAKE_FS_H

#include <sys/types.h>

int fs_setup(void **state);
int fs_teardown(void **state);

/* A file or a link below the tree, such as "sys/block/x/size" */
void fs_write(const char *path, const char *text);
void fs_link(const char *path, const char *target);
void fs_folder(const char *path);

/*
 * A node: S_IFBLK, S_IFCHR or S_IFREG, its numbers, and what opening it fails
 * with, 0 for success; sysfs knows it as @name, unless that is NULL
 */
void fs_node(const char *path, mode_t mode, unsigned int major,
	     unsigned int minor, const char *name, int error);

/* Of the last node that was opened; -1 before */
int fs_open_flags(void);
/* How often nodes were opened */
unsigned int fs_opens(void);

#endif
