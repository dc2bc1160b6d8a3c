/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a job did, told at its end: to people in a few lines, and to programs
 * as one line of JSON. Both from what its watch noted.
 */
#ifndef NVME_PASSTHRU_JOB_REPORT_H
#define NVME_PASSTHRU_JOB_REPORT_H

#include "job_watch.h"
#include "nvme/fdp.h"

/* Room for summary_text() */
#define SUMMARY_MAX 8192

/**
 * struct job_setting - an option of the engine's as the user set it
 * @name: the option
 * @text: its value in words, or NULL
 * @number: its value, where it is one
 * @numeric: it is one
 */
struct job_setting {
	const char *name;
	const char *text;
	long long number;
	bool numeric;
};

/**
 * struct job_identity - whose report it is: all that the job does not know
 * @fio: version of fio
 * @layout: of its structures
 * @name: of the job
 * @number: of the job, from 1 on
 * @group: of jobs that fio reports as one
 * @error: that the job ended with, 0 for none
 * @started: when the first I/O could come, by CLOCK_REALTIME
 * @ended: when the last had come
 * @settings: every option of the engine's
 * @nr_settings: how many
 */
struct job_identity {
	const char *fio;
	const char *layout;
	const char *name;
	unsigned int number;
	unsigned int group;
	int error;
	struct timespec started;
	struct timespec ended;
	const struct job_setting *settings;
	unsigned int nr_settings;
};

/**
 * struct report_fdp - what an FDP namespace logged around the job
 * @failed: the logs could not be read
 * @why: why not
 * @before: the job
 * @after: the job
 */
struct report_fdp {
	bool failed;
	char why[WHY_MAX];
	struct nspace_fdp_log before;
	struct nspace_fdp_log after;
};

/**
 * struct report - what is to be reported beside the watch
 * @fd: where to, by append_open()
 * @nr: how many of @fdp
 * @fdp: by file, NULL where the namespace has no FDP
 */
struct report {
	int fd;
	unsigned int nr;
	struct report_fdp **fdp;
};

bool summary_text(const struct job *job, char *buf, size_t len);

int report_begin(struct report **report, const struct job *job, int fd);
int report_end(struct report *report, const struct job *job,
	       const struct job_identity *identity);
void report_destroy(struct report *report);

/* For both of them */
unsigned int report_next(unsigned int kind);
struct watch_kind report_kind(const struct job *job, unsigned int which);
uint64_t report_commands(const struct job *job);
const char *report_name(const struct job *job, unsigned int kind);
void report_error_text(const struct job *job, const struct watch_error *error,
		       char *buf, size_t len);

#endif
