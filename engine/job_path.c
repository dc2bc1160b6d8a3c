// SPDX-License-Identifier: GPL-2.0
#include "job_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* A stranger's: neither the user's nor that of whom the folder belongs to */
static bool planted(int folder, const struct stat *link)
{
	struct stat st;

	return fstat(folder, &st) ||
	       (st.st_mode & S_IWOTH && link->st_uid != geteuid() &&
		link->st_uid != st.st_uid);
}

/*
 * The kernel's rule where fs.protected_symlinks is 1, which is not so
 * everywhere. What is no link must not have become one meanwhile.
 */
static int enter(int folder, const char *name)
{
	struct stat st;
	int fd;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISLNK(st.st_mode) && planted(folder, &st))
		return -ELOOP;
	fd = openat(folder, name,
		    FOLDER_FLAGS | (S_ISLNK(st.st_mode) ? 0 : O_NOFOLLOW));
	return fd < 0 ? -errno : fd;
}

/* The folder that a file is in; @path is cut up */
static int open_folder(char *path, const char **name)
{
	int fd = open(path[0] == '/' ? "/" : ".", FOLDER_FLAGS);
	char *rest = path, *part;

	if (fd < 0)
		return -errno;
	while (fd >= 0 && (part = strsep(&rest, "/")) && rest) {
		int next;

		if (!part[0])
			continue;
		next = enter(fd, part);
		close(fd);
		fd = next;
	}
	*name = part && part[0] ? part : ".";
	return fd;
}

static int refuse_failed(int err, const char *path, char *why, size_t len)
{
	const char *what = strerror(err), *remedy = "name another";

	if (err == ELOOP)
		what = "it is a symbolic link, or behind one of a stranger";
	if (err == EMFILE || err == ENFILE)
		remedy = "raise the limit on open files (ulimit -n)";
	snprintf(why, len, "%s cannot be opened: %s; %s", path, what, remedy);
	return -err;
}

/* Whose file it is counts where anybody may put one */
static int check_owner(int folder, const struct stat *st, const char *path,
		       char *why, size_t len)
{
	struct stat dir;

	if (fstat(folder, &dir))
		return refuse_failed(errno, path, why, len);
	if (!(dir.st_mode & S_IWOTH))
		return 0;
	if (st->st_uid != geteuid()) {
		snprintf(
			why, len,
			"%s is there, of user %u, in a folder that anybody may write to; name another, or have it removed",
			path, (unsigned int)st->st_uid);
		return -EPERM;
	}
	if (st->st_nlink > 1) {
		snprintf(
			why, len,
			"%s has another name (a hard link), in a folder that anybody may write to; name another, or remove it",
			path);
		return -EMLINK;
	}
	return 0;
}

static int open_in(int folder, const char *name, int flags, struct stat *st,
		   const char *path, char *why, size_t len)
{
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, 0644);
	int err = errno, ret = 0;

	if (fd < 0) {
		/* the kernel may be of the same mind (fs.protected_regular) */
		if (err == EACCES &&
		    !fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW)) {
			if (S_ISLNK(st->st_mode))
				err = ELOOP;
			else
				ret = check_owner(folder, st, path, why, len);
		}
		return ret ? ret : refuse_failed(err, path, why, len);
	}
	if (fstat(fd, st)) {
		ret = refuse_failed(errno, path, why, len);
	} else if (!S_ISREG(st->st_mode)) {
		snprintf(why, len, "%s is no regular file; name one", path);
		ret = -EINVAL;
	}
	if (!ret)
		ret = check_owner(folder, st, path, why, len);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/**
 * path_open() - open a regular file that is to be written
 * @path: the file
 * @flags: of open(); O_NOFOLLOW and O_CLOEXEC are added
 * @st: set to what fstat() says of it
 * @why: where a refusal is put in words, beginning with @path
 * @len: bytes of @why
 *
 * A symbolic link is not followed, nor a stranger's on the way to it in a
 * folder that anybody may write to, where a file has to be the user's own as
 * well and to have no other name.
 *
 * Return: a descriptor, the caller's to close, or a negative errno with @why.
 */
int path_open(const char *path, int flags, struct stat *st, char *why,
	      size_t len)
{
	char parts[PATH_MAX];
	const char *name = ".";
	int folder, ret;

	if ((size_t)snprintf(parts, sizeof(parts), "%s", path) >= sizeof(parts))
		return refuse_failed(ENAMETOOLONG, path, why, len);
	folder = open_folder(parts, &name);
	if (folder < 0)
		return refuse_failed(-folder, path, why, len);
	ret = open_in(folder, name, flags, st, path, why, len);
	close(folder);
	return ret;
}
