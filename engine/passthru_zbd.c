// SPDX-License-Identifier: GPL-2.0
/*
 * fio's callbacks for zonemode=zbd. fio's core keeps the write pointers and
 * locks a zone from its choice of an I/O until that I/O ends; an engine tells
 * it what is on the device, and changes it when asked.
 */
#include <errno.h>
#include <stdlib.h>

#include "passthru.h"

#include "fio/message.h"
#include "job_zones.h"

_Static_assert((int)ZBD_ZONE_COND_EMPTY == ZONE_EMPTY &&
		       (int)ZBD_ZONE_COND_IMP_OPEN == ZONE_IMPLICIT &&
		       (int)ZBD_ZONE_COND_EXP_OPEN == ZONE_EXPLICIT &&
		       (int)ZBD_ZONE_COND_CLOSED == ZONE_CLOSED &&
		       (int)ZBD_ZONE_COND_READONLY == ZONE_READ_ONLY &&
		       (int)ZBD_ZONE_COND_FULL == ZONE_FULL &&
		       (int)ZBD_ZONE_COND_OFFLINE == ZONE_OFFLINE &&
		       (int)ZBD_ZONE_TYPE_SWR == ZONE_SEQUENTIAL,
	       "fio numbers zones as NVMe does");

/* fio's core reports errno, and not what it was returned */
static int answer(const struct thread_data *td, int ret, const char *why)
{
	if (ret >= 0)
		return ret;
	message_refuse(why, td->subjob_number > 0);
	errno = -ret;
	return ret;
}

int LAYOUT_SYM(passthru_get_zoned_model)(struct thread_data *td,
					 struct fio_file *f,
					 enum zbd_zoned_model *model)
{
	const struct target *target = f->engine_data;

	(void)td;
	*model = target->zones.nr ? ZBD_HOST_MANAGED : ZBD_NONE;
	return 0;
}

static int report(const struct target *target, uint64_t offset,
		  struct zbd_zone *zones, struct zone *list, unsigned int nr,
		  char *why, size_t len)
{
	int ret = job_zones_report(target, offset, list, nr, why, len);

	for (int i = 0; i < ret; i++) {
		const struct zone *zone = &list[i];

		zbd_zone_set(&zones[i], zone->start, zone->bytes,
			     zone->capacity, zone->wp);
		zbd_zone_state(&zones[i], (enum zbd_zone_cond)zone->state,
			       zone->state != ZONE_READ_ONLY &&
				       zone->state != ZONE_OFFLINE);
	}
	if (ret > 0 &&
	    job_zones_remark(target, list, (unsigned int)ret, why, len))
		message_remark(why);
	return ret;
}

int LAYOUT_SYM(passthru_report_zones)(struct thread_data *td,
				      struct fio_file *f, uint64_t offset,
				      struct zbd_zone *zones, unsigned int nr)
{
	const struct target *target = f->engine_data;
	char why[WHY_MAX] = "out of memory";
	struct zone *list;
	int ret = -ENOMEM;

	if (nr > target->zones.nr)
		nr = target->zones.nr;
	list = calloc(nr, sizeof(*list));
	if (list)
		ret = report(target, offset, zones, list, nr, why, sizeof(why));
	free(list);
	return answer(td, ret, why);
}

static int manage(const struct thread_data *td, const struct fio_file *f,
		  enum zone_action action, uint64_t offset, uint64_t bytes)
{
	char why[WHY_MAX];
	int ret = job_zones_manage(f->engine_data, action, offset, bytes, why,
				   sizeof(why));

	return answer(td, ret, why);
}

int LAYOUT_SYM(passthru_reset_wp)(struct thread_data *td, struct fio_file *f,
				  uint64_t offset, uint64_t bytes)
{
	return manage(td, f, ZONE_RESET, offset, bytes);
}

int LAYOUT_SYM(passthru_finish_zone)(struct thread_data *td, struct fio_file *f,
				     uint64_t offset, uint64_t bytes)
{
	return manage(td, f, ZONE_FINISH, offset, bytes);
}

int LAYOUT_SYM(passthru_move_zone_wp)(struct thread_data *td,
				      struct fio_file *f, struct zbd_zone *zone,
				      uint64_t bytes, const char *data)
{
	char why[WHY_MAX];
	int ret = job_zones_write(f->engine_data, zone->wp, data, bytes, why,
				  sizeof(why));

	return answer(td, ret, why);
}

int LAYOUT_SYM(passthru_get_max_open_zones)(struct thread_data *td,
					    struct fio_file *f,
					    unsigned int *max)
{
	(void)td;
	*max = ((const struct target *)f->engine_data)->zones.max_open;
	return 0;
}

int LAYOUT_SYM(passthru_get_max_active_zones)(struct thread_data *td,
					      struct fio_file *f,
					      unsigned int *max)
{
	(void)td;
	*max = ((const struct target *)f->engine_data)->zones.max_active;
	return 0;
}

/*
 * A trim is the reset of a zone, which fio's core does by reset_wp and keeps
 * its own account of. What was queued before has to be done before: a write
 * that came after the reset would find its zone's write pointer elsewhere.
 */
enum fio_q_status LAYOUT_SYM(passthru_reset)(struct thread_data *td,
					     struct io_u *io_u)
{
	const struct state *state = td->io_ops_data;
	int err;

	io_u_quiesce(td);
	if (state->wants_issue_time)
		fio_gettime(&io_u->issue_time, NULL);
	if (state->wants_issue_time && td->o.read_iolog_file)
		td->last_issue = io_u->issue_time;
	do_io_u_trim(td, io_u);
	/* fio's core gives it a negative errno, and expects a positive one */
	err = (int)io_u->error;
	if (err < 0)
		io_u->error = (unsigned int)-err;
	state->job->units[io_u->index].res = err < 0 ? err : -err;
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	return FIO_Q_COMPLETED;
}
