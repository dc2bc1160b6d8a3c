// SPDX-License-Identifier: GPL-2.0
/* The files that jobs append to: which are taken, and which are refused. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "job_append.h"
#include "job_trace.h"

static char folder[] = "/tmp/nvme_passthru_append.XXXXXX";
static char path[PATH_MAX], why[512];
static ssize_t write_limit;
static int interrupts;
/* Who the user seems to be, beside who the files are of */
static uid_t other_by;

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);

ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
	ssize_t put;

	if (interrupts) {
		interrupts--;
		errno = EINTR;
		return -1;
	}
	if (write_limit < 0) {
		errno = (int)-write_limit;
		return -1;
	}
	if (write_limit && bytes > (size_t)write_limit)
		bytes = (size_t)write_limit;
	put = __real_write(fd, data, bytes);
	/* who does not write all at once lets others in between */
	sched_yield();
	return put;
}

uid_t __wrap_geteuid(void)
{
	return __real_geteuid() + other_by;
}

static int remove_one(const char *name, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

static int setup(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '.'), ".XXXXXX");
	write_limit = 0;
	interrupts = 0;
	other_by = 0;
	why[0] = '\0';
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *below(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(below(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void assert_holds(const char *name, const char *text)
{
	char got[256] = "";
	FILE *file = fopen(below(name), "r");

	assert_non_null(file);
	got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	assert_string_equal(got, text);
}

static int take(const char *name, enum append_kind kind)
{
	int fd = append_open(below(name), kind, why, sizeof(why));

	assert_string_equal(why, "");
	assert_true(fd >= 0);
	return fd;
}

static void refused(const char *name, enum append_kind kind, int err,
		    const char *words)
{
	below(name);
	assert_int_equal(append_open(path, kind, why, sizeof(why)), err);
	assert_null(strchr(why, '\n'));
	if (!strstr(why, path) || !strstr(why, words))
		fail_msg("\"%s\" does not say %s and \"%s\"", why, path, words);
}

/* -- what is taken ------------------------------------------------------------- */

static void test_made(void **state)
{
	mode_t mask = umask(0);
	struct stat st;
	int fd;

	(void)state;
	fd = take("new", APPEND_REPORT);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_APPEND);
	assert_int_equal(append_write(fd, "a\n", 2), 0);
	assert_holds("new", "a\n");
}

static void test_report_goes_on(void **state)
{
	(void)state;
	put("report", "before\n");
	assert_int_equal(append_write(take("report", APPEND_REPORT), "a\n", 2),
			 0);
	assert_holds("report", "before\na\n");
}

/* All jobs of a process have one open file, by whatever name */
static void test_shared(void **state)
{
	char link[PATH_MAX];
	int fd;

	(void)state;
	fd = take("trace", APPEND_TRACE);
	assert_int_equal(append_write(fd, TRACE_MAGIC, 8), 0);
	assert_int_equal(take("trace", APPEND_TRACE), fd);
	snprintf(link, sizeof(link), "%s/other", folder);
	assert_int_equal(linkat(AT_FDCWD, below("trace"), AT_FDCWD, link, 0),
			 0);
	assert_int_equal(take("other", APPEND_TRACE), fd);
	assert_holds("trace", TRACE_MAGIC);
	assert_int_not_equal(take("another", APPEND_TRACE), fd);
}

static void test_trace_begins_anew(void **state)
{
	(void)state;
	put("old", TRACE_MAGIC " and more");
	assert_int_equal(append_write(take("old", APPEND_TRACE), "a", 1), 0);
	assert_holds("old", "a");
	put("empty", "");
	take("empty", APPEND_TRACE);
}

/* Lines of processes that write at once stay whole */
static void test_processes(void **state)
{
	enum { JOBS = 4, LINES = 50, BYTES = 20000 };
	static char line[BYTES];
	unsigned int seen[JOBS] = { 0 };
	int fd, status;
	FILE *file;

	(void)state;
	fd = take("lines", APPEND_REPORT);
	for (int job = 0; job < JOBS; job++) {
		if (fork())
			continue;
		memset(line, 'a' + job, BYTES - 1);
		line[BYTES - 1] = '\n';
		for (int i = 0; i < LINES; i++)
			if (append_write(fd, line, BYTES))
				_exit(1);
		_exit(0);
	}
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fread(line, 1, BYTES, file) == BYTES) {
		for (int i = 1; i < BYTES - 1; i++)
			assert_int_equal(line[i], line[0]);
		assert_int_equal(line[BYTES - 1], '\n');
		seen[line[0] - 'a']++;
	}
	fclose(file);
	for (int job = 0; job < JOBS; job++)
		assert_int_equal(seen[job], LINES);
}

static void test_interrupted(void **state)
{
	int fd;

	(void)state;
	fd = take("file", APPEND_REPORT);
	interrupts = 2;
	assert_int_equal(append_write(fd, "abc", 3), 0);
	assert_holds("file", "abc");
}

/* -- what is refused ----------------------------------------------------------- */

static void test_no_trace(void **state)
{
	(void)state;
	put("thesis", "NVMEPTRX is another's");
	refused("thesis", APPEND_TRACE, -EEXIST, "no trace");
	assert_holds("thesis", "NVMEPTRX is another's");
	put("short", "NVME");
	refused("short", APPEND_TRACE, -EEXIST, "no trace");
	assert_holds("short", "NVME");
}

static void test_link(void **state)
{
	(void)state;
	put("victim", TRACE_MAGIC);
	assert_int_equal(symlinkat("victim", AT_FDCWD, below("link")), 0);
	refused("link", APPEND_TRACE, -ELOOP, "it is a symbolic link");
	refused("link", APPEND_REPORT, -ELOOP, "it is a symbolic link");
	assert_holds("victim", TRACE_MAGIC);
}

static void wake(int number)
{
	(void)number;
}

static void test_no_file(void **state)
{
	const struct sigaction action = { .sa_handler = wake };

	(void)state;
	refused("missing/file", APPEND_REPORT, -ENOENT, "No such file");
	assert_int_equal(mkdir(below("folder"), 0755), 0);
	refused("folder", APPEND_REPORT, -EISDIR, "report=");
	assert_int_equal(mkfifo(below("pipe"), 0644), 0);
	refused("pipe", APPEND_TRACE, -EINVAL, "no regular file");
	/* nobody reads it: who waited for that would wait for ever */
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	alarm(10);
	refused("pipe", APPEND_REPORT, -ENXIO, "report=");
	alarm(0);
	assert_int_equal(
		append_open("/dev/null", APPEND_REPORT, why, sizeof(why)),
		-EINVAL);
}

/* A folder that anybody may write to, as /tmp is */
static void open_to_all(const char *name)
{
	if (mkdir(below(name), 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(chmod(path, 01777), 0);
}

static void test_file_of_another(void **state)
{
	char words[64];

	(void)state;
	open_to_all(".");
	put("file", TRACE_MAGIC);
	take("file", APPEND_REPORT);
	other_by = 1;
	snprintf(words, sizeof(words), "of user %u,", __real_geteuid());
	refused("file", APPEND_REPORT, -EPERM, words);
	put("trace", TRACE_MAGIC " and more");
	refused("trace", APPEND_TRACE, -EPERM, words);
	assert_holds("trace", TRACE_MAGIC " and more");
	/* elsewhere the mode of the file is enough */
	assert_int_equal(chmod(below("."), 0755), 0);
	take("trace", APPEND_TRACE);
	assert_holds("trace", "");
}

static void test_file_of_two_names(void **state)
{
	char link[PATH_MAX];

	(void)state;
	open_to_all(".");
	put("passwd", "root\n");
	snprintf(link, sizeof(link), "%s/report", folder);
	assert_int_equal(linkat(AT_FDCWD, below("passwd"), AT_FDCWD, link, 0),
			 0);
	refused("report", APPEND_REPORT, -EMLINK, "hard link");
	assert_int_equal(unlink(below("passwd")), 0);
	take("report", APPEND_REPORT);
}

/* A link on the way is followed, unless it may have been put there */
static void test_link_on_the_way(void **state)
{
	(void)state;
	open_to_all("open");
	assert_int_equal(mkdir(below("mine"), 0755), 0);
	put("mine/trace", TRACE_MAGIC);
	assert_int_equal(symlinkat("../mine", AT_FDCWD, below("open/link")), 0);
	assert_int_equal(symlinkat("open", AT_FDCWD, below("first")), 0);
	take("open//link/report", APPEND_REPORT);
	other_by = 1;
	/* as if of a stranger, though its owner has the folder as well */
	take("first/../mine/report", APPEND_REPORT);
	take("open/link/report", APPEND_REPORT);
	if (__real_geteuid())
		return;
	assert_int_equal(lchown(below("open/link"), 2, 2), 0);
	refused("open/link/report", APPEND_REPORT, -ELOOP, "stranger");
	refused("open/link/trace", APPEND_TRACE, -ELOOP, "stranger");
	assert_holds("mine/trace", TRACE_MAGIC);
	other_by = 2 - __real_geteuid();
	take("open/link/report", APPEND_REPORT);
	/* a stranger's where nobody but the owner of the folder can put one */
	other_by = 1;
	assert_int_equal(chmod(below("open"), 0755), 0);
	take("open/link/report", APPEND_REPORT);
}

static void test_names(void **state)
{
	int before = open(".", O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(chdir(below(".")), 0);
	assert_true(append_open("plain", APPEND_REPORT, why, sizeof(why)) >= 0);
	assert_true(append_open("./b", APPEND_REPORT, why, sizeof(why)) >= 0);
	assert_holds("plain", "");
	assert_holds("b", "");
	refused("b/", APPEND_REPORT, -ENOTDIR, "Not a directory");
	refused("", APPEND_REPORT, -EISDIR, "Is a directory");
	assert_int_equal(fchdir(before), 0);
	close(before);
}

static void test_both(void **state)
{
	(void)state;
	take("both", APPEND_REPORT);
	refused("both", APPEND_TRACE, -EINVAL, "report=");
}

static void test_failures(void **state)
{
	int fd;

	(void)state;
	fd = take("full", APPEND_REPORT);
	write_limit = -EIO;
	assert_int_equal(append_write(fd, "abc", 3), -EIO);
	write_limit = 2;
	assert_int_equal(append_write(fd, "abc", 3), -ENOSPC);
	assert_int_equal(append_write(fd, "ab", 2), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_made),
		TEST(test_report_goes_on),
		TEST(test_shared),
		TEST(test_trace_begins_anew),
		TEST(test_processes),
		TEST(test_interrupted),
		TEST(test_no_trace),
		TEST(test_link),
		TEST(test_no_file),
		TEST(test_both),
		TEST(test_failures),
		TEST(test_file_of_another),
		TEST(test_file_of_two_names),
		TEST(test_link_on_the_way),
		TEST(test_names),
	};

	return cmocka_run_group_tests_name("append", tests, NULL, NULL);
}
