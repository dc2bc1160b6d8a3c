// SPDX-License-Identifier: GPL-2.0
/*
 * What a described command is not to do: go beyond its buffer, write where a
 * job may not, or be two things at once.
 */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"

static char reads[] = "opcode=2,cdw10=slba,cdw12=nlb0";
static char writes[] = "opcode=1,cdw10=slba,cdw12=nlb0";
static char zeroes[] = "opcode=8,cdw10=slba,cdw12=nlb0";
static char vendor[] = "opcode=0xc2";
static char verifies[] = "opcode=0xc,cdw10=slba,cdw12=nlb0";

static void refused(const char *words)
{
	host.log[0] = '\0';
	assert_int_not_equal(host_begin(), 0);
	if (!strstr(host.log, words))
		fail_msg("\"%s\" does not say \"%s\"", host.log, words);
	/* one line */
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	assert_int_equal(fake.nr_taken, 0);
	host.td.error = host.td.first_error = 0;
}

static void test_too_long(void **state)
{
	static char longer[] = "opcode=2,len=4097",
		    other[] = "opcode=1,len=513";
	static char fits[] = "opcode=1,len=512";

	(void)state;
	host.td.o.min_bs[DDIR_WRITE] = 512;
	host.options.read_cmd = longer;
	refused("read_cmd: len=4097 is above the buffer of an io_unit, 4096 bytes");
	host.options.read_cmd = NULL;
	host.options.write_cmd = other;
	refused("write_cmd: len=513 is above the buffer of an io_unit, 512 bytes");
	host.options.write_cmd = fits;
	host_start();
	/* a replayed log may have less */
	host.log[0] = '\0';
	host_io(0, DDIR_WRITE, 0, 0);
	assert_int_equal(host.ops->queue(&host.td, &host.io_us[0]),
			 FIO_Q_COMPLETED);
	assert_int_equal(host.io_us[0].error, EINVAL);
}

static void test_short_io(void **state)
{
	static char text[] = "opcode=2,len=1024";

	(void)state;
	host.options.read_cmd = text;
	host_start();
	host_io(0, DDIR_READ, 0, 512);
	if (host.ops->prep)
		host.ops->prep(&host.td, &host.io_us[0]);
	assert_int_equal(host.ops->queue(&host.td, &host.io_us[0]),
			 FIO_Q_COMPLETED);
	assert_int_equal(host.io_us[0].error, EINVAL);
	assert_non_null(strstr(host.log, "nothing was sent"));
	host_commit();
	assert_int_equal(fake.nr_taken, 0);
}

static void test_texts(void **state)
{
	static char bad[] = "cdw10=slba", data[] = "opcode=9,cdw10=0";
	static char metadata[] = "opcode=2,mdlen=4194305";

	(void)state;
	host.options.read_cmd = bad;
	refused("read_cmd: no opcode is given");
	host.options.read_cmd = metadata;
	refused("read_cmd: mdlen=4194305 is above 4194304 bytes");
	host.options.read_cmd = NULL;
	host.options.trim_cmd = data;
	refused("trim_cmd: opcode 0x09 moves data, and a trim has none; add len=0");
}

static void test_conflicts(void **state)
{
	static char mode[] = "zeroes", attr[] = "idw";
	struct passthru_options *o = &host.options;

	(void)state;
	o->write_cmd = writes;
	o->write_mode = mode;
	refused("write_cmd= beside write_mode=");
	o->write_mode = NULL;
	o->writefua = 1;
	refused("write_cmd= beside writefua=1");
	o->writefua = 0;
	o->write_cmd = NULL;
	o->read_cmd = reads;
	o->readfua = 1;
	refused("read_cmd= beside readfua=1");
	o->readfua = 0;
	o->read_cmd = NULL;
	o->trim_cmd = zeroes;
	o->dsm_attr = attr;
	refused("trim_cmd= beside dsm_attr=");
	o->dsm_attr = NULL;
	host.td.o.zone_mode = ZONE_MODE_ZBD;
	refused("trim_cmd= beside zonemode=zbd");
	o->trim_cmd = NULL;
	o->dry_run = 1;
	refused("dry_run=1 beside zonemode=zbd");
}

static void test_verify(void **state)
{
	static char prefix[] = "opcode=2,len=512";
	struct passthru_options *o = &host.options;

	(void)state;
	host.td.o.verify = VERIFY_NONE + 1;
	o->write_cmd = zeroes;
	refused("write_cmd= does not write all data");
	o->write_cmd = reads;
	refused("write_cmd= does not write all data");
	o->write_cmd = writes;
	o->read_cmd = prefix;
	refused("read_cmd= does not read all data");
	o->read_cmd = writes;
	refused("read_cmd= does not read all data");
	o->read_cmd = reads;
	o->dry_run = 1;
	refused("dry_run=1 writes and reads nothing");
	o->dry_run = 0;
	host_start();
}

/* A command is all of an io_unit */
static void test_several(void **state)
{
	(void)state;
	host.ns[0].max_segments = 2;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.td.o.max_bs[DDIR_READ] = 16384;
	host.options.read_cmd = reads;
	refused("described commands send one command an io_unit");
}

/* What has no data may be longer */
static void test_long_without_data(void **state)
{
	(void)state;
	host.ns[0].max_segments = 2;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.td.o.max_bs[DDIR_READ] = 16384;
	host.options.read_cmd = verifies;
	host_start();
}

/* -- what may write ---------------------------------------------------------- */

static void held(char *text, unsigned int holds)
{
	host.holds = 0;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.options.read_cmd = text;
	host_start();
	assert_int_equal(host.holds, holds);
	host_end_for_another();
}

/* By opcode, whatever fio calls the job */
static void test_hold(void **state)
{
	(void)state;
	held(NULL, 0);
	held(reads, 0);
	held(verifies, 0);
	held(writes, 1);
	held(zeroes, 1);
	held(vendor, 1);
	host.td.o.allow_mounted_write = 1;
	held(vendor, 0);
}

static void test_in_use(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.hold_error = -EBUSY;
	host.options.read_cmd = zeroes;
	refused("in use");
}

static void test_readonly(void **state)
{
	(void)state;
	read_only = true;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.options.read_cmd = zeroes;
	refused("read_cmd=: opcode 0x08 (Write Zeroes) is not known to leave");
	host.options.read_cmd = vendor;
	refused("--readonly");
	host.options.read_cmd = verifies;
	host_start();
	assert_int_equal(host.holds, 0);
}

static void test_serialize(void **state)
{
	(void)state;
	host.td.o.td_ddir = TD_DDIR_READ;
	host.td.o.create_serialize = 0;
	host.options.read_cmd = zeroes;
	refused("create_serialize=0 with writes");
}

/* The namespace need not have Dataset Management for what is none */
static void test_trims(void **state)
{
	(void)state;
	host.ns[0].trims = false;
	refused("/dev/ng0n1");
	host.options.trim_cmd = zeroes;
	host_start();
}

int group_described_checks(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_too_long),  HOST_TEST(test_short_io),
		HOST_TEST(test_texts),	   HOST_TEST(test_conflicts),
		HOST_TEST(test_verify),	   HOST_TEST(test_several),
		HOST_TEST(test_hold),	   HOST_TEST(test_long_without_data),
		HOST_TEST(test_in_use),	   HOST_TEST(test_readonly),
		HOST_TEST(test_serialize), HOST_TEST(test_trims),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("described_checks"),
					   tests, NULL, NULL);
}
