// SPDX-License-Identifier: GPL-2.0
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "fio/load.h"
#include "fio/recognise.h"
#include "job.h"
#include "nvme/holder.h"
#include "nvme/sysfs.h"

#define PAGE 4096u

struct host host;

static const char *const names[HOST_FILES] = { "/dev/ng0n1", "/dev/ng0n2",
					       "/dev/ng1n1", "/dev/ng2n1" };

const char layout_list[] = FIO_LAYOUT_LIST;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_getrlimit(int resource, struct rlimit *limit);
long __wrap_syscall(long number, ...);
int __wrap_uname(struct utsname *name);
ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);

/* -- what the engine would find out by itself ---------------------------- */

int layout_settle(struct ioengine_ops *own)
{
	assert_ptr_equal(own, host.ops);
	return host.settled++ < HOST_SETTLES ? host.settle[host.settled - 1] :
					       0;
}

int nspace_open(const char *path, int flags, char *why, size_t len)
{
	host.opens++;
	if (host.open_error) {
		snprintf(why, len, "%s: open failed", path);
		return host.open_error;
	}
	/* where no write may come from, none can */
	return open("/dev/null", flags | O_CLOEXEC);
}

int nspace_identify(struct nspace *ns, int fd, char *why, size_t len)
{
	const char *path = ns->path;

	assert_true(fcntl(fd, F_GETFD) >= 0);
	if (host.identify_error) {
		snprintf(why, len, "%s: Identify failed", path);
		return host.identify_error;
	}
	for (unsigned int i = 0; i < HOST_FILES; i++)
		if (!strcmp(path, names[i]))
			*ns = host.ns[i];
	ns->path = path;
	return 0;
}

int nspace_hold(const struct nspace *ns, char *why, size_t len)
{
	host.holds++;
	why[0] = '\0';
	if (host.hold_remark)
		snprintf(why, len, "%s: %s", ns->path, host.hold_remark);
	if (host.hold_error)
		snprintf(why, len, "%s: in use", ns->path);
	return host.hold_error;
}

/* Whoever runs the tests, and on what, is of no interest */
int __wrap_getrlimit(int resource, struct rlimit *limit)
{
	assert_int_equal(resource, RLIMIT_MEMLOCK);
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
	if (!host.write_error)
		return __real_write(fd, data, bytes);
	errno = host.write_error;
	return -1;
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
	memset(data, 0, 2 * sizeof(*data));
	return 0;
}

int __wrap_uname(struct utsname *name)
{
	*name = (struct utsname){ .sysname = "Linux" };
	snprintf(name->release, sizeof(name->release), "%s", host.release);
	return 0;
}

/* -- the job ------------------------------------------------------------- */

static void reset_options(void)
{
	host.options = (struct passthru_options){
		.sqthread_poll_cpu = -1,
		.nonvectored = -1,
		.cmd_type = 1,
		.pi_act = 1,
		.apptag = 0x1234,
		.apptag_mask = 0xffff,
		.pi_verify = 1,
	};
}

static void reset_namespaces(void)
{
	for (unsigned int i = 0; i < HOST_FILES; i++) {
		host.ns[i] = (struct nspace){
			.nsid = i + 1,
			.nlb = 1ull << 40,
			.lba_size = 512,
			.lba_bytes = 512,
			.lba_shift = 9,
			.nuse = 1,
			.bytes = 1ull << 49,
			.trims = true,
			.serial = "serial",
			.model = "A model",
			.firmware = "1.0",
		};
		host.files[i] = (struct fio_file){
			.file_name = (char *)names[i],
			.fileno = (int)i,
			.fd = -1,
		};
		host.file_list[i] = &host.files[i];
	}
}

/* All commands, by the log, and copies without limits */
static void reset_effects(void)
{
	host.effects.source = NSPACE_EFFECTS_LOG;
	host.effects.msrc = 255;
	memset(host.effects.log, 0xff, sizeof(host.effects.log));
}

/* Identifiers are no indices */
static void reset_placement(void)
{
	host.handles.nr = 8;
	for (unsigned int i = 0; i < host.handles.nr; i++)
		host.handles.ruhs[i] = (struct nspace_ruh){
			.pid = (uint16_t)(0x1000 + 3 * i),
			.ruhid = (uint16_t)(7 - i),
			.left = 1000000ull + i,
		};
	host.streams.msl = 5;
}

static void reset_job(void)
{
	static char job_name[] = "job";
	struct thread_options *o = &host.td.o;

	host.td.eo = &host.options;
	host.td.files = host.file_list;
	host.td.files_index = 1;
	host.td.io_ops = host.ops;
	host.td.thread_number = 1;
	o->td_ddir = TD_DDIR_READ | TD_DDIR_WRITE | TD_DDIR_TRIM;
	o->name = job_name;
	o->iodepth = 4;
	o->create_serialize = 1;
	o->zone_mode = ZONE_MODE_NONE;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		o->min_bs[i] = o->max_bs[i] = o->bs[i] = o->ba[i] = 4096;
#ifdef HAVE_THREAD_OPTIONS_NUM_RANGE
	o->num_range = 1;
#endif
}

void host_reset(void)
{
	memset(&host, 0, sizeof(host));
	host.ops = LAYOUT_SYM(nvme_passthru_ops)();
	/* each test is a process of its own, and no other job asked for it */
	host.ops->prep = NULL;
	host.release = "6.12.0";
	host.memlock = RLIM_INFINITY;
	output_format = FIO_OUTPUT_NORMAL;
	read_only = false;
	nvme_sysfs_root = "/nonexistent";
	reset_options();
	reset_namespaces();
	reset_placement();
	reset_effects();
	reset_job();
	fake_reset();
}

/* fio's buffers: one region, aligned, each as large as the largest block */
static void make_buffers(void)
{
	struct thread_options *o = &host.td.o;
	unsigned int depth = o->iodepth;
	char *at;

	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		if (o->max_bs[i] > host.spacing)
			host.spacing = o->max_bs[i];
	host.memory_size = host.spacing * depth + PAGE;
	host.memory = mmap(NULL, host.memory_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(host.memory, MAP_FAILED);
	host.td.orig_buffer = host.memory;
	host.td.orig_buffer_size = host.memory_size;
	/* fio aligns within what it allocated */
	at = host.memory + 512;
	for (unsigned int i = 0; i < depth; i++, at += host.spacing)
		host.io_us[i].buf = at;
}

static int make_io_us(void)
{
	unsigned int depth = host.td.o.iodepth;

	host.io_us = calloc(depth, sizeof(*host.io_us));
	host.io_u_list = calloc(depth, sizeof(*host.io_u_list));
	host.queued = calloc(depth, sizeof(*host.queued));
	assert_true(host.io_us && host.io_u_list && host.queued);
	for (unsigned int i = 0; i < depth; i++) {
		host.io_us[i].index = i;
		host.io_u_list[i] = &host.io_us[i];
		if (host.ops->io_u_init(&host.td, &host.io_us[i]))
			return 1;
	}
	host.td.io_u_all = (struct io_u_queue){ host.io_u_list, depth, depth };
	return 0;
}

/* Before host_start(): as job_inspect() would have found it */
void host_place(const struct placement *placement)
{
	host.placement = malloc(sizeof(*placement));
	assert_non_null(host.placement);
	*host.placement = *placement;
}

static void place_target(void)
{
	struct target *target = host.files[0].engine_data;

	if (target && host.placement)
		target->placement = host.placement;
}

/* As fio begins a job. Return: 0, or what the callback that refused it did */
int host_begin(void)
{
	int ret = 0;

	if (!host.late_setup)
		ret = host.ops->setup(&host.td);
	place_target();
	if (!ret)
		ret = host.ops->init(&host.td);
	if (!ret)
		ret = make_io_us();
	if (ret)
		return ret;
	make_buffers();
	host.posted = true;
	ret = host.ops->post_init(&host.td);
	if (!ret && host.late_setup)
		ret = host.ops->setup(&host.td);
	for (unsigned int i = 0; i < host.td.files_index && !ret; i++)
		ret = host.ops->open_file(&host.td, &host.files[i]);
	return ret;
}

void host_start(void)
{
	int ret;

	host.log[0] = '\0';
	ret = host_begin();
	if (ret)
		fail_msg("the job is refused: %s", host.log);
	assert_string_equal(host.log, "");
	fake.nr_enters = 0;
	fake.nr_taken = 0;
	host.clock = 0;
}

void host_end(void)
{
	for (unsigned int i = 0; i < host.td.files_index; i++) {
		if (host.files[i].fd < 0)
			continue;
		host.ops->close_file(&host.td, &host.files[i]);
		assert_int_equal(host.files[i].fd, -1);
	}
	host.ops->cleanup(&host.td);
	free(host.placement);
	host.placement = NULL;
	assert_null(host.td.io_ops_data);
	assert_int_equal(fake.open, 0);
}

static void free_memory(void)
{
	if (host.memory)
		munmap(host.memory, host.memory_size);
	free(host.io_us);
	free(host.io_u_list);
	free(host.queued);
}

/* As host_end(), where another job with the same files is to follow */
void host_end_for_another(void)
{
	host_end();
	free_memory();
	host.memory = NULL;
	host.io_us = NULL;
	host.io_u_list = NULL;
	host.queued = NULL;
	host.posted = false;
	host.spacing = 0;
	host.td.cur_depth = 0;
	for (unsigned int i = 0; i < HOST_FILES; i++)
		host.files[i].engine_data = NULL;
}

int host_setup_test(void **state)
{
	(void)state;
	host_reset();
	return 0;
}

/* What setup found, where post_init did not come to make it the job's */
static void free_unused(void)
{
	for (unsigned int i = 0; i < HOST_FILES; i++)
		free(host.files[i].engine_data);
}

int host_teardown_test(void **state)
{
	(void)state;
	if (host.td.io_ops_data && !fake.in_flight)
		host_end();
	if (!host.posted)
		free_unused();
	free_memory();
	fake_reset();
	return 0;
}

/* -- I/O ----------------------------------------------------------------- */

struct io_u *host_io(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		     uint64_t bytes)
{
	struct io_u *io_u = &host.io_us[unit];

	io_u->ddir = ddir;
	io_u->offset = offset;
	io_u->buflen = io_u->xfer_buflen = bytes;
	io_u->xfer_buf = io_u->buf;
	io_u->error = 0;
	if (!io_u->file)
		io_u->file = &host.files[0];
	return io_u;
}

void host_queue(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		uint64_t bytes)
{
	struct io_u *io_u = host_io(unit, ddir, offset, bytes);

	if (host.ops->prep)
		assert_int_equal(host.ops->prep(&host.td, io_u), 0);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_QUEUED);
	host.td.cur_depth++;
	host.td.io_u_queued++;
}

void host_commit(void)
{
	assert_int_equal(host.ops->commit(&host.td), 0);
	host.td.io_u_in_flight += host.td.io_u_queued;
	host.td.io_u_queued = 0;
}

unsigned int host_getevents(unsigned int min, unsigned int max)
{
	int got = host.ops->getevents(&host.td, min, max, NULL);

	assert_true(got >= (int)min && got <= (int)max);
	host.td.cur_depth -= (unsigned int)got;
	return (unsigned int)got;
}

struct io_u *host_event(unsigned int nth)
{
	return host.ops->event(&host.td, (int)nth);
}
