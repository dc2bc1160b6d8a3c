// SPDX-License-Identifier: GPL-2.0
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libnvme.h>

#include "sysfs.h"

/* MDTS counts units of the smallest page, 4 KiB but in theory (CAP.MPSMIN) */
#define MDTS_UNIT 4096u

static int wrong_block(const char *path, dev_t dev, char *why, size_t len)
{
	unsigned int ctrl, ns;
	char name[NVME_NAME_MAX];

	if (nvme_sysfs_device(dev, 1, name, sizeof(name)) ||
	    sscanf(name, "nvme%un%u", &ctrl, &ns) != 2)
		snprintf(
			why, len,
			"%s: a block device, and not one of NVMe; name an NVMe namespace's character device, /dev/ngXnY",
			path);
	else
		snprintf(
			why, len,
			"%s: a block device; passthrough goes through the namespace's character device: use /dev/ng%un%u",
			path, ctrl, ns);
	return -ENOTBLK;
}

static bool first_match(const char *pattern, char *path, size_t len)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return false;
	snprintf(path, len, "%s", found.gl_pathv[0]);
	globfree(&found);
	return true;
}

/* Namespaces hang on the controller or, as heads of paths, on its subsystem */
static void first_namespace(const char *ctrl, char *name, size_t len)
{
	char pattern[PATH_MAX], path[PATH_MAX], *end;

	if (!nvme_sysfs_path(pattern, sizeof(pattern),
			     "class/nvme-subsystem/*/%s", ctrl) &&
	    first_match(pattern, path, sizeof(path))) {
		end = strrchr(path, '/');
		snprintf(end, sizeof(path) - (size_t)(end - path), "/ng*n*");
		snprintf(pattern, sizeof(pattern), "%s", path);
		if (first_match(pattern, path, sizeof(path)))
			goto out;
	}
	if (!nvme_sysfs_path(pattern, sizeof(pattern), "class/nvme/%s/ng*n*",
			     ctrl) &&
	    first_match(pattern, path, sizeof(path)))
		goto out;
	snprintf(path, sizeof(path), "/ngXnY");
out:
	snprintf(name, len, "%.*s", NVME_NAME_MAX - 1, strrchr(path, '/') + 1);
}

static int wrong_char(const char *path, const char *name, char *why, size_t len)
{
	char ns[NVME_NAME_MAX];

	if (strncmp(name, "nvme", 4)) {
		snprintf(
			why, len,
			"%s: not an NVMe device; name an NVMe namespace's character device, /dev/ngXnY",
			path);
		return -ENODEV;
	}
	first_namespace(name, ns, sizeof(ns));
	snprintf(
		why, len,
		"%s: a controller; I/O goes to a namespace's character device: use /dev/%s",
		path, ns);
	return -ENODEV;
}

static int check_kind(const char *path, char *why, size_t len)
{
	char name[NVME_NAME_MAX] = "";
	struct stat st;

	if (stat(path, &st)) {
		int err = -errno;

		snprintf(
			why, len,
			"%s: %s; /dev/ng* lists the namespaces that passthrough can use (Linux 5.13 and later)",
			path, strerror(-err));
		return err;
	}
	if (S_ISBLK(st.st_mode))
		return wrong_block(path, st.st_rdev, why, len);
	if (!S_ISCHR(st.st_mode)) {
		snprintf(
			why, len,
			"%s: not a device; name an NVMe namespace's character device, /dev/ngXnY",
			path);
		return -ENODEV;
	}
	/* without sysfs the ioctl that asks for the NSID decides */
	if (nvme_sysfs_device(st.st_rdev, 0, name, sizeof(name)))
		return 0;
	if (strncmp(name, "ng", 2))
		return wrong_char(path, name, why, len);
	return 0;
}

/**
 * nspace_open() - open a namespace's character device
 * @path: the file as the user named it
 * @flags: O_RDONLY or O_RDWR
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: a descriptor, the caller's to close, or a negative errno with @why.
 */
int nspace_open(const char *path, int flags, char *why, size_t len)
{
	int ret = check_kind(path, why, len);
	int fd;

	if (ret)
		return ret;
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	ret = -errno;
	if (ret == -EACCES || ret == -EPERM)
		snprintf(
			why, len,
			"%s: no permission to open it for %s; run as root or give the user access to the device node (chmod, or a udev rule)",
			path, flags & O_RDWR ? "writing" : "reading");
	else
		snprintf(why, len, "%s: cannot be opened: %s%s", path,
			 strerror(-ret),
			 ret == -EMFILE || ret == -ENFILE ?
				 "; raise the limit (ulimit -n)" :
				 "");
	return ret;
}

static void read_names(struct nspace *ns, int fd)
{
	char path[PATH_MAX], target[PATH_MAX], *base;
	unsigned int ctrl, id;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) ||
	    nvme_sysfs_device(st.st_rdev, 0, ns->name, sizeof(ns->name)))
		return;
	if (sscanf(ns->name, "ng%un%u", &ctrl, &id) != 2)
		return;
	snprintf(ns->disk, sizeof(ns->disk), "nvme%un%u", ctrl, id);
	if (nvme_sysfs_number("block/%s/size", ns->disk) < 0)
		ns->disk[0] = '\0';

	if (nvme_sysfs_path(path, sizeof(path), "class/nvme-generic/%s/device",
			    ns->name))
		return;
	got = readlink(path, target, sizeof(target) - 1);
	if (got < 0)
		return;
	target[got] = '\0';
	base = strrchr(target, '/');
	snprintf(ns->ctrl, sizeof(ns->ctrl), "%.*s", NVME_NAME_MAX - 1,
		 base ? base + 1 : target);
}

/* The smallest value that a number below /sys has in several places */
static long long least(const char *where, const char *name)
{
	long long value, result = -ENOENT;
	glob_t found;

	if (glob(where, 0, NULL, &found))
		return result;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *dir = found.gl_pathv[i] + strlen(nvme_sysfs_root);

		value = nvme_sysfs_number("%s/%s", dir + 1, name);
		if (result < 0 || value < result)
			result = value;
	}
	globfree(&found);
	return result;
}

/*
 * The head of several paths has no queue of its own. A command takes the
 * queue of whichever path it goes by, so what all of them can do counts.
 */
static long long path_number(const struct nspace *ns, const char *name)
{
	char pattern[PATH_MAX];
	unsigned int ctrl, id;

	if (sscanf(ns->name, "ng%un%u", &ctrl, &id) != 2 ||
	    nvme_sysfs_path(pattern, sizeof(pattern),
			    "class/nvme-subsystem/%s/nvme*/nvme%uc*n%u/queue",
			    ns->ctrl, ctrl, id))
		return -ENOENT;
	return least(pattern, name);
}

static uint32_t queue_number(const struct nspace *ns, const char *name)
{
	long long value = -ENOENT;

	if (ns->multipath)
		value = path_number(ns, name);
	if (value < 0 && ns->disk[0])
		value = nvme_sysfs_number("block/%s/queue/%s", ns->disk, name);
	return value > 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

static bool is_fabrics(const struct nspace *ns)
{
	char transport[NVME_NAME_MAX], path[PATH_MAX];
	glob_t found;
	int ret;

	/* any controller of the subsystem, or the controller itself */
	if (nvme_sysfs_path(path, sizeof(path),
			    ns->multipath ?
				    "class/nvme-subsystem/%s/nvme*/transport" :
				    "class/nvme/%s/transport",
			    ns->ctrl) ||
	    glob(path, 0, NULL, &found))
		return false;
	ret = nvme_sysfs_text(transport, sizeof(transport), "%s",
			      found.gl_pathv[0] + strlen(nvme_sysfs_root) + 1);
	globfree(&found);
	return !ret && strcmp(transport, "pcie") != 0;
}

static void read_queue(struct nspace *ns)
{
	uint64_t max_hw;

	ns->multipath = !strncmp(ns->ctrl, "nvme-subsys", 11);
	max_hw = (uint64_t)queue_number(ns, "max_hw_sectors_kb") << 10;
	ns->max_hw_bytes = max_hw > UINT32_MAX ? UINT32_MAX : (uint32_t)max_hw;
	ns->max_segments = queue_number(ns, "max_segments");
	ns->tags = queue_number(ns, "nr_requests");
	ns->poll = queue_number(ns, "io_poll") > 0;
	ns->fabrics = is_fabrics(ns);
}

static int read_format(struct nspace *ns, const struct nvme_id_ns *id,
		       char *why, size_t len)
{
	const struct nspace_pi *pi = &ns->pi;

	nvme_id_ns_flbas_to_lbaf_inuse(id->flbas, &ns->lbaf);
	ns->endgid = le16toh(id->endgid);
	ns->nlb = le64toh(id->nsze);
	ns->nuse = le64toh(id->nuse);
	ns->lba_size = pi->lba_size;
	return nspace_blocks(ns, pi->lba_size + (pi->extended ? pi->ms : 0),
			     why, len);
}

static int identify_failed(const struct nspace *ns, int ret, const char *what,
			   char *why, size_t len)
{
	int err = ret < 0 ? -errno : -EIO;

	if (err == -EACCES || err == -EPERM)
		snprintf(
			why, len,
			"%s: the kernel does not let this user send %s; run as root (CAP_SYS_ADMIN), or use Linux 6.2 or later",
			ns->path, what);
	else
		snprintf(why, len, "%s: %s failed: %s", ns->path, what,
			 ret < 0 ? strerror(-err) :
				   nvme_status_to_string(ret, false));
	return err;
}

/*
 * ASCII padded with blanks, or so the specification has it; it goes to
 * terminals and into JSON, so nothing else is let through.
 */
static void copy_text(char *to, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		to[i] = from[i];
		if (!to[i])
			to[i] = ' ';
		else if (to[i] < ' ' || to[i] > '~')
			to[i] = '?';
	}
	while (len && to[len - 1] == ' ')
		len--;
	to[len] = '\0';
}

static void read_controller(struct nspace *ns, const struct nvme_id_ctrl *id)
{
	/* MDTS 0 is no limit (NVMe Base 2.0, figure 275) */
	if (id->mdts && id->mdts < 20)
		ns->mdts_bytes = MDTS_UNIT << id->mdts;
	ns->trims = le16toh(id->oncs) & NVME_CTRL_ONCS_DSM;
	ns->fdp = le32toh(id->ctratt) & NVME_CTRL_CTRATT_FDPS;
	ns->directives = le16toh(id->oacs) & NVME_CTRL_OACS_DIRECTIVES;
	copy_text(ns->serial, id->sn, sizeof(id->sn));
	copy_text(ns->model, id->mn, sizeof(id->mn));
	copy_text(ns->firmware, id->fr, sizeof(id->fr));
}

/**
 * nspace_identify() - read what a namespace is and can do
 * @ns: filled in; @ns->path is set by the caller
 * @fd: its character device
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Identify Namespace and Identify Controller (NVMe Base 2.0, 5.17.2), what
 * pi_identify() asks, and the queue of the sibling block device in sysfs.
 *
 * Return: 0, or a negative errno with @why.
 */
int nspace_identify(struct nspace *ns, int fd, char *why, size_t len)
{
	struct nvme_id_ctrl ctrl;
	struct nvme_id_ns id;
	int ret;

	ret = nvme_get_nsid(fd, &ns->nsid);
	if (ret)
		return identify_failed(ns, ret, "the question for its NSID",
				       why, len);
	ret = nvme_identify_ns(fd, ns->nsid, &id);
	if (ret)
		return identify_failed(ns, ret, "Identify Namespace", why, len);
	ret = nvme_identify_ctrl(fd, &ctrl);
	if (ret)
		return identify_failed(ns, ret, "Identify Controller", why,
				       len);
	ret = pi_identify(&ns->pi, ns->path, fd, ns->nsid, &id, &ctrl, why,
			  len);
	if (!ret)
		ret = read_format(ns, &id, why, len);
	if (ret)
		return ret;
	read_controller(ns, &ctrl);
	read_names(ns, fd);
	read_queue(ns);
	return 0;
}
