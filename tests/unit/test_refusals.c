// SPDX-License-Identifier: GPL-2.0
/* What setup refuses, in one line with the cause, before anything is sent. */
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

/* Refused by setup, in one line on stderr that says all of @texts */
static void refused(const char *const *texts, size_t nr)
{
	host.log[0] = '\0';
	host.td.error = 0;
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_non_null(strstr(host.log, "nvme_passthru " NVME_PASSTHRU_VERSION
					 " (fio layout " FIO_LAYOUT_ID "): "));
	for (size_t i = 0; i < nr; i++)
		if (!strstr(host.log, texts[i]))
			fail_msg("\"%s\" does not say \"%s\"", host.log,
				 texts[i]);
	assert_true(host.td.error > 0);
	assert_null(host.files[0].engine_data);
}

#define REFUSED(...)                                  \
	refused((const char *const[]){ __VA_ARGS__ }, \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void test_held(void **state)
{
	(void)state;
	host.hold_error = -EBUSY;
	REFUSED("/dev/ng0n1: in use");
	assert_int_equal(host.td.error, EBUSY);
}

static void test_open(void **state)
{
	(void)state;
	host.open_error = -EACCES;
	REFUSED("open failed");
}

static void test_identify(void **state)
{
	(void)state;
	host.identify_error = -EIO;
	REFUSED("Identify failed");
}

static void test_second_file(void **state)
{
	(void)state;
	host.td.files_index = 2;
	host.ns[1].lba_size = host.ns[1].lba_bytes = 8192;
	host.ns[1].lba_shift = 13;
	assert_int_equal(host.ops->setup(&host.td), 1);
	assert_non_null(strstr(host.log, "/dev/ng0n2: bs=4096 is not a "));
}

static void test_unaligned(void **state)
{
	struct thread_options *o = &host.td.o;

	(void)state;
	o->min_bs[DDIR_WRITE] = 1000;
	REFUSED("bs=1000", "512");
	o->min_bs[DDIR_WRITE] = 512;
	o->max_bs[DDIR_TRIM] = 70001;
	REFUSED("bs=70001");
	o->max_bs[DDIR_TRIM] = 4096;
	o->ba[DDIR_READ] = 100;
	REFUSED("blockalign=100");
	o->ba[DDIR_READ] = 512;
	o->start_offset = 4097;
	REFUSED("offset=4097");
	/* given as a percentage, fio rounds it itself */
	o->start_offset_percent = 10;
	host_start();
}

/* However many sizes there are, the last counts as the first */
static void test_bssplit(void **state)
{
	struct bssplit splits[3][64];
	struct thread_options *o = &host.td.o;

	(void)state;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++) {
		for (unsigned int j = 0; j < 64; j++)
			splits[i][j] = (struct bssplit){ .bs = 512 * (j + 1) };
		o->bssplit[i] = splits[i];
		o->bssplit_nr[i] = 64;
	}
	assert_int_equal(host.ops->setup(&host.td), 0);
	free(host.files[0].engine_data);
	host.files[0].engine_data = NULL;
	splits[DDIR_TRIM][63].bs = 513;
	REFUSED("bssplit=513");
	splits[DDIR_TRIM][63].bs = 512;
	splits[DDIR_READ][0].bs = 1;
	REFUSED("bssplit=1 ");
}

static void test_too_deep(void **state)
{
	(void)state;
	host.td.o.iodepth = 32769;
	REFUSED("iodepth=32769", "32768");
}

/* What is registered is asked for: as many buffers as fio has, of the size
 * that fio gives them */
static void test_memlock(void **state)
{
	(void)state;
	host.options.fixedbufs = 1;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.td.o.iodepth = 16;
	host.td.o.max_bs[DDIR_WRITE] = 65536;
	host.memlock = 16 * 65536 - 1;
	REFUSED("fixedbufs=1 locks 1024 KiB", "limit is 1023 KiB", "ulimit -l");
	host.memlock++;
	host_start();
}

/* Buffers of a region of their own share no page */
static void test_memlock_pages(void **state)
{
	(void)state;
	host.release = "6.1.0";
	host.options.fixedbufs = 1;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.max_bs[i] = host.td.o.min_bs[i] = host.td.o.ba[i] =
			512;
	host.memlock = 4 * 4096 - 1;
	REFUSED("fixedbufs=1 locks 16 KiB");
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.max_bs[i] = 4096;
	REFUSED("fixedbufs=1 locks 16 KiB");
	host.memlock++;
	host_start();
}

/* In huge pages they lie one after the other */
static void test_memlock_huge(void **state)
{
	(void)state;
	host.options.fixedbufs = 1;
	host.td.o.mem_type = MEM_MMAPHUGE;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.max_bs[i] = host.td.o.min_bs[i] = host.td.o.ba[i] =
			512;
	host.memlock = 2047;
	REFUSED("fixedbufs=1 locks 2 KiB");
	host.memlock++;
	host_start();
}

/* Directions that the job does not have may be anything */
static void test_unused_direction(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.td.o.min_bs[DDIR_WRITE] = 1000;
	host.td.o.ba[DDIR_TRIM] = 1;
	host_start();
}

static void test_too_large(void **state)
{
	(void)state;
	host.ns[0].mdts_bytes = 65536;
	host.options.cmd_bs = 131072;
	REFUSED("cmd_bs=131072", "65536 bytes (MDTS)");
	host.options.cmd_bs = 0;
	/* a vectored io_unit cannot be several commands */
	host.options.nonvectored = 0;
	host.td.o.max_bs[DDIR_READ] = 131072;
	REFUSED("bs=131072", "65536 bytes (MDTS)");
	/* a trim carries a range and no data, and an offset nothing */
	host.td.o.max_bs[DDIR_READ] = 65536;
	host.td.o.max_bs[DDIR_TRIM] = 1 << 30;
	host.td.o.start_offset = 1 << 30;
	assert_int_equal(host.ops->setup(&host.td), 0);
}

static void test_huge_pages(void **state)
{
	(void)state;
	host.ns[0].max_segments = 4;
	host.options.cmd_bs = 65536;
	REFUSED("max_segments", "iomem=mmaphuge");
	host.td.o.mem_type = MEM_MMAPHUGE;
	assert_int_equal(host.ops->setup(&host.td), 0);
}

/* Before Linux 6.12 registered huge pages do not stay whole */
static void test_huge_pages_fixed(void **state)
{
	(void)state;
	host.ns[0].max_segments = 4;
	host.options.cmd_bs = 65536;
	host.td.o.mem_type = MEM_SHMHUGE;
	host.options.fixedbufs = 1;
	host.release = "6.11.0";
	REFUSED("max_segments");
	host.release = "6.12.0";
	assert_int_equal(host.ops->setup(&host.td), 0);
	free(host.files[0].engine_data);
	host.files[0].engine_data = NULL;
	host.options.fixedbufs = 0;
	host.release = "6.11.0";
	assert_int_equal(host.ops->setup(&host.td), 0);
}

static void test_poll(void **state)
{
	(void)state;
	host.options.hipri = 1;
	REFUSED("hipri=1", "poll_queues");
	host.ns[0].poll = true;
	host.release = "6.4.16";
	REFUSED("hipri=1", "Linux 6.5");
	host.release = "6.5.0";
	host_start();
}

static void test_hybrid(void **state)
{
	(void)state;
	host.options.hybrid_poll = 1;
	host.ns[0].poll = true;
	REFUSED("hybrid_poll=1 without hipri");
	host.options.hipri = 1;
	fake.unknown = 1u << 17;
	REFUSED("hybrid_poll=1: kernel", "Linux 6.13", "hybrid_poll=0");
	assert_int_equal(host.opens, 0);
	fake.unknown = 0;
	host_start();
}

static void test_processor(void **state)
{
	(void)state;
	host.options.sqthread_poll = 1;
	host.options.sqthread_poll_cpu = 4095;
	fake.unknown = 1u << 2; /* IORING_SETUP_SQ_AFF */
	REFUSED("sqthread_poll_cpu=4095", "no such processor");
	assert_int_equal(host.opens, 0);
	fake.unknown = 0;
	host_start();
}

static void test_trim(void **state)
{
	(void)state;
	host.ns[0].trims = false;
	REFUSED("Dataset Management");
	host.td.o.td_ddir = TD_DDIR_READ | TD_DDIR_WRITE;
	host_start();
}

/* fio's trim workload beside writes */
static void test_trim_percentage(void **state)
{
	(void)state;
	host.ns[0].trims = false;
	host.td.o.td_ddir = TD_DDIR_WRITE;
	host.td.o.trim_percentage = 10;
	REFUSED("Dataset Management");
}

static int invalid(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	(void)nth;
	return -EINVAL;
}

static int status(const uint32_t *sqe, unsigned int nth)
{
	(void)sqe;
	(void)nth;
	return 0x281;
}

/* Told by trying it: a status comes from the controller, an errno does not */
static void test_vectored_probe(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	host.options.fixedbufs = 1;
	fake.status = invalid;
	REFUSED("nonvectored=0 with fixedbufs=1", "Linux 6.15");
	fake.status = status;
	assert_int_equal(host.ops->setup(&host.td), 0);
}

/* That the trial itself could not be made says nothing about the kernel */
static void test_vectored_untried(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	host.options.fixedbufs = 1;
	fake.buffers_error = -ENOMEM;
	REFUSED("nonvectored=0 with fixedbufs=1: trying it", "ulimit -l");
	assert_null(strstr(host.log, "this kernel refuses"));
	assert_int_equal(host.td.error, ENOMEM);
	fake.buffers_error = 0;
	fake.enter_error = -EBADF;
	REFUSED("trying it", strerror(EBADF));
	assert_null(strstr(host.log, "this kernel refuses"));
}

static void test_core_options(void **state)
{
	struct thread_options *o = &host.td.o;

	(void)state;
	o->bs_unaligned = 1;
	REFUSED("bs_unaligned is refused");
	o->bs_unaligned = 0;
	o->zone_mode = ZONE_MODE_STRIDED;
	o->create_serialize = 0;
	REFUSED("create_serialize=0");
	o->td_ddir = TD_DDIR_READ;
	host_start();
}

static void test_own_options(void **state)
{
	(void)state;
	host.options.cmd_type = 2;
	REFUSED("cmd_type=bsg is refused");
}

static void test_no_ring(void **state)
{
	(void)state;
	fake.init_error = -ENOSYS;
	REFUSED("io_uring");
}

int group_refusals(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_held),
		HOST_TEST(test_open),
		HOST_TEST(test_identify),
		HOST_TEST(test_second_file),
		HOST_TEST(test_unaligned),
		HOST_TEST(test_bssplit),
		HOST_TEST(test_too_deep),
		HOST_TEST(test_memlock),
		HOST_TEST(test_memlock_pages),
		HOST_TEST(test_memlock_huge),
		HOST_TEST(test_unused_direction),
		HOST_TEST(test_too_large),
		HOST_TEST(test_huge_pages),
		HOST_TEST(test_huge_pages_fixed),
		HOST_TEST(test_poll),
		HOST_TEST(test_hybrid),
		HOST_TEST(test_processor),
		HOST_TEST(test_trim),
		HOST_TEST(test_trim_percentage),
		HOST_TEST(test_vectored_probe),
		HOST_TEST(test_vectored_untried),
		HOST_TEST(test_core_options),
		HOST_TEST(test_own_options),
		HOST_TEST(test_no_ring),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("refusals"), tests,
					   NULL, NULL);
}
