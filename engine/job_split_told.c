// SPDX-License-Identifier: GPL-2.0
/* What is told of I/Os that were several commands. */
#include "job_parts.h"

#include <inttypes.h>
#include <stdio.h>

/**
 * split_residue() - where in an I/O it failed
 * @split: the job's
 * @unit: index of the I/O, which has a split_result()
 *
 * Return: the bytes from the first command on that failed.
 */
uint64_t split_residue(const struct split *split, unsigned int unit)
{
	const struct split_unit *io = &split->units[unit];

	return part_has_data(io->command) ?
		       io->bytes - io->failed * split->part_bytes :
		       0;
}

/**
 * split_failure() - where an I/O failed
 * @split: the job's
 * @unit: index of the I/O
 * @offset: set to that of the command that failed, if it has one
 * @bytes: set likewise
 */
void split_failure(const struct split *split, unsigned int unit,
		   uint64_t *offset, uint64_t *bytes)
{
	const struct split_unit *io = &split->units[unit];

	if (!io->command || !part_has_data(io->command))
		return;
	*offset = part_offset(split, io, io->failed);
	*bytes = part_length(split, io, io->failed);
}

/**
 * split_report() - say in words what a job's I/Os became
 * @split: the job's
 * @buf: where to
 * @len: bytes of @buf
 *
 * Return: false where each was one command.
 */
bool split_report(const struct split *split, char *buf, size_t len)
{
	double seconds =
		(double)(split->ended.tv_sec - split->began.tv_sec) +
		(double)(split->ended.tv_nsec - split->began.tv_nsec) / 1e9;

	if (split->commands == split->ios)
		return false;
	snprintf(buf, len,
		 "%" PRIu64 " io_units were %" PRIu64
		 " commands of up to %" PRIu64
		 " bytes, %.0f commands/s; fio's figures count io_units",
		 split->ios, split->commands, split->part_bytes,
		 seconds > 0 ? (double)split->commands / seconds : 0);
	return true;
}
