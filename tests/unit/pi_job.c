// SPDX-License-Identifier: GPL-2.0
#include "pi_job.h"

#include <stdlib.h>

char everything[] = "GUARD,REFTAG,APPTAG";

void set_format(const struct nspace_pi *pi)
{
	struct nspace *ns = &host.ns[0];
	uint32_t bytes = pi->lba_size + (pi->extended ? pi->ms : 0);

	ns->pi = *pi;
	ns->lba_size = pi->lba_size;
	ns->lba_bytes = bytes;
	ns->lba_shift = pi->extended ? 0 : 9;
	ns->bytes = ns->nlb * bytes;
}

void set_block(uint64_t bytes)
{
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.min_bs[i] = host.td.o.max_bs[i] = host.td.o.bs[i] =
			host.td.o.ba[i] = BLOCKS * bytes;
}

const struct nspace_pi separate = {
	.lba_size = 512, .ms = 8, .type = 1, .size = 8
};
const struct nspace_pi extended = {
	.lba_size = 512,
	.ms = 16,
	.extended = true,
	.type = 1,
	.size = 16,
	.guard = PI_GUARD_64,
};
const struct nspace_pi first = {
	.lba_size = 512,
	.ms = 64,
	.first = true,
	.type = 2,
	.size = 8,
};
const struct nspace_pi wide = {
	.lba_size = 512,
	.ms = 16,
	.type = 1,
	.size = 16,
	.guard = PI_GUARD_32,
	.sts = 16,
	.storage_mask = 0xffff,
};

/* A job with protection information made on the host */
void by_host(const struct nspace_pi *pi)
{
	set_format(pi);
	set_block(pi->lba_size + (pi->extended ? pi->ms : 0));
	host.options.plainfiles = 1;
	host.options.pi_act = 0;
	host.options.pi_chk = everything;
	host_start();
}

void again(void)
{
	host_end_for_another();
	fake.nr_taken = 0;
}

void assert_details(struct io_u *io_u, const char *text)
{
#if ERRDETAILS_PARAMS == 2
	char *got = host.ops->errdetails(&host.td, io_u);
#else
	char *got = host.ops->errdetails(io_u);
#endif

	assert_non_null(got);
	assert_string_equal(got, text);
	free(got);
}
