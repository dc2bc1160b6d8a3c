// SPDX-License-Identifier: GPL-2.0
#include "job_report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "job_retry.h"
#include "job_split.h"

/* Lines of a kind, where there may be many */
#define MOST_ERRORS 3
#define MOST_PLACES 8

/**
 * struct text - what is put together
 * @buf: where to
 * @len: bytes of @buf
 * @at: where it goes on
 */
struct text {
	char *buf;
	size_t len;
	size_t at;
};

static __attribute__((format(printf, 2, 3))) void say(struct text *text,
						      const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text->buf + text->at, text->len - text->at, fmt, args);
	va_end(args);
	if (n > 0)
		text->at += (size_t)n;
	if (text->at >= text->len)
		text->at = text->len - 1;
}

static void say_bytes(struct text *text, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB",
					     "PiB" };
	double value = (double)bytes / 1024;
	unsigned int i = 0;

	if (bytes < 1024) {
		say(text, "%" PRIu64 " bytes", bytes);
		return;
	}
	for (; value >= 1023.95 && i < 4; i++)
		value /= 1024;
	say(text, "%.1f %s", value, units[i]);
}

static void say_kinds(struct text *text, const struct job *job)
{
	bool first = true;

	for (unsigned int i = JOB_READ; i < JOB_KINDS; i = report_next(i)) {
		struct watch_kind kind = report_kind(job, i);

		if (!kind.commands)
			continue;
		say(text, "%s%" PRIu64 " %s", first ? "" : ", ", kind.commands,
		    report_name(job, i));
		first = false;
		if (i == JOB_FLUSH)
			continue;
		say(text, " (");
		say_bytes(text, kind.bytes);
		say(text, ")");
	}
}

static void say_errors(struct text *text, const struct job *job)
{
	const struct watch *watch = job->watch;
	uint64_t others = watch->other_errors;
	char what[256];

	for (unsigned int i = 0; i < watch->nr_errors; i++) {
		const struct watch_error *error = &watch->errors[i];

		if (i >= MOST_ERRORS) {
			others += error->count;
			continue;
		}
		report_error_text(job, error, what, sizeof(what));
		say(text, "\n  %" PRIu64 " %s failed: %s", error->count,
		    report_name(job, error->kind), what);
	}
	if (others)
		say(text, "\n  %" PRIu64 " failed otherwise", others);
	if (job->retry && job->retry->count)
		say(text, "\n  %" PRIu64 " were sent again (retries=%u)",
		    job->retry->count, job->retry->most);
}

static void say_split(struct text *text, const struct job *job)
{
	char what[256];

	if (job->split && split_report(job->split, what, sizeof(what)))
		say(text, "\n  %s", what);
}

static void say_ring(struct text *text, const struct job *job)
{
	const struct ring *ring = &job->ring;
	const char *feature;

	say(text, "\n  %" PRIu64 " system calls", ring->enters);
	if (ring->enters)
		say(text, ", %.1f commands each",
		    (double)report_commands(job) / (double)ring->enters);
	say(text, "; ring of %u", ring->sq_mask + 1);
	for (unsigned int i = 0; (feature = ring_feature(ring, i)); i++)
		say(text, "%s%s", i ? ", " : ": ", feature);
	if (ring->files)
		say(text, ", registered files");
	if (job->regions)
		say(text, ", %u registered buffers", job->regions);
}

static void say_latency(struct text *text, const struct watch_latency *latency)
{
	if (!latency->nr)
		return;
	say(text, ", %.1f us mean, %.1f p50, %.1f p99, %.1f p99.9",
	    (double)latency->sum / (double)latency->nr / 1000,
	    watch_percentile(latency, 50) / 1000,
	    watch_percentile(latency, 99) / 1000,
	    watch_percentile(latency, 99.9) / 1000);
}

static void say_place(struct text *text, const struct target *target,
		      unsigned int position, uint64_t bytes)
{
	const struct placement *placement = target->placement;
	const struct watch_place *place = &target->watch->places[position];

	if (position < placement->nr)
		say(text, "\n    %u, identifier %u: ", position,
		    placement->entries[position].pid);
	else
		say(text, "\n    no identifier: ");
	say(text, "%" PRIu64 " Write, ", place->count.commands);
	say_bytes(text, place->count.bytes);
	if (bytes)
		say(text, ", %.1f %%",
		    100.0 * (double)place->count.bytes / (double)bytes);
	say_latency(text, &place->latency);
}

static void say_places(struct text *text, const struct target *target)
{
	const struct watch_file *file = target->watch;
	const struct placement *placement = target->placement;
	uint64_t bytes = 0, commands = 0;
	unsigned int used = 0;

	for (unsigned int i = 0; i <= file->nr; i++) {
		bytes += file->places[i].count.bytes;
		commands += file->places[i].count.commands;
	}
	/* what was sent in place of Writes is in none */
	if (!commands)
		return;
	say(text, "\n  %s, Writes placed by %s, %s:", target->ns.path,
	    placement->type == NVME_DTYPE_FDP ? "FDP" : "streams",
	    placement_select_name(placement->select));
	for (unsigned int i = 0; i <= file->nr; i++)
		if (file->places[i].count.commands && used++ < MOST_PLACES)
			say_place(text, target, i, bytes);
	if (used > MOST_PLACES)
		say(text, "\n    and %u more, which report= tells",
		    used - MOST_PLACES);
}

/**
 * summary_text() - say in a few lines what a job did
 * @job: a job with @watch, at its end
 * @buf: where to
 * @len: bytes of @buf; SUMMARY_MAX are enough for four files with a placement
 *
 * The first line is to follow the job's name; those after it are indented.
 *
 * Return: false where it sent nothing.
 */
bool summary_text(const struct job *job, char *buf, size_t len)
{
	struct text text = { .buf = buf, .len = len };

	if (!report_commands(job))
		return false;
	say_kinds(&text, job);
	say_errors(&text, job);
	say_split(&text, job);
	say_ring(&text, job);
	for (unsigned int i = 0; i < job->nr_targets; i++)
		if (job->targets[i]->watch->nr)
			say_places(&text, job->targets[i]);
	return true;
}
