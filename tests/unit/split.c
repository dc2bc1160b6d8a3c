// SPDX-License-Identifier: GPL-2.0
#include "split.h"

#include <string.h>

/* Before host_start() */
void split_sizes(uint64_t bs, uint64_t cmd_bs)
{
	struct thread_options *o = &host.td.o;

	for (int i = DDIR_READ; i <= DDIR_WRITE; i++)
		o->min_bs[i] = o->max_bs[i] = o->bs[i] = o->ba[i] = bs;
	host.options.cmd_bs = cmd_bs;
}

/* The same, each command at a random address of its own */
void split_scatter(uint64_t bs, uint64_t cmd_bs)
{
	struct thread_options *o = &host.td.o;

	o->td_ddir = TD_DDIR_READ | TD_DDIR_WRITE | TD_DDIR_RAND;
	o->norandommap = 1;
	o->ddir_seq_nr = 1;
	for (int i = 0; i < 3; i++)
		o->perc_rand[i] = 100;
	host.options.scatter = 1;
	split_sizes(bs, cmd_bs);
}

/* A command, but for its slot, which is whichever was free */
struct sqe split_sqe(unsigned int nth)
{
	struct sqe sqe = sqe_nth(nth);

	sqe.dw[8] &= 0xffff;
	return sqe;
}

/* The io_unit becomes just these commands, to the byte, and completes once */
void split_check(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		 uint64_t bytes, const struct part *parts, unsigned int nr)
{
	unsigned int first = fake.nr_taken;
	struct sqe got, want;

	host_queue(unit, ddir, offset, bytes);
	host_commit();
	assert_int_equal(fake.nr_taken, first + nr);
	for (unsigned int i = 0; i < nr; i++) {
		got = split_sqe(first + i);
		memcpy(&want, parts[i].want, sizeof(want));
		want.dw[8] = unit;
		want.dw[9] = i;
		sqe_put64(&want, 18,
			  (uintptr_t)host.io_us[unit].buf + parts[i].at);
		sqe_assert(&got, &want);
	}
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[unit]);
	assert_int_equal(host.io_us[unit].error, 0);
	assert_int_equal(fake.in_flight, 0);
}

unsigned int split_unit(unsigned int nth)
{
	return split_sqe(nth).dw[8];
}

unsigned int split_index(unsigned int nth)
{
	return sqe_nth(nth).dw[9];
}

uint64_t split_slba(unsigned int nth)
{
	struct sqe sqe = sqe_nth(nth);

	return sqe_get64(&sqe, 22);
}

void split_assert_sent(const unsigned int (*want)[2], unsigned int nr)
{
	for (unsigned int i = 0; i < nr && i < fake.nr_taken; i++) {
		if (split_unit(i) == want[i][0] && split_index(i) == want[i][1])
			continue;
		fail_msg("command %u is %u of io_unit %u, not %u of %u", i,
			 split_index(i), split_unit(i), want[i][1], want[i][0]);
	}
	assert_int_equal(fake.nr_taken, nr);
}

char *split_details(struct io_u *io_u)
{
#if ERRDETAILS_PARAMS == 2
	return host.ops->errdetails(&host.td, io_u);
#else
	return host.ops->errdetails(io_u);
#endif
}
