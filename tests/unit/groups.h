/* SPDX-License-Identifier: GPL-2.0 */
/* The groups of tests that are compiled for each layout. */
#ifndef GROUPS_H
#define GROUPS_H

int group_sqe(void);
int group_buffers(void);
int group_slots(void);
int group_io(void);
int group_errors(void);
int group_flow(void);
int group_reformatted(void);
int group_split(void);
int group_split_kinds(void);
int group_split_wait(void);
int group_split_flow(void);
int group_split_calls(void);
int group_split_errors(void);
int group_split_buffers(void);
int group_scatter(void);
int group_scatter_refusals(void);
int group_placed(void);
int group_placed_core(void);
int group_report(void);
int group_summary(void);
int group_json(void);
int group_json_files(void);
int group_job_trace(void);
int group_memory(void);
int group_starved(void);
int group_overrun(void);
int group_setup(void);
int group_refusals(void);
int group_options(void);
int group_pi_io(void);
int group_pi_refusals(void);
int group_pi_described(void);
int group_zbd(void);
int group_modes(void);
int group_mixes(void);
int group_modes_refusals(void);
int group_compare(void);
int group_zone_append(void);
int group_zone_append_refusals(void);
int group_described_job(void);
int group_described_checks(void);
int group_dry_run(void);
int group_retry(void);

#endif
