// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "load.h"
#include "recognise.h"

/* Bytes only: what they mean is for the tables to say. */
extern const char segments[] __attribute__((weak));
extern const char *fio_debug_jobp __attribute__((weak));
extern unsigned long fio_debug __attribute__((weak));
extern const char fio_version_string[] __attribute__((weak));
extern void __dprint(int type, const char *str, ...)
	__attribute__((weak, format(printf, 2, 3)));
extern ssize_t log_err(const char *format, ...)
	__attribute__((weak, format(printf, 1, 2)));

static struct layout_match running;

static const char *fio_name(void)
{
	return fio_version_string ? fio_version_string : "this fio";
}

/* One line on fio's error output; a fio without log_err is refused, too. */
__attribute__((format(printf, 1, 2))) static void refuse(const char *format,
							 ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (log_err)
		log_err("nvme_passthru %s: %s\n", NVME_PASSTHRU_VERSION, text);
	else
		fprintf(stderr, "nvme_passthru %s: %s\n", NVME_PASSTHRU_VERSION,
			text);
}

#define REMEDY \
	"run `make abi FIO_SRC=` with this fio's source tree and build again"

static void refuse_options(const struct layout_match *match)
{
	const char *near = match->nearest ? match->nearest->id : NULL;

	if (!near) {
		refuse("%s: %s; " REMEDY, fio_name(),
		       match->first[0] ? match->first :
					 "its option table is not found");
		return;
	}
	if (match->differences < 2)
		refuse("%s is none of %s: compared with %s, %s; " REMEDY,
		       fio_name(), layout_list, near, match->first);
	else
		refuse("%s is none of %s: compared with %s, %s and %u more "
		       "differ; " REMEDY,
		       fio_name(), layout_list, near, match->first,
		       match->differences - 1);
}

static void refuse_size(size_t size)
{
	char known[256] = "";
	size_t at = 0;

	if (!size) {
		refuse("%s: the size of its thread_data cannot be "
		       "told; " REMEDY,
		       fio_name());
		return;
	}
	for (unsigned int i = 0; i < running.nr && at < sizeof(known); i++)
		at += snprintf(known + at, sizeof(known) - at, "%s%zu in %s",
			       i ? ", " : "",
			       running.found[i]->thread_data_size,
			       running.found[i]->id);
	refuse("%s: its thread_data has %zu bytes, not %s; " REMEDY, fio_name(),
	       size, known);
}

/* sizeof(struct thread_data) of the running fio, 0 if it cannot be told. */
static size_t thread_data_size(const struct layout *layout)
{
	const char *threads;

	if (!segments || !fio_debug_jobp)
		return 0;
	/* fio puts what this variable points at behind the first jobs. */
	memcpy(&threads, segments + layout->segment_threads, sizeof(threads));
	if (!threads || fio_debug_jobp <= threads)
		return 0;
	if ((fio_debug_jobp - threads) % layout->jobs_per_segment)
		return 0;
	return (fio_debug_jobp - threads) / layout->jobs_per_segment;
}

/* The only candidate of the running fio's size, NULL after saying why. */
static const struct layout *settled(void)
{
	const struct layout *found = NULL;
	size_t size = 0;

	for (unsigned int i = 0; i < running.nr; i++) {
		size = thread_data_size(running.found[i]);
		if (!size || size != running.found[i]->thread_data_size)
			continue;
		if (found) {
			refuse("%s: it may be %s or %s; " REMEDY, fio_name(),
			       found->id, running.found[i]->id);
			return NULL;
		}
		found = running.found[i];
	}
	if (!found)
		refuse_size(size);
	return found;
}

/*
 * All callbacks, and none of what fio has put into the ops. Once, since from
 * then on it is in use: what the engine puts there for one job stays.
 */
static void take_over(char *own, const char *theirs,
		      const struct layout *layout)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static const char *taken;

	pthread_mutex_lock(&lock);
	if (taken != own)
		memcpy(own + layout->ops_setup, theirs + layout->ops_setup,
		       layout->ops_option_struct_size - layout->ops_setup);
	taken = own;
	pthread_mutex_unlock(&lock);
}

int layout_settle(struct ioengine_ops *own)
{
	const struct layout *layout = settled();
	char *theirs;

	if (!layout)
		return -EINVAL;
	if (fio_debug & 1UL << layout->debug_io)
		__dprint(layout->debug_io, "nvme_passthru %s: fio layout %s\n",
			 NVME_PASSTHRU_VERSION, layout->id);
	theirs = (char *)layout->ops();
	if (theirs == (char *)own)
		return 0;
	take_over((char *)own, theirs, layout);
	return 1;
}

/* The engine of this layout, if the core leaves all its options to it. */
static struct ioengine_ops *checked_ops(const struct layout *layout)
{
	struct ioengine_ops *ops = layout->ops();
	const struct fio_option *options;
	const char *clash;

	memcpy(&options, (char *)ops + layout->ops_options, sizeof(options));
	clash = layout_option_clash(layout, options);
	if (!clash)
		return ops;
	refuse("%s has an option %s of its own, which would never reach the "
	       "engine; use a newer nvme_passthru",
	       fio_name(), clash);
	return NULL;
}

void get_ioengine(struct ioengine_ops **ops)
{
	const char *missing = layout_missing_import();
	const struct layout *layout;

	*ops = NULL;
	if (missing) {
		refuse("%s does not export %s, which the engine needs; use a "
		       "fio that is linked with -rdynamic",
		       fio_name(), missing);
		return;
	}
	layout = layout_candidates(&running);
	if (!layout) {
		refuse_options(&running);
		return;
	}
	*ops = checked_ops(layout);
}
