// SPDX-License-Identifier: GPL-2.0
#include "pi.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define APPTAG_ESCAPE 0xffff
#define PRCHK_ALL                                        \
	(NVME_CDW12_PRCHK_GUARD | NVME_CDW12_PRCHK_APP | \
	 NVME_CDW12_PRCHK_REF | NVME_CDW12_STC)
#define SPACE48 ((1ull << 48) - 1)

/* The Storage and Reference Space has up to 80 bits */
__extension__ typedef unsigned __int128 space_t;

/**
 * struct tuple - a block's protection information as numbers
 * @guard: guard
 * @apptag: application tag
 * @hi: bits 79:64 of the Storage and Reference Space
 * @lo: bits 63:0 of it
 */
struct tuple {
	uint64_t guard;
	uint16_t apptag;
	uint16_t hi;
	uint64_t lo;
};

static uint64_t get_be64(const void *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return be64toh(word);
}

static void put_be64(void *at, uint64_t word)
{
	word = htobe64(word);
	memcpy(at, &word, sizeof(word));
}

/* Figures 114 to 116 and 118; every field is big-endian */
static struct tuple get_tuple(enum pi_guard format, const unsigned char *at)
{
	uint64_t first = get_be64(at);
	uint64_t second;

	if (format == PI_GUARD_16)
		return (struct tuple){ .guard = first >> 48,
				       .apptag = (uint16_t)(first >> 32),
				       .lo = (uint32_t)first };
	second = get_be64(at + 8);
	if (format == PI_GUARD_32)
		return (struct tuple){ .guard = first >> 32,
				       .apptag = (uint16_t)(first >> 16),
				       .hi = (uint16_t)first,
				       .lo = second };
	return (struct tuple){ .guard = first,
			       .apptag = (uint16_t)(second >> 48),
			       .lo = second & SPACE48 };
}

static void put_tuple(enum pi_guard format, unsigned char *at,
		      const struct tuple *t)
{
	switch (format) {
	case PI_GUARD_16:
		put_be64(at, t->guard << 48 | (uint64_t)t->apptag << 32 |
				     (uint32_t)t->lo);
		return;
	case PI_GUARD_32:
		put_be64(at,
			 t->guard << 32 | (uint64_t)t->apptag << 16 | t->hi);
		put_be64(at + 8, t->lo);
		return;
	default:
		put_be64(at, t->guard);
		put_be64(at + 8, (uint64_t)t->apptag << 48 | t->lo);
	}
}

static uint64_t low_bits(unsigned int bits)
{
	return bits < 64 ? (1ull << bits) - 1 : UINT64_MAX;
}

/* The storage tag is above the reference tag, in the most significant bits */
static void place_tags(struct pi_check *check, const struct nspace_pi *pi,
		       uint64_t storage_tag)
{
	static const uint8_t bits[] = { 32, 80, 48 };
	space_t tag = storage_tag & low_bits(pi->sts);
	space_t mask = pi->storage_mask & low_bits(pi->sts);

	check->sts = pi->sts;
	check->tag_shift = bits[pi->guard] - pi->sts;
	tag <<= check->tag_shift;
	mask <<= check->tag_shift;
	check->stor_hi = (uint16_t)(tag >> 64);
	check->stor_lo = (uint64_t)tag;
	check->stor_mask_hi = (uint16_t)(mask >> 64);
	check->stor_mask_lo = (uint64_t)mask;
	check->ref_width = low_bits(check->tag_shift);
	/* in type 3 it is the host's own, and not to follow the LBA (5.2.3) */
	check->ref_mask = pi->type == 3 ? 0 : check->ref_width;
}

/*
 * A controller may abort a command of type 3 that asks for the reference tag
 * to be checked (5.2.3). What is not there cannot be checked either.
 */
static uint32_t checked(const struct nspace_pi *pi,
			const struct pi_check *check, uint32_t prchk)
{
	prchk &= PRCHK_ALL;
	if (!check->ref_mask)
		prchk &= ~NVME_CDW12_PRCHK_REF;
	if (!pi->sts)
		prchk &= ~NVME_CDW12_STC;
	return prchk;
}

static void place_guard(struct pi_check *check, const struct nspace_pi *pi)
{
	uint32_t before = pi->first ? 0 : pi->ms - pi->size;

	check->data_guarded = pi->lba_size + (pi->extended ? before : 0);
	check->md_guarded = pi->extended ? 0 : before;
	check->pi_offset = (pi->extended ? pi->lba_size : 0) + before;
	check->format = pi->guard;
	check->guard = pi_guard_function(pi->guard);
}

/**
 * pi_check_init() - work out what all commands of a job share
 * @check: filled in
 * @pi: the namespace
 * @ask: what the job asks
 *
 * Where protection information is all of the metadata and the controller
 * inserts and strips it, nothing of it is transferred (5.2.2.1, 5.2.2.2).
 */
void pi_check_init(struct pi_check *check, const struct nspace_pi *pi,
		   const struct pi_request *ask)
{
	bool stripped = pi->type && ask->act && pi->ms == pi->size;
	uint32_t md = stripped ? 0 : pi->ms;

	memset(check, 0, sizeof(*check));
	check->data_bytes = pi->lba_size + (pi->extended ? md : 0);
	check->md_bytes = pi->extended ? 0 : md;
	check->type = pi->type;
	if (!pi->type)
		return;
	check->host = !ask->act;
	check->apptag = ask->apptag;
	check->apptag_mask = ask->apptag_mask;
	place_guard(check, pi);
	place_tags(check, pi, ask->storage_tag);
	check->prchk = checked(pi, check, ask->prchk);
	check->cdw12 = check->prchk | (ask->act ? NVME_CDW12_PRACT : 0);
	check->cdw15 = (uint32_t)ask->apptag_mask << 16 | ask->apptag;
}

/**
 * pi_check_buffer() - whether an I/O's metadata fits its buffer
 * @check: from pi_check_init()
 * @path: the device, for @why
 * @md_per_io_size: bytes of metadata that the job has for each I/O
 * @bs: bytes in the data buffer of its largest I/O
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
int pi_check_buffer(const struct pi_check *check, const char *path,
		    uint64_t md_per_io_size, uint64_t bs, char *why, size_t len)
{
	uint64_t needed = bs / check->data_bytes * check->md_bytes;

	if (md_per_io_size >= needed)
		return 0;
	snprintf(
		why, len,
		"%s: md_per_io_size=%" PRIu64 " is below the %" PRIu64
		" bytes of separate metadata (%u a block) that an I/O of %" PRIu64
		" bytes has; use md_per_io_size=%" PRIu64,
		path, md_per_io_size, needed, check->md_bytes, bs, needed);
	return -EINVAL;
}

static uint64_t guard_of(const struct pi_check *check,
			 const unsigned char *data, const unsigned char *md)
{
	uint64_t guard = check->guard(0, data, check->data_guarded);

	if (check->md_guarded)
		guard = check->guard(guard, md, check->md_guarded);
	return guard;
}

/**
 * pi_generate() - make the protection information of what is to be written
 * @check: from pi_check_init()
 * @slba: first logical block
 * @nlb: logical blocks
 * @data: the data buffer
 * @md: the metadata buffer; not looked at where metadata is in @data
 *
 * Every field is made, whatever is checked, so that what is on the medium
 * can be checked by others later. In type 3 the reference tag is 0. Does
 * nothing where the controller makes it, or there is none.
 */
void pi_generate(const struct pi_check *check, uint64_t slba, uint32_t nlb,
		 void *data, void *md)
{
	unsigned char *d = data, *m = md;
	struct tuple t = { .apptag = check->apptag, .hi = check->stor_hi };

	for (uint32_t i = 0; check->host && i < nlb; i++) {
		t.guard = guard_of(check, d, m);
		t.lo = check->stor_lo | ((slba + i) & check->ref_mask);
		put_tuple(check->format,
			  (check->md_bytes ? m : d) + check->pi_offset, &t);
		d += check->data_bytes;
		if (check->md_bytes)
			m += check->md_bytes;
	}
}

/* Values that switch all checks off (5.2.3), as of a deallocated block */
static bool is_escaped(const struct pi_check *check, const struct tuple *t)
{
	if (t->apptag != APPTAG_ESCAPE)
		return false;
	return check->type != 3 ||
	       (t->lo & check->ref_width) == check->ref_width;
}

static uint64_t storage_tag(const struct pi_check *check, uint16_t hi,
			    uint64_t lo)
{
	space_t space = (space_t)hi << 64 | lo;

	return (uint64_t)(space >> check->tag_shift) & low_bits(check->sts);
}

static bool differs(struct pi_mismatch *wrong, enum pi_field field,
		    unsigned int bits, uint64_t expected, uint64_t found,
		    uint64_t mask)
{
	if (!((expected ^ found) & mask))
		return false;
	wrong->field = field;
	wrong->bits = bits;
	wrong->expected = expected;
	wrong->found = found;
	wrong->mask = mask & low_bits(bits);
	return true;
}

static bool tags_differ(const struct pi_check *check, const struct tuple *want,
			const struct tuple *got, struct pi_mismatch *wrong)
{
	if (check->prchk & NVME_CDW12_PRCHK_APP &&
	    differs(wrong, PI_FIELD_APPTAG, 16, want->apptag, got->apptag,
		    check->apptag_mask))
		return true;
	if (check->prchk & NVME_CDW12_PRCHK_REF &&
	    differs(wrong, PI_FIELD_REFTAG, check->tag_shift,
		    want->lo & check->ref_width, got->lo & check->ref_width,
		    check->ref_mask))
		return true;
	return check->prchk & NVME_CDW12_STC &&
	       differs(wrong, PI_FIELD_STORAGE, check->sts,
		       storage_tag(check, want->hi, want->lo),
		       storage_tag(check, got->hi, got->lo),
		       storage_tag(check, check->stor_mask_hi,
				   check->stor_mask_lo));
}

static bool block_differs(const struct pi_check *check, uint64_t lba,
			  const unsigned char *data, const unsigned char *md,
			  struct pi_mismatch *wrong)
{
	static const uint8_t guard_bits[] = { 16, 32, 64 };
	const unsigned char *at = check->md_bytes ? md : data;
	struct tuple got = get_tuple(check->format, at + check->pi_offset);
	struct tuple want = {
		.apptag = check->apptag,
		.hi = check->stor_hi,
		.lo = check->stor_lo | (lba & check->ref_mask),
	};

	if (is_escaped(check, &got))
		return false;
	if (check->prchk & NVME_CDW12_PRCHK_GUARD &&
	    differs(wrong, PI_FIELD_GUARD, guard_bits[check->format],
		    guard_of(check, data, md), got.guard, UINT64_MAX))
		return true;
	return tags_differ(check, &want, &got, wrong);
}

/**
 * pi_verify() - check the protection information of what was read
 * @check: from pi_check_init()
 * @slba: first logical block
 * @nlb: logical blocks
 * @data: the data buffer
 * @md: the metadata buffer; not looked at where metadata is in @data
 * @wrong: filled in for the first block that is not as it should be
 *
 * Checks what the controller would (5.2.3): what @check->prchk names, and
 * nothing in a block whose tags switch the checks off. Does nothing where
 * the controller strips it, or there is none.
 *
 * Return: 0, or -EILSEQ with @wrong.
 */
int pi_verify(const struct pi_check *check, uint64_t slba, uint32_t nlb,
	      const void *data, const void *md, struct pi_mismatch *wrong)
{
	const unsigned char *d = data, *m = md;

	if (!check->host || !check->prchk)
		return 0;
	for (uint32_t i = 0; i < nlb; i++) {
		if (block_differs(check, slba + i, d, m, wrong)) {
			wrong->lba = slba + i;
			return -EILSEQ;
		}
		d += check->data_bytes;
		if (check->md_bytes)
			m += check->md_bytes;
	}
	return 0;
}

/**
 * pi_explain() - put what pi_verify() found in words
 * @wrong: from pi_verify()
 * @text: where one line is put
 * @len: bytes of @text
 */
void pi_explain(const struct pi_mismatch *wrong, char *text, size_t len)
{
	static const char *const names[] = {
		[PI_FIELD_GUARD] = "guard",
		[PI_FIELD_APPTAG] = "application tag",
		[PI_FIELD_REFTAG] = "reference tag",
		[PI_FIELD_STORAGE] = "storage tag",
	};
	int digits = (int)(wrong->bits + 3) / 4;
	char mask[64] = "";

	if (wrong->mask != low_bits(wrong->bits))
		snprintf(mask, sizeof(mask),
			 " (under the mask 0x%0*" PRIx64 ")", digits,
			 wrong->mask);
	snprintf(text, len,
		 "logical block %" PRIu64
		 ": the %s of its protection information is 0x%0*" PRIx64
		 ", expected 0x%0*" PRIx64 "%s",
		 wrong->lba, names[wrong->field], digits, wrong->found, digits,
		 wrong->expected, mask);
}
