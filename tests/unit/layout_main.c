// SPDX-License-Identifier: GPL-2.0
/* Every group of tests that sees fio's structures, for one layout of them. */
#include "groups.h"

int main(void)
{
	int failed = group_sqe();

	failed += group_buffers();
	failed += group_slots();
	failed += group_io();
	failed += group_errors();
	failed += group_flow();
	failed += group_reformatted();
	failed += group_split();
	failed += group_split_kinds();
	failed += group_split_wait();
	failed += group_split_flow();
	failed += group_split_calls();
	failed += group_split_errors();
	failed += group_split_buffers();
	failed += group_scatter();
	failed += group_scatter_refusals();
	failed += group_placed();
	failed += group_placed_core();
	failed += group_report();
	failed += group_summary();
	failed += group_json();
	failed += group_json_files();
	failed += group_job_trace();
	failed += group_memory();
	failed += group_starved();
	failed += group_overrun();
	failed += group_setup();
	failed += group_refusals();
	failed += group_options();
	failed += group_pi_io();
	failed += group_pi_refusals();
	failed += group_pi_described();
	failed += group_zbd();
	failed += group_modes();
	failed += group_mixes();
	failed += group_modes_refusals();
	failed += group_compare();
	failed += group_zone_append();
	failed += group_zone_append_refusals();
	failed += group_described_job();
	failed += group_described_checks();
	failed += group_dry_run();
	failed += group_retry();
	return failed ? 1 : 0;
}
