// SPDX-License-Identifier: GPL-2.0
/*
 * write_mode=, deac=, copy_source= and dsm_attr=: the bytes of the commands
 * that are sent in place of Writes (NVM Command Set 1.0, 3.2.2 for Copy, 3.2.3
 * for Dataset Management, 3.2.5 for Verify, 3.2.7 for Write Uncorrectable and
 * 3.2.8 for Write Zeroes).
 */
#include "sqe.h"

#include <stdlib.h>
#include <string.h>

#include "groups.h"

#define DEAC (1u << 25)

static void start(const char *mode)
{
	host.options.write_mode = (char *)mode;
	host_start();
}

/* Of a command without data: neither an address nor a registered buffer */
static void check_bare(uint8_t opcode, uint32_t flags, uint32_t cdw12)
{
	struct row row = {
		DDIR_WRITE,
		0x12345600,
		4096,
		{ URING_CMD | FIXED_FILE | flags, [2] = CMD_IO, [12] = opcode,
		  1, [22] = 0x91a2b, 0, 7 | cdw12 }
	};
	struct sqe got = sqe_send(2, row.ddir, row.offset, row.bytes);
	struct sqe want = sqe_wanted(&row, 2);

	sqe_put64(&want, 18, 0);
	sqe_assert(&got, &want);
}

/* CDW10 to CDW12 at the ends of what a command can say */
static void check_extents(void)
{
	struct sqe sqe = sqe_send(0, DDIR_WRITE, 0, 512);

	assert_int_equal(sqe_get64(&sqe, 22), 0);
	assert_int_equal(sqe.dw[24], 0);
	sqe = sqe_send(1, DDIR_WRITE, (1ull << 41) + 1024, 65536 * 512);
	assert_int_equal(sqe_get64(&sqe, 22), (1ull << 32) + 2);
	assert_int_equal(sqe.dw[24], 0xffff);
}

static void check_read_and_flush(uint32_t flags)
{
	const struct row rows[] = {
		{ DDIR_READ,
		  4096,
		  512,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [7] = flags,
		    [12] = 0x02, 1, [21] = 512, 8 } },
		{ DDIR_SYNC,
		  0,
		  0,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x00, 1 } },
	};

	SQE_CHECK(rows);
}

/* -- each family ------------------------------------------------------------- */

static void test_zeroes(void **state)
{
	(void)state;
	start("zeroes");
	check_bare(0x08, 0, 0);
	check_extents();
	check_read_and_flush(0);
}

static void test_deac(void **state)
{
	(void)state;
	host.options.deac = 1;
	start("zeroes");
	check_bare(0x08, 0, DEAC);
}

static void test_zeroes_fua(void **state)
{
	(void)state;
	host.options.deac = 1;
	host.options.writefua = 1;
	start("zeroes/100");
	check_bare(0x08, 0, DEAC | FUA);
}

/* Its CDW12 has no more than the number of blocks */
static void test_uncor(void **state)
{
	(void)state;
	host.options.writefua = 1;
	start("uncor");
	check_bare(0x04, 0, 0);
	check_extents();
}

static void test_verify(void **state)
{
	(void)state;
	host.options.writefua = 1;
	start("verify");
	check_bare(0x0c, 0, 0);
	check_extents();
}

static void test_fixed(void **state)
{
	(void)state;
	host.options.fixedbufs = 1;
	start("zeroes");
	check_bare(0x08, 0, 0);
	check_read_and_flush(URING_CMD_FIXED);
	/* the slot that a Read with a registered buffer was in */
	for (unsigned int i = 0; i < 4; i++)
		check_bare(0x08, 0, 0);
}

static void test_vectored(void **state)
{
	(void)state;
	host.options.nonvectored = 0;
	start("uncor");
	check_bare(0x04, 0, 0);
	assert_int_equal(sqe_send(0, DDIR_READ, 0, 512).dw[2], CMD_IO_VEC);
	check_bare(0x04, 0, 0);
}

static void test_force_async(void **state)
{
	(void)state;
	host.options.force_async = 2;
	start("zeroes");
	check_bare(0x08, 0, 0);
	check_bare(0x08, ASYNC, 0);
	check_bare(0x08, 0, 0);
}

/* 512 + 8 bytes a block: a count of bytes is no power of two */
static void test_extended(void **state)
{
	struct sqe sqe;

	(void)state;
	host.ns[0].lba_bytes = 520;
	host.ns[0].lba_shift = 0;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.min_bs[i] = host.td.o.max_bs[i] = host.td.o.bs[i] =
			host.td.o.ba[i] = 520 * 8;
	start("write/50:zeroes/50");
	for (unsigned int i = 0; i < 100; i++) {
		sqe = sqe_send(0, DDIR_WRITE, 520 * 1000, 520 * 8);
		assert_int_equal(sqe_get64(&sqe, 22), 1000);
		assert_int_equal(sqe.dw[24], 7);
		assert_int_equal(sqe.dw[21], sqe.dw[12] == 1 ? 520 * 8 : 0);
	}
}

/* -- Copy -------------------------------------------------------------------- */

static void copy_from(const char *source, unsigned int ranges)
{
	host.options.copy_source = (char *)source;
	host.options.copy_ranges = ranges;
}

/* Source ranges of 32 bytes: SLBA in bytes 15:8, NLB, zero-based, in 17:16 */
static void check_copy(uint64_t offset, uint64_t bytes, const uint64_t *sources,
		       unsigned int nr)
{
	struct row row = { DDIR_WRITE,
			   offset,
			   bytes,
			   { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x19,
			     1, [21] = 32 * nr, [24] = nr - 1 } };
	struct sqe got = sqe_send(1, DDIR_WRITE, offset, bytes);
	struct sqe want = sqe_wanted(&row, 1);
	const uint64_t *table =
		(const uint64_t *)(uintptr_t)sqe_get64(&got, 18);

	sqe_put64(&want, 18, sqe_get64(&got, 18));
	sqe_put64(&want, 22, offset / 512);
	sqe_assert(&got, &want);
	assert_non_null(table);
	for (unsigned int i = 0; i < nr; i++, table += 4) {
		const uint64_t range[4] = { 0, sources[2 * i],
					    sources[2 * i + 1] - 1, 0 };

		assert_memory_equal(table, range, sizeof(range));
	}
}

#define COPY(offset, bytes, ...)                                     \
	check_copy(offset, bytes, (const uint64_t[]){ __VA_ARGS__ }, \
		   sizeof((const uint64_t[]){ __VA_ARGS__ }) / 2 /   \
			   sizeof(uint64_t))

/* The nth byte of the file is the nth of the region, again and again */
static void test_copy(void **state)
{
	(void)state;
	copy_from("1m,64k", 1);
	start("copy");
	COPY(0, 4096, 2048, 8);
	COPY(8192, 512, 2048 + 16, 1);
	COPY(61440, 4096, 2048 + 120, 8);
	COPY(65536, 4096, 2048, 8);
	COPY((1ull << 41) + 4096, 4096, 2048 + 8, 8);
	/* what lies across its end is its end */
	COPY(65536 - 512, 4096, 2048 + 120, 8);
	COPY(65536 - 3584, 4096, 2048 + 120, 8);
	COPY(0, 65536, 2048, 128);
}

static void test_copy_ranges(void **state)
{
	(void)state;
	copy_from("1m:64k", 3);
	start("copy");
	COPY(0, 3 * 512, 2048, 1, 2049, 1, 2050, 1);
	/* as even as can be, so that no range is longer than it need be */
	COPY(0, 4096, 2048, 3, 2051, 3, 2054, 2);
	COPY(4096, 7 * 512, 2056, 3, 2059, 2, 2061, 2);
	/* no range without a block */
	COPY(0, 1024, 2048, 1, 2049, 1);
	COPY(512, 512, 2049, 1);
}

static void test_copy_fua(void **state)
{
	(void)state;
	copy_from("1m,64k", 1);
	host.options.writefua = 1;
	start("copy");
	assert_int_equal(sqe_send(0, DDIR_WRITE, 0, 512).dw[24], FUA);
}

/* Every I/O in flight has sources of its own, outside fio's buffers */
static void test_copies_in_flight(void **state)
{
	const uint64_t *tables[4];

	(void)state;
	copy_from("1m,64k", 2);
	host.options.fixedbufs = 1;
	start("copy");
	for (unsigned int i = 0; i < 4; i++)
		host_queue(i, DDIR_WRITE, 8192ull * i, 1024);
	host_commit();
	for (unsigned int i = 0; i < 4; i++) {
		struct sqe sqe = sqe_nth(i);

		tables[i] = (const uint64_t *)(uintptr_t)sqe_get64(&sqe, 18);
		assert_int_equal(sqe.dw[7], 0);
	}
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(tables[i][1], 2048 + 16 * i);
		assert_int_equal(tables[i][5], 2048 + 16 * i + 1);
	}
	assert_int_equal(host_getevents(4, 4), 4);
}

/* One word that is the default leaves Writes as they are */
static void test_write(void **state)
{
	static const struct row rows[] = {
		{ DDIR_WRITE,
		  0x12345600,
		  4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x01,
		    1, [21] = 4096, 0x91a2b, 0, 7 } },
	};

	(void)state;
	start("write/100");
	SQE_CHECK(rows);
	assert_int_equal(host.effects_reads, 0);
}

/* -- what a trim is ---------------------------------------------------------- */

static void test_dsm(void **state)
{
	static const struct {
		const char *text;
		uint32_t cdw11;
	} rows[] = {
		{ NULL, AD },
		{ "deallocate", AD },
		{ "idr", 1 },
		{ "idw", 2 },
		{ "idr,idw", 3 },
		{ "idw:deallocate", 6 },
		{ "deallocate,idr,idw", 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host.options.dsm_attr = (char *)rows[i].text;
		host_start();
		assert_int_equal(sqe_send(0, DDIR_TRIM, 0, 4096).dw[23],
				 rows[i].cdw11);
		host_end_for_another();
	}
	host_start();
}

/* -- what is told of them ---------------------------------------------------- */

static void assert_failure(enum fio_ddir ddir, const char *want)
{
	struct io_u *io_u = &host.io_us[1];
	char *got;

	host_queue(1, ddir, 1024, 1024);
	host_commit();
	fake_complete(0, 0x4002);
	assert_int_equal(host_getevents(1, 1), 1);
#if ERRDETAILS_PARAMS == 2
	got = host.ops->errdetails(&host.td, io_u);
#else
	got = host.ops->errdetails(io_u);
#endif
	assert_non_null(got);
	if (!strstr(got, want))
		fail_msg("\"%s\" does not say \"%s\"", got, want);
	free(got);
}

static void test_failures(void **state)
{
	static const char *const rows[][2] = {
		{ "zeroes", "/dev/ng0n1: Write Zeroes, slba 2, 2 blocks: " },
		{ "uncor", "/dev/ng0n1: Write Uncorrectable, slba 2, 2 " },
		{ "verify", "/dev/ng0n1: Verify, slba 2, 2 blocks: " },
		{ "copy", "/dev/ng0n1: Copy, slba 2, 2 blocks: " },
		{ "write", "/dev/ng0n1: Write, slba 2, 2 blocks: " },
		{ "write/0:zeroes/100", "/dev/ng0n1: Write Zeroes, slba 2, " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		copy_from(strcmp(rows[i][0], "copy") ? NULL : "1m,64k", 1);
		start(rows[i][0]);
		assert_failure(DDIR_WRITE, rows[i][1]);
		host_end_for_another();
	}
	host.options.dsm_attr = (char *)"idr";
	host_start();
	assert_failure(DDIR_TRIM, ": Dataset Management, slba 2, 2 blocks: ");
}

/* The summary counts every kind for itself */
static void test_summary(void **state)
{
	(void)state;
	host.options.summary = 1;
	start("verify");
	for (unsigned int i = 0; i < 3; i++)
		sqe_send(i, DDIR_WRITE, 0, 4096);
	sqe_send(0, DDIR_READ, 0, 4096);
	host.info[0] = '\0';
	host_end_for_another();
	if (!strstr(host.info, "1 Read") || !strstr(host.info, "3 Verify"))
		fail_msg("%s", host.info);
	host_start();
}

int group_modes(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_zeroes),
		HOST_TEST(test_deac),
		HOST_TEST(test_zeroes_fua),
		HOST_TEST(test_uncor),
		HOST_TEST(test_verify),
		HOST_TEST(test_fixed),
		HOST_TEST(test_vectored),
		HOST_TEST(test_force_async),
		HOST_TEST(test_extended),
		HOST_TEST(test_copy),
		HOST_TEST(test_copy_ranges),
		HOST_TEST(test_copy_fua),
		HOST_TEST(test_copies_in_flight),
		HOST_TEST(test_write),
		HOST_TEST(test_dsm),
		HOST_TEST(test_failures),
		HOST_TEST(test_summary),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("modes"), tests, NULL,
					   NULL);
}
