/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands beside Read, Write, Flush and deallocation. A family is one file
 * and one row in job_family.c: what it asks of a namespace, what never changes
 * of its commands, what differs from I/O to I/O, and what is to be done when
 * one completes. Plain Reads and Writes know nothing of it.
 */
#ifndef NVME_PASSTHRU_JOB_FAMILY_H
#define NVME_PASSTHRU_JOB_FAMILY_H

#include "job.h"
#include "nvme/effects.h"

/**
 * struct job_io - an I/O, as a family sees it
 * @unit: its index
 * @offset: in bytes
 * @data: its buffer
 * @bytes: how many
 * @placed: where a Write goes, of commands that are placed
 */
struct job_io {
	unsigned int unit;
	uint64_t offset;
	void *data;
	uint64_t bytes;
	struct placed placed;
};

/* What a write leaves where it went */
enum family_leaves {
	LEAVES_DATA,
	LEAVES_ZEROES,
	LEAVES_ERROR,
};

/**
 * struct command_family - a kind of command
 * @name: the word for it in write_mode=
 * @opcode: what is sent, where the user does not say so
 * @check: refuses what the namespace cannot do beyond not having the command;
 *	may be NULL
 * @encode: writes what never changes
 * @fill: writes what differs from I/O to I/O. Returns 0, or -EINVAL when
 *	offset and length are nothing that a command can say
 * @complete: looks at what completed without an error; may be NULL. Returns 0,
 *	or a negative errno that the I/O fails with
 * @explain: puts such an errno in words; NULL where there is no @complete
 * @detail: adds to what a status says; may be NULL. Text may be left empty
 */
struct command_family {
	const char *name;
	uint8_t opcode;
	int (*check)(const struct nspace *ns,
		     const struct nspace_effects *effects,
		     const struct job_request *request, char *why, size_t len);
	void (*encode)(const struct job_request *request, struct target *target,
		       struct command *command, unsigned int nth);
	int (*fill)(struct job *job, const struct command *command,
		    struct ring_sqe *sqe, const struct job_io *io);
	int (*complete)(const struct job *job, const struct command *command,
			const struct job_io *io, uint64_t result);
	void (*explain)(const struct job *job, const struct command *command,
			unsigned int unit, char *text, size_t len);
	void (*detail)(const struct target *target,
		       const struct command *command, uint64_t offset,
		       uint64_t bytes, struct nvme_status status, char *text,
		       size_t len);
};

extern const struct command_family family_zeroes;
extern const struct command_family family_uncor;
extern const struct command_family family_verify;
extern const struct command_family family_compare;
extern const struct command_family family_copy;
extern const struct command_family family_zone_append;
extern const struct command_family family_read_cmd;
extern const struct command_family family_write_cmd;
extern const struct command_family family_trim_cmd;

const struct command_family *family_of(unsigned int kind);
bool family_any(const struct job_request *request);
bool family_modes(const struct job_request *request);
bool family_writes(const struct job_request *request, unsigned int kind);
int family_check(const struct nspace *ns, int fd,
		 const struct job_request *request, char *why, size_t len);
int family_check_plan(const struct job_request *request,
		      const struct nspace *ns, char *why, size_t len);
void family_encode(const struct job_request *request, struct target *target,
		   unsigned int nth);
const struct command *family_choose(struct target *target);
enum family_leaves family_leaves(const struct command *command);
int job_complete(const struct job *job, const struct command *command,
		 const struct job_io *io, uint64_t result);
int family_extent(const struct command *command, const struct job_io *io,
		  uint64_t *slba, uint32_t *nlb);

#endif
