// SPDX-License-Identifier: GPL-2.0
/*
 * verify_mode=compare: Compare (NVM Command Set 1.0, 3.2.1) where fio verifies
 * and nowhere else; and what fio is told of writes that leave no data.
 */
#include "sqe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

static void start(void)
{
	host.options.verify_mode = VERIFY_MODE_COMPARE;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.verify_pattern_bytes = 1;
	host_start();
}

static uint8_t opcode_of(unsigned int unit, unsigned int flags)
{
	host.io_us[unit].flags = flags;
	return (uint8_t)sqe_send(unit, DDIR_READ, 4096, 4096).dw[12];
}

static void test_bytes(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  0x12345600,
		  4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x05,
		    1, [21] = 4096, 0x91a2b, 0, 7 } },
		{ DDIR_READ,
		  (1ull << 41) + 512,
		  65536 * 512,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [12] = 0x05,
		    1, [21] = 65536 * 512, 1, 1, 0xffff } },
	};

	(void)state;
	host.options.writefua = 1;
	start();
	for (unsigned int i = 0; i < 4; i++)
		host.io_us[i].flags = IO_U_F_VER_LIST;
	SQE_CHECK(rows);
	assert_int_equal(host.populated, 2);
}

/* It is what a Read would have been */
static void test_fua(void **state)
{
	(void)state;
	host.options.readfua = 1;
	start();
	assert_int_equal(opcode_of(0, IO_U_F_VER_LIST), 0x05);
	assert_int_equal(sqe_last().dw[24], FUA | 7);
}

static void test_fixed(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO, [7] = URING_CMD_FIXED,
		    [12] = 0x05, 1, [21] = 4096, 8, 0, 7 } },
	};

	(void)state;
	host.options.fixedbufs = 1;
	host.td.o.mem_type = MEM_MMAPHUGE;
	start();
	host.io_us[0].flags = IO_U_F_VER_LIST;
	SQE_CHECK(rows);
}

static void test_vectored(void **state)
{
	static const struct row rows[] = {
		{ DDIR_READ,
		  4096,
		  4096,
		  { URING_CMD | FIXED_FILE, [2] = CMD_IO_VEC, [12] = 0x05,
		    1, [21] = 1, 8, 0, 7 } },
	};

	(void)state;
	host.options.nonvectored = 0;
	start();
	host.io_us[0].flags = IO_U_F_VER_LIST;
	SQE_CHECK(rows);
}

/* Whatever is not fio's verification is a Read */
static void test_only_verification(void **state)
{
	(void)state;
	start();
	assert_int_equal(opcode_of(0, 0), 0x02);
	assert_int_equal(host.populated, 0);
	assert_int_equal(opcode_of(0, IO_U_F_VER_LIST), 0x05);
	assert_int_equal(opcode_of(1, 0), 0x02);
	assert_int_equal(host.populated, 1);
}

/* fio itself has to look where it expects no data of its own */
static void test_trimmed(void **state)
{
	(void)state;
	start();
	assert_int_equal(opcode_of(0, IO_U_F_VER_LIST | IO_U_F_TRIMMED), 0x02);
#ifdef IO_U_F_ZEROED
	assert_int_equal(opcode_of(1, IO_U_F_VER_LIST | IO_U_F_ZEROED), 0x02);
	assert_int_equal(opcode_of(2, IO_U_F_VER_LIST | IO_U_F_ERRORED), 0x02);
#endif
	assert_int_equal(host.populated, 0);
	/* host.c sees that what a Read left in the buffer is filled anew */
	host.io_us[0].buf_filled_len = 4096;
	assert_int_equal(opcode_of(0, IO_U_F_VER_LIST), 0x05);
	assert_int_equal(host.populated, 1);
}

#ifdef IO_U_F_VER_IN_DEV
/* fio looks no further where the device did, and nowhere else */
static void test_mark(void **state)
{
	unsigned int others = IO_U_F_VER_LIST | IO_U_F_NO_FILE_PUT;

	(void)state;
	start();
	opcode_of(0, others);
	assert_int_equal(host.io_us[0].flags, others | IO_U_F_VER_IN_DEV);
	/* fio does not take it off */
	opcode_of(0, others | IO_U_F_TRIMMED | IO_U_F_VER_IN_DEV);
	assert_int_equal(host.io_us[0].flags, others | IO_U_F_TRIMMED);
}
#endif

static void test_read_mode(void **state)
{
	(void)state;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.verify_pattern_bytes = 1;
	host_start();
	assert_int_equal(opcode_of(0, IO_U_F_VER_LIST), 0x02);
	assert_int_equal(host.populated, 0);
	assert_int_equal(host.effects_reads, 0);
}

/* Media and Data Integrity, Compare Failure (NVM Command Set 1.0, 3.2.1.1) */
static void test_failure(void **state)
{
	struct io_u *io_u;
	char *text;

	(void)state;
	start();
	io_u = &host.io_us[1];
	io_u->flags = IO_U_F_VER_LIST;
	host_queue(1, DDIR_READ, 4096, 1024);
	host_commit();
	fake_complete(0, 0x285);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_not_equal(io_u->error, 0);
#if ERRDETAILS_PARAMS == 2
	text = host.ops->errdetails(&host.td, io_u);
#else
	text = host.ops->errdetails(io_u);
#endif
	assert_non_null(strstr(text, "Compare, slba 8, 2 blocks: "));
	assert_non_null(strstr(text, "Compare Failure"));
	free(text);
}

/* -- what fio expects to find where a write went -------------------------------- */

#ifdef IO_U_F_ZEROED
static void check_marks(const char *mode, unsigned int want)
{
	struct io_u *io_u;
	unsigned int all = IO_U_F_TRIMMED | IO_U_F_ZEROED | IO_U_F_ERRORED;

	host.options.write_mode = (char *)mode;
	host_start();
	io_u = host_io(0, DDIR_WRITE, 4096, 4096);
	io_u->flags = all | IO_U_F_NO_FILE_PUT;
	/* fio notes the write between this and queue */
	assert_int_equal(host.ops->prep(&host.td, io_u), 0);
	assert_int_equal(io_u->flags, want | IO_U_F_NO_FILE_PUT);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_QUEUED);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	host_end_for_another();
}

static void test_marks(void **state)
{
	(void)state;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.verify_pattern_bytes = 1;
	check_marks("zeroes", IO_U_F_ZEROED);
	check_marks("uncor", IO_U_F_ERRORED);
	check_marks("write/100:zeroes/0", 0);
	/* it reads as zeroes all the same (NVM Command Set 1.0, 3.2.8) */
	host.options.deac = 1;
	check_marks("zeroes", IO_U_F_ZEROED);
	host.options.deac = 0;
	host.options.write_mode = NULL;
	host_start();
}

/* What prep chose is what is sent, however many were chosen since */
static void test_choice(void **state)
{
	unsigned int zeroed[4];

	(void)state;
	host.options.write_mode = (char *)"write/50:zeroes/50";
	host_start();
	for (unsigned int round = 0; round < 8; round++) {
		for (unsigned int i = 0; i < 4; i++) {
			struct io_u *io_u = host_io(i, DDIR_WRITE, 0, 4096);

			host.ops->prep(&host.td, io_u);
			zeroed[i] = io_u->flags & IO_U_F_ZEROED;
		}
		for (unsigned int i = 0; i < 4; i++)
			assert_int_equal(
				host.ops->queue(&host.td, &host.io_us[i]),
				FIO_Q_QUEUED);
		host_commit();
		assert_int_equal(host_getevents(4, 4), 4);
		for (unsigned int i = 0; i < 4; i++)
			assert_int_equal(sqe_nth(4 * round + i).dw[12],
					 zeroed[i] ? 0x08 : 0x01);
	}
}
#endif

int group_compare(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_bytes),
		HOST_TEST(test_fua),
		HOST_TEST(test_fixed),
		HOST_TEST(test_vectored),
		HOST_TEST(test_only_verification),
		HOST_TEST(test_trimmed),
#ifdef IO_U_F_VER_IN_DEV
		HOST_TEST(test_mark),
#endif
		HOST_TEST(test_read_mode),
		HOST_TEST(test_failure),
#ifdef IO_U_F_ZEROED
		HOST_TEST(test_marks),
		HOST_TEST(test_choice),
#endif
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("compare"), tests, NULL,
					   NULL);
}
