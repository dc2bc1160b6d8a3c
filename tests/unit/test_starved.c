// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs that are short of memory, or are refused something by the kernel: every
 * allocation and every call from setup to cleanup fails in turn. Each time the
 * job runs, or ends in one line; and nothing of it stays.
 */
#include "starved_jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "groups.h"
#include "fake_zones.h"
#include "lines.h"
#include "starve.h"

#define MOST_FDS 256
#define MOST_RUNS 10000u

/**
 * struct outcome - what came of a job
 * @ret: of its set-up
 * @ended: what fails was still to come when it had done its I/O
 * @report: what it added to the report
 */
struct outcome {
	int ret;
	bool ended;
	char report[8192];
};

static unsigned int open_files(void)
{
	unsigned int nr = 0;

	for (int fd = 0; fd < MOST_FDS; fd++)
		nr += fcntl(fd, F_GETFD) >= 0;
	return nr;
}

static void read_report(char *to, size_t len)
{
	FILE *file = fopen(lines.path, "r");

	to[0] = '\0';
	if (!file)
		return;
	to[fread(to, 1, len - 1, file)] = '\0';
	fclose(file);
	assert_int_equal(truncate(lines.path, 0), 0);
}

static void do_io(const struct starved_job *job)
{
	host_queue(0, job->ddir, 0, job->bytes);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host_event(0)->error, 0);
}

static void run(const struct starved_job *job, enum starve_kind kind,
		unsigned int nth, int error, struct outcome *outcome)
{
	host_reset();
	memset(&fake_zones, 0, sizeof(fake_zones));
	host.td.thread_number = 3;
	job->ask();
	starve_of(kind, nth, error);
	outcome->ret = host_begin();
	if (!outcome->ret)
		do_io(job);
	outcome->ended = starve.seen < nth;
	host_end_for_another();
	read_report(outcome->report, sizeof(outcome->report));
	fake_reset();
	host.spacing = 0;
}

static unsigned int count_lines(const char *text)
{
	unsigned int nr = 0;

	for (; (text = strchr(text, '\n')); text++)
		nr++;
	return nr;
}

/* What a line about an error has to say, where the engine chose the words */
static const char *words_of(int error)
{
	bool stand_in = !strncmp(starve.failed, "nspace_", 7) ||
			!strncmp(starve.failed, "zones_", 6);

	if (stand_in)
		return "/dev/ng";
	switch (error) {
	case ENOMEM:
		return "memory";
	case EMFILE:
		return strcmp(starve.failed, "write") ? "ulimit -n" : "files";
	case EPERM:
		return strcmp(starve.failed, "io_uring_setup") ? "permitted" :
								 "seccomp";
	case EAGAIN:
		return strcmp(starve.failed, "io_uring_setup") ? "" :
								 "ulimit -u";
	default:
		return "";
	}
}

static void assert_line(void)
{
	const char *words = words_of(starve.error);

	if (count_lines(host.log) != 1 || !strstr(host.log, words))
		fail_msg("%s %u, %s: \"%s\" is no line that says \"%s\"",
			 starve.failed, starve.nth, strerror(starve.error),
			 host.log, words);
}

/* The job may have come as far as to report that it ended with an error */
static void check_refused(const struct outcome *outcome)
{
	char error[32];

	assert_line();
	assert_true(host.td.error > 0);
	/* nor is there anything to sum up */
	assert_null(strstr(host.info, "summary"));
	if (!outcome->report[0])
		return;
	assert_true(host.late_setup);
	snprintf(error, sizeof(error), "\"error\":%d", host.td.error);
	assert_non_null(strstr(outcome->report, error));
}

/* It did not matter, or it is said what is missing now */
static void check_run(const struct outcome *outcome,
		      const struct outcome *usual)
{
	unsigned int whole = count_lines(usual->report);

	if (!host.log[0]) {
		assert_int_equal(count_lines(outcome->report), whole);
		return;
	}
	assert_line();
	assert_true(outcome->ended);
	if (outcome->report[0])
		assert_int_equal(count_lines(outcome->report), whole);
}

/* Without memory it is the same record, or none */
static void check_record(const struct outcome *outcome,
			 const struct outcome *usual)
{
	if (host.log[0])
		assert_string_equal(outcome->report, "");
	else if (outcome->ended)
		assert_string_equal(outcome->report, usual->report);
}

static void check(const struct outcome *outcome, const struct outcome *usual,
		  enum starve_kind kind)
{
	if (outcome->ret) {
		check_refused(outcome);
		return;
	}
	check_run(outcome, usual);
	if (kind == STARVE_MEMORY)
		check_record(outcome, usual);
}

/* Return: whether there was anything to fail */
static bool starves(const struct starved_job *job, enum starve_kind kind,
		    unsigned int nth, int error, const struct outcome *usual)
{
	int64_t before = starve.allocated;
	unsigned int fds = open_files();
	struct outcome outcome;

	run(job, kind, nth, error, &outcome);
	check(&outcome, usual, kind);
	if (starve.allocated != before)
		fail_msg("%s %u fails: %ld bytes are lost", starve.failed, nth,
			 (long)(starve.allocated - before));
	if (open_files() != fds)
		fail_msg("%s %u fails: files stay open", starve.failed, nth);
	for (unsigned int i = 0; i < HOST_FILES; i++)
		assert_null(host.files[i].engine_data);
	return starve.failed;
}

/* What the process keeps is there from then on: the list of open reports */
static void run_as_usual(const struct starved_job *job, struct outcome *usual)
{
	run(job, STARVE_NOTHING, 0, 0, usual);
	if (usual->ret)
		fail_msg("%s is refused: %s", job->name, host.log);
	assert_string_equal(host.log, "");
}

static void test_memory(void **state)
{
	const struct starved_job *job = *state;
	struct outcome usual;
	unsigned int nth = 1;

	run_as_usual(job, &usual);
	while (starves(job, STARVE_MEMORY, nth, ENOMEM, &usual))
		assert_true(nth++ < MOST_RUNS);
	/* the target, the job, its tables and the ring, if nothing else */
	assert_in_range(nth, 8, MOST_RUNS);
}

static void test_calls(void **state)
{
	static const int errors[] = { ENOMEM, EMFILE, EPERM, EACCES,
				      EAGAIN, EINVAL, EIO,   ENOSPC };
	const struct starved_job *job = *state;
	struct outcome usual;

	run_as_usual(job, &usual);
	for (unsigned int i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		unsigned int nth = 1;

		while (starves(job, STARVE_CALLS, nth, errors[i], &usual))
			assert_true(nth++ < MOST_RUNS);
		/* a file, a ring and what is registered, if nothing else */
		assert_in_range(nth, 6, MOST_RUNS);
	}
}

static int group(const char *name, CMUnitTestFunction test)
{
	struct CMUnitTest tests[STARVED_JOBS];

	for (unsigned int i = 0; i < STARVED_JOBS; i++)
		tests[i] = (struct CMUnitTest){
			starved_jobs[i].name,
			test,
			line_setup,
			line_teardown,
			(void *)&starved_jobs[i],
		};
	return _cmocka_run_group_tests(name, tests, STARVED_JOBS, NULL, NULL);
}

int group_starved(void)
{
	return group(LAYOUT_GROUP("starved_memory"), test_memory) +
	       group(LAYOUT_GROUP("starved_calls"), test_calls);
}
