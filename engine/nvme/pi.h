/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Metadata and protection information: what a namespace was formatted with,
 * what a Read or Write says about it, and the host's part where the
 * controller does not insert and strip it (PRACT cleared to 0). What a job
 * never changes is worked out once, by pi_check_init(). Sections and figures
 * are those of the NVM Command Set Specification 1.0.
 */
#ifndef NVME_PASSTHRU_PI_H
#define NVME_PASSTHRU_PI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pi_guard.h"

struct nvme_id_ctrl;
struct nvme_id_ns;
struct nvme_nvm_id_ns;

/* PRINFO, and Storage Tag Check, in CDW12 of Read and Write (3.2.4, 3.2.6) */
#define NVME_CDW12_PRACT (1u << 29)
#define NVME_CDW12_PRCHK_GUARD (1u << 28)
#define NVME_CDW12_PRCHK_APP (1u << 27)
#define NVME_CDW12_PRCHK_REF (1u << 26)
#define NVME_CDW12_STC (1u << 24)

/**
 * struct nspace_pi - metadata and protection information of a namespace
 * @lba_size: bytes of data in a logical block
 * @ms: bytes of metadata of a logical block, 0 for none
 * @extended: metadata follows its block in the data buffer
 * @first: protection information is in the first bytes of metadata, not in
 *	the last (DPS bit 3)
 * @type: protection information type, 0 for none, to 3
 * @guard: its format
 * @size: its bytes, 8 or 16; 0 without
 * @sts: Storage Tag Size, bits
 * @storage_mask: bits of the storage tag that are checked (LBSTM)
 */
struct nspace_pi {
	uint32_t lba_size;
	uint32_t ms;
	bool extended;
	bool first;
	uint8_t type;
	enum pi_guard guard;
	uint8_t size;
	uint8_t sts;
	uint64_t storage_mask;
};

int pi_read_format(struct nspace_pi *pi, const char *path,
		   const struct nvme_id_ns *id,
		   const struct nvme_nvm_id_ns *nvm, char *why, size_t len);
int pi_identify(struct nspace_pi *pi, const char *path, int fd, uint32_t nsid,
		const struct nvme_id_ns *id, const struct nvme_id_ctrl *ctrl,
		char *why, size_t len);

/**
 * struct pi_request - what a job asks about protection information
 * @act: the controller inserts, checks and strips it (PRACT)
 * @prchk: what is checked: NVME_CDW12_PRCHK_* and NVME_CDW12_STC
 * @apptag: application tag
 * @apptag_mask: its bits that are compared
 * @storage_tag: storage tag, the low STS bits of it
 */
struct pi_request {
	bool act;
	uint32_t prchk;
	uint16_t apptag;
	uint16_t apptag_mask;
	uint64_t storage_tag;
};

/**
 * struct pi_check - what all commands of a job to a namespace share
 * @cdw12: PRINFO and STC: belongs to what nvme_cmd_rw() and
 *	nvme_cmd_extent() are given
 * @cdw15: application tag and mask
 * @data_bytes: bytes of a logical block in the data buffer
 * @md_bytes: bytes of a logical block in the metadata buffer; 0 without one
 * @host: the host generates and verifies
 * @type: protection information type
 * @format: the guard's format
 * @prchk: what the host checks: NVME_CDW12_PRCHK_* and NVME_CDW12_STC
 * @guard: calculates the guard
 * @data_guarded: bytes of a block in the data buffer that the guard covers
 * @md_guarded: bytes of a block in the metadata buffer that it covers
 * @pi_offset: from a block in the buffer that holds its metadata, to the
 *	protection information
 * @apptag: application tag
 * @apptag_mask: its bits that are compared
 * @sts: Storage Tag Size, bits
 * @tag_shift: bits of the reference tag, which is below the storage tag
 * @stor_hi: bits 79:64 of the Storage and Reference Space, storage tag only
 * @stor_lo: bits 63:0 of the same
 * @stor_mask_hi: bits of @stor_hi that are compared
 * @stor_mask_lo: bits of @stor_lo that are compared
 * @ref_width: all bits of the reference tag
 * @ref_mask: those that follow the LBA: all, or none in type 3
 */
struct pi_check {
	uint32_t cdw12;
	uint32_t cdw15;
	uint32_t data_bytes;
	uint32_t md_bytes;
	bool host;
	uint8_t type;
	enum pi_guard format;
	uint32_t prchk;
	pi_guard_fn *guard;
	uint32_t data_guarded;
	uint32_t md_guarded;
	uint32_t pi_offset;
	uint16_t apptag;
	uint16_t apptag_mask;
	uint8_t sts;
	uint8_t tag_shift;
	uint16_t stor_hi;
	uint64_t stor_lo;
	uint16_t stor_mask_hi;
	uint64_t stor_mask_lo;
	uint64_t ref_width;
	uint64_t ref_mask;
};

void pi_check_init(struct pi_check *check, const struct nspace_pi *pi,
		   const struct pi_request *ask);
int pi_check_buffer(const struct pi_check *check, const char *path,
		    uint64_t md_per_io_size, uint64_t bs, char *why,
		    size_t len);

/* What of a block's protection information is not as it should be */
enum pi_field {
	PI_FIELD_GUARD,
	PI_FIELD_APPTAG,
	PI_FIELD_REFTAG,
	PI_FIELD_STORAGE,
};

/**
 * struct pi_mismatch - what pi_verify() found
 * @lba: the logical block
 * @field: what of it
 * @bits: bits that the field has
 * @expected: what it should have been
 * @found: what it was
 * @mask: the bits that were compared
 */
struct pi_mismatch {
	uint64_t lba;
	enum pi_field field;
	unsigned int bits;
	uint64_t expected;
	uint64_t found;
	uint64_t mask;
};

void pi_generate(const struct pi_check *check, uint64_t slba, uint32_t nlb,
		 void *data, void *md);
int pi_verify(const struct pi_check *check, uint64_t slba, uint32_t nlb,
	      const void *data, const void *md, struct pi_mismatch *wrong);
void pi_explain(const struct pi_mismatch *wrong, char *text, size_t len);

#endif
