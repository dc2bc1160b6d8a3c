// SPDX-License-Identifier: GPL-2.0
#include "starved_jobs.h"

#include <string.h>

#include "appends.h"
#include "fake_zones.h"
#include "lines.h"
#include "pi_job.h"
#include "split.h"

static void plain(void)
{
}

static void files(void)
{
	host.td.files_index = 3;
}

static void fixed(void)
{
	host.options.fixedbufs = 1;
	host.memlock = 1u << 20;
}

static void vectored(void)
{
	host.options.fixedbufs = 1;
	host.options.nonvectored = 0;
}

static void split(void)
{
	host.options.fixedbufs = 1;
	split_sizes(16 * 512, 512);
}

static void scatter(void)
{
	split_scatter(16 * 512, 512);
	host.files[0].io_size = 1u << 20;
}

static void placed(void)
{
	static char ids[] = "1,2,3";

	host.options.placement = PLACEMENT_KIND_FDP;
	host.options.placement_ids = ids;
}

/* All that a job can tell, and is put together at its end */
static void told(void)
{
	placed();
	host.ns[0].fdp = true;
	host.ns[0].endgid = 1;
	host.ns[0].model[0] = (char)0xe9;
	host.options.report = lines.path;
	host.options.trace = lines.trace;
	host.options.summary = 1;
	host.options.fixedbufs = 1;
}

/* With create_serialize=0 the report is opened when all else is there */
static void late(void)
{
	static char text[] = "opcode=2,cdw12=nlb0";

	host.options.read_cmd = text;
	host.late_setup = true;
	host.td.o.create_serialize = 0;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.options.report = lines.path;
}

static void zones(void)
{
	append_set_up();
	host.options.write_mode = NULL;
}

static void appends(void)
{
	append_set_up();
}

static void mix(void)
{
	static char mode[] = "write/50:zeroes/50";

	host.options.write_mode = mode;
}

static void copy(void)
{
	static char mode[] = "copy", source[] = "1m,64k";

	host.options.write_mode = mode;
	host.options.copy_source = source;
}

static void compare(void)
{
	host.options.verify_mode = VERIFY_MODE_COMPARE;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.verify_pattern_bytes = 1;
}

static void described(void)
{
	static char text[] = "opcode=0xc2,len=4096,mdlen=64";

	host.options.read_cmd = text;
	host.options.report = lines.path;
}

static void retries(void)
{
	host.options.retries = 2;
}

static void pi(void)
{
	set_format(&separate);
	set_block(512);
	host.options.plainfiles = 1;
	host.options.pi_act = 0;
	host.options.pi_chk = everything;
}

static void dry(void)
{
	host.options.dry_run = 1;
}

static void polled(void)
{
	host.release = "6.13.0";
	host.options.hipri = 1;
	host.options.hybrid_poll = 1;
	host.ns[0].poll = true;
}

static void thread(void)
{
	host.options.sqthread_poll = 1;
}

const struct starved_job starved_jobs[STARVED_JOBS] = {
	{ "plain", plain, DDIR_READ, 4096 },
	{ "files", files, DDIR_READ, 4096 },
	{ "fixedbufs", fixed, DDIR_WRITE, 4096 },
	{ "vectored", vectored, DDIR_WRITE, 4096 },
	{ "split", split, DDIR_READ, 16 * 512 },
	{ "scatter", scatter, DDIR_READ, 16 * 512 },
	{ "placement", placed, DDIR_WRITE, 4096 },
	{ "told", told, DDIR_WRITE, 4096 },
	{ "late", late, DDIR_READ, 4096 },
	{ "zones", zones, DDIR_WRITE, 4096 },
	{ "appends", appends, DDIR_WRITE, 4096 },
	{ "mix", mix, DDIR_WRITE, 4096 },
	{ "copy", copy, DDIR_WRITE, 4096 },
	{ "compare", compare, DDIR_READ, 4096 },
	{ "described", described, DDIR_READ, 4096 },
	{ "retries", retries, DDIR_READ, 4096 },
	{ "pi", pi, DDIR_WRITE, 4096 },
	{ "dry_run", dry, DDIR_READ, 4096 },
	{ "polled", polled, DDIR_READ, 4096 },
	{ "sqthread_poll", thread, DDIR_READ, 4096 },
};
