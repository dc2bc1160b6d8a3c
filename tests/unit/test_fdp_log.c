// SPDX-License-Identifier: GPL-2.0
/* What an FDP drive counted and noted: statistics and events */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libnvme.h>

#include "nvme/fdp.h"

#define FD 42
#define INVALID_LOG_PAGE 0x4109
#define INVALID_FIELD 0x4002

/* What the controller answers; an error is a status, or an errno below 0 */
static struct {
	int stats_error;
	struct nvme_fdp_stats_log stats;
	int events_error[2];
	struct nvme_fdp_events_log events[2];
	int feature_error;
	uint32_t feature;
} answer;

/* The host's are asked for by LSP 1 */
enum { CONTROLLER, HOST };

static struct nspace ns;
static char why[WHY_MAX];

int __wrap_nvme_get_log(struct nvme_get_log_args *args);
int __wrap_nvme_get_features(struct nvme_get_features_args *args);
int __wrap_clock_gettime(clockid_t clock, struct timespec *at);

static int answered(int error)
{
	if (error >= 0)
		return error;
	errno = -error;
	return -1;
}

int __wrap_nvme_get_log(struct nvme_get_log_args *args)
{
	assert_int_equal(args->fd, FD);
	assert_int_equal(args->nsid, 0);
	assert_int_equal(args->lsi, 3);
	assert_int_equal(args->lpo, 0);
	if (args->lid == 0x22) {
		assert_int_equal(args->len, sizeof(answer.stats));
		memcpy(args->log, &answer.stats, sizeof(answer.stats));
		return answered(answer.stats_error);
	}
	assert_int_equal(args->lid, 0x23);
	assert_in_range(args->lsp, CONTROLLER, HOST);
	assert_int_equal(args->len, sizeof(answer.events[0]));
	memcpy(args->log, &answer.events[args->lsp], args->len);
	return answered(answer.events_error[args->lsp]);
}

int __wrap_nvme_get_features(struct nvme_get_features_args *args)
{
	assert_int_equal(args->fid, 0x1d);
	*args->result = answer.feature;
	return answered(answer.feature_error);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *at)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	*at = (struct timespec){ .tv_sec = 1700000000, .tv_nsec = 5 };
	return 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&answer, 0, sizeof(answer));
	memset(why, 0, sizeof(why));
	answer.feature = 1;
	ns = (struct nspace){ .path = "/dev/ng0n1",
			      .ctrl = "nvme0",
			      .lba_size = 4096,
			      .endgid = 3,
			      .fdp = true };
	return 0;
}

static struct nspace_fdp_log get(void)
{
	struct nspace_fdp_log log;

	memset(&log, 0x5a, sizeof(log));
	if (nspace_fdp_log_read(&log, &ns, FD, why, sizeof(why)))
		fail_msg("refused: %s", why);
	assert_string_equal(why, "");
	return log;
}

static void refused(int error, const char *line)
{
	struct nspace_fdp_log log;

	assert_int_equal(nspace_fdp_log_read(&log, &ns, FD, why, sizeof(why)),
			 error);
	assert_string_equal(why, line);
}

static void set_counter(uint8_t *bytes, uint64_t low, uint64_t high)
{
	low = htole64(low);
	high = htole64(high);
	memcpy(bytes, &low, sizeof(low));
	memcpy(bytes + 8, &high, sizeof(high));
}

static void add_event(unsigned int which, struct nvme_fdp_event event)
{
	struct nvme_fdp_events_log *log = &answer.events[which];
	uint32_t at = le32toh(log->n);

	log->events[at] = event;
	log->n = htole32(at + 1);
}

/* -- statistics ------------------------------------------------------------ */

static void test_stats(void **state)
{
	struct nspace_fdp_log log;

	(void)state;
	set_counter(answer.stats.hbmw, 0x1122334455667788, 0);
	set_counter(answer.stats.mbmw, UINT64_MAX, 0);
	set_counter(answer.stats.mbe, 3, 0);
	log = get();
	assert_int_equal(log.at.tv_sec, 1700000000);
	assert_int_equal(log.at.tv_nsec, 5);
	assert_int_equal(log.stats.hbmw, 0x1122334455667788);
	assert_int_equal(log.stats.mbmw, UINT64_MAX);
	assert_int_equal(log.stats.mbe, 3);
	assert_int_equal(log.nr_events, 0);
}

static void test_saturate(void **state)
{
	struct nspace_fdp_log log;

	(void)state;
	set_counter(answer.stats.hbmw, 0, 1);
	set_counter(answer.stats.mbmw, 7, UINT64_MAX);
	set_counter(answer.stats.mbe, 7, 1ull << 63);
	log = get();
	assert_int_equal(log.stats.hbmw, UINT64_MAX);
	assert_int_equal(log.stats.mbmw, UINT64_MAX);
	assert_int_equal(log.stats.mbe, UINT64_MAX);
}

/* -- events ---------------------------------------------------------------- */

static void test_events(void **state)
{
	struct nvme_fdp_event event = {
		.type = NVME_FDP_EVENT_PID,
		.flags = NVME_FDP_EVENT_F_PIV | NVME_FDP_EVENT_F_LV,
		.pid = htole16(0x1234),
		/* 48 bits; origin 1, which is a host's clock, and synched */
		.ts = { .timestamp = { 1, 2, 3, 4, 5, 6 }, .attr = 0x3 },
		.nsid = htole32(9),
		.rgid = htole16(0x201),
		.ruhid = 6,
		.vs = { 0xaa },
	};
	struct nspace_fdp_log log;

	(void)state;
	add_event(HOST, event);
	log = get();
	assert_int_equal(log.nr_events, 1);
	assert_int_equal(log.events[0].host, 1);
	assert_int_equal(log.events[0].type, 3);
	assert_int_equal(log.events[0].flags,
			 NSPACE_EVENT_PID | NSPACE_EVENT_LOCATION);
	assert_int_equal(log.events[0].pid, 0x1234);
	assert_int_equal(log.events[0].time_ms, 0x060504030201);
	assert_true(log.events[0].since_1970);
	assert_int_equal(log.events[0].nsid, 9);
	assert_int_equal(log.events[0].rgid, 0x201);
	assert_int_equal(log.events[0].ruhid, 6);
	assert_memory_equal(log.events[0].raw, &event, sizeof(event));
}

static void test_clock_origin(void **state)
{
	/* since reset, by a host, reserved; bit 0 is of something else */
	static const struct {
		uint8_t attr;
		bool since_1970;
	} rows[] = { { 0, false }, { 1, false }, { 2, true },
		     { 3, true },  { 4, false }, { 6, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		answer.events[HOST].n = 0;
		add_event(HOST, (struct nvme_fdp_event){
					.ts = { .attr = rows[i].attr } });
		assert_int_equal(get().events[0].since_1970,
				 rows[i].since_1970);
	}
}

/* The host's first, and each in the device's order */
static void test_both_logs(void **state)
{
	struct nspace_fdp_log log;

	(void)state;
	add_event(CONTROLLER, (struct nvme_fdp_event){ .type = 0x80 });
	add_event(HOST, (struct nvme_fdp_event){ .type = 2 });
	add_event(HOST, (struct nvme_fdp_event){ .type = 0 });
	log = get();
	assert_int_equal(log.nr_events, 3);
	assert_int_equal(log.events[0].type, 2);
	assert_int_equal(log.events[1].type, 0);
	assert_int_equal(log.events[1].host, 1);
	assert_int_equal(log.events[2].type, 0x80);
	assert_int_equal(log.events[2].host, 0);
}

static void test_full_logs(void **state)
{
	static const uint32_t counts[] = { 63, 64, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct nspace_fdp_log log;

		answer.events[HOST].n = htole32(counts[i]);
		answer.events[HOST].events[62].type = 0x11;
		answer.events[CONTROLLER].n = htole32(counts[i]);
		answer.events[CONTROLLER].events[62].type = 0x91;
		log = get();
		assert_int_equal(log.nr_events, NSPACE_EVENTS_MAX);
		assert_int_equal(log.events[62].type, 0x11);
		assert_int_equal(log.events[125].type, 0x91);
	}
}

/* A controller need not keep both logs, or any */
static void test_no_logs(void **state)
{
	struct nspace_fdp_log log;

	(void)state;
	set_counter(answer.stats.hbmw, 5, 0);
	add_event(CONTROLLER, (struct nvme_fdp_event){ .type = 0x81 });
	add_event(HOST, (struct nvme_fdp_event){ .type = 1 });
	answer.events_error[HOST] = INVALID_LOG_PAGE;
	log = get();
	assert_int_equal(log.nr_events, 1);
	assert_int_equal(log.events[0].type, 0x81);
	answer.events_error[CONTROLLER] = INVALID_FIELD;
	log = get();
	assert_int_equal(log.nr_events, 0);
	assert_int_equal(log.stats.hbmw, 5);
}

/* Two readings: what is new is what the first does not hold */
static void test_difference(void **state)
{
	struct nvme_fdp_event event = { .type = 3, .vs = { [23] = 1 } };
	struct nspace_fdp_log before, after;

	(void)state;
	add_event(HOST, event);
	before = get();
	event.vs[23] = 2;
	add_event(HOST, event);
	/* the same bytes, in the other log */
	event.vs[23] = 1;
	add_event(CONTROLLER, event);
	after = get();
	assert_int_equal(after.nr_events, 3);
	assert_true(nspace_fdp_event_in(&before, &after.events[0]));
	assert_false(nspace_fdp_event_in(&before, &after.events[1]));
	assert_false(nspace_fdp_event_in(&before, &after.events[2]));
	/* what lies beyond the events of a log is not in it */
	before.nr_events = 0;
	assert_false(nspace_fdp_event_in(&before, &after.events[0]));
}

static void test_names(void **state)
{
	static const struct {
		uint8_t type;
		const char *name;
	} rows[] = {
		{ 0x00, "Reclaim Unit Not Fully Written to Capacity" },
		{ 0x01, "Reclaim Unit Time Limit Exceeded" },
		{ 0x02,
		  "Controller Level Reset Modified Reclaim Unit Handles" },
		{ 0x03, "Invalid Placement Identifier" },
		{ 0x80, "Media Reallocated" },
		{ 0x81, "Implicitly Modified Reclaim Unit Handle" },
		{ 0x04, "unknown" },
		{ 0x6f, "unknown" },
		{ 0x70, "vendor specific" },
		{ 0x7f, "vendor specific" },
		{ 0x82, "unknown" },
		{ 0xef, "unknown" },
		{ 0xf0, "vendor specific" },
		{ 0xff, "vendor specific" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(nspace_fdp_event_name(rows[i].type),
				    rows[i].name);
}

/* -- refusals -------------------------------------------------------------- */

static void test_unsupported(void **state)
{
	(void)state;
	ns.fdp = false;
	refused(-EOPNOTSUPP,
		"/dev/ng0n1: the controller has no Flexible Data Placement (CTRATT bit 19 is 0); use a drive that has it");
}

static void test_disabled(void **state)
{
	(void)state;
	answer.stats_error = 0x4029;
	assert_int_equal(nspace_fdp_log_read(&(struct nspace_fdp_log){ 0 }, &ns,
					     FD, why, sizeof(why)),
			 -EOPNOTSUPP);
	assert_ptr_equal(
		strstr(why,
		       "/dev/ng0n1: Flexible Data Placement is disabled in endurance group 3; delete "),
		why);
	answer.stats_error = INVALID_FIELD;
	answer.feature = 0;
	why[0] = '\0';
	assert_int_equal(nspace_fdp_log_read(&(struct nspace_fdp_log){ 0 }, &ns,
					     FD, why, sizeof(why)),
			 -EOPNOTSUPP);
	assert_non_null(strstr(why, "is disabled in endurance group 3"));
}

static void test_permission(void **state)
{
	(void)state;
	answer.stats_error = -EACCES;
	refused(-EACCES,
		"/dev/ng0n1: the kernel does not let this user send Get Log Page for FDP Statistics; run as root (CAP_SYS_ADMIN)");
	answer.stats_error = 0;
	answer.events_error[CONTROLLER] = -EPERM;
	refused(-EPERM,
		"/dev/ng0n1: the kernel does not let this user send Get Log Page for FDP Events; run as root (CAP_SYS_ADMIN)");
}

static void test_failed(void **state)
{
	(void)state;
	answer.stats_error = -EIO;
	refused(-EIO,
		"/dev/ng0n1: Get Log Page for FDP Statistics failed: Input/output error");
	answer.stats_error = 0;
	answer.events_error[HOST] = 0x6;
	assert_int_equal(nspace_fdp_log_read(&(struct nspace_fdp_log){ 0 }, &ns,
					     FD, why, sizeof(why)),
			 -EIO);
	assert_non_null(strstr(why, "FDP Events failed: Internal Error"));
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stats),     TEST(test_saturate),
		TEST(test_events),    TEST(test_clock_origin),
		TEST(test_both_logs), TEST(test_full_logs),
		TEST(test_no_logs),   TEST(test_difference),
		TEST(test_names),     TEST(test_unsupported),
		TEST(test_disabled),  TEST(test_permission),
		TEST(test_failed),
	};

	return cmocka_run_group_tests_name("fdp_log", tests, NULL, NULL);
}
