// SPDX-License-Identifier: GPL-2.0
/* What is said of metadata: refusals, remarks, and what a device found. */
#include "pi_job.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

/* -- what the controller finds ------------------------------------------------ */

static struct io_u *status_of(int res)
{
	fake.completes = FAKE_NEVER;
	host_queue(1, DDIR_READ, 1024, 4096);
	host_commit();
	fake_complete(0, res);
	assert_int_equal(host_getevents(1, 1), 1);
	return host_event(0);
}

/* As if the application tag of one block were another */
static int read_another(const struct pi_request *ask, uint64_t slba,
			uint32_t nlb, struct pi_mismatch *wrong)
{
	assert_int_equal(slba, 2);
	assert_int_equal(nlb, 8);
	assert_int_equal(ask->prchk, GUARD | APP | REF);
	*wrong = (struct pi_mismatch){
		.lba = 5,
		.field = PI_FIELD_APPTAG,
		.bits = 16,
		.expected = ask->apptag,
		.found = 0x4321,
		.mask = ask->apptag_mask,
	};
	return -EILSEQ;
}

static int read_fails(const struct pi_request *ask, uint64_t slba, uint32_t nlb,
		      struct pi_mismatch *wrong)
{
	(void)ask, (void)slba, (void)nlb, (void)wrong;
	return -EIO;
}

/* What the device finds is named by reading it again, unchecked */
static void test_status(void **state)
{
	(void)state;
	host.options.pi_chk = everything;
	set_format(&separate);
	host_start();
	host.read_wrong = read_another;
	assert_details(
		status_of(0x4283),
		"/dev/ng0n1: Read, slba 2, 8 blocks: End-to-end Application Tag Check Error: The command was aborted due to an end-to-end application tag check failure (sct 0x2, sc 0x83, do not retry); read again, logical block 5: the application tag of its protection information is 0x4321, expected 0x1234");
	/* where that is no help, the status has to do */
	host.read_wrong = read_fails;
	assert_details(
		status_of(0x283),
		"/dev/ng0n1: Read, slba 2, 8 blocks: End-to-end Application Tag Check Error: The command was aborted due to an end-to-end application tag check failure (sct 0x2, sc 0x83)");
	/* any other says all that there is to say: reading would fail here */
	host.read_wrong = NULL;
	assert_details(
		status_of(0x281),
		"/dev/ng0n1: Read, slba 2, 8 blocks: Unrecovered Read Error: The read data could not be recovered from the media (sct 0x2, sc 0x81)");
}

/* -- refusals ------------------------------------------------------------------ */

static void refused(const char *text)
{
	assert_int_not_equal(host_begin(), 0);
	if (!strstr(host.log, text))
		fail_msg("\"%s\" does not say \"%s\"", host.log, text);
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_int_equal(fake.nr_taken, 0);
}

static void test_metadata_too_small(void **state)
{
	(void)state;
	set_format(&separate);
	host.options.pi_act = 0;
	host.options.md_per_io_size = 63;
	refused("/dev/ng0n1: md_per_io_size=63 is below the 64 bytes of separate metadata (8 a block) that an I/O of 4096 bytes has; use md_per_io_size=64");
}

static void test_metadata_large_enough(void **state)
{
	(void)state;
	host.options.md_per_io_size = 64;
	by_host(&separate);
	assert_int_equal(sqe_send(0, DDIR_WRITE, 0, 4096).dw[20], 64);
}

/* Nothing is transferred beside the data: no buffer is too small for it */
static void test_metadata_of_no_use(void **state)
{
	(void)state;
	set_format(&separate);
	host.options.md_per_io_size = 1;
	host_start();
	assert_int_equal(sqe_send(0, DDIR_READ, 0, 4096).dw[20], 0);
}

static void test_several_commands(void **state)
{
	(void)state;
	set_format(&separate);
	host.options.cmd_bs = 512;
	refused("/dev/ng0n1: separate metadata and protection information go with one command an io_unit; use a bs of no more than 512 bytes, without scatter");
}

/* No more than was planned for: the rest would go into another's metadata */
static void test_more_than_planned(void **state)
{
	struct io_u *io_u;

	(void)state;
	by_host(&separate);
	io_u = host_io(0, DDIR_WRITE, 0, 4096 * 2);
	assert_int_equal(host.ops->queue(&host.td, io_u), FIO_Q_COMPLETED);
	assert_int_equal(io_u->error, EINVAL);
}

/* With more I/Os than tags the kernel lets them wait, not the engine */
static void test_few_tags(void **state)
{
	(void)state;
	host.ns[0].tags = 2;
	by_host(&separate);
	assert_int_equal(sqe_send(3, DDIR_WRITE, 0, 512).dw[20], 8);
}

static void test_other_commands(void **state)
{
	static char mode[] = "zeroes";

	(void)state;
	set_format(&separate);
	host.options.write_mode = mode;
	refused("/dev/ng0n1: formatted with 8 bytes of separate metadata and protection information type 1: write_mode= and verify_mode= do not handle that");
}

static void test_zones(void **state)
{
	(void)state;
	set_format(&separate);
	host.td.o.zone_mode = ZONE_MODE_ZBD;
	refused("zonemode=zbd does not handle that");
}

/* What is put into the buffer is put over what fio looks for */
static void test_verify_extended(void **state)
{
	(void)state;
	set_format(&extended);
	set_block(528);
	host.options.pi_act = 0;
	host.td.o.verify = VERIFY_NONE + 1;
	refused("/dev/ng0n1: formatted with 16 bytes of extended metadata and protection information type 1: it travels in the data buffer, where verify= looks for other bytes");
}

static void test_verify_stripped(void **state)
{
	(void)state;
	set_format(&extended);
	host.td.o.verify = VERIFY_NONE + 1;
	host_start();
	assert_int_equal(sqe_send(0, DDIR_READ, 0, 4096).dw[21], 4096);
}

static void test_unknown_check(void **state)
{
	static char chk[] = "GUARD,CRC";

	(void)state;
	set_format(&separate);
	host.options.pi_chk = chk;
	refused("pi_chk=GUARD,CRC");
}

static void test_remarks(void **state)
{
	(void)state;
	host.options.pi_chk = everything;
	host_start();
	assert_non_null(strstr(
		host.info,
		"/dev/ng0n1: pi_chk= checks nothing: the namespace has no protection information\n"));
	again();
	host.info[0] = '\0';
	set_format(&separate);
	host.options.apptag = 0xffff;
	host_start();
	assert_non_null(strstr(
		host.info,
		"/dev/ng0n1: apptag=0xffff switches off all checks of the blocks that are written with it\n"));
	again();
	host.info[0] = '\0';
	host.options.apptag = 0x1234;
	host_start();
	assert_string_equal(host.info, "");
}

int group_pi_refusals(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_status),
		HOST_TEST(test_metadata_too_small),
		HOST_TEST(test_metadata_large_enough),
		HOST_TEST(test_metadata_of_no_use),
		HOST_TEST(test_several_commands),
		HOST_TEST(test_more_than_planned),
		HOST_TEST(test_few_tags),
		HOST_TEST(test_other_commands),
		HOST_TEST(test_zones),
		HOST_TEST(test_verify_extended),
		HOST_TEST(test_verify_stripped),
		HOST_TEST(test_unknown_check),
		HOST_TEST(test_remarks),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("pi_refusals"), tests,
					   NULL, NULL);
}
