// SPDX-License-Identifier: GPL-2.0
/* Modes that a job, a namespace or this fio cannot have, each in one line. */
#include "host.h"

#include <errno.h>
#include <string.h>

#include "groups.h"

static void refused_by(int (*callback)(struct thread_data *),
		       const char *const *texts, size_t nr)
{
	host.log[0] = '\0';
	host.td.error = 0;
	assert_int_equal(callback(&host.td), 1);
	assert_ptr_equal(strchr(host.log, '\n'),
			 host.log + strlen(host.log) - 1);
	for (size_t i = 0; i < nr; i++)
		if (!strstr(host.log, texts[i]))
			fail_msg("\"%s\" does not say \"%s\"", host.log,
				 texts[i]);
	assert_true(host.td.error > 0);
	assert_int_equal(fake.nr_taken, 0);
}

#define REFUSED(...)                                                      \
	refused_by(host.ops->setup, (const char *const[]){ __VA_ARGS__ }, \
		   sizeof((const char *const[]){ __VA_ARGS__ }) /         \
			   sizeof(char *))

static void mode(const char *text)
{
	host.options.write_mode = (char *)text;
}

static void without(uint8_t opcode)
{
	host.effects.log[opcode / 64] &= ~(1ull << opcode % 64);
}

static void test_words(void **state)
{
	(void)state;
	mode("zeros");
	REFUSED("write_mode=zeros", "write, zeroes, uncor, verify, copy");
	mode("write/50:zeroes/40");
	REFUSED("write_mode=write/50:zeroes/40", "add up to 100");
	mode(NULL);
	host.options.dsm_attr = (char *)"discard";
	REFUSED("dsm_attr=discard", "idr, idw, deallocate");
}

/* What the namespace does not list is refused by name */
static void test_unsupported(void **state)
{
	static const struct {
		const char *mode;
		uint8_t opcode;
		const char *name;
	} rows[] = {
		{ "zeroes", 0x08, "Write Zeroes (opcode 0x08)" },
		{ "uncor", 0x04, "Write Uncorrectable (opcode 0x04)" },
		{ "verify", 0x0c, "Verify (opcode 0x0c)" },
		{ "copy", 0x19, "Copy (opcode 0x19)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mode(rows[i].mode);
		host.options.copy_source =
			rows[i].opcode == 0x19 ? (char *)"0,64k" : NULL;
		memset(host.effects.log, 0xff, sizeof(host.effects.log));
		without(rows[i].opcode);
		REFUSED("/dev/ng0n1: write_mode=", rows[i].mode, rows[i].name,
			"Commands Supported and Effects");
		assert_int_equal(host.td.error, EOPNOTSUPP);
	}
}

/* One of a mix counts, and what the job does not send does not */
static void test_unsupported_in_a_mix(void **state)
{
	(void)state;
	without(0x04);
	mode("write/99:uncor/1");
	REFUSED("write_mode=uncor asks for Write Uncorrectable");
	mode("write/50:zeroes/50");
	host_start();
}

static void test_reads_need_nothing(void **state)
{
	(void)state;
	without(0x08);
	mode("zeroes");
	host.td.o.td_ddir = TD_DDIR_READ;
	host_start();
	assert_int_equal(host.effects_reads, 0);
}

static void test_unreadable(void **state)
{
	(void)state;
	mode("zeroes");
	host.effects_error = -EACCES;
	REFUSED("/dev/ng0n1: which commands it supports cannot be read",
		"run as root");
	assert_int_equal(host.td.error, EACCES);
}

static void test_compare_unsupported(void **state)
{
	(void)state;
	host.options.verify_mode = VERIFY_MODE_COMPARE;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.verify_pattern_bytes = 1;
	without(0x05);
	REFUSED("verify_mode=compare asks for Compare (opcode 0x05)");
}

/* Headers have the time in them, which a Compare cannot know */
static void test_compare_of_headers(void **state)
{
	(void)state;
	host.options.verify_mode = VERIFY_MODE_COMPARE;
	for (unsigned int verify = 1; verify < 24; verify++) {
		if (verify == VERIFY_PATTERN_NO_HDR)
			continue;
		host.td.o.verify = verify;
		REFUSED("verify_mode=compare", "use verify=pattern");
	}
	/* without a pattern each block has bytes of its own */
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	REFUSED("verify_mode=compare", "verify_pattern=");
	/* and where nothing is verified, nothing is compared */
	host.td.o.verify = VERIFY_NONE;
	host_start();
	assert_int_equal(host.effects_reads, 0);
}

static void test_verified_modes(void **state)
{
	static const char *const never[] = { "verify", "write/90:verify/10",
					     "copy" };

	(void)state;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.verify_pattern_bytes = 1;
	for (size_t i = 0; i < 3; i++) {
		mode(never[i]);
		host.options.copy_source = i == 2 ? (char *)"0,64k" : NULL;
		REFUSED("verify= is refused: write_mode=", "leave one of them");
	}
	host.options.copy_source = NULL;
	mode("write/50:zeroes/50");
#ifndef IO_U_F_ZEROED
	REFUSED("verify= is refused: this fio's verification does not know");
	mode("uncor");
	REFUSED("verify= is refused: this fio's verification does not know");
	mode(NULL);
#endif
	host_start();
}

/* What a job that does not write would send in place of Writes */
static void test_verified_reads(void **state)
{
	(void)state;
	host.td.o.verify = VERIFY_PATTERN_NO_HDR;
	host.td.o.td_ddir = TD_DDIR_READ;
	mode("write/40:verify/20:zeroes/20:uncor/20");
	host_start();
	assert_int_equal(host.effects_reads, 0);
}

static void test_idle(void **state)
{
	(void)state;
	host.options.deac = 1;
	REFUSED("deac=1 means nothing without write_mode=zeroes");
	mode("write/50:uncor/50");
	REFUSED("deac=1 means nothing without write_mode=zeroes");
	host.options.deac = 0;
	host.options.copy_ranges = 2;
	REFUSED("copy_ranges means nothing without write_mode=copy");
	host.options.copy_ranges = 1;
	host_start();
}

/* -- copies ------------------------------------------------------------------ */

static void copy(const char *source, unsigned int ranges)
{
	mode("copy");
	host.options.copy_source = (char *)source;
	host.options.copy_ranges = ranges;
}

static void test_copy_source(void **state)
{
	(void)state;
	copy(NULL, 1);
	REFUSED("write_mode=copy and copy_source= need each other");
	copy("0,64k", 1);
	mode(NULL);
	REFUSED("write_mode=copy and copy_source= need each other");
	copy("64k", 1);
	REFUSED("copy_source=64k is not an offset and a size");
}

static void test_copy_region(void **state)
{
	static const char *const rows[] = {
		"1,64k", /* no whole block */
		"0,65537",
		"0,2k",			    /* less than bs */
		"512t,64k",		    /* the namespace's end */
		"562949953355776,65k",	    /* beyond it */
		"18446744073709550592,64k", /* and beyond what is counted in */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		copy(rows[i], 1);
		REFUSED("/dev/ng0n1: copy_source= is ", "whole logical blocks",
			"562949953421312 bytes");
	}
	/* the last blocks of all */
	copy("562949953355776,64k", 1);
	host_start();
}

static void test_copy_limits(void **state)
{
	(void)state;
	host.effects.mssrl = 4;
	host.effects.mcl = 7;
	host.effects.msrc = 2;
	copy("0,64k", 4);
	REFUSED("write_mode=copy",
		"4 ranges, above the 3 that one takes (MSRC)");
	copy("0,64k", 1);
	REFUSED("ranges of 8 blocks, above the 4 of one (MSSRL)");
	copy("0,64k", 2);
	REFUSED("8 blocks, above the 7 of all ranges together (MCL)");
	host.effects.mcl = 8;
	host_start();
}

/* -- sizes ------------------------------------------------------------------- */

/* Without data there is no limit but the command's own */
static void test_length(void **state)
{
	(void)state;
	mode("zeroes");
	host.ns[0].mdts_bytes = 4096;
	host.td.o.td_ddir = TD_DDIR_WRITE;
	host.td.o.max_bs[DDIR_WRITE] = 65537 * 512;
	REFUSED("/dev/ng0n1: bs=33554944: write_mode=zeroes", "65536 logical",
		"33554432 bytes");
	host.td.o.max_bs[DDIR_WRITE] = 65536 * 512;
	host_start();
}

static void refused_later(const char *text)
{
	if (host.ops->setup(&host.td))
		fail_msg("setup said \"%s\"", host.log);
	refused_by(host.ops->init, &text, 1);
}

/* With data, more than one command carries would be several */
static void test_several(void **state)
{
	(void)state;
	mode("write/50:zeroes/50");
	host.options.cmd_bs = 4096;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.max_bs[i] = 8192;
	refused_later(
		"send one command an io_unit; use a bs of no more than 4096");
}

static void test_scatter(void **state)
{
	(void)state;
	host.options.verify_mode = VERIFY_MODE_READ;
	mode("uncor");
	host.options.cmd_bs = 4096;
	host.options.scatter = 1;
	host.td.o.td_ddir = TD_DDIR_READ | TD_DDIR_WRITE | TD_DDIR_RAND;
	host.td.o.norandommap = 1;
	host.td.o.ddir_seq_nr = 1;
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		host.td.o.perc_rand[i] = 100;
	refused_later("without scatter");
}

/* More than the queues take: waiting is for Reads and Writes by themselves */
static void test_tags(void **state)
{
	(void)state;
	mode("zeroes");
	host.ns[0].tags = 2;
	host_start();
}

int group_modes_refusals(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_words),
		HOST_TEST(test_unsupported),
		HOST_TEST(test_unsupported_in_a_mix),
		HOST_TEST(test_reads_need_nothing),
		HOST_TEST(test_unreadable),
		HOST_TEST(test_compare_unsupported),
		HOST_TEST(test_compare_of_headers),
		HOST_TEST(test_verified_modes),
		HOST_TEST(test_verified_reads),
		HOST_TEST(test_idle),
		HOST_TEST(test_copy_source),
		HOST_TEST(test_copy_region),
		HOST_TEST(test_copy_limits),
		HOST_TEST(test_length),
		HOST_TEST(test_several),
		HOST_TEST(test_scatter),
		HOST_TEST(test_tags),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("modes_refusals"),
					   tests, NULL, NULL);
}
