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
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sysfs.h"

/**
 * struct hold - a disk that is open exclusively, or a locked character device
 * @next: another
 * @name: the kernel's name of it
 * @fd: open until the process ends
 *
 * One for the whole process: a second would fail even here. Jobs inherit it;
 * it goes when the process that set the jobs up ends, which is after the last
 * of them.
 */
struct hold {
	struct hold *next;
	char name[NVME_NAME_MAX];
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

static void describe_process(const char *pid, const char *does, char *who,
			     size_t len)
{
	char path[PATH_MAX], name[64] = "";
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	in = fopen(path, "re");
	if (in && fgets(name, sizeof(name), in))
		name[strcspn(name, "\n")] = '\0';
	if (in)
		fclose(in);
	snprintf(who, len, "process %.20s (%s) %s", pid, name, does);
}

static bool find_process(const char *disk, char *who, size_t len)
{
	struct dirent *entry = NULL;
	DIR *proc = opendir("/proc");

	if (!proc)
		return false;
	while ((entry = readdir(proc)))
		if (isdigit(entry->d_name[0]) &&
		    process_has(disk, entry->d_name))
			break;
	if (entry)
		describe_process(entry->d_name, "has it open", who, len);
	closedir(proc);
	return entry != NULL;
}

/* A line of /proc/locks: "1: FLOCK ADVISORY WRITE 708 00:05:341 0 EOF" */
static bool lock_line(const char *inode, const char *line, char *who,
		      size_t len)
{
	char pid[16], locked[64];

	if (sscanf(line, "%*s FLOCK %*s %*s %15s %63s", pid, locked) != 2 ||
	    strcmp(locked, inode) != 0)
		return false;
	describe_process(pid, "writes to it", who, len);
	return true;
}

/* Mounts, swap and stacked devices: what every user may see */
static bool find_user(const char *disk, char *who, size_t len)
{
	return find_line("/proc/self/mountinfo", disk, who, len,
			 mounted_line) ||
	       find_line("/proc/swaps", disk, who, len, swap_line) ||
	       find_stacked(disk, who, len);
}

static int in_use(const struct nspace *ns, const char *name, const char *who,
		  char *why, size_t len)
{
	snprintf(
		why, len,
		"%s: the job writes, and /dev/%s%s is in use: %s; nothing was written; free it, or set allow_mounted_write=1 to destroy what is there",
		ns->path, name,
		strcmp(name, ns->disk) && strcmp(name, ns->name) ?
			", the same namespace," :
			"",
		who);
	return -EBUSY;
}

/* Without permission to ask, what everybody can see has to do */
static int hold_unasked(const struct nspace *ns, const char *disk, char *why,
			size_t len)
{
	char who[WHY_MAX / 2];

	if (find_user(disk, who, sizeof(who)))
		return in_use(ns, disk, who, why, len);
	snprintf(
		why, len,
		"%s: no permission to open /dev/%s, so that other programs cannot be kept off it; it is not mounted, swap or part of another device",
		ns->path, disk);
	return 0;
}

static int open_exclusive(const struct nspace *ns, const char *disk, char *why,
			  size_t len)
{
	char path[NVME_NAME_MAX + 8], who[WHY_MAX / 2];
	int fd, err;

	snprintf(path, sizeof(path), "/dev/%s", disk);
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
	if (!find_user(disk, who, sizeof(who)) &&
	    !find_process(disk, who, sizeof(who)))
		snprintf(who, sizeof(who), "another program holds it");
	return in_use(ns, disk, who, why, len);
}

static bool held(const char *name)
{
	for (const struct hold *hold = holds; hold; hold = hold->next)
		if (!strcmp(hold->name, name))
			return true;
	return false;
}

static int keep(const struct nspace *ns, const char *name, int fd, char *why,
		size_t len)
{
	struct hold *hold = calloc(1, sizeof(*hold));

	if (!hold) {
		close(fd);
		snprintf(why, len, "%s: out of memory", ns->path);
		return -ENOMEM;
	}
	snprintf(hold->name, sizeof(hold->name), "%s", name);
	hold->fd = fd;
	hold->next = holds;
	holds = hold;
	return 0;
}

static int hold_disk(const struct nspace *ns, const char *disk, char *why,
		     size_t len)
{
	int fd;

	if (held(disk))
		return 0;
	fd = open_exclusive(ns, disk, why, len);
	if (fd == -EACCES || fd == -EPERM)
		return hold_unasked(ns, disk, why, len);
	return fd < 0 ? fd : keep(ns, disk, fd, why, len);
}

static bool same_text(const char *disk, const char *other, const char *name)
{
	char text[PATH_MAX] = "", theirs[PATH_MAX] = "";

	return !nvme_sysfs_text(text, sizeof(text), "block/%s/%s", disk,
				name) &&
	       !nvme_sysfs_text(theirs, sizeof(theirs), "block/%s/%s", other,
				name) &&
	       text[0] && !strcmp(text, theirs);
}

/*
 * Where the kernel makes no heads of paths (nvme_core.multipath=N), each
 * controller has a disk of its own for the same namespace. "wwid" is made of
 * its UUID, NGUID or EUI64, or of what stands for these.
 */
static int hold_siblings(const struct nspace *ns, char *why, size_t len)
{
	char pattern[PATH_MAX], unasked[WHY_MAX];
	unsigned int ctrl, id;
	glob_t found;
	int ret = 0;

	if (nvme_sysfs_path(pattern, sizeof(pattern), "block/nvme*") ||
	    glob(pattern, 0, NULL, &found))
		return 0;
	for (size_t i = 0; !ret && i < found.gl_pathc; i++) {
		const char *disk = strrchr(found.gl_pathv[i], '/') + 1;

		if (!strcmp(disk, ns->disk) ||
		    sscanf(disk, "nvme%un%u", &ctrl, &id) != 2 ||
		    !same_text(ns->disk, disk, "wwid") ||
		    !same_text(ns->disk, disk, "device/subsysnqn"))
			continue;
		ret = hold_disk(ns, disk, unasked, sizeof(unasked));
		if (ret)
			snprintf(why, len, "%s", unasked);
	}
	globfree(&found);
	return ret;
}

/*
 * Between jobs of several programs a lock on the character device decides,
 * also where the user may not open a disk, or there is none. Who cannot lock
 * it has others to fear no more than before.
 */
static int hold_node(const struct nspace *ns, char *why, size_t len)
{
	char who[WHY_MAX / 2], inode[64];
	struct stat st;
	int fd;

	if (!ns->name[0] || held(ns->name))
		return 0;
	fd = open(ns->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return keep(ns, ns->name, fd, why, len);
	if (errno != EWOULDBLOCK || fstat(fd, &st)) {
		close(fd);
		return 0;
	}
	close(fd);
	snprintf(inode, sizeof(inode), "%02x:%02x:%lu", major(st.st_dev),
		 minor(st.st_dev), (unsigned long)st.st_ino);
	if (!find_line("/proc/locks", inode, who, sizeof(who), lock_line))
		snprintf(who, sizeof(who), "another program writes to it");
	return in_use(ns, ns->name, who, why, len);
}

static int hold_all(const struct nspace *ns, char *why, size_t len)
{
	int ret = hold_node(ns, why, len);

	if (ret)
		return ret;
	if (!ns->disk[0]) {
		snprintf(
			why, len,
			"%s: no block device beside it, so nobody can have it mounted or in use as a disk",
			ns->path);
		return 0;
	}
	ret = hold_disk(ns, ns->disk, why, len);
	return ret ? ret : hold_siblings(ns, why, len);
}

/**
 * nspace_hold() - keep others off a namespace that will be written
 * @ns: the namespace
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Locks the character device, and opens the sibling block device exclusively,
 * with those that other controllers have of the namespace: once for the
 * process, until it ends; forked jobs inherit it. Where there is no such device
 * nobody else can use it as one, and the check passes.
 *
 * Return: 0, with a remark in @why where the check could not be whole;
 * -EBUSY when it is in use, or another negative errno, with @why.
 */
int nspace_hold(const struct nspace *ns, char *why, size_t len)
{
	int ret;

	why[0] = '\0';
	pthread_mutex_lock(&holds_lock);
	ret = hold_all(ns, why, len);
	pthread_mutex_unlock(&holds_lock);
	return ret;
}
