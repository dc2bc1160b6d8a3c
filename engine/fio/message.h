/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the user reads. A refusal is one line on stderr; a remark goes with
 * fio's normal output, and nowhere else: JSON stays JSON.
 */
#ifndef NVME_PASSTHRU_MESSAGE_H
#define NVME_PASSTHRU_MESSAGE_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"

#define MESSAGE_HEAD "nvme_passthru " NVME_PASSTHRU_VERSION

/**
 * message_refuse() - say why a job will not run
 * @why: the device, what was asked, the limit, and what to do
 * @clone: the job is one of those that numjobs= made of another
 *
 * Names the plugin's version and the layout in use. Clones mostly fail for
 * the same reason, which is told once.
 */
static inline void message_refuse(const char *why, bool clone)
{
	static _Thread_local char last[512];

	if (clone && !strcmp(why, last))
		return;
	snprintf(last, sizeof(last), "%s", why);
	log_err(MESSAGE_HEAD " (fio layout " FIO_LAYOUT_ID "): %s\n", why);
}

/**
 * message_remark() - say what the user should know, in normal output only
 * @what: a sentence; one that begins with a blank goes on with the one before
 */
static inline void message_remark(const char *what)
{
	if (output_format != FIO_OUTPUT_NORMAL)
		return;
	log_info("%s%s\n", what[0] == ' ' ? "" : MESSAGE_HEAD ": ", what);
}

/**
 * message_report() - say at the end of a job what it did, in normal output only
 * @job: its name
 * @what: a sentence
 *
 * A forked job ends without writing out what its streams still hold.
 */
static inline void message_report(const char *job, const char *what)
{
	if (output_format != FIO_OUTPUT_NORMAL)
		return;
	log_info(MESSAGE_HEAD ": %s: %s\n", job, what);
	log_info_flush();
}

#endif
