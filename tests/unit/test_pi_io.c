// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and Writes of namespaces with metadata: what their commands say, what
 * is in the buffers that go with them, and what the host finds in those.
 */
#include "pi_job.h"

#include <errno.h>
#include <string.h>

#include "groups.h"
#include "pi_model.h"

#define SLBA 0x123456789aull

static unsigned char *metadata(const struct sqe *sqe)
{
	return (unsigned char *)(uintptr_t)sqe_get64(sqe, 16);
}

static uint32_t block_bytes(const struct nspace_pi *pi)
{
	return pi->lba_size + (pi->extended ? pi->ms : 0);
}

/* -- the bytes of a command -------------------------------------------------- */

static void check_sqe(enum fio_ddir ddir, uint32_t block,
		      const uint32_t (*tail)[6], uint32_t md_bytes)
{
	struct row row = {
		ddir,
		SLBA * block,
		BLOCKS * block,
		{ URING_CMD, [2] = CMD_IO, [12] = ddir == DDIR_READ ? 2 : 1,
		  1, [20] = BLOCKS * md_bytes, BLOCKS * block, 0x3456789a,
		  0x12 },
	};
	struct sqe want, got;

	memcpy(&row.want[24], tail, sizeof(*tail) - 8);
	row.want[14] = (*tail)[4];
	row.want[15] = (*tail)[5];
	got = sqe_send(1, ddir, row.offset, row.bytes);
	want = sqe_wanted(&row, 1);
	assert_int_equal(!metadata(&got), !md_bytes);
	sqe_put64(&want, 16, sqe_get64(&got, 16));
	sqe_assert(&got, &want);
}

struct sqe_row {
	const struct nspace_pi *pi;
	unsigned int act;
	/* bytes of a block in the data buffer, and in the other */
	uint32_t data;
	uint32_t md;
	/* CDW12 to 15, CDW2 and CDW3 */
	uint32_t tail[6];
};

static void check_format(const struct sqe_row *row)
{
	set_format(row->pi);
	set_block(row->data);
	host.options.plainfiles = 1;
	/* nothing has been read into the buffers */
	host.options.pi_verify = 0;
	host.options.pi_act = row->act;
	host.options.pi_chk = everything;
	host_start();
	assert_true(host.files[0].real_file_size == host.ns[0].nlb * row->data);
	check_sqe(DDIR_READ, row->data, &row->tail, row->md);
	check_sqe(DDIR_WRITE, row->data, &row->tail, row->md);
}

/*
 * CDW14 has the reference tag of 16-bit guards; the storage and reference
 * space of 32 and 64 bits goes on in CDW3, and in CDW2 with 80 of them.
 */
static void test_sqe(void **state)
{
	static const struct nspace_pi type3 = {
		.lba_size = 512, .ms = 8, .type = 3, .size = 8
	};
	static const struct nspace_pi none = { .lba_size = 512, .ms = 64 };
	static const uint32_t nlb = BLOCKS - 1, all = GUARD | APP | REF;
	const struct sqe_row rows[] = {
		{ &separate, 0, 512, 8, { all | nlb, 0, 0x3456789a, TAGS } },
		/* nothing is transferred that the controller makes whole */
		{ &separate,
		  1,
		  512,
		  0,
		  { PRACT | all | nlb, 0, 0x3456789a, TAGS } },
		{ &type3, 0, 512, 8, { GUARD | APP | nlb, 0, 0, TAGS } },
		{ &first, 0, 512, 64, { all | nlb, 0, 0x3456789a, TAGS } },
		{ &first,
		  1,
		  512,
		  64,
		  { PRACT | all | nlb, 0, 0x3456789a, TAGS } },
		{ &extended,
		  0,
		  528,
		  0,
		  { all | nlb, 0, 0x3456789a, TAGS, 0, 0x12 } },
		{ &extended,
		  1,
		  512,
		  0,
		  { PRACT | all | nlb, 0, 0x3456789a, TAGS, 0, 0x12 } },
		{ &wide,
		  0,
		  512,
		  16,
		  { all | nlb, 0, 0x3456789a, TAGS, 0, 0x12 } },
		/* without protection information nothing is said about it */
		{ &none, 1, 512, 64, { nlb } },
		{ &none, 0, 512, 64, { nlb } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_format(&rows[i]);
		again();
	}
}

static void test_tags(void **state)
{
	static char chk[] = "STORTAG";
	struct sqe sqe;

	(void)state;
	set_format(&wide);
	host.options.apptag = 0xabcd;
	host.options.apptag_mask = 0xff00;
	host.options.storage_tag = 0x7654321;
	host.options.pi_chk = chk;
	host_start();
	sqe = sqe_send(0, DDIR_WRITE, 512, 512);
	/* STC is bit 24; the storage tag's low 16 bits are the space's top */
	assert_int_equal(sqe.dw[24], PRACT | 1u << 24);
	assert_int_equal(sqe.dw[14], 0x4321);
	assert_int_equal(sqe.dw[27], 0xff00abcd);
}

/* Each unit has its own, which no page boundary goes through */
static void test_metadata_buffers(void **state)
{
	uintptr_t at[4];

	(void)state;
	host.options.pi_verify = 0;
	by_host(&first);
	for (unsigned int i = 0; i < 4; i++) {
		struct sqe sqe = sqe_send(i, DDIR_READ, 0, BLOCKS * 512);

		at[i] = (uintptr_t)metadata(&sqe);
		assert_int_equal(sqe.dw[20], BLOCKS * 64);
		assert_int_equal(at[i] / 4096,
				 (at[i] + BLOCKS * 64 - 1) / 4096);
		for (unsigned int j = 0; j < i; j++)
			assert_true(at[i] >= at[j] + BLOCKS * 64 ||
				    at[j] >= at[i] + BLOCKS * 64);
	}
}

static void test_vectored(void **state)
{
	struct sqe sqe;

	(void)state;
	host.options.nonvectored = 0;
	by_host(&separate);
	sqe = sqe_send(2, DDIR_WRITE, SLBA * 512, BLOCKS * 512);
	assert_int_equal(sqe.dw[2], CMD_IO_VEC);
	assert_int_equal(sqe.dw[20], BLOCKS * 8);
	assert_int_equal(sqe.dw[26], 0x3456789a);
	assert_true(model_get(metadata(&sqe),
			      model_field(PI_GUARD_16, 0, PI_FIELD_REFTAG)) ==
		    0x3456789a);
}

static void test_placed(void **state)
{
	static char ids[] = "2";
	struct sqe sqe;

	(void)state;
	host.options.placement = PLACEMENT_KIND_FDP;
	host.options.placement_ids = ids;
	by_host(&separate);
	sqe = sqe_send(0, DDIR_WRITE, 512, 512);
	assert_int_equal(sqe.dw[24], GUARD | APP | REF | FDP);
	assert_int_equal(sqe.dw[25], 0x1006u << 16);
	assert_int_equal(sqe.dw[26], 1);
	assert_int_equal(sqe.dw[20], 8);
	sqe = sqe_send(0, DDIR_READ, 512, 512);
	assert_int_equal(sqe.dw[24], GUARD | APP | REF);
	assert_int_equal(sqe.dw[25], 0);
}

/* -- what the host makes ------------------------------------------------------ */

static uint64_t get(const struct nspace_pi *pi, const unsigned char *at,
		    enum pi_field field)
{
	return model_get(at, model_field(pi->guard, pi->sts, field));
}

static void check_block(const struct nspace_pi *pi, const unsigned char *data,
			const unsigned char *md, uint64_t lba)
{
	uint32_t before = pi->first ? 0 : pi->ms - pi->size;
	struct model_field reftag =
		model_field(pi->guard, pi->sts, PI_FIELD_REFTAG);
	uint64_t guard = model_guard(pi->guard, 0, data, pi->lba_size);

	guard = model_guard(pi->guard, guard, md, before);
	assert_true(get(pi, md + before, PI_FIELD_GUARD) == guard);
	assert_int_equal(get(pi, md + before, PI_FIELD_APPTAG), 0x1234);
	assert_true(get(pi, md + before, PI_FIELD_REFTAG) ==
		    (lba & (UINT64_MAX >> (64 - reftag.bits))));
}

static void check_written(const struct nspace_pi *pi)
{
	uint32_t block = block_bytes(pi);
	unsigned char *data;
	struct sqe sqe;

	by_host(pi);
	data = (unsigned char *)host.io_us[1].buf;
	for (uint32_t i = 0; i < BLOCKS * block; i++)
		data[i] = (unsigned char)(i * 167 >> 3);
	sqe = sqe_send(1, DDIR_WRITE, SLBA * block, BLOCKS * block);
	for (uint32_t i = 0; i < BLOCKS; i++)
		check_block(pi, data + i * block,
			    pi->extended ? data + i * block + pi->lba_size :
					   metadata(&sqe) + i * pi->ms,
			    SLBA + i);
	again();
}

static void test_written(void **state)
{
	(void)state;
	check_written(&separate);
	check_written(&extended);
	check_written(&first);
	check_written(&wide);
}

/* -- what the host finds ------------------------------------------------------ */

/* Read what unit 1 wrote, with a byte of its metadata or data turned over */
static struct io_u *read_back(const struct nspace_pi *pi, bool data,
			      unsigned int at)
{
	uint32_t block = block_bytes(pi);
	unsigned char *where;
	struct sqe sqe;

	sqe_send(1, DDIR_WRITE, SLBA * block, BLOCKS * block);
	fake.completes = FAKE_NEVER;
	host_queue(1, DDIR_READ, SLBA * block, BLOCKS * block);
	host_commit();
	sqe = sqe_last();
	where = data ? (unsigned char *)host.io_us[1].buf : metadata(&sqe);
	where[at] ^= 0x80;
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	where[at] ^= 0x80;
	fake.completes = FAKE_AS_ASKED;
	return host_event(0);
}

/* Data is zeroes, whose 16-bit guard is 0 */
static void test_mismatches(void **state)
{
	static const struct {
		bool data;
		unsigned int at;
		const char *text;
	} rows[] = {
		{ false, 16,
		  "/dev/ng0n1: Read, slba 78187493530, 8 blocks: logical block 78187493532: the guard of its protection information is 0x8000, expected 0x0000" },
		{ false, 2,
		  "/dev/ng0n1: Read, slba 78187493530, 8 blocks: logical block 78187493530: the application tag of its protection information is 0x9234, expected 0x1234" },
		{ false, 60,
		  "/dev/ng0n1: Read, slba 78187493530, 8 blocks: logical block 78187493537: the reference tag of its protection information is 0xb45678a1, expected 0x345678a1" },
	};
	struct io_u *io_u;

	(void)state;
	by_host(&separate);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		io_u = read_back(&separate, rows[i].data, rows[i].at);
		assert_int_equal(io_u->error, EILSEQ);
		assert_details(io_u, rows[i].text);
	}
	assert_int_equal(read_back(&separate, true, 512)->error, EILSEQ);
	/* the next is good again */
	assert_int_equal(sqe_send(0, DDIR_WRITE, 0, 4096).dw[12], 1);
}

static void test_extended_mismatch(void **state)
{
	(void)state;
	by_host(&extended);
	assert_int_equal(read_back(&extended, true, 520)->error, EILSEQ);
	assert_int_equal(read_back(&extended, true, 5)->error, EILSEQ);
}

/* A job that counts, or traces, checks as well */
static void test_mismatch_among_noted(void **state)
{
	(void)state;
	host.options.summary = 1;
	by_host(&separate);
	assert_int_equal(read_back(&separate, false, 0)->error, EILSEQ);
}

static void test_unchecked(void **state)
{
	static char guard[] = "GUARD";

	(void)state;
	host.options.pi_verify = 0;
	by_host(&separate);
	assert_int_equal(read_back(&separate, false, 0)->error, 0);
	again();
	/* only what is named is checked */
	host.options.pi_verify = 1;
	by_host(&separate);
	again();
	host.options.pi_chk = guard;
	host_start();
	assert_int_equal(read_back(&separate, false, 2)->error, 0);
	assert_int_equal(read_back(&separate, false, 1)->error, EILSEQ);
	again();
	host.options.pi_chk = NULL;
	host_start();
	assert_int_equal(read_back(&separate, false, 1)->error, 0);
}

/* A write has been checked by who made it */
static void test_writes_are_not_checked(void **state)
{
	struct sqe sqe;

	(void)state;
	by_host(&separate);
	fake.completes = FAKE_NEVER;
	host_queue(0, DDIR_WRITE, 0, 4096);
	host_commit();
	sqe = sqe_last();
	metadata(&sqe)[0] ^= 1;
	fake_complete(0, 0);
	assert_int_equal(host_getevents(1, 1), 1);
	assert_int_equal(host.io_us[0].error, 0);
}

int group_pi_io(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_sqe),
		HOST_TEST(test_tags),
		HOST_TEST(test_metadata_buffers),
		HOST_TEST(test_vectored),
		HOST_TEST(test_placed),
		HOST_TEST(test_written),
		HOST_TEST(test_mismatches),
		HOST_TEST(test_extended_mismatch),
		HOST_TEST(test_mismatch_among_noted),
		HOST_TEST(test_unchecked),
		HOST_TEST(test_writes_are_not_checked),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("pi_io"), tests, NULL,
					   NULL);
}
