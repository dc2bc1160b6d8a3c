// SPDX-License-Identifier: GPL-2.0
/* What this machine and this user may do, and how a refusal is said. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <cmocka.h>
#include <linux/capability.h>

#include "fake_ring.h"
#include "nvme/namespace.h"
#include "ring/support.h"

/* The machine and the user, as a test wishes them to be */
static struct {
	const char *release;
	const char *disabled;
	uint64_t memlock;
	bool privileged;
	bool no_capget;
} machine;

int __wrap_uname(struct utsname *name);
int __wrap_getrlimit(int resource, struct rlimit *limit);
FILE *__wrap_fopen(const char *path, const char *mode);
long __wrap_syscall(long number, ...);

int __wrap_uname(struct utsname *name)
{
	memset(name, 0, sizeof(*name));
	if (!machine.release)
		return -1;
	snprintf(name->release, sizeof(name->release), "%s", machine.release);
	return 0;
}

int __wrap_getrlimit(int resource, struct rlimit *limit)
{
	assert_int_equal(resource, RLIMIT_MEMLOCK);
	limit->rlim_cur = limit->rlim_max = machine.memlock;
	return 0;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	assert_string_equal(path, "/proc/sys/kernel/io_uring_disabled");
	assert_non_null(strchr(mode, 'r'));
	if (!machine.disabled)
		return NULL;
	return fmemopen((char *)machine.disabled, strlen(machine.disabled),
			"r");
}

long __wrap_syscall(long number, ...)
{
	struct __user_cap_data_struct *data;
	va_list args;

	assert_int_equal(number, SYS_capget);
	va_start(args, number);
	(void)va_arg(args, void *);
	data = va_arg(args, struct __user_cap_data_struct *);
	va_end(args);
	if (machine.no_capget)
		return -1;
	/* all but one, or none but one */
	data[0].effective = 1u << CAP_IPC_LOCK;
	if (!machine.privileged)
		data[0].effective = ~data[0].effective;
	data[1].effective = machine.privileged ? 0 : ~0u;
	return 0;
}

static int reset(void **state)
{
	(void)state;
	machine.release = "6.1.0-41-amd64";
	machine.disabled = NULL;
	machine.memlock = 8 << 20;
	machine.privileged = false;
	machine.no_capget = false;
	fake_reset();
	return 0;
}

static void explain(int err, const char *text)
{
	char why[WHY_MAX];

	ring_support_explain(err, "setting up io_uring", why, sizeof(why));
	assert_ptr_equal(strstr(why, "setting up io_uring: "), why);
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
	assert_null(strchr(why, '\n'));
}

/* -- locked memory --------------------------------------------------------- */

static void memlock(uint64_t bytes, int ret, const char *text)
{
	char why[WHY_MAX] = "";

	assert_int_equal(ring_support_memlock(bytes, why, sizeof(why)), ret);
	assert_string_equal(why, text);
}

static void test_memlock(void **state)
{
	(void)state;
	memlock(0, 0, "");
	memlock(8 << 20, 0, "");
	memlock((8 << 20) + 1, -ENOMEM,
		"fixedbufs=1 locks 8193 KiB of memory and the limit is 8192 KiB; raise it (ulimit -l 8193, or memlock in limits.conf), lower iodepth or bs, or use fixedbufs=0");
	memlock(1ull << 40, -ENOMEM,
		"fixedbufs=1 locks 1073741824 KiB of memory and the limit is 8192 KiB; raise it (ulimit -l 1073741824, or memlock in limits.conf), lower iodepth or bs, or use fixedbufs=0");
}

static void test_memlock_unlimited(void **state)
{
	(void)state;
	machine.memlock = RLIM_INFINITY;
	memlock(UINT64_MAX, 0, "");
}

static void test_memlock_privileged(void **state)
{
	(void)state;
	machine.privileged = true;
	machine.memlock = 0;
	memlock(1ull << 40, 0, "");
}

/* Not told is not allowed */
static void test_memlock_unknown(void **state)
{
	char why[WHY_MAX];

	(void)state;
	machine.no_capget = true;
	assert_int_equal(ring_support_memlock(1ull << 40, why, sizeof(why)),
			 -ENOMEM);
}

/* -- in words -------------------------------------------------------------- */

static void test_permission(void **state)
{
	(void)state;
	explain(-EPERM, "seccomp");
	explain(-EACCES, "io_uring is not permitted");
	machine.disabled = "0\n";
	explain(-EPERM, "seccomp");
}

static void test_disabled(void **state)
{
	(void)state;
	machine.disabled = "2\n";
	explain(-EPERM, "kernel.io_uring_disabled=2); set it to 0");
	machine.disabled = "1\n";
	explain(-EPERM, "kernel.io_uring_disabled=1, allowed to CAP_SYS_ADMIN");
	explain(-EPERM, "or run as root");
	machine.disabled = "nonsense\n";
	explain(-EPERM, "seccomp");
}

static void test_too_old(void **state)
{
	(void)state;
	machine.release = "5.18.19";
	explain(-EINVAL, "kernel 5.18.19 has no NVMe passthrough");
	explain(-ENOSYS, "use Linux 5.19 or later");
	machine.release = "4.20.0";
	explain(-EINVAL, "kernel 4.20.0 has no NVMe passthrough");
	machine.release = "5.19.0";
	explain(-EINVAL, "Invalid argument");
	machine.release = "6.1.0-41-amd64";
	explain(-EINVAL, "Invalid argument");
	explain(-ENOSYS, "CONFIG_IO_URING");
}

static void test_other_errors(void **state)
{
	(void)state;
	explain(-ENOMEM, "ulimit -l");
	explain(-EMFILE, "ulimit -n");
	explain(-ENFILE, "ulimit -n");
	explain(-EAGAIN, "ulimit -u");
	explain(-EFAULT, "Bad address");
}

/* -- asking ---------------------------------------------------------------- */

static void test_check(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(ring_support_check(why, sizeof(why)), 0);
	assert_string_equal(why, "");
	assert_int_equal(fake.open, 0);
	fake.init_error = -ENOSYS;
	assert_int_equal(ring_support_check(why, sizeof(why)), -ENOSYS);
	assert_non_null(strstr(why, "setting up io_uring: "));
}

static void test_hybrid(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	machine.release = "6.12.57+deb13-amd64";
	assert_int_equal(ring_support_hybrid(why, sizeof(why)), 0);
	assert_string_equal(why, "");
	fake.unknown = 1u << 17;
	assert_int_equal(ring_support_hybrid(why, sizeof(why)), -EOPNOTSUPP);
	assert_string_equal(
		why,
		"hybrid_poll=1: kernel 6.12.57+deb13-amd64 has no hybrid polling; use Linux 6.13 or later, or hybrid_poll=0");
	fake.init_error = -ENOMEM;
	assert_int_equal(ring_support_hybrid(why, sizeof(why)), -ENOMEM);
	assert_non_null(strstr(why, "hybrid_poll=1: setting up io_uring: "));
	assert_int_equal(fake.open, 0);
}

static void test_processor(void **state)
{
	char why[WHY_MAX] = "";

	(void)state;
	assert_int_equal(ring_support_processor(1, why, sizeof(why)), 0);
	assert_string_equal(why, "");
	assert_int_equal(fake.setup_cpu, 1);
	fake.unknown = 1u << 2; /* IORING_SETUP_SQ_AFF */
	assert_int_equal(ring_support_processor(4095, why, sizeof(why)),
			 -EINVAL);
	assert_non_null(
		strstr(why, "sqthread_poll_cpu=4095: there is no such"));
	assert_non_null(strstr(why, "; use 0 to "));
	fake.init_error = -ENOMEM;
	assert_int_equal(ring_support_processor(0, why, sizeof(why)), -ENOMEM);
	assert_non_null(strstr(why, "sqthread_poll=1: setting up io_uring: "));
	assert_int_equal(fake.open, 0);
}

/* Linux 6.12 on: large segments stay whole */
static void test_large_segments(void **state)
{
	static const struct {
		const char *release;
		bool large;
	} rows[] = {
		{ "5.19.0", false },	   { "6.1.0-41-amd64", false },
		{ "6.11.10", false },	   { "6.12.0", true },
		{ "6.12.57+deb13", true }, { "6.17.8-amd64", true },
		{ "7.0.0-rc1", true },	   { "10.1", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		machine.release = rows[i].release;
		assert_int_equal(ring_support_large_segments(), rows[i].large);
	}
}

/* Linux 6.5 on: polling for passthrough does not panic */
static void test_polling(void **state)
{
	static const struct {
		const char *release;
		bool safe;
	} rows[] = {
		{ "6.1.0-41-amd64", false },
		{ "6.4.16", false },
		{ "6.5.0", true },
		{ "7.2.3-amd64", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		machine.release = rows[i].release;
		assert_int_equal(ring_support_polling(), rows[i].safe);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_memlock, reset),
		cmocka_unit_test_setup(test_memlock_unlimited, reset),
		cmocka_unit_test_setup(test_memlock_privileged, reset),
		cmocka_unit_test_setup(test_memlock_unknown, reset),
		cmocka_unit_test_setup(test_permission, reset),
		cmocka_unit_test_setup(test_disabled, reset),
		cmocka_unit_test_setup(test_too_old, reset),
		cmocka_unit_test_setup(test_other_errors, reset),
		cmocka_unit_test_setup(test_check, reset),
		cmocka_unit_test_setup(test_hybrid, reset),
		cmocka_unit_test_setup(test_processor, reset),
		cmocka_unit_test_setup(test_large_segments, reset),
		cmocka_unit_test_setup(test_polling, reset),
	};

	return cmocka_run_group_tests_name("support", tests, NULL, NULL);
}
