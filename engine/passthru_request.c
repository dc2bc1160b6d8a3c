// SPDX-License-Identifier: GPL-2.0
/*
 * What a job asks for, from fio's options and the engine's own. Options that
 * are text are read here; passthru_options_check() has seen the others.
 */
#include <errno.h>

#include "passthru.h"

#include "fio/lists.h"
#include "fio/options.h"
#include "job_described.h"
#include "job_family.h"
#include "nvme/opcode.h"
#include "ring/support.h"

_Static_assert((int)PLACEMENT_KIND_FDP == NVME_DTYPE_FDP &&
		       (int)PLACEMENT_KIND_STREAMS == NVME_DTYPE_STREAMS,
	       "placement= is numbered as directive types");

/* -- placement ------------------------------------------------------------- */

static int own_placement(const struct passthru_options *o,
			 struct placement_request *place, char *why, size_t len)
{
	static const enum placement_select selects[] = {
		[0] = PLACEMENT_ROUNDROBIN,
		[SELECT_ROUNDROBIN] = PLACEMENT_ROUNDROBIN,
		[SELECT_RANDOM] = PLACEMENT_RANDOM,
		[SELECT_JOB] = PLACEMENT_JOB,
		[SELECT_FILE] = PLACEMENT_FILE,
		[SELECT_LBA] = PLACEMENT_LBA,
		[SELECT_SIZE] = PLACEMENT_SIZE,
	};
	int nr = 0;

	place->type = (enum nvme_dtype)o->placement;
	place->select = selects[o->placement_select];
	if (o->placement_ids)
		nr = list_numbers("placement_ids", o->placement_ids, place->ids,
				  PLACEMENTS_MAX, why, len);
	if (nr < 0)
		return nr;
	place->nr_ids = (unsigned int)nr;
	if (o->placement_bounds)
		nr = list_sizes("placement_bounds", o->placement_bounds,
				place->bounds, PLACEMENTS_MAX - 1, why, len);
	if (nr < 0)
		return nr;
	place->nr_bounds = o->placement_bounds ? (unsigned int)nr : 0;
	return 0;
}

/* What the job asks for, of the engine or of fio's core */
static int placement_of(const struct thread_data *td,
			struct placement_request *place, char *why, size_t len)
{
	const struct passthru_options *o = td->eo;

	*place = (struct placement_request){
		.type = (enum nvme_dtype)td_placement(td),
		.select = PLACEMENT_BY_FIO,
		.seed = td->rand_seeds[FIO_RAND_BLOCK_OFF],
		.job = td->thread_number - 1,
	};
	if (place->type && o->placement) {
		snprintf(
			why, len,
			"placement= beside fio's own fdp= or dataplacement=: both would place the Writes; leave one of them out");
		return -EINVAL;
	}
	if (o->placement)
		return own_placement(o, place, why, len);
	place->nr_ids = td_placement_ids(td, place->ids, PLACEMENTS_MAX);
	return 0;
}

/* -- what is sent in place of Reads, Writes and trims ----------------------- */

static int write_modes(const struct passthru_options *o,
		       struct mode_request *modes, char *why, size_t len)
{
	static const char *const words[] = { "write",  "zeroes", "uncor",
					     "verify", "copy",	 "zone_append",
					     NULL };
	static const unsigned int kinds[] = { JOB_WRITE,  KIND_ZEROES,
					      KIND_UNCOR, KIND_VERIFY,
					      KIND_COPY,  KIND_ZONE_APPEND };
	unsigned int which[JOB_FAMILIES + 1];
	int nr;

	if (!o->write_mode)
		return 0;
	nr = list_shares("write_mode", o->write_mode, words, which,
			 modes->percent, JOB_FAMILIES + 1, why, len);
	if (nr < 0)
		return nr;
	modes->nr = (unsigned int)nr;
	for (int i = 0; i < nr; i++)
		modes->kinds[i] = kinds[which[i]];
	return 0;
}

static int trim_attributes(const struct passthru_options *o,
			   struct mode_request *modes, char *why, size_t len)
{
	static const char *const words[] = { "idr", "idw", "deallocate", NULL };
	int bits;

	modes->dsm = NVME_CDW11_AD;
	if (!o->dsm_attr)
		return 0;
	/* in the order of their bits (NVM Command Set 1.0, 3.2.3) */
	bits = list_words("dsm_attr", o->dsm_attr, words, why, len);
	if (bits < 0)
		return bits;
	modes->dsm = (uint32_t)bits;
	return 0;
}

_Static_assert(NVME_CDW11_IDR == 1 && NVME_CDW11_IDW == 2 && NVME_CDW11_AD == 4,
	       "attributes in the order of their bits");

static int copy_region(const struct passthru_options *o,
		       struct job_request *request, char *why, size_t len)
{
	struct mode_request *modes = &request->modes;
	bool copies = family_writes(request, KIND_COPY);
	uint64_t numbers[2];
	int nr;

	if (!copies && !o->copy_source)
		return 0;
	if (!copies || !o->copy_source) {
		snprintf(
			why, len,
			"write_mode=copy and copy_source= need each other: say what is copied, as in write_mode=copy,copy_source=1g:64m");
		return -EINVAL;
	}
	nr = list_region("copy_source", o->copy_source, numbers, why, len);
	if (nr < 0)
		return nr;
	modes->copy_start = numbers[0];
	modes->copy_bytes = numbers[1];
	modes->copy_ranges = o->copy_ranges ? o->copy_ranges : 1;
	return 0;
}

static void appends(const struct thread_data *td, struct job_request *request)
{
	if (!family_writes(request, KIND_ZONE_APPEND))
		return;
	request->modes.append_bytes = td->o.max_bs[DDIR_WRITE];
	request->modes.append_exact = td->o.verify != VERIFY_NONE;
}

/* -- what the user describes ------------------------------------------------ */

/* What else would say what is sent, or how; NULL where nothing does */
static const char *described_conflict(const struct thread_data *td,
				      const struct mode_request *modes)
{
	const struct passthru_options *o = td->eo;
	const struct {
		bool given;
		bool beside;
		const char *what;
	} pairs[] = {
		{ o->write_cmd, modes->nr, "write_cmd= beside write_mode=" },
		{ o->write_cmd, o->writefua, "write_cmd= beside writefua=1" },
		{ o->read_cmd, modes->compare,
		  "read_cmd= beside verify_mode=compare" },
		{ o->read_cmd, o->readfua, "read_cmd= beside readfua=1" },
		{ o->trim_cmd, o->dsm_attr, "trim_cmd= beside dsm_attr=" },
		{ o->trim_cmd, td_zoned(td), "trim_cmd= beside zonemode=zbd" },
		{ o->trim_cmd, td_ranges(td) > 1,
		  "trim_cmd= beside num_range= above 1" },
		{ o->dry_run, td_zoned(td), "dry_run=1 beside zonemode=zbd" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].given && pairs[i].beside)
			return pairs[i].what;
	return NULL;
}

static int described_of(const struct thread_data *td,
			struct mode_request *modes, char *why, size_t len)
{
	const struct passthru_options *o = td->eo;
	const char *const texts[] = { o->read_cmd, o->write_cmd, o->trim_cmd };
	const char *conflict = described_conflict(td, modes);
	int ret = 0;

	if (conflict) {
		snprintf(why, len, "%s is refused; leave one of them out",
			 conflict);
		return -EINVAL;
	}
	for (unsigned int i = JOB_READ; !ret && i < JOB_FLUSH; i++) {
		ret = described_parse(modes, i, texts[i], why, len);
		if (!ret)
			ret = described_check_len(modes, i, td->o.min_bs[i],
						  why, len);
	}
	return ret;
}

/*
 * A read that is described as what may write makes the job one that writes.
 * What writes and trims are is of no matter: such a job counts as writing.
 */
static int described_protect(const struct thread_data *td,
			     struct job_request *request, char *why, size_t len)
{
	const struct described_request *read =
		&request->modes.described[JOB_READ];
	uint8_t opcode = read->command.base.opcode;

	if (!read->given || nvme_opcode_reads_only(opcode))
		return 0;
	if (read_only) {
		snprintf(
			why, len,
			"read_cmd=: opcode 0x%02x (%s) is not known to leave the medium as it is, and fio was started with --readonly; nothing was sent",
			opcode, nvme_opcode_text(opcode));
		return -EROFS;
	}
	request->ask.writes = true;
	request->ask.hold = !td->o.allow_mounted_write;
	return 0;
}

/* Whether writes of the job leave something else than fio's data */
static const char *modes_break(const struct job_request *request)
{
	/* in a job that does not write, write_mode= is of no effect */
	if (!request->ask.writes)
		return NULL;
	if (family_writes(request, KIND_VERIFY))
		return "write_mode=verify writes nothing";
	if (family_writes(request, KIND_COPY))
		return "write_mode=copy writes what was elsewhere";
#ifndef IO_U_F_ZEROED
	if (family_writes(request, KIND_ZEROES) ||
	    family_writes(request, KIND_UNCOR))
		return "this fio's verification does not know of blocks with zeroes or errors, which comes after fio 3.42";
#endif
	return NULL;
}

/* fio's verification looks for what it believes to have written */
static const char *verify_breaks(const struct thread_data *td,
				 const struct job_request *request)
{
	const struct mode_request *modes = &request->modes;

	if (td->o.verify == VERIFY_NONE)
		return NULL;
	if (request->dry_run)
		return "dry_run=1 writes and reads nothing";
	if (!described_writes(modes, JOB_WRITE))
		return "write_cmd= does not write all data of an io_unit";
	if (!described_reads(modes, JOB_READ))
		return "read_cmd= does not read all data of an io_unit";
	return modes_break(request);
}

/* Whether some I/O of the job moves data */
static bool moves_data(const struct thread_data *td,
		       const struct job_request *request)
{
	const struct mode_request *modes = &request->modes;
	bool writes = !modes->nr || family_writes(request, JOB_WRITE) ||
		      family_writes(request, KIND_ZONE_APPEND);

	if (td->o.verify != VERIFY_NONE || td->o.read_iolog_file)
		return true;
	if (td->o.td_ddir & TD_DDIR_READ && described_moves(modes, JOB_READ))
		return true;
	return td->o.td_ddir & TD_DDIR_WRITE && writes &&
	       described_moves(modes, JOB_WRITE);
}

/* What else was set that cannot be, or changes nothing */
static const char *conflict(const struct thread_data *td,
			    const struct job_request *request)
{
	const struct passthru_options *o = td->eo;

	if (request->modes.compare && (td->o.verify != VERIFY_PATTERN_NO_HDR ||
				       !td->o.verify_pattern_bytes))
		return "verify_mode=compare: the device has to be told every byte, and all that verify= writes but verify=pattern has the time in it; use verify=pattern with verify_pattern=, or verify_mode=read";
	if (td_zoned(td) && family_writes(request, KIND_VERIFY))
		return "write_mode=verify writes nothing, and with zonemode=zbd fio would take zones for written; leave one of them out";
	if (o->deac && !family_writes(request, KIND_ZEROES))
		return "deac=1 means nothing without write_mode=zeroes; set that too";
	if (o->copy_ranges > 1 && !family_writes(request, KIND_COPY))
		return "copy_ranges means nothing without write_mode=copy; set that too";
	return NULL;
}

static int modes_of(const struct thread_data *td, struct job_request *request,
		    char *why, size_t len)
{
	const struct passthru_options *o = td->eo;
	struct mode_request *modes = &request->modes;
	const char *broken;
	int ret;

	modes->deac = o->deac;
	modes->compare = o->verify_mode == VERIFY_MODE_COMPARE &&
			 td->o.verify != VERIFY_NONE;
	ret = write_modes(o, modes, why, len);
	if (!ret)
		ret = trim_attributes(o, modes, why, len);
	if (!ret)
		ret = copy_region(o, request, why, len);
	if (!ret)
		ret = described_of(td, modes, why, len);
	if (!ret)
		ret = described_protect(td, request, why, len);
	if (ret)
		return ret;
	appends(td, request);
	if (!moves_data(td, request))
		request->max_data = 0;
	broken = verify_breaks(td, request);
	if (broken) {
		snprintf(why, len,
			 "verify= is refused: %s; leave one of them out",
			 broken);
		return -EINVAL;
	}
	broken = conflict(td, request);
	if (!broken)
		return 0;
	snprintf(why, len, "%s", broken);
	return -EINVAL;
}

/* -- metadata ------------------------------------------------------------------- */

static int checks_of(const struct passthru_options *o, uint32_t *prchk,
		     char *why, size_t len)
{
	static const char *const words[] = { "GUARD", "REFTAG", "APPTAG",
					     "STORTAG", NULL };
	static const uint32_t flags[] = { NVME_CDW12_PRCHK_GUARD,
					  NVME_CDW12_PRCHK_REF,
					  NVME_CDW12_PRCHK_APP,
					  NVME_CDW12_STC };
	int bits;

	*prchk = 0;
	if (!o->pi_chk)
		return 0;
	bits = list_words("pi_chk", o->pi_chk, words, why, len);
	for (unsigned int i = 0; bits > 0 && words[i]; i++)
		if (bits >> i & 1)
			*prchk |= flags[i];
	return bits < 0 ? bits : 0;
}

static int metadata_of(const struct thread_data *td, struct md_request *md,
		       char *why, size_t len)
{
	const struct passthru_options *o = td->eo;

	*md = (struct md_request){
		.pi = {
			.act = o->pi_act,
			.apptag = (uint16_t)o->apptag,
			.apptag_mask = (uint16_t)o->apptag_mask,
			.storage_tag = o->storage_tag,
		},
		.per_io = o->md_per_io_size,
		.check = o->pi_verify,
		.intact = td->o.verify != VERIFY_NONE,
	};
	return checks_of(o, &md->pi.prchk, why, len);
}

/* -- all of it --------------------------------------------------------------- */

static struct ring_setup ring_of(const struct thread_data *td)
{
	const struct passthru_options *o = td->eo;

	return (struct ring_setup){
		.entries = td->o.iodepth,
		/* what does nothing cannot be polled for */
		.iopoll = o->hipri && !o->dry_run,
		.hybrid = o->hybrid_poll && !o->dry_run,
		.sqpoll = o->sqthread_poll,
		.sqpoll_cpu = o->sqthread_poll_cpu,
	};
}

static struct nspace_request ask_of(const struct thread_data *td)
{
	const struct passthru_options *o = td->eo;
	bool writes = td_may_write(td);

	return (struct nspace_request){
		.writes = writes,
		.trims = td_may_trim(td) && !td_zoned(td) && !o->trim_cmd,
		.poll = o->hipri,
		.huge_pages = td_huge_pages(td) &&
			      (!o->fixedbufs || ring_support_large_segments()),
		.hold = writes && !td->o.allow_mounted_write,
		/* what is not vectored waits in the engine */
		.depth = o->nonvectored ? 0 : td->o.iodepth,
	};
}

/**
 * passthru_request() - what a job asks for
 * @td: the job
 * @request: filled in
 * @why: where a refusal is put in words
 * @len: bytes of @why
 *
 * Return: 0, or a negative errno with @why.
 */
int LAYOUT_SYM(passthru_request)(const struct thread_data *td,
				 struct job_request *request, char *why,
				 size_t len)
{
	const struct passthru_options *o = td->eo;
	int ret = 0;

	*request = (struct job_request){
		.ask = ask_of(td),
		.ring = ring_of(td),
		.depth = td->o.iodepth,
		.max_bytes = td_max_bs(td),
		.max_data = td_max_data(td),
		.cmd_bytes = o->cmd_bs,
		.scatter = o->scatter,
		.seed = td->rand_seeds[FIO_RAND_BLOCK_OFF],
		.ranges = td_ranges(td),
		.force_async = o->force_async,
		.fixedbufs = o->fixedbufs,
		.registerfiles = !o->plainfiles,
		.vectored = !o->nonvectored,
		.readfua = o->readfua,
		.writefua = o->writefua,
		.dry_run = o->dry_run,
		.timeout_ms = o->timeout_ms,
		.retries = o->retries,
		.zoned = td_zoned(td),
		.zone_bytes = td->o.zone_size,
	};

	td_each_size(td, nspace_ask_size, &request->ask, request->vectored);
	nspace_ask_size(&request->ask, "cmd_bs", o->cmd_bs, true);
	if (o->error_limit)
		ret = nvme_error_limits_parse(&request->limits, "error_limit",
					      o->error_limit, why, len);
	if (!ret)
		ret = placement_of(td, &request->place, why, len);
	if (!ret)
		ret = metadata_of(td, &request->md, why, len);
	return ret ? ret : modes_of(td, request, why, len);
}
