// SPDX-License-Identifier: GPL-2.0
/* What the engine would find out of namespaces and the kernel, for host.c. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "starve.h"

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_getrlimit(int resource, struct rlimit *limit);
long __wrap_syscall(long number, ...);
int __wrap_uname(struct utsname *name);
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
bool __wrap_nspace_reformatted(const struct nspace *ns, int fd, char *why,
			       size_t len);
int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);
int __wrap_nspace_fdp_log_read(struct nspace_fdp_log *log,
			       const struct nspace *ns, int fd, char *why,
			       size_t len);

int nspace_open(const char *path, int flags, char *why, size_t len)
{
	int err =
		host.open_error ? host.open_error : starve_call("nspace_open");

	host.opens++;
	if (err) {
		snprintf(why, len, "%s: open failed", path);
		return err;
	}
	/* where no write may come from, none can */
	return __real_open("/dev/null", flags | O_CLOEXEC);
}

int nspace_identify(struct nspace *ns, int fd, char *why, size_t len)
{
	int err = host.identify_error ? host.identify_error :
					starve_call("nspace_identify");
	const char *path = ns->path;

	assert_true(fcntl(fd, F_GETFD) >= 0);
	if (err) {
		snprintf(why, len, "%s: Identify failed", path);
		return err;
	}
	for (unsigned int i = 0; i < HOST_FILES; i++)
		if (!strcmp(path, host_names[i]))
			*ns = host.ns[i];
	ns->path = path;
	return 0;
}

static int refuse_fdp(const struct nspace *ns, char *why, size_t len)
{
	int err = host.placement_error ? host.placement_error :
					 starve_call("nspace_fdp_read");

	if (err)
		snprintf(why, len, "%s: no placement", ns->path);
	return err;
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

/* Whoever runs the tests, and on what, is of no interest */
int __wrap_getrlimit(int resource, struct rlimit *limit)
{
	assert_int_equal(resource, RLIMIT_MEMLOCK);
	if (starve_call("getrlimit"))
		return -1;
	limit->rlim_cur = limit->rlim_max = host.memlock;
	return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	assert_true(clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME);
	*now = clock == CLOCK_REALTIME ? host.realtime : host.monotonic;
	return 0;
}

ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
	int err = host.write_error ? host.write_error : -starve_call("write");

	if (!err)
		return __real_write(fd, data, bytes);
	errno = err;
	return -1;
}

int __wrap_nspace_fdp_log_read(struct nspace_fdp_log *log,
			       const struct nspace *ns, int fd, char *why,
			       size_t len)
{
	int err;

	assert_true(fcntl(fd, F_GETFD) >= 0);
	assert_in_range(host.fdp_reads, 0, 1);
	err = host.fdp_error ? host.fdp_error : starve_call("fdp_log_read");
	if (err)
		snprintf(why, len, "%s: not for you", ns->path);
	*log = host.fdp[host.fdp_reads++];
	return err;
}

int __wrap_nspace_effects_read(struct nspace_effects *effects,
			       const struct nspace *ns, int fd)
{
	assert_non_null(ns->path);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	host.effects_reads++;
	*effects = host.effects;
	return host.effects_error ? host.effects_error :
				    starve_call("nspace_effects_read");
}

bool __wrap_nspace_reformatted(const struct nspace *ns, int fd, char *why,
			       size_t len)
{
	assert_true(fcntl(fd, F_GETFD) >= 0);
	host.format_asked++;
	if (!host.reformatted || strcmp(ns->path, host.reformatted))
		return false;
	snprintf(why, len, "%s: was formatted", ns->path);
	return true;
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

long __wrap_syscall(long number, ...)
{
	struct __user_cap_data_struct *data;
	va_list args;

	assert_int_equal(number, SYS_capget);
	if (starve_call("capget"))
		return -1;
	va_start(args, number);
	(void)va_arg(args, void *);
	data = va_arg(args, struct __user_cap_data_struct *);
	va_end(args);
	memset(data, 0, 2 * sizeof(*data));
	return 0;
}

int __wrap_uname(struct utsname *name)
{
	if (starve_call("uname"))
		return -1;
	*name = (struct utsname){ .sysname = "Linux" };
	snprintf(name->release, sizeof(name->release), "%s", host.release);
	return 0;
}
