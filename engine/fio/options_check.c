// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <stdio.h>

#include "refusals.h"
#include "version.h"

static const char *placement_conflict(const struct passthru_options *o)
{
	bool bounded = o->placement_select == SELECT_LBA ||
		       o->placement_select == SELECT_SIZE;

	if (!o->placement &&
	    (o->placement_ids || o->placement_select || o->placement_bounds))
		return "placement_ids, placement_select and placement_bounds mean nothing without placement; set placement=fdp or placement=streams too";
	if (o->placement_bounds && !bounded)
		return "placement_bounds means nothing without placement_select=lba or size; set that too";
	if (o->placement_select == SELECT_SIZE && !o->placement_bounds)
		return "placement_select=size needs bounds of block sizes; set them as in placement_bounds=64k";
	return NULL;
}

static const char *conflict_of(const struct passthru_options *o)
{
	if (o->dry_run && (o->report || o->trace))
		return "dry_run=1 sends nothing that report= or trace= could tell; leave them out";
	return placement_conflict(o);
}

static int check_refused(const struct passthru_options *o, char *why,
			 size_t len)
{
	for (size_t i = 0; i < OPTIONS_REFUSED; i++) {
		if (!o->refused[i] ||
		    refusal_allows(&refusals[i], o->refused[i]))
			continue;
		snprintf(why, len, "%s=%s is refused: %s; leave it out",
			 refusals[i].name, o->refused[i], refusals[i].reason);
		return -EINVAL;
	}
	return 0;
}

/**
 * passthru_options_check() - refuse what means nothing here
 * @o: the options of a job
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int LAYOUT_SYM(passthru_options_check)(const struct passthru_options *o,
				       char *why, size_t len)
{
	const char *conflict = conflict_of(o);
	int ret = check_refused(o, why, len);

	if (ret)
		return ret;
	if (conflict) {
		snprintf(why, len, "%s", conflict);
		return -EINVAL;
	}
	if (o->cmd_type != CMD_TYPE_NVME) {
		snprintf(
			why, len,
			"cmd_type=bsg is refused: SCSI devices are fio's own io_uring_cmd's; use cmd_type=nvme");
		return -EINVAL;
	}
	if (o->hybrid_poll && !o->hipri) {
		snprintf(
			why, len,
			"hybrid_poll=1 without hipri means nothing; set hipri=1 too");
		return -EINVAL;
	}
	if (o->scatter && !o->cmd_bs) {
		snprintf(
			why, len,
			"scatter=1 without cmd_bs: say how large a command is, as in bs=16k,cmd_bs=512");
		return -EINVAL;
	}
	if (o->sqthread_poll_cpu >= 0 && !o->sqthread_poll) {
		snprintf(
			why, len,
			"sqthread_poll_cpu=%d without sqthread_poll means nothing; set sqthread_poll=1 too",
			o->sqthread_poll_cpu);
		return -EINVAL;
	}
	if (!o->min_version)
		return 0;
	return version_check(o->min_version, NVME_PASSTHRU_VERSION, why, len);
}
