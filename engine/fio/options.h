/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine's options. Compiled once per layout of fio: options.c holds a
 * table of fio's own type.
 */
#ifndef NVME_PASSTHRU_OPTIONS_H
#define NVME_PASSTHRU_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "layout.h"
#include "refusals.h"

/* Room for every option that is more than refused */
#define OPTIONS_MAX 64

/* cmd_type= */
enum option_cmd_type {
	CMD_TYPE_NVME = 1,
	CMD_TYPE_BSG,
};

/* placement=; numbered as directive types (NVMe Base 2.0, 8.7) */
enum option_placement {
	PLACEMENT_KIND_NONE,
	PLACEMENT_KIND_STREAMS,
	PLACEMENT_KIND_FDP,
};

/* verify_mode= */
enum option_verify {
	VERIFY_MODE_READ,
	VERIFY_MODE_COMPARE,
};

/* placement_select=, from 1 on so that what was not given is 0 */
enum option_select {
	SELECT_ROUNDROBIN = 1,
	SELECT_RANDOM,
	SELECT_JOB,
	SELECT_FILE,
	SELECT_LBA,
	SELECT_SIZE,
};

/**
 * struct passthru_options - what fio parses the engine's options into
 * @pad: fio takes an option at offset 0 for one without a member
 * @hipri: poll for completions
 * @hybrid_poll: sleep before polling
 * @fixedbufs: register fio's buffers with the kernel
 * @plainfiles: do not register the files: registerfiles negated, because fio
 *	warns of an option of this type that is 1 by default
 * @sqthread_poll: let a kernel thread submit
 * @sqthread_poll_cpu: the processor of that thread, negative for any
 * @nonvectored: 0 sends vectored commands
 * @force_async: every so many commands go to a kernel worker, 0 for none
 * @cmd_type: the kind of passthrough; NVMe is the only one
 * @readfua: set FUA in Reads
 * @writefua: set FUA in Writes
 * @cmd_bs: bytes of one command, 0 for as many as the device takes
 * @scatter: every command goes to a random address of its own
 * @placement: enum option_placement
 * @placement_select: enum option_select, 0 where it was not given
 * @placement_ids: a list of indices or identifiers, NULL for all
 * @placement_bounds: a list of bytes
 * @write_mode: what writes are: a word, or words with percentages
 * @deac: Write Zeroes may deallocate
 * @verify_mode: enum option_verify
 * @dsm_attr: a list of attributes
 * @copy_source: where Copy copies from: an offset and a size
 * @copy_ranges: source ranges of one Copy
 * @read_cmd: what reads are, as a description
 * @write_cmd: what writes are
 * @trim_cmd: what trims are
 * @dry_run: tell commands, and send none
 * @timeout_ms: of every command, 0 for the driver's own
 * @retries: how often a command is sent again
 * @error_limit: a list of limits
 * @summary: say at the end of a job what it did
 * @report: the file that each job appends a line of JSON to
 * @trace: the file that every command is put into
 * @md_per_io_size: bytes of metadata of each I/O, 0 for what is needed
 * @pi_act: the controller inserts and strips protection information
 * @pi_chk: a list of what is checked
 * @apptag: application tag
 * @apptag_mask: its bits that are compared
 * @storage_tag: storage tag
 * @pi_verify: the host checks what it reads
 * @min_version: the oldest plugin that will do
 * @refused: values of the options that are refused, as text
 * @opened: @report_fd and @trace_fd are set
 * @report_fd: open for @report, negative where there is none
 * @trace_fd: open for @trace, likewise
 */
struct passthru_options {
	void *pad;
	unsigned int hipri;
	unsigned int hybrid_poll;
	unsigned int fixedbufs;
	unsigned int plainfiles;
	unsigned int sqthread_poll;
	int sqthread_poll_cpu;
	int nonvectored;
	unsigned int force_async;
	unsigned int cmd_type;
	unsigned int readfua;
	unsigned int writefua;
	unsigned long long cmd_bs;
	unsigned int scatter;
	unsigned int placement;
	unsigned int placement_select;
	char *placement_ids;
	char *placement_bounds;
	char *write_mode;
	unsigned int deac;
	unsigned int verify_mode;
	char *dsm_attr;
	char *copy_source;
	unsigned int copy_ranges;
	char *read_cmd;
	char *write_cmd;
	char *trim_cmd;
	unsigned int dry_run;
	unsigned int timeout_ms;
	unsigned int retries;
	char *error_limit;
	unsigned int summary;
	char *report;
	char *trace;
	unsigned int md_per_io_size;
	unsigned int pi_act;
	char *pi_chk;
	unsigned int apptag;
	unsigned int apptag_mask;
	unsigned long long storage_tag;
	unsigned int pi_verify;
	char *min_version;
	char *refused[OPTIONS_REFUSED];
	bool opened;
	int report_fd;
	int trace_fd;
};

/**
 * struct passthru_setting - an option as the user set it
 * @name: the option
 * @text: its value in words, NULL where it is a number or was not given
 * @number: its value, where it is a number
 * @numeric: it is a number
 */
struct passthru_setting {
	const char *name;
	const char *text;
	long long number;
	bool numeric;
};

/* Of the table, those that are more than refused; they come first */
extern const unsigned int LAYOUT_SYM(passthru_options_own);

struct fio_option *LAYOUT_SYM(passthru_options)(void);
int LAYOUT_SYM(passthru_options_check)(const struct passthru_options *options,
				       char *why, size_t len);
bool LAYOUT_SYM(passthru_options_nth)(const struct passthru_options *options,
				      unsigned int nth,
				      struct passthru_setting *setting);

#endif
