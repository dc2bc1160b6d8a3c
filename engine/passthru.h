/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that know fio and job.h share: passthru.c has set-up and fio's
 * table of callbacks, passthru_io.c the I/O, passthru_report.c what is told at
 * the end. They are compiled once for each layout of fio's structures.
 */
#ifndef NVME_PASSTHRU_PASSTHRU_H
#define NVME_PASSTHRU_PASSTHRU_H

#include "layout.h"

#include "fio/td.h"
#include "fio/zbd.h"
#include "job_family.h"
#include "job_report.h"
#include "job_split.h"

#define NO_MEMORY "out of memory; use a smaller iodepth, or fewer jobs"

#define REFORMATTED "the namespace was formatted under the job"
#define REFORMATTED_REMEDY \
	"what was written since then lies elsewhere, and what was read comes from elsewhere: run the job again"

/**
 * struct state - thread_data.io_ops_data
 * @job: what runs
 * @done: the io_units that the last getevents found, for event
 * @wants_issue_time: something reads io_u->issue_time
 * @may_share: submission may wait for the call that reaps
 * @over: the job is to end, which getevents is to tell fio
 * @ending: why, in fio's own words; NULL where it goes on
 * @suspects: statuses that may come of another format
 * @told: it was said that the ring failed
 * @report: what report= needs beside the job's watch, else NULL
 * @started: when the first I/O could come, where the job has a watch
 */
struct state {
	struct job *job;
	void **done;
	bool wants_issue_time;
	bool may_share;
	bool over;
	bool told;
	const char *ending;
	unsigned int suspects;
	struct report *report;
	struct timespec started;
};

enum fio_q_status LAYOUT_SYM(passthru_queue)(struct thread_data *td,
					     struct io_u *io_u);
int LAYOUT_SYM(passthru_ranges)(const struct job *job, const struct io_u *io_u);
struct placed LAYOUT_SYM(passthru_placed)(const struct placement *placement,
					  const struct io_u *io_u);
int LAYOUT_SYM(passthru_fill)(struct job *job, const struct command *command,
			      struct ring_sqe *sqe, const struct io_u *io_u);
const struct command *LAYOUT_SYM(passthru_choose)(const struct command *command,
						  struct io_u *io_u);
int LAYOUT_SYM(passthru_prep)(struct thread_data *td, struct io_u *io_u);
int LAYOUT_SYM(passthru_commit)(struct thread_data *td);
int LAYOUT_SYM(passthru_getevents)(struct thread_data *td, unsigned int min,
				   unsigned int max, const struct timespec *t);
struct io_u *LAYOUT_SYM(passthru_event)(struct thread_data *td, int event);
char *LAYOUT_SYM(passthru_errdetails)(TD_ERRDETAILS(io_u));

int LAYOUT_SYM(passthru_request)(const struct thread_data *td,
				 struct job_request *request, char *why,
				 size_t len);

int LAYOUT_SYM(passthru_report_open)(struct thread_data *td, char *why,
				     size_t len);
int LAYOUT_SYM(passthru_report_begin)(struct thread_data *td,
				      struct state *state, char *why,
				      size_t len);
void LAYOUT_SYM(passthru_report_end)(struct thread_data *td,
				     struct state *state);

int LAYOUT_SYM(passthru_get_zoned_model)(struct thread_data *td,
					 struct fio_file *f,
					 enum zbd_zoned_model *model);
int LAYOUT_SYM(passthru_report_zones)(struct thread_data *td,
				      struct fio_file *f, uint64_t offset,
				      struct zbd_zone *zones, unsigned int nr);
int LAYOUT_SYM(passthru_reset_wp)(struct thread_data *td, struct fio_file *f,
				  uint64_t offset, uint64_t bytes);
int LAYOUT_SYM(passthru_get_max_open_zones)(struct thread_data *td,
					    struct fio_file *f,
					    unsigned int *max);
int LAYOUT_SYM(passthru_get_max_active_zones)(struct thread_data *td,
					      struct fio_file *f,
					      unsigned int *max);
int LAYOUT_SYM(passthru_finish_zone)(struct thread_data *td, struct fio_file *f,
				     uint64_t offset, uint64_t bytes);
int LAYOUT_SYM(passthru_move_zone_wp)(struct thread_data *td,
				      struct fio_file *f, struct zbd_zone *zone,
				      uint64_t bytes, const char *data);
enum fio_q_status LAYOUT_SYM(passthru_reset)(struct thread_data *td,
					     struct io_u *io_u);

/* An io_unit, as a family of commands sees it */
static inline struct job_io io_of(const struct io_u *io_u)
{
	return (struct job_io){
		.unit = io_u->index,
		.offset = io_u->offset,
		.data = io_u->xfer_buf,
		.bytes = io_u->xfer_buflen,
	};
}

#endif
