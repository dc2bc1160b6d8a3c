/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FIO_RECOGNISE_H
#define FIO_RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>

struct fio_option;
struct ioengine_ops;

/* More tables than this at once are a mistake; fio releases twice a year. */
#define LAYOUT_MAX 64

/**
 * struct layout_option - one option of a fio, as its table has it
 * @name:		the option's name
 * @off1:		offset of its member in struct thread_options, 0 for
 *			an option without one, -1 where it is not known
 * @conditional:	some builds of this fio are without it
 */
struct layout_option {
	const char *name;
	int off1;
	bool conditional;
};

/**
 * struct layout - one layout of fio's structures
 * @id:			fio's version; several that are the same joined by "="
 * @ops:		the engine compiled for this layout
 * @options:		its options, sorted by name
 * @nr_options:		how many
 * @ioops_version:	FIO_IOOPS_VERSION
 * @debug_io:		FD_IO, the bit of fio's --debug=io
 * @thread_data_size:	sizeof(struct thread_data)
 * @jobs_per_segment:	jobs in one of fio's thread segments
 * @segment_threads:	offset of thread_segment.threads
 * @max_options:	elements of fio_options, FIO_MAX_OPTS
 * @unsupported:	the type of an option that is compiled out
 * @option_size:	sizeof(struct fio_option)
 * @option_name:	offsets of struct fio_option's members, from here on
 * @ops_size:		sizeof(struct ioengine_ops)
 * @ops_flags:		offsets of struct ioengine_ops' members, from here on
 *
 * All sizes and offsets are in bytes. Generated from the tables.
 */
struct layout {
	const char *id;
	struct ioengine_ops *(*ops)(void);
	const struct layout_option *options;
	unsigned int nr_options;
	int ioops_version;
	int debug_io;
	size_t thread_data_size;
	size_t jobs_per_segment;
	size_t segment_threads;
	size_t max_options;
	int unsupported;
	size_t option_size;
	size_t option_name;
	size_t option_alias;
	size_t option_type;
	size_t option_off1;
	size_t option_prof_name;
	size_t ops_size;
	size_t ops_flags;
	size_t ops_setup;
	size_t ops_option_struct_size;
	size_t ops_options;
};

/**
 * struct layout_import - something that the engine takes from the running fio
 * @name:	the symbol
 * @addr:	NULL if this fio does not export it
 */
struct layout_import {
	const char *name;
	const void *addr;
};

/* Generated into fingerprints.c. */
extern const struct layout *const layouts[];
extern const unsigned int nr_layouts;
extern const char layout_list[];
extern const struct layout_import layout_imports[];
extern const unsigned int nr_layout_imports;

/**
 * struct layout_match - which layouts the running fio may have
 * @found:	the candidates
 * @nr:		how many
 * @nearest:	without a candidate, the one with the fewest differences
 * @differences: how many those are
 * @first:	the first of them, in words
 */
struct layout_match {
	const struct layout *found[LAYOUT_MAX];
	unsigned int nr;
	const struct layout *nearest;
	unsigned int differences;
	char first[160];
};

/**
 * layout_candidates() - find the layouts that have the running fio's options
 * @match:	filled in
 *
 * Reads only fio's option table, which exists before any job does. Versions
 * with the same options are all candidates: layout_settle() tells them apart.
 *
 * Return: the first candidate, NULL if there is none.
 */
const struct layout *layout_candidates(struct layout_match *match);

/**
 * layout_option_clash() - find an engine option that fio's core takes itself
 * @layout:	layout of the running fio
 * @options:	the engine's options, ended by one without a name
 *
 * fio gives such an option to the core without a word, and the engine would
 * never see it. Aliases count as names on both sides.
 *
 * Return: the name, owned by @options, or NULL.
 */
const char *layout_option_clash(const struct layout *layout,
				const struct fio_option *options);

/**
 * layout_missing_import() - find a symbol that the running fio does not export
 *
 * Return: its name, or NULL if all are there.
 */
const char *layout_missing_import(void);

#endif
