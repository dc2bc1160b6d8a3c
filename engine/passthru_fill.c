// SPDX-License-Identifier: GPL-2.0
/*
 * What an io_unit becomes where it is more than a plain Read or Write: which
 * command, and what of it differs from I/O to I/O.
 */
#include <errno.h>

#include "passthru.h"

/* Ranges of a trim, or -EINVAL */
int LAYOUT_SYM(passthru_ranges)(const struct job *job, const struct io_u *io_u)
{
	const struct target *target = io_u->file->engine_data;
	struct nvme_range *ranges = job_unit_ranges(job, io_u->index);
	uint64_t offset, bytes;
	unsigned int nr = 0;

	while (io_u_range(io_u, job->nr_ranges, nr, &offset, &bytes)) {
		if (nr >= job->nr_ranges ||
		    job_range(target, &ranges[nr++], offset, bytes))
			return -EINVAL;
	}
	return (int)nr;
}

static int fill_trim(const struct job *job, const struct command *command,
		     struct ring_sqe *sqe, const struct io_u *io_u)
{
	int nr = LAYOUT_SYM(passthru_ranges)(job, io_u);

	if (nr < 0)
		return nr;
	return job_fill_ranges(command, sqe, job_unit_ranges(job, io_u->index),
			       (unsigned int)nr);
}

struct placed LAYOUT_SYM(passthru_placed)(const struct placement *placement,
					  const struct io_u *io_u)
{
#ifdef HAVE_IO_U_DTYPE
	return placement_by_fio(placement, (enum nvme_dtype)io_u->dtype,
				(uint16_t)io_u->dspec);
#else
	(void)io_u;
	return placement_by_fio(placement, NVME_DTYPE_NONE, 0);
#endif
}

static struct placed next_placed(const struct io_u *io_u)
{
	struct placement *placement =
		((const struct target *)io_u->file->engine_data)->placement;

	if (placement->select == PLACEMENT_BY_FIO)
		return LAYOUT_SYM(passthru_placed)(placement, io_u);
	return placement_nth(placement, placement_begin(placement, 1), 0,
			     io_u->offset, io_u->xfer_buflen);
}

static int fill_placed(struct job *job, const struct command *command,
		       struct ring_sqe *sqe, const struct io_u *io_u)
{
	return job_fill_placed(job, command, sqe, io_u->index, io_u->offset,
			       io_u->xfer_buf, io_u->xfer_buflen,
			       next_placed(io_u));
}

static int fill_family(struct job *job, const struct command *command,
		       struct ring_sqe *sqe, const struct io_u *io_u)
{
	struct job_io io = io_of(io_u);

	if (command->placed)
		io.placed = next_placed(io_u);
	return command->family->fill(job, command, sqe, &io);
}

int LAYOUT_SYM(passthru_fill)(struct job *job, const struct command *command,
			      struct ring_sqe *sqe, const struct io_u *io_u)
{
	switch (command->kind) {
	case COMMAND_PLAIN:
	case COMMAND_REGION:
	case COMMAND_DATA:
		return job_fill_data(job, command, sqe, io_u->index,
				     io_u->offset, io_u->xfer_buf,
				     io_u->xfer_buflen);
	case COMMAND_PLACED:
		return fill_placed(job, command, sqe, io_u);
	case COMMAND_RANGES:
		return fill_trim(job, command, sqe, io_u);
	case COMMAND_BARE:
		return 0;
	case COMMAND_FAMILY:
		return fill_family(job, command, sqe, io_u);
	default:
		return -EROFS;
	}
}

/* -- which command ------------------------------------------------------------ */

#ifdef IO_U_F_ZEROED
/* What verification will find where this went; a thread of fio's may look on */
static void mark(struct io_u *io_u, const struct command *command)
{
	static const unsigned int marks[] = {
		[LEAVES_DATA] = 0,
		[LEAVES_ZEROES] = IO_U_F_ZEROED,
		[LEAVES_ERROR] = IO_U_F_ERRORED,
	};
	unsigned int all = IO_U_F_ZEROED | IO_U_F_TRIMMED | IO_U_F_ERRORED;

	if (io_u->ddir != DDIR_WRITE)
		return;
	__atomic_fetch_and(&io_u->flags, ~all, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&io_u->flags, marks[family_leaves(command)],
			  __ATOMIC_SEQ_CST);
}
#endif

/* Whether fio is to look for what it wrote itself, not for zeroes or errors */
static bool comparable(const struct io_u *io_u)
{
	unsigned int other = IO_U_F_TRIMMED;

#ifdef IO_U_F_ZEROED
	other |= IO_U_F_ZEROED | IO_U_F_ERRORED;
#endif
	return io_u->flags & IO_U_F_VER_LIST && !(io_u->flags & other);
}

/* The device is to compare: it gets what fio would look for */
static const struct command *compare(struct job *job, struct target *target,
				     struct io_u *io_u)
{
	bool compares = comparable(io_u);

	/* a Read may have been there, and fio fills once */
	io_u->buf_filled_len = 0;
#ifdef IO_U_F_VER_IN_DEV
	/* fio leaves the mark of an earlier verification where it is */
	__atomic_fetch_and(&io_u->flags, ~IO_U_F_VER_IN_DEV, __ATOMIC_SEQ_CST);
	if (compares)
		__atomic_fetch_or(&io_u->flags, IO_U_F_VER_IN_DEV,
				  __ATOMIC_SEQ_CST);
#endif
	if (!compares)
		return &target->encoded[JOB_READ];
	populate_verify_io_u(job->owner, io_u);
	return &target->others[KIND_COMPARE - JOB_DIRECTIONS];
}

/* Which command it becomes, where its direction does not say so */
static const struct command *choose(const struct command *command,
				    struct io_u *io_u)
{
	struct target *target = io_u->file->engine_data;
	struct job *job = target->job;

	if (command->kind == COMMAND_VERIFY)
		command = compare(job, target, io_u);
	else if (command->kind == COMMAND_MIX)
		command = family_choose(target);
	job->units[io_u->index].command = command;
	return command;
}

#ifdef IO_U_F_ZEROED
/* Before fio notes what it will verify, and so before queue */
int LAYOUT_SYM(passthru_prep)(struct thread_data *td, struct io_u *io_u)
{
	const struct target *target = io_u->file->engine_data;
	const struct command *command = target->commands[io_u->ddir];

	(void)td;
	if (command->kind >= COMMAND_FAMILY)
		mark(io_u, choose(command, io_u));
	return 0;
}
#endif

/* What an io_unit becomes of a command that leaves that open */
const struct command *LAYOUT_SYM(passthru_choose)(const struct command *command,
						  struct io_u *io_u)
{
#ifdef IO_U_F_ZEROED
	const struct target *target = io_u->file->engine_data;

	/* prep chose, and would choose another now */
	if (command->kind != COMMAND_FAMILY)
		return target->job->units[io_u->index].command;
#endif
	return choose(command, io_u);
}
