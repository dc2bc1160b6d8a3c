// SPDX-License-Identifier: GPL-2.0
#include "holder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sysfs.h"

/*
 * One exclusive open a disk for the whole process: a second one would fail
 * even here. Jobs inherit it; it goes when the process that set the jobs up
 * ends, which is after the last of them.
 */
struct hold {
	struct hold *next;
	char disk[NVME_NAME_MAX];
	int fd;
};

static struct hold *holds;
static pthread_mutex_t holds_lock = PTHREAD_MUTEX_INITIALIZER;

/* Whether a block device is the disk itself or a partition of it */
static bool belongs(const char *disk, dev_t dev)
{
	char name[NVME_NAME_MAX];
	size_t n = strlen(disk);

	if (nvme_sysfs_device(dev, 1, name, sizeof(name)) ||
	    strncmp(name, disk, n))
		return false;
	return !name[n] || (name[n] == 'p' && isdigit(name[n + 1]));
}

static bool belongs_path(const char *disk, const char *path)
{
	struct stat st;

	return path[0] == '/' && !stat(path, &st) && S_ISBLK(st.st_mode) &&
	       belongs(disk, st.st_rdev);
}

/*
 * A line of mountinfo: ID, parent, major:minor, root, mount point, options,
 * any optional fields, "-", type, source. A file system of several devices
 * shows a number of its own there, so the source counts too.
 */
static bool mounted_line(const char *disk, const char *line, char *who,
			 size_t len)
{
	char point[PATH_MAX], source[PATH_MAX] = "";
	unsigned int major, minor;
	const char *rest;

	if (sscanf(line, "%*d %*d %u:%u %*s %4095s", &major, &minor, point) !=
	    3)
		return false;
	rest = strstr(line, " - ");
	if (rest && sscanf(rest, " - %*s %4095s", source) != 1)
		source[0] = '\0';
	if (!belongs(disk, makedev(major, minor)) &&
	    !belongs_path(disk, source))
		return false;
	snprintf(who, len, "%s is mounted on %s", source[0] ? source : disk,
		 point);
	return true;
}

static bool swap_line(const char *disk, const char *line, char *who, size_t len)
{
	char path[PATH_MAX];

	if (sscanf(line, "%4095s", path) != 1 || !belongs_path(disk, path))
		return false;
	snprintf(who, len, "%s is in use as swap", path);
	return true;
}

static bool find_line(const char *file, const char *disk, char *who, size_t len,
		      bool (*match)(const char *, const char *, char *, size_t))
{
	FILE *in = fopen(file, "re");
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	if (!in)
		return false;
	while (!found && getline(&line, &size, in) > 0)
		found = match(disk, line, who, len);
	free(line);
	fclose(in);
	return found;
}

static void describe_stacked(const char *name, char *who, size_t len)
{
	char uuid[NAME_MAX] = "", label[NAME_MAX] = "";
	const char *kind = "device mapper";

	if (!strncmp(name, "md", 2)) {
		snprintf(who, len, "it is part of the MD array %s", name);
		return;
	}
	nvme_sysfs_text(uuid, sizeof(uuid), "block/%s/dm/uuid", name);
	nvme_sysfs_text(label, sizeof(label), "block/%s/dm/name", name);
	if (!strncmp(uuid, "LVM-", 4))
		kind = "LVM volume";
	else if (!strncmp(uuid, "CRYPT-", 6))
		kind = "dm-crypt volume";
	else if (!strncmp(uuid, "mpath-", 6))
		kind = "multipath device";
	snprintf(who, len, "it is held by the %s %s (%s)", kind,
		 label[0] ? label : name, name);
}

static bool find_stacked(const char *disk, char *who, size_t len)
{
	char pattern[PATH_MAX];
	bool got = false;
	glob_t found;

	if (nvme_sysfs_path(pattern, sizeof(pattern),
			    "block/%s/{holders,%sp*/holders}/*", disk, disk))
		return false;
	if (glob(pattern, GLOB_BRACE, NULL, &found))
		return false;
	if (found.gl_pathc) {
		describe_stacked(strrchr(found.gl_pathv[0], '/') + 1, who, len);
		got = true;
	}
	globfree(&found);
	return got;
}

static bool process_has(const char *disk, const char *pid)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool has = false;
	struct stat st;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!has && (entry = readdir(dir)))
		has = !fstatat(dirfd(dir), entry->d_name, &st, 0) &&
		      S_ISBLK(st.st_mode) && belongs(disk, st.st_rdev);
	closedir(dir);
	return has;
}

static bool find_process(const char *disk, char *who, size_t len)
{
	char path[PATH_MAX], name[64] = "";
	struct dirent *entry = NULL;
	DIR *proc = opendir("/proc");
	FILE *in;

	if (!proc)
		return false;
	while ((entry = readdir(proc)))
		if (isdigit(entry->d_name[0]) &&
		    process_has(disk, entry->d_name))
			break;
	if (entry) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		in = fopen(path, "re");
		if (in && fgets(name, sizeof(name), in))
			name[strcspn(name, "\n")] = '\0';
		if (in)
			fclose(in);
		snprintf(who, len, "process %.20s (%s) has it open",
			 entry->d_name, name);
	}
	closedir(proc);
	return entry != NULL;
}

/* Mounts, swap and stacked devices: what every user may see */
static bool find_user(const char *disk, char *who, size_t len)
{
	return find_line("/proc/self/mountinfo", disk, who, len,
			 mounted_line) ||
	       find_line("/proc/swaps", disk, who, len, swap_line) ||
	       find_stacked(disk, who, len);
}

static int in_use(const struct nspace *ns, const char *who, char *why,
		  size_t len)
{
	snprintf(
		why, len,
		"%s: the job writes, and /dev/%s is in use: %s; nothing was written; free it, or set allow_mounted_write=1 to destroy what is there",
		ns->path, ns->disk, who);
	return -EBUSY;
}

/* Without permission to ask, what everybody can see has to do */
static int hold_unasked(const struct nspace *ns, char *why, size_t len)
{
	char who[WHY_MAX / 2];

	if (find_user(ns->disk, who, sizeof(who)))
		return in_use(ns, who, why, len);
	snprintf(
		why, len,
		"%s: no permission to open /dev/%s, so that other programs cannot be kept off it; it is not mounted, swap or part of another device",
		ns->path, ns->disk);
	return 0;
}

static int open_exclusive(const struct nspace *ns, char *why, size_t len)
{
	char path[NVME_NAME_MAX + 8], who[WHY_MAX / 2];
	int fd, err;

	snprintf(path, sizeof(path), "/dev/%s", ns->disk);
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	err = -errno;
	if (err != -EBUSY) {
		snprintf(
			why, len,
			"%s: cannot find out whether %s is in use: %s; %s, or set allow_mounted_write=1",
			ns->path, path, strerror(-err),
			err == -EMFILE || err == -ENFILE ?
				"raise the limit (ulimit -n)" :
				"mend that");
		return err;
	}
	if (!find_user(ns->disk, who, sizeof(who)) &&
	    !find_process(ns->disk, who, sizeof(who)))
		snprintf(who, sizeof(who), "another program holds it");
	return in_use(ns, who, why, len);
}

static int hold_disk(const struct nspace *ns, char *why, size_t len)
{
	struct hold *hold;

	for (hold = holds; hold; hold = hold->next)
		if (!strcmp(hold->disk, ns->disk))
			return 0;
	hold = calloc(1, sizeof(*hold));
	if (!hold) {
		snprintf(why, len, "%s: out of memory", ns->path);
		return -ENOMEM;
	}
	hold->fd = open_exclusive(ns, why, len);
	if (hold->fd < 0) {
		int ret = hold->fd;

		free(hold);
		if (ret == -EACCES || ret == -EPERM)
			return hold_unasked(ns, why, len);
		return ret;
	}
	snprintf(hold->disk, sizeof(hold->disk), "%s", ns->disk);
	hold->next = holds;
	holds = hold;
	return 0;
}

/**
 * nspace_hold() - keep others off a namespace that will be written
 * @ns: the namespace
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Opens the sibling block device exclusively, once for the process, and
 * keeps it open until the process ends; forked jobs inherit it. Where there
 * is no such device nobody else can use it as one, and the check passes.
 *
 * Return: 0, with a remark in @why where the check could not be whole;
 * -EBUSY when it is in use, or another negative errno, with @why.
 */
int nspace_hold(const struct nspace *ns, char *why, size_t len)
{
	int ret;

	why[0] = '\0';
	if (!ns->disk[0]) {
		snprintf(
			why, len,
			"%s: no block device beside it, so nobody can have it mounted or in use as a disk",
			ns->path);
		return 0;
	}
	pthread_mutex_lock(&holds_lock);
	ret = hold_disk(ns, why, len);
	pthread_mutex_unlock(&holds_lock);
	return ret;
}
