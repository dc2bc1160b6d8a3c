// SPDX-License-Identifier: GPL-2.0
#include "about.h"

#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sysfs.h"

/* The folder that holds the first file of a pattern */
static bool folder_of(const char *pattern, char *name, size_t len)
{
	char path[PATH_MAX], *end;
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return false;
	snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	end = strrchr(path, '/');
	*end = '\0';
	snprintf(name, len, "%.*s", NVME_NAME_MAX - 1, strrchr(path, '/') + 1);
	return true;
}

/**
 * nspace_controller() - the controller that a namespace is reached by
 * @ns: the namespace, as nspace_identify() left it
 * @name: where to, such as "nvme0"; empty where none is known
 * @len: bytes of @name
 *
 * The head of several paths hangs on a subsystem; then it is the controller
 * of its first path.
 */
void nspace_controller(const struct nspace *ns, char *name, size_t len)
{
	char pattern[PATH_MAX];
	unsigned int head, id;

	snprintf(name, len, "%s", ns->multipath ? "" : ns->ctrl);
	if (!ns->multipath || sscanf(ns->name, "ng%un%u", &head, &id) != 2)
		return;
	if (!nvme_sysfs_path(pattern, sizeof(pattern),
			     "class/nvme-subsystem/%s/nvme*/nvme%uc*n%u",
			     ns->ctrl, head, id) &&
	    folder_of(pattern, name, len))
		return;
	/* kernels that do not show the paths still show the controllers */
	if (!nvme_sysfs_path(pattern, sizeof(pattern),
			     "class/nvme-subsystem/%s/nvme*/transport",
			     ns->ctrl))
		folder_of(pattern, name, len);
}

static int numa_node(const char *ctrl)
{
	long long node = nvme_sysfs_number("class/nvme/%s/numa_node", ctrl);

	/* fabrics have no node of their own; Linux 4.x told the device's */
	if (node < 0)
		node = nvme_sysfs_number("class/nvme/%s/device/numa_node",
					 ctrl);
	return node >= 0 && node <= INT_MAX ? (int)node : -1;
}

static int poll_queues(const struct nspace *ns)
{
	long long queues;

	/* that is of PCIe's driver; the others do not tell */
	if (ns->fabrics)
		return 0;
	queues = nvme_sysfs_number("module/nvme/parameters/poll_queues");
	return queues > 0 && queues <= INT_MAX ? (int)queues : 0;
}

/**
 * nspace_about_read() - find out where a namespace is
 * @about: filled in; what is unknown is empty, -1 or 0
 * @ns: the namespace, as nspace_identify() left it
 */
void nspace_about_read(struct nspace_about *about, const struct nspace *ns)
{
	char ctrl[NVME_NAME_MAX];

	memset(about, 0, sizeof(*about));
	about->numa_node = -1;
	about->poll_queues = poll_queues(ns);
	snprintf(about->iommu, sizeof(about->iommu), "none");
	nspace_controller(ns, ctrl, sizeof(ctrl));
	if (!ctrl[0])
		return;
	about->numa_node = numa_node(ctrl);
	nvme_sysfs_text(about->subsystem, sizeof(about->subsystem),
			"class/nvme/%s/subsysnqn", ctrl);
	nvme_sysfs_text(about->transport, sizeof(about->transport),
			"class/nvme/%s/transport", ctrl);
	nvme_sysfs_text(about->iommu, sizeof(about->iommu),
			"class/nvme/%s/device/iommu_group/type", ctrl);
}
