// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "recognise.h"
#include "refusals.h"

#define MEMBER(m) offsetof(struct passthru_options, m)
#define ENGINE .category = FIO_OPT_C_ENGINE, .group = FIO_OPT_G_IOURING

/* The table ends with an entry without a name; the refused ones are last */
#define OPTIONS_OWN 41
_Static_assert(OPTIONS_OWN <= OPTIONS_MAX, "an option too many");
const unsigned int LAYOUT_SYM(passthru_options_own) = OPTIONS_OWN;

static char version_help[1024];
static char refused_help[OPTIONS_REFUSED][160];

static struct fio_option options[OPTIONS_OWN + OPTIONS_REFUSED + 1] = {
	{
		.name = "hipri",
		.lname = "Polled completions",
		.type = FIO_OPT_STR_SET,
		.off1 = MEMBER(hipri),
		.help = "Poll for completions; the device needs a poll queue (nvme.poll_queues=N)",
		ENGINE,
	},
	{
		.name = "hybrid_poll",
		.lname = "Sleep before polling",
		.type = FIO_OPT_STR_SET,
		.off1 = MEMBER(hybrid_poll),
		.help = "With hipri, sleep before polling, for half of the shortest time that a command took (Linux 6.13)",
		ENGINE,
	},
	{
		.name = "fixedbufs",
		.lname = "Fixed buffers",
		.type = FIO_OPT_STR_SET,
		.off1 = MEMBER(fixedbufs),
		.help = "Register the data buffers with the kernel once, instead of mapping them for each I/O",
		ENGINE,
	},
	{
		.name = "registerfiles",
		.lname = "Registered files",
		.type = FIO_OPT_STR_SET,
		.off1 = MEMBER(plainfiles),
		.neg = 1,
		.help = "Register the files with the kernel once, instead of looking them up for each I/O (1 unless set to 0)",
		ENGINE,
	},
	{
		.name = "sqthread_poll",
		.lname = "Submission by a kernel thread",
		.type = FIO_OPT_STR_SET,
		.off1 = MEMBER(sqthread_poll),
		.help = "Let a kernel thread submit, without system calls",
		ENGINE,
	},
	{
		.name = "sqthread_poll_cpu",
		.lname = "Processor of the kernel thread",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(sqthread_poll_cpu),
		.minval = -1,
		.def = "-1",
		.help = "Processor that the thread of sqthread_poll is bound to (-1: any)",
		ENGINE,
	},
	{
		.name = "nonvectored",
		.lname = "Non-vectored commands",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(nonvectored),
		.minval = -1,
		.def = "-1",
		.help = "0 sends vectored commands; otherwise a command carries its buffer itself",
		ENGINE,
	},
	{
		.name = "force_async",
		.lname = "Force async",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(force_async),
		.help = "Give every Nth I/O to a kernel worker (0: none)",
		ENGINE,
	},
	{
		.name = "cmd_type",
		.lname = "Kind of passthrough",
		.type = FIO_OPT_STR,
		.off1 = MEMBER(cmd_type),
		.def = "nvme",
		.help = "Kind of passthrough command",
		.posval = {
			{ .ival = "nvme", .oval = CMD_TYPE_NVME,
			  .help = "NVMe commands to /dev/ngXnY" },
			{ .ival = "bsg", .oval = CMD_TYPE_BSG,
			  .help = "SCSI commands; refused here" },
		},
		ENGINE,
	},
	{
		.name = "readfua",
		.lname = "FUA in Reads",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(readfua),
		.def = "0",
		.help = "Set Force Unit Access in every Read",
		ENGINE,
	},
	{
		.name = "writefua",
		.lname = "FUA in Writes",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(writefua),
		.def = "0",
		.help = "Set Force Unit Access in every Write",
		ENGINE,
	},
	{
		.name = "cmd_bs",
		.lname = "Bytes of one command",
		.type = FIO_OPT_ULL,
		.off1 = MEMBER(cmd_bs),
		.help = "An io_unit that is larger becomes several commands (0: as large as the device takes them)",
		ENGINE,
	},
	{
		.name = "scatter",
		.lname = "Commands at random addresses",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(scatter),
		.def = "0",
		.help = "Send each command of an io_unit to a random address of its own, a multiple of cmd_bs",
		ENGINE,
	},
	{
		.name = "placement",
		.lname = "Placement of Writes",
		.type = FIO_OPT_STR,
		.off1 = MEMBER(placement),
		.def = "none",
		.help = "Name a placement identifier or a stream in every Write",
		.posval = {
			{ .ival = "none", .oval = PLACEMENT_KIND_NONE,
			  .help = "The device places the data" },
			{ .ival = "fdp", .oval = PLACEMENT_KIND_FDP,
			  .help = "Flexible Data Placement" },
			{ .ival = "streams", .oval = PLACEMENT_KIND_STREAMS,
			  .help = "Streams" },
		},
		ENGINE,
	},
	{
		.name = "placement_ids",
		.lname = "Placement identifiers",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(placement_ids),
		.help = "Indices of the namespace's reclaim unit handles, or stream identifiers, as in 0-3,5 (all)",
		ENGINE,
	},
	{
		.name = "placement_select",
		.lname = "What decides the placement",
		.type = FIO_OPT_STR,
		.off1 = MEMBER(placement_select),
		.help = "What decides which identifier a Write names (roundrobin)",
		.posval = {
			{ .ival = "roundrobin", .oval = SELECT_ROUNDROBIN,
			  .help = "One after the other" },
			{ .ival = "random", .oval = SELECT_RANDOM,
			  .help = "Chance, by fio's seeds" },
			{ .ival = "job", .oval = SELECT_JOB,
			  .help = "The number of the job" },
			{ .ival = "file", .oval = SELECT_FILE,
			  .help = "The number of the file in the job" },
			{ .ival = "lba", .oval = SELECT_LBA,
			  .help = "The address: equal parts, or placement_bounds" },
			{ .ival = "size", .oval = SELECT_SIZE,
			  .help = "The block size, by placement_bounds" },
		},
		ENGINE,
	},
	{
		.name = "placement_bounds",
		.lname = "Bounds of addresses or block sizes",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(placement_bounds),
		.help = "What is below the first bound goes to the first identifier, and so on, as in 64k,1m",
		ENGINE,
	},
	{
		.name = "write_mode",
		.lname = "What writes are",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(write_mode),
		.help = "write, zeroes, uncor, verify, copy or zone_append, or a mix as in write/60:zeroes/30:uncor/10 (write)",
		ENGINE,
	},
	{
		.name = "deac",
		.lname = "Deallocate in Write Zeroes",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(deac),
		.def = "0",
		.help = "Let Write Zeroes deallocate",
		ENGINE,
	},
	{
		.name = "verify_mode",
		.lname = "What verification sends",
		.type = FIO_OPT_STR,
		.off1 = MEMBER(verify_mode),
		.def = "read",
		.help = "Read what verify= looks at, or let the device compare it",
		.posval = {
			{ .ival = "read", .oval = VERIFY_MODE_READ,
			  .help = "Read it, and look" },
			{ .ival = "compare", .oval = VERIFY_MODE_COMPARE,
			  .help = "Send Compare" },
		},
		ENGINE,
	},
	{
		.name = "dsm_attr",
		.lname = "Attributes of Dataset Management",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(dsm_attr),
		.help = "What a trim says: deallocate, idr, idw (integral for read, for write), or several (deallocate)",
		ENGINE,
	},
	{
		.name = "copy_source",
		.lname = "Where Copy copies from",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(copy_source),
		.help = "Offset and size of a region of the namespace, for write_mode=copy, as in 1g,64m",
		ENGINE,
	},
	{
		.name = "copy_ranges",
		.lname = "Source ranges of Copy",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(copy_ranges),
		.def = "1",
		.minval = 1,
		.maxval = 256,
		.help = "Name the source of each Copy as so many ranges",
		ENGINE,
	},
	{
		.name = "read_cmd",
		.lname = "What reads are",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(read_cmd),
		.help = "A command in place of Read, as in opcode=0x02,cdw10=slba,cdw11=slba_hi,cdw12=nlb0",
		ENGINE,
	},
	{
		.name = "write_cmd",
		.lname = "What writes are",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(write_cmd),
		.help = "A command in place of Write, as in opcode=0x01,cdw10=slba,cdw11=slba_hi,cdw12=nlb0",
		ENGINE,
	},
	{
		.name = "trim_cmd",
		.lname = "What trims are",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(trim_cmd),
		.help = "A command without data in place of Dataset Management, as in opcode=0x08,cdw10=slba,cdw11=slba_hi,cdw12=nlb0",
		ENGINE,
	},
	{
		.name = "dry_run",
		.lname = "Send nothing",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(dry_run),
		.def = "0",
		.help = "Print the first commands of a job, and send none",
		ENGINE,
	},
	{
		.name = "timeout_ms",
		.lname = "Timeout of a command",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(timeout_ms),
		.help = "Milliseconds that a command may take (0: as long as the driver gives it)",
		ENGINE,
	},
	{
		.name = "retries",
		.lname = "Commands sent again",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(retries),
		.help = "Send a command that failed, and may be retried, again up to so many times",
		ENGINE,
	},
	{
		.name = "error_limit",
		.lname = "Errors that are too many",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(error_limit),
		.help = "End the job when there are more errors of a kind, as in media/10:0x281/3:any/100",
		ENGINE,
	},
	{
		.name = "summary",
		.lname = "Summary of a job",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(summary),
		.def = "1",
		.help = "Say at the end of a job, in normal output, what it did",
		ENGINE,
	},
	{
		.name = "report",
		.lname = "File for reports",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(report),
		.help = "Append what a job did to this file, as one line of JSON a job",
		ENGINE,
	},
	{
		.name = "trace",
		.lname = "File for a trace",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(trace),
		.help = "Write every command that was sent into this file, which begins anew",
		ENGINE,
	},
	{
		.name = "md_per_io_size",
		.lname = "Bytes of metadata of an I/O",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(md_per_io_size),
		.def = "0",
		.help = "Size of the buffer for separate metadata of each I/O (0: as large as needed)",
		ENGINE,
	},
	{
		.name = "pi_act",
		.lname = "PRACT",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(pi_act),
		.def = "1",
		.help = "Let the controller insert and strip protection information; 0: the host makes it, and checks it",
		ENGINE,
	},
	{
		.name = "pi_chk",
		.lname = "What of protection information is checked",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(pi_chk),
		.help = "GUARD, REFTAG, APPTAG, STORTAG or several, as in GUARD,REFTAG (nothing)",
		ENGINE,
	},
	{
		.name = "apptag",
		.lname = "Application tag",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(apptag),
		.def = "0x1234",
		.maxval = 0xffff,
		.help = "Application tag of protection information",
		ENGINE,
	},
	{
		.name = "apptag_mask",
		.lname = "Bits of the application tag",
		.type = FIO_OPT_INT,
		.off1 = MEMBER(apptag_mask),
		.def = "0xffff",
		.maxval = 0xffff,
		.help = "Bits of the application tag that are compared",
		ENGINE,
	},
	{
		.name = "storage_tag",
		.lname = "Storage tag",
		.type = FIO_OPT_ULL,
		.off1 = MEMBER(storage_tag),
		.help = "Storage tag of protection information, as many bits of it as the format has (0)",
		ENGINE,
	},
	{
		.name = "pi_verify",
		.lname = "Check on the host",
		.type = FIO_OPT_BOOL,
		.off1 = MEMBER(pi_verify),
		.def = "1",
		.help = "With pi_act=0, check on the host what is read; 0 leaves that to the controller",
		ENGINE,
	},
	{
		.name = "min_version",
		.lname = "Oldest plugin that will do",
		.type = FIO_OPT_STR_STORE,
		.off1 = MEMBER(min_version),
		.help = version_help,
		ENGINE,
	},
};

static void make_options(void)
{
	snprintf(version_help, sizeof(version_help),
		 "Refuse to run with an older plugin; this is %s, for fio %s",
		 NVME_PASSTHRU_VERSION, layout_list);
	for (size_t i = 0; i < OPTIONS_REFUSED; i++) {
		struct fio_option *option = &options[OPTIONS_OWN + i];

		snprintf(refused_help[i], sizeof(refused_help[i]),
			 "Refused unless at its default: %s",
			 refusals[i].reason);
		*option = (struct fio_option){
			.name = refusals[i].name,
			.lname = refusals[i].name,
			.type = FIO_OPT_STR_STORE,
			.off1 = MEMBER(refused) +
				(unsigned int)(i * sizeof(char *)),
			.help = refused_help[i],
			ENGINE,
		};
	}
}

/**
 * passthru_options() - the engine's options as fio wants them
 *
 * Made once: jobs that are threads, and fio, look at them at any time.
 *
 * Return: the table; it lives as long as the plugin.
 */
struct fio_option *LAYOUT_SYM(passthru_options)(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_options);
	return options;
}
