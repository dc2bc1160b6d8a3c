// SPDX-License-Identifier: GPL-2.0
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ring.h"

static bool kernel_at_least(unsigned int major, unsigned int minor)
{
	unsigned int have_major, have_minor;
	struct utsname name;

	if (uname(&name) ||
	    sscanf(name.release, "%u.%u", &have_major, &have_minor) != 2)
		return true;
	return have_major > major ||
	       (have_major == major && have_minor >= minor);
}

static int io_uring_disabled(void)
{
	FILE *in = fopen("/proc/sys/kernel/io_uring_disabled", "re");
	int value = 0;

	if (!in)
		return 0;
	if (fscanf(in, "%d", &value) != 1)
		value = 0;
	fclose(in);
	return value;
}

static bool has_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[capability / 32].effective & 1u << capability % 32;
}

static void explain_permission(const char *what, char *why, size_t len)
{
	int disabled = io_uring_disabled();

	if (disabled)
		snprintf(
			why, len,
			"%s: io_uring is switched off here (kernel.io_uring_disabled=%d%s); set it to 0 with sysctl%s",
			what, disabled,
			disabled == 1 ?
				", allowed to CAP_SYS_ADMIN and kernel.io_uring_group" :
				"",
			disabled == 1 ? ", or run as root" : "");
	else
		snprintf(
			why, len,
			"%s: io_uring is not permitted; a container's seccomp profile or an SELinux policy forbids it: allow io_uring_setup, io_uring_enter and io_uring_register",
			what);
}

/**
 * ring_support_explain() - say why a ring could not be had
 * @err: negative errno of ring_init(), ring_probe() or a registration
 * @what: what was being done
 * @why: where to
 * @len: bytes of @why
 */
void ring_support_explain(int err, const char *what, char *why, size_t len)
{
	struct utsname name = { .release = "of unknown version" };

	if (err == -EPERM || err == -EACCES) {
		explain_permission(what, why, len);
		return;
	}
	if ((err == -EINVAL && !kernel_at_least(5, 19)) || err == -ENOSYS) {
		uname(&name);
		snprintf(
			why, len,
			"%s: kernel %s has no NVMe passthrough through io_uring; use Linux 5.19 or later with CONFIG_IO_URING",
			what, name.release);
		return;
	}
	if (err == -EAGAIN)
		snprintf(
			why, len,
			"%s: no memory for it, or no thread; raise the limits on processes (ulimit -u, a cgroup's pids.max), or free some memory",
			what);
	else if (err == -ENOMEM)
		snprintf(
			why, len,
			"%s: not enough memory, or the limit on locked memory is too small; raise it (ulimit -l) or lower iodepth or bs",
			what);
	else if (err == -EMFILE || err == -ENFILE)
		snprintf(why, len,
			 "%s: too many open files; raise the limit (ulimit -n)",
			 what);
	else
		snprintf(why, len, "%s: %s", what, strerror(-err));
}

/**
 * ring_support_check() - whether rings for passthrough can be had
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int ring_support_check(char *why, size_t len)
{
	const struct ring_setup setup = { .entries = 1, .sqpoll_cpu = -1 };
	int ret = ring_probe(&setup);

	if (ret)
		ring_support_explain(ret, "setting up io_uring", why, len);
	return ret;
}

/**
 * ring_support_hybrid() - whether the kernel can sleep before it polls
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * To be asked where rings can be had at all (ring_support_check()).
 *
 * Return: 0, or -EOPNOTSUPP with @why.
 */
int ring_support_hybrid(char *why, size_t len)
{
	const struct ring_setup setup = {
		.entries = 1,
		.iopoll = true,
		.hybrid = true,
		.sqpoll_cpu = -1,
	};
	struct utsname name = { .release = "of unknown version" };
	int ret = ring_probe(&setup);

	if (!ret)
		return 0;
	if (ret != -EINVAL) {
		ring_support_explain(ret, "hybrid_poll=1: setting up io_uring",
				     why, len);
		return ret;
	}
	uname(&name);
	snprintf(
		why, len,
		"hybrid_poll=1: kernel %s has no hybrid polling; use Linux 6.13 or later, or hybrid_poll=0",
		name.release);
	return -EOPNOTSUPP;
}

/**
 * ring_support_processor() - whether a kernel's thread can be bound to one
 * @processor: for the thread of a ring with SQPOLL
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * To be asked where rings can be had at all (ring_support_check()).
 *
 * Return: 0, or a negative errno with @why.
 */
int ring_support_processor(int processor, char *why, size_t len)
{
	const struct ring_setup setup = {
		.entries = 1,
		.sqpoll = true,
		.sqpoll_cpu = processor,
	};
	int ret = ring_probe(&setup);

	if (!ret)
		return 0;
	if (ret != -EINVAL) {
		ring_support_explain(
			ret, "sqthread_poll=1: setting up io_uring", why, len);
		return ret;
	}
	snprintf(
		why, len,
		"sqthread_poll_cpu=%d: there is no such processor, it is offline, or this process may not use it; use 0 to %ld, or leave it out",
		processor, sysconf(_SC_NPROCESSORS_ONLN) - 1);
	return ret;
}

/**
 * ring_support_memlock() - whether so much memory may be registered
 * @bytes: memory that a job will register, in whole pages
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Registered buffers count against RLIMIT_MEMLOCK without CAP_IPC_LOCK
 * (Linux 6.1, io_uring/rsrc.c).
 *
 * Return: 0, or -ENOMEM with @why.
 */
int ring_support_memlock(uint64_t bytes, char *why, size_t len)
{
	struct rlimit limit;

	if (has_capability(CAP_IPC_LOCK) || getrlimit(RLIMIT_MEMLOCK, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= bytes)
		return 0;
	snprintf(
		why, len,
		"fixedbufs=1 locks %llu KiB of memory and the limit is %llu KiB; raise it (ulimit -l %llu, or memlock in limits.conf), lower iodepth or bs, or use fixedbufs=0",
		(unsigned long long)(bytes + 1023) / 1024,
		(unsigned long long)limit.rlim_cur / 1024,
		(unsigned long long)(bytes + 1023) / 1024);
	return -ENOMEM;
}

/**
 * ring_support_large_segments() - whether registered huge pages stay whole
 *
 * Before Linux 6.12 a registered buffer is a list of 4 KiB pages, huge pages
 * too, and each counts against the device's max_segments.
 *
 * Return: true from 6.12 on.
 */
bool ring_support_large_segments(void)
{
	return kernel_at_least(6, 12);
}

/**
 * ring_support_polling() - whether polling for passthrough is safe
 *
 * Up to Linux 6.4 the driver polls on a command's bio, which a Flush does not
 * have and which may be freed under it (drivers/nvme/host/ioctl.c). Seen on
 * 6.1: the kernel panics, with fio's own engine as well.
 *
 * Return: true from 6.5 on.
 */
bool ring_support_polling(void)
{
	return kernel_at_least(6, 5);
}
