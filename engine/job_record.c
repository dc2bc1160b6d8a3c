// SPDX-License-Identifier: GPL-2.0
/*
 * What is reported of a job's files: what they are, where Writes went, and
 * what FDP logged.
 */
#include "job_json.h"
#include "nvme/about.h"

/* -- placement ------------------------------------------------------------- */

static json_object *latency_of(const struct watch_latency *latency)
{
	json_object *to;

	if (!latency->nr)
		return NULL;
	to = json_new_object();
	json_put_number(to, "min", latency->min);
	json_put_real(to, "mean", (double)latency->sum / (double)latency->nr);
	json_put_number(to, "max", latency->max);
	json_put_real(to, "p50", watch_percentile(latency, 50));
	json_put_real(to, "p90", watch_percentile(latency, 90));
	json_put_real(to, "p99", watch_percentile(latency, 99));
	json_put_real(to, "p99_9", watch_percentile(latency, 99.9));
	return to;
}

/* Which entry of the placement it is, or that it is none */
static json_object *entry_of(const struct placement *placement,
			     unsigned int position)
{
	json_object *to = json_new_object();
	bool known = position < placement->nr;

	json_put(to, "position", NULL);
	json_put(to, "index", NULL);
	json_put(to, "identifier", NULL);
	if (!known)
		return to;
	json_put_number(to, "position", position);
	if (placement->type == NVME_DTYPE_FDP)
		json_put_number(to, "index",
				placement->entries[position].index);
	json_put_number(to, "identifier", placement->entries[position].pid);
	return to;
}

static json_object *table_of(const struct placement *placement)
{
	json_object *list = json_new_array();

	for (unsigned int i = 0; i < placement->nr; i++) {
		json_object *to = entry_of(placement, i);

		json_put(to, "handle", NULL);
		json_put(to, "left_bytes", NULL);
		if (placement->type == NVME_DTYPE_FDP) {
			json_put_number(to, "handle",
					placement->entries[i].ruhid);
			json_put_number(to, "left_bytes",
					placement->entries[i].left);
		}
		json_add(list, to);
	}
	return list;
}

static json_object *written_of(const struct target *target)
{
	json_object *list = json_new_array();
	const struct watch_file *file = target->watch;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i <= file->nr; i++)
		bytes += file->places[i].count.bytes;
	for (unsigned int i = 0; i <= file->nr; i++) {
		const struct watch_kind *count = &file->places[i].count;
		json_object *to;

		if (i == file->nr && !count->commands)
			break;
		to = entry_of(target->placement, i);
		json_put_number(to, "commands", count->commands);
		json_put_number(to, "bytes", count->bytes);
		json_put_number(to, "errors", count->errors);
		json_put_real(to, "share",
			      bytes ? (double)count->bytes / (double)bytes : 0);
		json_put(to, "latency_ns",
			 latency_of(&file->places[i].latency));
		json_add(list, to);
	}
	return list;
}

static json_object *placement_of(const struct target *target)
{
	const struct placement *placement = target->placement;
	json_object *to;

	if (!placement || !target->watch->nr)
		return NULL;
	to = json_new_object();
	json_put_text(to, "type",
		      placement->type == NVME_DTYPE_FDP ? "fdp" : "streams");
	json_put_text(to, "select", placement_select_name(placement->select));
	json_put(to, "table", table_of(placement));
	json_put(to, "written", written_of(target));
	return to;
}

/* -- FDP logs -------------------------------------------------------------- */

static json_object *stats_of(const struct nspace_fdp_log *log)
{
	json_object *to = json_new_object();

	json_put_time(to, "time", &log->at);
	json_put_number(to, "hbmw", log->stats.hbmw);
	json_put_number(to, "mbmw", log->stats.mbmw);
	json_put_number(to, "mbe", log->stats.mbe);
	return to;
}

static json_object *event_of(const struct nspace_fdp_event *event)
{
	json_object *to = json_new_object();

	json_put_text(to, "log", event->host ? "host" : "controller");
	json_put_number(to, "type", event->type);
	json_put_text(to, "name", nspace_fdp_event_name(event->type));
	json_put_number(to, "flags", event->flags);
	json_put_number(to, "identifier", event->pid);
	json_put_number(to, "time_ms", event->time_ms);
	json_put_number(to, "nsid", event->nsid);
	json_put_number(to, "group", event->rgid);
	json_put_number(to, "handle", event->ruhid);
	return to;
}

static json_object *fdp_of(const struct report_fdp *fdp)
{
	json_object *to, *events;

	if (!fdp)
		return NULL;
	to = json_new_object();
	if (fdp->failed) {
		json_put_text(to, "error", fdp->why);
		return to;
	}
	events = json_new_array();
	for (unsigned int i = 0; i < fdp->after.nr_events; i++)
		if (!nspace_fdp_event_in(&fdp->before, &fdp->after.events[i]))
			json_add(events, event_of(&fdp->after.events[i]));
	json_put(to, "before", stats_of(&fdp->before));
	json_put(to, "after", stats_of(&fdp->after));
	json_put(to, "events", events);
	return to;
}

/* -- files ----------------------------------------------------------------- */

static json_object *format_of(const struct nspace *ns)
{
	json_object *to = json_new_object();

	json_put_number(to, "index", ns->lbaf);
	json_put_number(to, "data_bytes", ns->lba_size);
	json_put_number(to, "metadata_bytes", ns->pi.ms);
	json_put_bool(to, "extended", ns->pi.extended);
	json_put_number(to, "pi_type", ns->pi.type);
	return to;
}

/**
 * record_file() - what is reported of a file
 * @target: the file, with its watch
 * @fdp: its logs, or NULL
 *
 * Return: an object, the caller's.
 */
json_object *record_file(const struct target *target,
			 const struct report_fdp *fdp)
{
	json_object *to = json_new_object();
	const struct nspace *ns = &target->ns;
	struct nspace_about about;

	nspace_about_read(&about, ns);
	json_put_text(to, "path", ns->path);
	json_put_number(to, "nsid", ns->nsid);
	json_put_text(to, "subsystem", about.subsystem);
	json_put_text(to, "model", ns->model);
	json_put_text(to, "serial", ns->serial);
	json_put_text(to, "firmware", ns->firmware);
	json_put_number(to, "size", ns->nlb * ns->lba_size);
	json_put(to, "lba_format", format_of(ns));
	json_put_bool(to, "multipath", ns->multipath);
	json_put_text(to, "transport", about.transport);
	json_put_signed(to, "numa_node", about.numa_node);
	json_put_text(to, "iommu", about.iommu);
	json_put_signed(to, "poll_queues", about.poll_queues);
	json_put_number(to, "tags", ns->tags);
	json_put(to, "endurance_group", NULL);
	if (ns->endgid)
		json_put_number(to, "endurance_group", ns->endgid);
	json_put(to, "placement", placement_of(target));
	json_put(to, "fdp", fdp_of(fdp));
	return to;
}
