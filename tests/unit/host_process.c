// SPDX-License-Identifier: GPL-2.0
/*
 * What is the process's: the layout of fio's structures, which is the one that
 * these tests are built for, and who holds a disk.
 */
#include "host.h"

#include <stdio.h>

#include "fio/load.h"
#include "fio/recognise.h"
#include "nvme/holder.h"
#include "starve.h"

const char layout_list[] = FIO_LAYOUT_LIST;

int layout_settle(struct ioengine_ops *own)
{
	assert_ptr_equal(own, host.ops);
	return host.settled++ < HOST_SETTLES ? host.settle[host.settled - 1] :
					       0;
}

int nspace_hold(const struct nspace *ns, char *why, size_t len)
{
	int err =
		host.hold_error ? host.hold_error : starve_call("nspace_hold");

	host.holds++;
	why[0] = '\0';
	if (host.hold_remark)
		snprintf(why, len, "%s: %s", ns->path, host.hold_remark);
	if (err)
		snprintf(why, len, "%s: in use", ns->path);
	return err;
}
