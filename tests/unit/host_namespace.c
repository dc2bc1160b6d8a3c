// SPDX-License-Identifier: GPL-2.0
/* What the namespaces of host.h answer when the engine asks them for more. */
#include "host.h"

#include <fcntl.h>
#include <stdio.h>

int __wrap_pi_read_wrong(const struct nspace *ns, int fd,
			 const struct pi_request *ask, uint64_t slba,
			 uint32_t nlb, struct pi_mismatch *wrong);
int __wrap_nspace_fdp_read(struct nspace_fdp *fdp, const struct nspace *ns,
			   int fd, char *why, size_t len);
int __wrap_nspace_streams_read(struct nspace_streams *streams,
			       const struct nspace *ns, int fd, char *why,
			       size_t len);
int __wrap_nspace_effects_read(struct nspace_effects *effects,
			       const struct nspace *ns, int fd);
int __wrap_nspace_fdp_log_read(struct nspace_fdp_log *log,
			       const struct nspace *ns, int fd, char *why,
			       size_t len);

static int refuse_fdp(const struct nspace *ns, char *why, size_t len)
{
	if (host.placement_error)
		snprintf(why, len, "%s: no placement", ns->path);
	return host.placement_error;
}

int __wrap_nspace_fdp_read(struct nspace_fdp *fdp, const struct nspace *ns,
			   int fd, char *why, size_t len)
{
	assert_true(fcntl(fd, F_GETFD) >= 0);
	*fdp = host.handles;
	return refuse_fdp(ns, why, len);
}

int __wrap_nspace_streams_read(struct nspace_streams *streams,
			       const struct nspace *ns, int fd, char *why,
			       size_t len)
{
	assert_true(fcntl(fd, F_GETFD) >= 0);
	*streams = host.streams;
	return refuse_fdp(ns, why, len);
}

int __wrap_nspace_fdp_log_read(struct nspace_fdp_log *log,
			       const struct nspace *ns, int fd, char *why,
			       size_t len)
{
	assert_true(fcntl(fd, F_GETFD) >= 0);
	assert_in_range(host.fdp_reads, 0, 1);
	if (host.fdp_error)
		snprintf(why, len, "%s: not for you", ns->path);
	*log = host.fdp[host.fdp_reads++];
	return host.fdp_error;
}

int __wrap_nspace_effects_read(struct nspace_effects *effects,
			       const struct nspace *ns, int fd)
{
	assert_non_null(ns->path);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	host.effects_reads++;
	*effects = host.effects;
	return host.effects_error;
}

int __wrap_pi_read_wrong(const struct nspace *ns, int fd,
			 const struct pi_request *ask, uint64_t slba,
			 uint32_t nlb, struct pi_mismatch *wrong)
{
	assert_int_equal(ns->pi.type, host.ns[0].pi.type);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	assert_non_null(host.read_wrong);
	return host.read_wrong(ask, slba, nlb, wrong);
}
