// SPDX-License-Identifier: GPL-2.0
#include "job_append.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job_path.h"
#include "job_trace.h"

/**
 * struct append_file - a file that a job of this process named
 * @dev: which it is
 * @ino: which it is
 * @kind: what for
 * @fd: open until the process ends
 */
struct append_file {
	dev_t dev;
	ino_t ino;
	enum append_kind kind;
	int fd;
};

static const char *const options[] = {
	[APPEND_REPORT] = "report",
	[APPEND_TRACE] = "trace",
};

/* Jobs that are threads may be set up at once */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct append_file *files;
static unsigned int nr_files;

/* What is no trace is not overwritten: it may be anything */
static int begin_anew(int fd, off_t bytes, const char *path, char *why,
		      size_t len)
{
	char magic[sizeof(TRACE_MAGIC) - 1] = { 0 };
	int err;

	if (!bytes)
		return 0;
	if (pread(fd, magic, sizeof(magic), 0) != (ssize_t)sizeof(magic) ||
	    memcmp(magic, TRACE_MAGIC, sizeof(magic)) != 0) {
		snprintf(
			why, len,
			"trace=%s: the file is there and is no trace; name another, or remove it",
			path);
		return -EEXIST;
	}
	if (!ftruncate(fd, 0))
		return 0;
	err = errno;
	snprintf(why, len, "trace=%s: it cannot be emptied: %s", path,
		 strerror(err));
	return -err;
}

static int remember(int fd, const struct stat *st, enum append_kind kind)
{
	struct append_file *grown;

	grown = realloc(files, (nr_files + 1ul) * sizeof(*files));
	if (!grown)
		return -ENOMEM;
	files = grown;
	files[nr_files++] = (struct append_file){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.kind = kind,
		.fd = fd,
	};
	return 0;
}

/* The file as a job before this one has it open, or NULL */
static const struct append_file *known(const struct stat *st)
{
	for (unsigned int i = 0; i < nr_files; i++)
		if (files[i].dev == st->st_dev && files[i].ino == st->st_ino)
			return &files[i];
	return NULL;
}

static int open_file(const char *path, enum append_kind kind, struct stat *st,
		     char *why, size_t len)
{
	int head = snprintf(why, len, "%s=", options[kind]);
	int fd;

	/* a trace is read before it is overwritten; a pipe must not block */
	fd = path_open(path,
		       (kind == APPEND_TRACE ? O_RDWR : O_WRONLY) | O_CREAT |
			       O_APPEND | O_NONBLOCK | O_NOCTTY,
		       st, why + head, len - (size_t)head);
	if (fd >= 0)
		why[0] = '\0';
	return fd;
}

/* Return: the descriptor to go on with, @fd or one before it */
static int take(int fd, const struct stat *st, const char *path,
		enum append_kind kind, char *why, size_t len)
{
	const struct append_file *file = known(st);
	int ret = 0;

	if (file && file->kind == kind)
		return file->fd;
	if (file) {
		snprintf(
			why, len,
			"%s=%s is the file of %s= as well; name another for one of them",
			options[kind], path, options[file->kind]);
		return -EINVAL;
	}
	if (kind == APPEND_TRACE)
		ret = begin_anew(fd, st->st_size, path, why, len);
	if (ret)
		return ret;
	ret = remember(fd, st, kind);
	if (ret)
		snprintf(why, len, "%s=%s: out of memory", options[kind], path);
	return ret ? ret : fd;
}

/**
 * append_open() - open a file for the jobs of this process to append to
 * @path: the file; made if it is not there
 * @kind: what for; a trace that was there before the process is emptied by
 *	the first job that names it
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Nothing but a regular file is taken that nobody else can have put there, by
 * path_open(): who measures is often root.
 *
 * Return: a descriptor for append_write(), which stays open until the process
 * ends and is not to be closed, or a negative errno with @why.
 */
int append_open(const char *path, enum append_kind kind, char *why, size_t len)
{
	struct stat st = { 0 };
	int fd, ret;

	fd = open_file(path, kind, &st, why, len);
	if (fd < 0)
		return fd;
	pthread_mutex_lock(&lock);
	ret = take(fd, &st, path, kind, why, len);
	pthread_mutex_unlock(&lock);
	if (ret != fd)
		close(fd);
	return ret;
}

/**
 * append_write() - append to a file, whole
 * @fd: of append_open()
 * @data: what
 * @bytes: how many
 *
 * By one write(), so that what several jobs append is not mixed.
 *
 * Return: 0, or a negative errno: -ENOSPC also where a part was written.
 */
int append_write(int fd, const void *data, size_t bytes)
{
	ssize_t put;

	do {
		put = write(fd, data, bytes);
	} while (put < 0 && errno == EINTR);
	if (put < 0)
		return -errno;
	return (size_t)put == bytes ? 0 : -ENOSPC;
}
