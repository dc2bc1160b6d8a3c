// SPDX-License-Identifier: GPL-2.0
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "job.h"
#include "nvme/sysfs.h"
#include "starve.h"

#define PAGE 4096u

OWN struct host host;
static OWN char names[HOST_FILES][16];

const char *const host_names[HOST_FILES] = { "/dev/ng0n1", "/dev/ng0n2",
					     "/dev/ng1n1", "/dev/ng2n1" };

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
		snprintf(names[i], sizeof(names[i]), "%s", host_names[i]);
		host.files[i] = (struct fio_file){
			.file_name = names[i],
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

/* But for what is the process's */
void host_reset_own(void)
{
	memset(&host, 0, sizeof(host));
	starve_of(STARVE_NOTHING, 0, 0);
	starve.inside = false;
	host.ops = LAYOUT_SYM(nvme_passthru_ops)();
	host.release = "6.12.0";
	host.memlock = RLIM_INFINITY;
	reset_options();
	reset_namespaces();
	reset_placement();
	reset_effects();
	reset_job();
	fake_reset();
	fake.fails = starve_call;
}

void host_reset(void)
{
	output_format = FIO_OUTPUT_NORMAL;
	read_only = false;
	nvme_sysfs_root = "/nonexistent";
	host_reset_own();
	/* each test is a process of its own, and no other job asked for it */
	host.ops->prep = NULL;
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
		if (ENGINE(host.ops->io_u_init(&host.td, &host.io_us[i])))
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

/* Blocks of 4096 bytes and 8 of metadata in the first file, and I/Os of one */
void host_extended(void)
{
	host.ns[0].lba_size = 4096;
	host.ns[0].lba_bytes = 4104;
	host.ns[0].lba_shift = 0;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.min_bs[i] = host.td.o.ba[i] = host.td.o.max_bs[i] =
			4104;
}

static void place_target(void)
{
	struct target *target = host.files[0].engine_data;

	if (target && host.placement)
		target->placement = host.placement;
}

/* Where it is to be done before host_begin() */
int host_set_up(void)
{
	int ret = ENGINE(host.ops->setup(&host.td));

	host.is_set_up = true;
	place_target();
	return ret;
}

/* As fio begins a job. Return: 0, or what the callback that refused it did */
int host_begin(void)
{
	int ret = 0;

	if (!host.late_setup && !host.is_set_up)
		ret = host_set_up();
	if (!ret)
		ret = ENGINE(host.ops->init(&host.td));
	if (!ret)
		ret = make_io_us();
	if (ret)
		return ret;
	make_buffers();
	host.posted = true;
	ret = ENGINE(host.ops->post_init(&host.td));
	if (!ret && host.late_setup)
		ret = ENGINE(host.ops->setup(&host.td));
	for (unsigned int i = 0; i < host.td.files_index && !ret; i++)
		ret = ENGINE(host.ops->open_file(&host.td, &host.files[i]));
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

/* fio is done with its files, and their names, before it ends the engine */
static void close_files(void)
{
	for (unsigned int i = 0; i < HOST_FILES; i++) {
		if (host.files[i].fd >= 0) {
			host.ops->close_file(&host.td, &host.files[i]);
			assert_int_equal(host.files[i].fd, -1);
		}
		if (host.td.io_ops_data)
			host.files[i].engine_data = NULL;
		memset(names[i], '?', strlen(names[i]));
	}
}

void host_end(void)
{
	unsigned int nr = host.td.files_index;

	close_files();
	host.td.files = NULL;
	host.td.files_index = 0;
	starve.inside = true;
	host.ops->cleanup(&host.td);
	starve.inside = false;
	host.td.files = host.file_list;
	host.td.files_index = nr;
	for (unsigned int i = 0; i < HOST_FILES; i++)
		snprintf(names[i], sizeof(names[i]), "%s", host_names[i]);
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
	host.is_set_up = false;
	host.spacing = 0;
	host.td.cur_depth = 0;
}

int host_setup_test(void **state)
{
	(void)state;
	host_reset();
	return 0;
}

/* What setup found, where init did not come to make it the job's */
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
	if (!host.td.io_ops_data)
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
