/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the user reads. A refusal is one line on stderr; a remark goes with
 * fio's normal output, and nowhere else: JSON stays JSON.
 */
#ifndef NVME_PASSTHRU_MESSAGE_H
#define NVME_PASSTHRU_MESSAGE_H

#include "layout.h"

#define MESSAGE_HEAD "nvme_passthru " NVME_PASSTHRU_VERSION

/**
 * message_refuse() - say why a job will not run
 * @why: the device, what was asked, the limit, and what to do
 *
 * Names the plugin's version and the layout in use.
 */
static inline void message_refuse(const char *why)
{
	log_err(MESSAGE_HEAD " (fio layout " FIO_LAYOUT_ID "): %s\n", why);
}

/**
 * message_remark() - say what the user should know, in normal output only
 * @what: a sentence
 */
static inline void message_remark(const char *what)
{
	if (output_format == FIO_OUTPUT_NORMAL)
		log_info(MESSAGE_HEAD ": %s\n", what);
}

#endif
