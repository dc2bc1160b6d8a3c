// SPDX-License-Identifier: GPL-2.0
/*
 * Sixteen jobs that are threads of one process, under ThreadSanitizer: what
 * the engine shares between them, nobody writes while another looks.
 */
#include "host_loaded.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_zones.h"
#include "fio/load.h"
#include "fio/td.h"
#include "job_trace.h"
#include "lines.h"
#include "nvme/holder.h"
#include "nvme/pi_guard.h"
#include "starved_jobs.h"

#define THREADS 16u
#define ROUNDS 24u

/* -- ThreadSanitizer's side --------------------------------------------------- */

#define SEEN __attribute__((visibility("default")))

SEEN const char *__tsan_default_options(void);
SEEN void __tsan_on_report(void *report);

/* Races that were found; a test asks for them, and not the exit status */
static atomic_uint races;

const char *__tsan_default_options(void)
{
	return "exitcode=0";
}

void __tsan_on_report(void *report)
{
	(void)report;
	atomic_fetch_add_explicit(&races, 1, memory_order_relaxed);
}

/* -- what the core does for zones --------------------------------------------- */

#ifdef HAVE_IOENGINE_OPS_GET_MAX_ACTIVE_ZONES
int do_io_u_trim(struct thread_data *td, struct io_u *io_u)
#else
int do_io_u_trim(const struct thread_data *td, struct io_u *io_u)
#endif
{
	(void)td;
	(void)io_u;
	return 0;
}

int io_u_quiesce(struct thread_data *td)
{
	(void)td;
	return 0;
}

void io_u_mark_complete(struct thread_data *td, unsigned int nr)
{
	(void)td;
	(void)nr;
}

/* -- a job -------------------------------------------------------------------- */

/**
 * struct worker - a thread with a job
 * @thread: it
 * @nth: which of all
 * @job: what it does
 * @share: all do it on one namespace
 * @refused: its ring cannot be had
 * @lines: what it said on fio's error output
 * @ios: I/Os that were done
 */
struct worker {
	pthread_t thread;
	unsigned int nth;
	const struct starved_job *job;
	bool share;
	bool refused;
	char lines[512];
	unsigned int ios;
};

/* In /dev: what can be opened exclusively and often */
static const char *const disks[] = { "null", "zero", "full", "random" };
static struct worker workers[THREADS];
static pthread_barrier_t all;
static pthread_mutex_t one_by_one = PTHREAD_MUTEX_INITIALIZER;
static struct ioengine_ops *loaded;

/* Every few commands one fails, which may be sent again where a job does so */
static int some_fail(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	return nth % 7 == 3 ? 0x4281 : 0;
}

static void begin(const struct worker *worker)
{
	host_reset_own();
	if (loaded)
		host.ops = loaded;
	host.td.io_ops = host.ops;
	memset(&fake_zones, 0, sizeof(fake_zones));
	host.td.thread_number = worker->nth + 1;
	host.td.subjob_number = worker->nth;
	worker->job->ask();
	if (!worker->share) {
		host.files[0].file_name = (char *)host_names[worker->nth % 4];
		host.ns[worker->nth % 4] = host.ns[0];
		strcpy(host.ns[worker->nth % 4].disk, disks[worker->nth % 4]);
	}
	if (worker->job->ddir == DDIR_READ)
		fake.status = some_fail;
}

/* fio sets one job up after the other, unless it is told not to */
static int set_up(void)
{
	int ret;

	if (host.late_setup)
		return 0;
	pthread_mutex_lock(&one_by_one);
	ret = host_set_up();
	pthread_mutex_unlock(&one_by_one);
	return ret;
}

static void turn(struct worker *worker, unsigned int round)
{
	const struct starved_job *job = worker->job;
	unsigned int depth = host.td.o.iodepth;

	for (unsigned int i = 0; i < depth; i++)
		host_queue(i, job->ddir, (round * 4ull + i) * job->bytes,
			   job->bytes);
	host_commit();
	for (unsigned int left = depth; left;) {
		unsigned int got = host_getevents(1, left);

		for (unsigned int i = 0; i < got; i++)
			if (host_event(i)->error)
				free(host.ops->errdetails(
#if ERRDETAILS_PARAMS == 2
					&host.td,
#endif
					host_event(i)));
		left -= got;
		worker->ios += got;
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	int ret;

	begin(worker);
	ret = set_up();
	pthread_barrier_wait(&all);
	if (worker->refused)
		fake.init_error = -EMFILE;
	if (!ret)
		ret = host_begin();
	/* what one closes and the next opens would be an order between them */
	pthread_barrier_wait(&all);
	for (unsigned int i = 0; !ret && i < ROUNDS; i++)
		turn(worker, i);
	pthread_barrier_wait(&all);
	memcpy(worker->lines, host.log, sizeof(worker->lines));
	host_end_for_another();
	fake_reset();
	return NULL;
}

static void start(void *(*function)(void *))
{
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
						function, &workers[i]),
				 0);
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
}

/* All of them at once; races are those that came with it */
static void run(void)
{
	unsigned int before = atomic_load(&races);

	start(work);
	assert_int_equal(atomic_load(&races), before);
	for (unsigned int i = 0; i < THREADS; i++) {
		bool refused = workers[i].refused;

		if (!refused)
			assert_string_equal(workers[i].lines, "");
		else
			assert_non_null(strstr(workers[i].lines, "ulimit -n"));
		assert_int_equal(workers[i].ios, refused ? 0 : ROUNDS * 4);
	}
}

static void prepare(const struct starved_job *job, bool share)
{
	memset(workers, 0, sizeof(workers));
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i].nth = i;
		workers[i].job = job ? job : &starved_jobs[i % STARVED_JOBS];
		workers[i].share = share;
	}
}

static const struct starved_job *job_named(const char *name)
{
	for (unsigned int i = 0; i < STARVED_JOBS; i++)
		if (!strcmp(starved_jobs[i].name, name))
			return &starved_jobs[i];
	fail_msg("no job is %s", name);
	return NULL;
}

static int set_up_test(void **state)
{
	loaded_as(false);
	loaded = loaded_ops();
	if (pthread_barrier_init(&all, NULL, THREADS))
		return -1;
	return line_setup(state);
}

static int tear_down_test(void **state)
{
	pthread_barrier_destroy(&all);
	return line_teardown(state);
}

/* -- tests ---------------------------------------------------------------------- */

static unsigned int planted;

static void *race(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 1000; i++)
		planted++;
	return NULL;
}

/* Or nothing that follows would mean anything */
static void test_planted(void **state)
{
	unsigned int before = atomic_load(&races);

	(void)state;
	prepare(NULL, true);
	start(race);
	assert_true(atomic_load(&races) > before);
}

/* One job in as many threads as there are, on one namespace and on four */
static void test_job(void **state)
{
	for (unsigned int share = 0; share < 2; share++) {
		prepare(*state, share);
		run();
	}
}

static void test_all_at_once(void **state)
{
	(void)state;
	for (unsigned int share = 0; share < 2; share++) {
		prepare(NULL, share);
		run();
	}
}

/* The others go on */
static void test_some_refused(void **state)
{
	(void)state;
	prepare(NULL, true);
	for (unsigned int i = 1; i < THREADS; i += 3)
		workers[i].refused = true;
	run();
}

/* What fio was given first is made over while other threads call it */
static void test_other_layout(void **state)
{
	(void)state;
	loaded_as(true);
	loaded = loaded_ops();
	prepare(job_named("late"), true);
	run();
#ifdef IO_U_F_ZEROED
	/* nor does one that was late to call take away what jobs need */
	assert_non_null(loaded->prep);
	assert_int_equal(layout_settle(loaded), 1);
	assert_non_null(loaded->prep);
#endif
}

/* Lines of one report do not mix, nor do chunks of a trace */
static void test_report(void **state)
{
	unsigned int seen = 0, number;

	(void)state;
	prepare(job_named("told"), true);
	for (unsigned int i = LINES_MAX; i < THREADS; i++)
		workers[i].job = job_named("plain");
	run();
	line_read();
	assert_int_equal(lines.nr, LINES_MAX);
	for (unsigned int i = 0; i < lines.nr; i++) {
		json_object *job;

		assert_true(json_object_object_get_ex(lines.objects[i], "job",
						      &job));
		number = (unsigned int)json_object_get_int(
			json_object_object_get(job, "number"));
		seen |= 1u << number;
	}
	assert_int_equal(seen, ((1u << LINES_MAX) - 1) << 1);
}

static void *hold(void *arg)
{
	const struct worker *worker = arg;
	struct nspace ns = { .path = "/dev/ng0n1" };
	char why[WHY_MAX];

	for (unsigned int i = 0; i < 4; i++) {
		strcpy(ns.disk, disks[(worker->nth + i) % 4]);
		assert_int_equal(nspace_hold(&ns, why, sizeof(why)), 0);
	}
	return NULL;
}

/* A disk is held once, by whichever job comes first */
static void test_hold(void **state)
{
	unsigned int before = atomic_load(&races);

	(void)state;
	prepare(NULL, true);
	start(hold);
	assert_int_equal(atomic_load(&races), before);
}

static void *guard(void *arg)
{
	uint64_t zeroes[8] = { 0 }, got;

	got = pi_guard64_table()(0, zeroes, sizeof(zeroes));
	*(uint64_t *)((struct worker *)arg)->lines = got;
	return NULL;
}

/* The table of the 64-bit guard is made by whichever job comes first */
static void test_guard(void **state)
{
	unsigned int before = atomic_load(&races);

	(void)state;
	prepare(NULL, true);
	start(guard);
	assert_int_equal(atomic_load(&races), before);
	for (unsigned int i = 1; i < THREADS; i++)
		assert_memory_equal(workers[i].lines, workers[0].lines,
				    sizeof(uint64_t));
}

#define THREADS_TEST(f) \
	cmocka_unit_test_setup_teardown(f, set_up_test, tear_down_test)

int main(void)
{
	enum { NAMED = 7 };
	struct CMUnitTest tests[STARVED_JOBS + NAMED] = {
		THREADS_TEST(test_planted),
		THREADS_TEST(test_all_at_once),
		THREADS_TEST(test_some_refused),
		THREADS_TEST(test_other_layout),
		THREADS_TEST(test_report),
		THREADS_TEST(test_hold),
		THREADS_TEST(test_guard),
	};

	for (unsigned int i = 0; i < STARVED_JOBS; i++)
		tests[NAMED + i] = (struct CMUnitTest){
			starved_jobs[i].name,
			test_job,
			set_up_test,
			tear_down_test,
			(void *)&starved_jobs[i],
		};
	return _cmocka_run_group_tests("threads", tests, STARVED_JOBS + NAMED,
				       NULL, NULL);
}
