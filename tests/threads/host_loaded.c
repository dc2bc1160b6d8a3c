// SPDX-License-Identifier: GPL-2.0
#include "host_loaded.h"

#include <string.h>

#include "fio/load.h"
#include "fio/recognise.h"

#define TD_SIZE 64u
#define PER_SEGMENT 8u
#define MEMBER(m) offsetof(struct ioengine_ops, m)

const char layout_list[] = FIO_LAYOUT_LIST;

/* What fio exports, for load.c: jobs, and what lies behind the first ones */
static unsigned int jobs[TD_SIZE * PER_SEGMENT / sizeof(unsigned int)];
struct thread_segment segments[1] = { { .threads = (void *)jobs } };
unsigned int *fio_debug_jobp = &jobs[sizeof(jobs) / sizeof(*jobs)];
unsigned long fio_debug;

/* What fio goes on with, though its layout turns out to be another */
static struct ioengine_ops other;
static bool begins_as_other;

void __dprint(int type, const char *format, ...)
{
	(void)type;
	(void)format;
}

static struct ioengine_ops *other_ops(void)
{
	return &other;
}

static int other_init(struct thread_data *td)
{
	int ret = layout_settle(&other);

	return ret == 1 ? other.init(td) : 1;
}

static int other_setup(struct thread_data *td)
{
	int ret = layout_settle(&other);

	return ret == 1 ? other.setup(td) : 1;
}

#define LAYOUT(name, size, function)                                    \
	{                                                               \
		.id = name, .ops = function, .thread_data_size = size,  \
		.jobs_per_segment = PER_SEGMENT,                        \
		.ops_size = sizeof(struct ioengine_ops),                \
		.ops_flags = MEMBER(flags), .ops_setup = MEMBER(setup), \
		.ops_option_struct_size = MEMBER(option_struct_size),   \
		.ops_options = MEMBER(options),                         \
	}

static const struct layout both[] = {
	LAYOUT("another", TD_SIZE + 8, other_ops),
	LAYOUT(FIO_LAYOUT_ID, TD_SIZE, LAYOUT_SYM(nvme_passthru_ops)),
};

const struct layout *layout_candidates(struct layout_match *match)
{
	match->nr = 0;
	if (begins_as_other)
		match->found[match->nr++] = &both[0];
	match->found[match->nr++] = &both[1];
	return match->found[0];
}

const char *layout_option_clash(const struct layout *layout,
				const struct fio_option *options)
{
	(void)layout;
	(void)options;
	return NULL;
}

const char *layout_missing_import(void)
{
	return NULL;
}

/* As fio does when it reads its job file, before there are threads */
void loaded_as(bool as_other)
{
	begins_as_other = as_other;
	other = *LAYOUT_SYM(nvme_passthru_ops)();
	other.setup = other_setup;
	other.init = other_init;
	other.prep = NULL;
}

struct ioengine_ops *loaded_ops(void)
{
	struct ioengine_ops *ops;

	get_ioengine(&ops);
	return ops;
}
