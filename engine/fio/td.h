/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fio's own engines get from fio's macros and inline functions, said
 * again in terms of the layout in use. Compiled once per layout.
 */
#ifndef NVME_PASSTHRU_TD_H
#define NVME_PASSTHRU_TD_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "zbd.h"

/* Parameters of errdetails, of which only the io_unit is of use here */
#if ERRDETAILS_PARAMS == 2
#define TD_ERRDETAILS(io_u) \
	struct thread_data *td __attribute__((unused)), struct io_u *io_u
#else
#define TD_ERRDETAILS(io_u) struct io_u *io_u
#endif

/**
 * td_may_write() - whether a job can send anything that changes the medium
 * @td: the job
 *
 * A replayed log may hold anything, and is read only after set-up.
 *
 * Return: true if it can.
 */
static inline bool td_may_write(const struct thread_data *td)
{
	if (read_only)
		return false;
	return td->o.td_ddir & (TD_DDIR_WRITE | TD_DDIR_TRIM) ||
	       td->o.read_iolog_file;
}

/**
 * td_may_trim() - whether a job is meant to trim
 * @td: the job
 *
 * Return: true if it is.
 */
static inline bool td_may_trim(const struct thread_data *td)
{
	return td->o.td_ddir & TD_DDIR_TRIM ||
	       (td->o.td_ddir & TD_DDIR_WRITE && td->o.trim_percentage);
}

/**
 * td_wants_issue_time() - whether anything reads io_u->issue_time
 * @td: the job
 *
 * Return: true if it must be set.
 */
static inline bool td_wants_issue_time(const struct thread_data *td)
{
	return td->o.read_iolog_file || !td->o.disable_clat ||
	       !td->o.disable_slat || !td->o.disable_bw;
}

/**
 * td_pauses() - whether fio may sleep between one I/O and the next
 * @td: the job
 *
 * Return: true if it may.
 */
static inline bool td_pauses(const struct thread_data *td)
{
	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		if (td->o.rate[i] || td->o.rate_iops[i])
			return true;
	return td->o.thinktime;
}

/**
 * td_huge_pages() - whether the data buffers lie in huge pages
 * @td: the job
 *
 * Return: true if they do.
 */
static inline bool td_huge_pages(const struct thread_data *td)
{
	return td->o.mem_type == MEM_MMAPHUGE || td->o.mem_type == MEM_SHMHUGE;
}

/**
 * td_max_bs() - bytes from one data buffer to the next
 * @td: the job
 *
 * fio spaces its buffers by the largest block size, used or not.
 *
 * Return: bytes.
 */
static inline uint64_t td_max_bs(const struct thread_data *td)
{
	uint64_t max = 0;

	for (int i = DDIR_READ; i <= DDIR_TRIM; i++)
		max = td->o.max_bs[i] > max ? td->o.max_bs[i] : max;
	return max;
}

/**
 * td_max_data() - the most bytes of data that an io_unit can have
 * @td: the job
 *
 * A trim has none, but with trimwrite fio writes as much as it trimmed. A
 * replayed log sets max_bs before the engine is started.
 *
 * Return: bytes.
 */
static inline uint64_t td_max_data(const struct thread_data *td)
{
	uint64_t read = td->o.max_bs[DDIR_READ];
	uint64_t write = td->o.max_bs[DDIR_WRITE];

	if (!(td->o.td_ddir & (TD_DDIR_READ | TD_DDIR_WRITE)) &&
	    !td->o.read_iolog_file)
		return 0;
	if (td->o.td_ddir & TD_DDIR_WRITE && td->o.td_ddir & TD_DDIR_TRIM &&
	    td->o.max_bs[DDIR_TRIM] > write)
		write = td->o.max_bs[DDIR_TRIM];
	return read > write ? read : write;
}

typedef void (*td_size_fn)(void *to, const char *option, uint64_t bytes,
			   bool carried);

/**
 * td_each_size() - every number of bytes that has to be whole blocks
 * @td: the job
 * @fn: called with the option that it came from, and whether one command has
 *	to carry so much
 * @to: handed on to @fn
 * @whole: an io_unit is one command
 */
static inline void td_each_size(const struct thread_data *td, td_size_fn fn,
				void *to, bool whole)
{
	static const unsigned int bits[] = { TD_DDIR_READ, TD_DDIR_WRITE,
					     TD_DDIR_TRIM };

	for (int i = DDIR_READ; i <= DDIR_TRIM; i++) {
		if (!(td->o.td_ddir & bits[i]))
			continue;
		fn(to, "bs", td->o.min_bs[i], false);
		fn(to, "bs", td->o.max_bs[i], whole && i != DDIR_TRIM);
		fn(to, "blockalign", td->o.ba[i], false);
		for (unsigned int j = 0; j < td->o.bssplit_nr[i]; j++)
			fn(to, "bssplit", td->o.bssplit[i][j].bs, false);
	}
	if (!td->o.start_offset_percent)
		fn(to, "offset", td->o.start_offset, false);
}

/**
 * td_ranges() - ranges that a trim of this job may have
 * @td: the job
 *
 * Return: 1 up to fio 3.36, num_range from 3.37 on.
 */
static inline unsigned int td_ranges(const struct thread_data *td)
{
#ifdef HAVE_THREAD_OPTIONS_NUM_RANGE
	return td->o.num_range > 1 ? td->o.num_range : 1;
#else
	(void)td;
	return 1;
#endif
}

/**
 * io_u_range() - one range of a trim
 * @io_u: the trim
 * @max: ranges that a trim of the job may have; with more than one, fio puts
 *	a list of them where other I/Os have their data
 * @nth: from 0 on
 * @offset: set, in bytes
 * @bytes: set
 *
 * Return: false when there are no more.
 */
static inline bool io_u_range(const struct io_u *io_u, unsigned int max,
			      unsigned int nth, uint64_t *offset,
			      uint64_t *bytes)
{
#ifdef HAVE_IO_U_NUMBER_TRIM
	const struct trim_range *ranges = io_u->xfer_buf;

	if (max > 1) {
		if (nth >= io_u->number_trim)
			return false;
		*offset = ranges[nth].start;
		*bytes = ranges[nth].len;
		return true;
	}
#else
	(void)max;
#endif
	*offset = io_u->offset;
	*bytes = io_u->xfer_buflen;
	return nth < 1;
}

/**
 * td_ignores() - whether the user named an error as one to survive
 * @td: the job
 * @ddir: direction of the I/O that failed
 * @error: errno or NVMe status
 *
 * Return: true if ignore_error= holds it.
 */
static inline bool td_ignores(const struct thread_data *td, enum fio_ddir ddir,
			      int error)
{
	unsigned int type = ddir == DDIR_READ ? 0 : 1;

	for (unsigned int i = 0; i < td->o.ignore_error_nr[type]; i++)
		if (td->o.ignore_error[type][i] == error)
			return true;
	return false;
}

/**
 * td_placement() - the placement that fio's core is to choose
 * @td: the job
 *
 * Return: the directive type of its Writes: 2 for FDP, 1 for streams, 0 for
 * none.
 */
static inline unsigned int td_placement(const struct thread_data *td)
{
#ifdef HAVE_THREAD_OPTIONS_DP_TYPE
	if (td->o.dp_type == FIO_DP_FDP)
		return 2;
	return td->o.dp_type == FIO_DP_STREAMS ? 1 : 0;
#elif defined(HAVE_THREAD_OPTIONS_FDP)
	return td->o.fdp ? 2 : 0;
#else
	(void)td;
	return 0;
#endif
}

/**
 * td_placement_ids() - which identifiers fio's core may choose
 * @td: a job with td_placement()
 * @ids: indices of reclaim unit handles, or stream identifiers
 * @max: room in @ids
 *
 * Return: how many; 0 where it may be any.
 */
static inline unsigned int td_placement_ids(const struct thread_data *td,
					    uint16_t *ids, unsigned int max)
{
	unsigned int nr = 0;

#ifdef HAVE_THREAD_OPTIONS_DP_TYPE
	/* a scheme names placement identifiers, and any of them */
	for (; !td->o.dp_scheme_file && nr < td->o.dp_nr_ids && nr < max; nr++)
		ids[nr] = td->o.dp_ids[nr];
#elif defined(HAVE_THREAD_OPTIONS_FDP)
	for (; nr < td->o.fdp_nrpli && nr < max; nr++)
		ids[nr] = (uint16_t)td->o.fdp_plis[nr];
#else
	(void)td;
	(void)ids;
	(void)max;
#endif
	return nr;
}

/**
 * td_check() - refuse what fio's core offers and this engine cannot keep
 * @td: the job
 * @writes: it can send what changes the medium
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EOPNOTSUPP with @why.
 */
static inline int td_check(const struct thread_data *td, bool writes, char *why,
			   size_t len)
{
	const char *what = NULL;

	if (td->o.bs_unaligned)
		what = "bs_unaligned";
	/* fio's core knows of the first range only */
	if (td_zoned(td) && td_may_trim(td) && td_ranges(td) > 1)
		what = "num_range above 1 with zonemode=zbd";
	/* each job would take the namespace for itself, and keep the others off */
	if (!td->o.create_serialize && writes)
		what = "create_serialize=0 with writes";
	if (!what)
		return 0;
	snprintf(why, len,
		 "%s is refused: this version does not handle it; leave it out",
		 what);
	return -EOPNOTSUPP;
}

/* Every size that an io_unit may have is so many times @bytes */
static inline bool td_sizes_divide(const struct thread_data *td, uint64_t bytes)
{
	for (int i = DDIR_READ; i <= DDIR_WRITE; i++) {
		if (td->o.min_bs[i] % bytes || td->o.max_bs[i] % bytes ||
		    td->o.ba[i] % bytes)
			return false;
		for (unsigned int j = 0; j < td->o.bssplit_nr[i]; j++)
			if (td->o.bssplit[i][j].bs % bytes)
				return false;
	}
	return true;
}

static inline const char *td_scatter_breaks(const struct thread_data *td)
{
	const struct thread_options *o = &td->o;

	if (o->verify != VERIFY_NONE || o->verify_only ||
	    o->experimental_verify)
		return "verify= looks for data where fio believes it wrote it";
	if (o->td_ddir & TD_DDIR_TRIM || o->trim_percentage)
		return "a trim has one address";
	if (!(o->td_ddir & TD_DDIR_RAND) || o->perc_rand[DDIR_READ] != 100 ||
	    o->perc_rand[DDIR_WRITE] != 100 || o->ddir_seq_nr > 1)
		return "the job asks for sequential I/O; use rw=randread, randwrite or randrw";
	if (!o->norandommap)
		return "fio's random map promises that every block is used once; set norandommap=1";
	if (o->random_distribution != FIO_RAND_DIST_RANDOM)
		return "random_distribution= is fio's choice of addresses";
	if (o->zone_mode > ZONE_MODE_NONE)
		return "zonemode= is fio's choice of addresses";
	if (o->read_iolog_file || o->write_iolog_file)
		return "a log of I/Os names their addresses";
	if (o->serialize_overlap)
		return "serialize_overlap= compares the addresses that fio chose";
	return NULL;
}

/**
 * td_check_scatter() - refuse what commands at random addresses would break
 * @td: the job
 * @cmd_bs: bytes of a command
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or -EINVAL with @why.
 */
static inline int td_check_scatter(const struct thread_data *td,
				   uint64_t cmd_bs, char *why, size_t len)
{
	const char *broken = td_scatter_breaks(td);

	if (broken) {
		snprintf(
			why, len,
			"scatter=1 is refused: %s; otherwise leave scatter out",
			broken);
		return -EINVAL;
	}
	if (td_sizes_divide(td, cmd_bs))
		return 0;
	snprintf(
		why, len,
		"scatter=1: bs, bssplit and blockalign have to be multiples of cmd_bs=%llu",
		(unsigned long long)cmd_bs);
	return -EINVAL;
}

/**
 * td_end() - end a job with an error that was told already
 * @td: the job
 * @err: negative errno
 * @what: fio's own words for it
 */
static inline void td_end(struct thread_data *td, int err, const char *what)
{
	if (td->error)
		return;
	td->error = -err;
	if (!td->first_error)
		snprintf(td->verror, sizeof(td->verror), "%s", what);
	if (td->parent)
		td_end(td->parent, err, what);
}

/**
 * td_fail() - end a job that was refused
 * @td: the job
 * @err: negative errno
 */
static inline void td_fail(struct thread_data *td, int err)
{
	td_end(td, err, "nvme_passthru refused the job");
}

#endif
