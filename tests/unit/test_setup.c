// SPDX-License-Identifier: GPL-2.0
/* From setup to post_init: what fio is told, what is held, what may fail. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

static void test_size(void **state)
{
	(void)state;
	host.ns[0].bytes = 0x123456789000;
	host_start();
	assert_int_equal(host.files[0].real_file_size, 0x123456789000);
	assert_true(host.files[0].flags & FIO_FILE_size_known);
}

static void test_get_file_size(void **state)
{
	(void)state;
	host.ns[0].bytes = 512 * 777;
	assert_int_equal(host.ops->get_file_size(&host.td, &host.files[0]), 0);
	assert_int_equal(host.files[0].real_file_size, 512 * 777);
	/* asked again, the answer is the same and nothing is opened */
	host.opens = 0;
	host.files[0].real_file_size = 1;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(host.opens, 0);
}

static void test_several_files(void **state)
{
	(void)state;
	host.td.files_index = 3;
	host.ns[1].bytes = 512;
	host_start();
	assert_int_equal(host.files[1].real_file_size, 512);
	for (unsigned int i = 0; i < 3; i++)
		for (unsigned int j = 0; j < i; j++)
			assert_int_not_equal(host.files[i].fd,
					     host.files[j].fd);
}

/* Whether the thread that submits has SIGPIPE blocked, and no other signal */
static bool outlives_broken_pipes(void)
{
	sigset_t before, now;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_false(sigismember(&before, SIGPIPE));
	host.td.files_index = 2;
	host_start();
	pthread_sigmask(SIG_SETMASK, &before, &now);
	assert_false(sigismember(&now, SIGINT));
	return sigismember(&now, SIGPIPE);
}

static void test_broken_pipes(void **state)
{
	(void)state;
	host.ns[1].fabrics = true;
	assert_true(outlives_broken_pipes());
}

static void test_other_pipes(void **state)
{
	(void)state;
	assert_false(outlives_broken_pipes());
}

/* What the job opened is closed with it */
static void test_closed(void **state)
{
	int fds[2];

	(void)state;
	host.td.files_index = 2;
	host_start();
	for (unsigned int i = 0; i < 2; i++)
		fds[i] = host.files[i].fd;
	host_end();
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFD), -1);
		assert_int_equal(errno, EBADF);
	}
}

/* -- the namespace in use ------------------------------------------------ */

static void holds(enum td_ddir ddir, unsigned int expected)
{
	host.td.o.td_ddir = ddir;
	host_start();
	assert_int_equal(host.holds, expected);
}

static void test_hold_write(void **state)
{
	(void)state;
	holds(TD_DDIR_WRITE, 1);
}

static void test_hold_trim(void **state)
{
	(void)state;
	holds(TD_DDIR_TRIM, 1);
}

static void test_hold_read(void **state)
{
	(void)state;
	holds(TD_DDIR_READ, 0);
}

/* A log may hold anything, and is read too late */
static void test_hold_iolog(void **state)
{
	char log[] = "log";

	(void)state;
	host.td.o.read_iolog_file = log;
	holds(TD_DDIR_READ, 1);
}

static void test_hold_allowed(void **state)
{
	(void)state;
	host.td.o.allow_mounted_write = 1;
	holds(TD_DDIR_WRITE, 0);
}

static void test_hold_each(void **state)
{
	(void)state;
	host.td.files_index = 3;
	holds(TD_DDIR_WRITE, 3);
}

/* -- later refusals ------------------------------------------------------ */

static void test_init_fails(void **state)
{
	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	fake.init_error = -EMFILE;
	assert_int_equal(host.ops->init(&host.td), 1);
	assert_non_null(strstr(host.log, "ulimit -n"));
	assert_true(host.td.error > 0);
	assert_null(host.td.io_ops_data);
	/* fio cleans up after what never began, too */
	host.ops->cleanup(&host.td);
}

static void test_register_fails(void **state)
{
	(void)state;
	host.options.fixedbufs = 1;
	fake.buffers_error = -ENOMEM;
	assert_int_equal(host_begin(), 1);
	assert_non_null(strstr(host.log, "fixedbufs=1"));
	assert_non_null(strstr(host.log, "ulimit -l"));
	assert_int_equal(host.td.error, ENOMEM);
}

static void test_reopen_fails(void **state)
{
	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	host.open_error = -ENOENT;
	assert_int_equal(host_begin(), 1);
	assert_non_null(strstr(host.log, "open failed"));
}

/* An index that is none: the layout is not what it seemed to be */
static void test_index(void **state)
{
	struct io_u io_u = { .index = 4 };

	(void)state;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(host.ops->init(&host.td), 0);
	assert_int_equal(host.ops->io_u_init(&host.td, &io_u), 1);
	assert_non_null(strstr(host.log, "--version"));
	io_u.index = 3;
	assert_int_equal(host.ops->io_u_init(&host.td, &io_u), 0);
}

/* -- the layout ---------------------------------------------------------- */

static void test_unsettled(void **state)
{
	(void)state;
	host.settle[0] = -EINVAL;
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_int_equal(host.opens, 0);
}

/* Another layout turned out to be right: its setup is called */
static void test_settled_late(void **state)
{
	(void)state;
	host.settle[0] = 1;
	assert_int_equal(host.ops->setup(&host.td), 0);
	assert_int_equal(host.settled, 2);
}

/* With create_serialize=0 init comes first */
static void test_settled_in_init(void **state)
{
	(void)state;
	host.settle[0] = -EINVAL;
	assert_int_equal(host.ops->init(&host.td), 1);
	assert_null(host.td.io_ops_data);
	host.settle[1] = 1;
	assert_int_equal(host.ops->init(&host.td), 0);
	assert_int_equal(host.settled, 3);
}

/* -- remarks ------------------------------------------------------------- */

static void test_remarks(void **state)
{
	(void)state;
	host.ns[0].tags = 2;
	host.options.nonvectored = 0;
	host.hold_remark = "a remark";
	host_start();
	assert_non_null(strstr(host.info, "/dev/ng0n1: a remark\n"));
	assert_non_null(strstr(host.info, "iodepth=4"));
}

static void test_remarks_json(void **state)
{
	(void)state;
	output_format = FIO_OUTPUT_JSON;
	host.hold_remark = "a remark";
	host_start();
	assert_string_equal(host.info, "");
}

/* numjobs=N says it once */
static void test_remarks_once(void **state)
{
	(void)state;
	host.td.subjob_number = 1;
	host.hold_remark = "a remark";
	host_start();
	assert_string_equal(host.info, "");
}

/* -- errors for fio ------------------------------------------------------ */

static void test_error_kept(void **state)
{
	(void)state;
	host.td.error = ENOTTY;
	host.open_error = -EACCES;
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_int_equal(host.td.error, ENOTTY);
}

static void test_error_parent(void **state)
{
	struct thread_data *parent = calloc(1, sizeof(*parent));

	(void)state;
	assert_non_null(parent);
	host.td.parent = parent;
	host.open_error = -EACCES;
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_true(parent->error > 0);
	assert_true(strlen(host.td.verror) > 0);
	free(parent);
}

static void test_flags(void **state)
{
	(void)state;
	assert_string_equal(host.ops->name, "nvme_passthru");
	assert_int_equal(host.ops->version, FIO_IOOPS_VERSION);
	assert_true(host.ops->flags & FIO_NO_OFFLOAD);
	assert_true(host.ops->flags & FIO_ASYNCIO_SETS_ISSUE_TIME);
	assert_false(host.ops->flags & FIO_DISKLESSIO);
	assert_false(host.ops->flags & FIO_SYNCIO);
#ifdef HAVE_IO_U_NUMBER_TRIM
	assert_true(host.ops->flags & FIO_MULTI_RANGE_TRIM);
#endif
	assert_int_equal(host.ops->option_struct_size,
			 sizeof(struct passthru_options));
}

/* -- fio calls prep for every I/O: only who has a use for it is asked -------- */

static void assert_prepares(bool prepares)
{
	host_start();
#ifdef IO_U_F_ZEROED
	assert_int_equal(!!host.ops->prep, prepares);
#else
	(void)prepares;
	assert_null(host.ops->prep);
#endif
}

static void test_not_prepared(void **state)
{
	(void)state;
	assert_prepares(false);
}

static void test_prepared_modes(void **state)
{
	static char mode[] = "write/50:zeroes/50";

	(void)state;
	host.options.write_mode = mode;
	assert_prepares(true);
}

static void test_prepared_compares(void **state)
{
	(void)state;
	host.options.verify_mode = VERIFY_MODE_COMPARE;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.verify_pattern_bytes = 1;
	assert_prepares(true);
}

static void test_prepared_described(void **state)
{
	static char text[] = "opcode=2";

	(void)state;
	host.options.read_cmd = text;
	assert_prepares(true);
}

int group_setup(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_size),
		HOST_TEST(test_get_file_size),
		HOST_TEST(test_several_files),
		HOST_TEST(test_broken_pipes),
		HOST_TEST(test_other_pipes),
		HOST_TEST(test_closed),
		HOST_TEST(test_hold_write),
		HOST_TEST(test_hold_trim),
		HOST_TEST(test_hold_read),
		HOST_TEST(test_hold_iolog),
		HOST_TEST(test_hold_allowed),
		HOST_TEST(test_hold_each),
		HOST_TEST(test_init_fails),
		HOST_TEST(test_register_fails),
		HOST_TEST(test_reopen_fails),
		HOST_TEST(test_index),
		HOST_TEST(test_unsettled),
		HOST_TEST(test_settled_late),
		HOST_TEST(test_settled_in_init),
		HOST_TEST(test_remarks),
		HOST_TEST(test_remarks_json),
		HOST_TEST(test_remarks_once),
		HOST_TEST(test_error_kept),
		HOST_TEST(test_error_parent),
		HOST_TEST(test_flags),
		HOST_TEST(test_not_prepared),
		HOST_TEST(test_prepared_modes),
		HOST_TEST(test_prepared_compares),
		HOST_TEST(test_prepared_described),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("setup"), tests, NULL,
					   NULL);
}
