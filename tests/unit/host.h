/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host for one layout of the engine: fio's part in a job, call by call as
 * fio makes them, with namespaces as a test wishes them to be and the ring of
 * fake_ring.h. Compiled once per layout.
 */
#ifndef HOST_H
#define HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "layout.h"

#include "fio/options.h"
#include "job_placement.h"
#include "nvme/effects.h"
#include "nvme/fdp.h"
#include "nvme/namespace.h"
#include "fake_ring.h"
#include "own.h"

#define HOST_FILES 4
#define HOST_SETTLES 4
#define LAYOUT_GROUP(name) name "-" FIO_LAYOUT_ID

struct ioengine_ops *LAYOUT_SYM(nvme_passthru_ops)(void);

/**
 * struct host - a job as fio holds it, and what it saw
 *
 * Set up by host_reset() as a sane job of depth 4 on one namespace with 512
 * byte blocks; a test changes @td, @options and @ns, then calls host_start().
 * @log holds the lines to log_err, @info those to log_info. @open_error,
 * @identify_error and @hold_error make those calls fail. @opens and @holds
 * count opens and exclusive opens, @posted tells whether post_init was called.
 * @settle is what layout_settle() answers first. @release is the running
 * kernel's, @handles and @streams are what every namespace has of them, and
 * @placement_error makes asking for it fail. @memlock the limit for the user,
 * who has no privilege. @clock counts questions for the time, which is also
 * their answer; @monotonic is what the engine's own are told, and @realtime
 * where they ask for the date. @flushed is how much of @info fio wrote out.
 * @write_error makes the engine's write() fail. FDP logs are read from @fdp,
 * one after the other, @fdp_reads counting them; @placement is the first
 * file's, by host_place(); @fdp_error makes it fail. @late_setup has setup
 * called last, as fio does with create_serialize=0; @is_set_up tells that
 * host_set_up() was called before host_begin(). @effects is what every
 * namespace says of its commands, @effects_reads counts who asks, and
 * @effects_error makes that fail; @populated counts buffers filled for a
 * verification. @read_wrong is what reading again finds. @reformatted is the
 * name of a file that is formatted by now, and @format_asked counts who asks.
 */
struct host {
	struct ioengine_ops *ops;
	struct thread_data td;
	struct passthru_options options;
	struct nspace ns[HOST_FILES];
	struct nspace_fdp handles;
	struct nspace_streams streams;
	int placement_error;
	struct fio_file files[HOST_FILES];
	struct fio_file *file_list[HOST_FILES];
	struct io_u *io_us;
	struct io_u **io_u_list;
	char *memory;
	size_t memory_size;
	size_t spacing;
	unsigned int *queued;
	unsigned int submitted;
	unsigned int submits;
	char log[4096];
	char info[4096];
	int open_error;
	int identify_error;
	int hold_error;
	const char *hold_remark;
	bool posted;
	unsigned int opens;
	unsigned int holds;
	int settle[HOST_SETTLES];
	unsigned int settled;
	long clock;
	struct timespec monotonic;
	struct timespec realtime;
	int write_error;
	struct nspace_fdp_log fdp[2];
	unsigned int fdp_reads;
	int fdp_error;
	struct placement *placement;
	bool late_setup;
	bool is_set_up;
	size_t flushed;
	struct nspace_effects effects;
	unsigned int effects_reads;
	int effects_error;
	unsigned int populated;
	const char *reformatted;
	unsigned int format_asked;
	const char *release;
	uint64_t memlock;
	int (*read_wrong)(const struct pi_request *ask, uint64_t slba,
			  uint32_t nlb, struct pi_mismatch *wrong);
};

extern OWN struct host host;
/* What the first files are called */
extern const char *const host_names[HOST_FILES];

void host_reset(void);
void host_reset_own(void);
int host_set_up(void);
int host_begin(void);
void host_place(const struct placement *placement);
void host_start(void);
void host_extended(void);
void host_end(void);
void host_end_for_another(void);
int host_setup_test(void **state);
int host_teardown_test(void **state);

struct io_u *host_io(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		     uint64_t bytes);
void host_queue(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		uint64_t bytes);
void host_commit(void);
unsigned int host_getevents(unsigned int min, unsigned int max);
struct io_u *host_event(unsigned int nth);

#define HOST_TEST(f) \
	cmocka_unit_test_setup_teardown(f, host_setup_test, host_teardown_test)

#endif
