// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for one fio: what it exports, with the sizes and offsets of one
 * table, and nothing behind it. It loads the plugin as fio does, asks it for
 * the engine, and calls its setup twice, as for two jobs.
 *
 * table.h is written by the test straight from the table's rows, not by the
 * generator, whose work is under test. The arguments alter the host:
 *
 *	move NAME	the option is stored 8 bytes further on
 *	drop NAME	the option is not there
 *	compile-out NAME	the option is there, unsupported
 *	alias NAME ALIAS	the option goes by another name, too
 *	add NAME	one more option, with a member
 *	add-unsupported NAME	one more option, unsupported
 *	add-profile NAME	one more option, of a profile's
 *	grow BYTES	thread_data is larger
 *	no-segment	no job was added yet
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>

#include "table.h"

#ifndef OPTION_PAD
#define OPTION_PAD 0
#endif
#ifndef TABLE_PAD
#define TABLE_PAD 0
#endif

#define ENTRY_SIZE (SIZEOF_FIO_OPTION + OPTION_PAD)
#define SEGMENTS 512

struct thread_data;
struct io_u;

char fio_options[FIO_MAX_OPTS * ENTRY_SIZE + TABLE_PAD];
char segments[SEGMENTS * SIZEOF_THREAD_SEGMENT];
char *fio_debug_jobp;
unsigned long fio_debug = ~0UL;
const char fio_version_string[] = "fio-stub-" TABLE_ID;
int output_format = 1;
bool read_only;

static size_t td_size = SIZEOF_THREAD_DATA;

__attribute__((format(printf, 1, 2))) ssize_t log_err(const char *format, ...)
{
	va_list args;

	printf("log_err: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	return 0;
}

__attribute__((format(printf, 1, 2))) ssize_t log_info(const char *format, ...)
{
	va_list args;

	printf("log_info: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	return 0;
}

__attribute__((format(printf, 2, 3))) void __dprint(int type,
						    const char *format, ...)
{
	va_list args;

	printf("dprint %d: ", type);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

int log_info_flush(void)
{
	return 0;
}

void fio_gettime(struct timespec *now, void *caller)
{
	(void)caller;
	clock_gettime(CLOCK_MONOTONIC, now);
}

void io_u_mark_submit(struct thread_data *td, unsigned int nr)
{
	(void)td;
	(void)nr;
}

void io_u_mark_complete(struct thread_data *td, unsigned int nr)
{
	(void)td;
	(void)nr;
}

int io_u_quiesce(struct thread_data *td)
{
	(void)td;
	return 0;
}

void populate_verify_io_u(struct thread_data *td, struct io_u *io_u)
{
	(void)td;
	(void)io_u;
}

/* fio's own is const from one version to the next, and not in another */
int do_io_u_trim(const struct thread_data *td, struct io_u *io_u)
{
	(void)td;
	(void)io_u;
	return 0;
}

#ifndef WITHOUT_IO_U_QUEUED
void io_u_queued(struct thread_data *td, struct io_u *io_u)
{
	(void)td;
	(void)io_u;
}
#endif

static void put_pointer(char *at, const void *value)
{
	memcpy(at, &value, sizeof(value));
}

static void put_int(char *at, int value)
{
	memcpy(at, &value, sizeof(value));
}

static char *option(const char *name)
{
	const char *here;

	for (char *at = fio_options;; at += ENTRY_SIZE) {
		memcpy(&here, at + FIO_OPTION_NAME, sizeof(here));
		if (here && !strcmp(here, name))
			return at;
		if (!here && !strcmp(name, ""))
			return at;
		if (!here) {
			fprintf(stderr, "no option %s\n", name);
			exit(2);
		}
	}
}

static char *add_option(const char *name, int type, int off1)
{
	char *at = option("");

	put_pointer(at + FIO_OPTION_NAME, name);
	put_int(at + FIO_OPTION_TYPE, type);
	put_int(at + FIO_OPTION_OFF1, off1);
	return at;
}

static void drop_option(const char *name)
{
	char *at = option(name);

	memmove(at, at + ENTRY_SIZE,
		fio_options + sizeof(fio_options) - at - ENTRY_SIZE);
}

static void fill_options(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		add_option(table[i].name, FIO_OPT_INT, table[i].off1);
}

/* Alter this host as the arguments say; returns whether there are jobs. */
static bool alter(char **arg)
{
	bool jobs = true;

	for (; *arg; arg++) {
		if (!strcmp(*arg, "move"))
			option(*++arg)[FIO_OPTION_OFF1] ^= 8;
		else if (!strcmp(*arg, "drop"))
			drop_option(*++arg);
		else if (!strcmp(*arg, "compile-out"))
			put_int(option(*++arg) + FIO_OPTION_TYPE,
				FIO_OPT_UNSUPPORTED);
		else if (!strcmp(*arg, "alias"))
			put_pointer(option(arg[1]) + FIO_OPTION_ALIAS, arg[2]),
				arg += 2;
		else if (!strcmp(*arg, "add"))
			add_option(*++arg, FIO_OPT_INT, 64);
		else if (!strcmp(*arg, "add-unsupported"))
			add_option(*++arg, FIO_OPT_UNSUPPORTED, 0);
		else if (!strcmp(*arg, "add-profile"))
			put_pointer(add_option(*++arg, FIO_OPT_INT, 16) +
					    FIO_OPTION_PROF_NAME,
				    "profile");
		else if (!strcmp(*arg, "grow"))
			td_size += atoi(*++arg);
		else if (!strcmp(*arg, "no-segment"))
			jobs = false;
	}
	return jobs;
}

/*
 * The first segment of jobs. Of a host with another size of thread_data none
 * of it may be touched: it faults.
 */
static char *add_segment(void)
{
	size_t size = td_size * JOBS_PER_SEG;
	int prot = td_size == SIZEOF_THREAD_DATA ? PROT_READ | PROT_WRITE :
						   PROT_NONE;
	char *threads = mmap(NULL, size + 4096, prot,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (threads == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	put_pointer(segments + THREAD_SEGMENT_THREADS, threads);
	fio_debug_jobp = threads + size;
	return threads;
}

static const char *string_at(const char *at)
{
	const char *value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* What an option's default stands for: a number or one of its words. */
static int default_of(const char *option)
{
	const char *def = string_at(option + FIO_OPTION_DEF);
	const char *pair = option + FIO_OPTION_POSVAL;
	const char *word;
	int value;

	if (!def)
		return 0;
	for (; (word = string_at(pair + VALUE_PAIR_IVAL));
	     pair += SIZEOF_VALUE_PAIR) {
		if (strcmp(word, def))
			continue;
		memcpy(&value, pair + VALUE_PAIR_OVAL, sizeof(value));
		return value;
	}
	return atoi(def);
}

/* The engine's options at their defaults, as fio fills them in. */
static char *engine_options(const char *ops)
{
	const char *at = string_at(ops + IOENGINE_OPS_OPTIONS);
	int size, off1;
	char *eo;

	memcpy(&size, ops + IOENGINE_OPS_OPTION_STRUCT_SIZE, sizeof(size));
	eo = calloc(1, size);
	if (!eo)
		exit(2);
	for (; string_at(at + FIO_OPTION_NAME); at += SIZEOF_FIO_OPTION) {
		memcpy(&off1, at + FIO_OPTION_OFF1, sizeof(off1));
		if (off1 && off1 + (int)sizeof(int) <= size)
			put_int(eo + off1, default_of(at));
	}
	return eo;
}

/* A job with one file that does not exist, as far as setup needs it. */
static void add_job(char *td, char *ops)
{
	static char file[SIZEOF_FIO_FILE], *files[] = { file };

	if (td_size != SIZEOF_THREAD_DATA)
		return;
	put_pointer(file + FIO_FILE_FILE_NAME, "/nonexistent/ng0n1");
	put_int(file + FIO_FILE_FD, -1);
	put_pointer(td + THREAD_DATA_IO_OPS, ops);
	put_pointer(td + THREAD_DATA_EO, engine_options(ops));
	put_pointer(td + THREAD_DATA_FILES, files);
	put_int(td + THREAD_DATA_FILES_INDEX, 1);
	put_int(td + THREAD_DATA_O + THREAD_OPTIONS_NR_FILES, 1);
	put_int(td + THREAD_DATA_O + THREAD_OPTIONS_IODEPTH, 1);
	put_pointer(td + THREAD_DATA_O + THREAD_OPTIONS_NAME, "stub");
}

static char *load(const char *plugin)
{
	void (*get_ioengine)(char **ops);
	void *handle = dlopen(plugin, RTLD_LAZY);
	char *ops = NULL, *again = NULL;

	if (!handle) {
		printf("dlopen: %s\n", dlerror());
		exit(2);
	}
	*(void **)&get_ioengine = dlsym(handle, "get_ioengine");
	get_ioengine(&ops);
	if (!ops)
		return NULL;
	get_ioengine(&again);
	get_ioengine(&again);
	if (ops != again) {
		printf("another engine when asked again\n");
		exit(2);
	}
	return ops;
}

static int run_setup(char *td, char *ops)
{
	int (*setup)(char *td);

	memcpy(&setup, ops + IOENGINE_OPS_SETUP, sizeof(setup));
	return setup(td);
}

int main(int argc, char **argv)
{
	char *ops, *td = NULL;
	const char *name;
	int version;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	fill_options();
	if (alter(argv + 2))
		td = add_segment();
	ops = load(argv[1]);
	if (!ops) {
		printf("no engine\n");
		return 1;
	}
	memcpy(&name, ops + IOENGINE_OPS_NAME, sizeof(name));
	memcpy(&version, ops + IOENGINE_OPS_VERSION, sizeof(version));
	printf("engine %s version %d\n", name, version);
	if (td)
		add_job(td, ops);
	printf("setup %d\n", run_setup(td, ops));
	printf("setup %d\n", run_setup(td, ops));
	return 0;
}
