// SPDX-License-Identifier: GPL-2.0
#include "job_trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job_append.h"

/**
 * trace_create() - make room for the trace of a file
 * @trace: set to it, to be ended by trace_destroy()
 * @header: its @realtime to @file
 * @serial: of the controller, not padded
 * @fd: where it is written to, by append_write()
 *
 * Return: 0, or -ENOMEM.
 */
int trace_create(struct trace **trace, const struct trace_header *header,
		 const char *serial, int fd)
{
	struct trace *t = malloc(sizeof(*t));
	size_t n = strlen(serial);

	if (!t)
		return -ENOMEM;
	t->header = *header;
	memcpy(t->header.magic, TRACE_MAGIC, sizeof(t->header.magic));
	t->header.version = TRACE_VERSION;
	t->header.record_bytes = sizeof(struct trace_record);
	t->header.records = 0;
	memset(t->header.serial, ' ', TRACE_SERIAL);
	memcpy(t->header.serial, serial, n < TRACE_SERIAL ? n : TRACE_SERIAL);
	t->fd = fd;
	*trace = t;
	return 0;
}

/**
 * trace_destroy() - undo trace_create()
 * @trace: may be NULL; what was not written is lost
 */
void trace_destroy(struct trace *trace)
{
	free(trace);
}

/**
 * trace_flush() - write what was noted
 * @trace: the trace
 *
 * Return: 0, or a negative errno; what could not be written is lost.
 */
int trace_flush(struct trace *trace)
{
	size_t nr = trace->header.records;
	int ret;

	if (!nr)
		return 0;
	ret = append_write(trace->fd, trace,
			   sizeof(trace->header) +
				   nr * sizeof(*trace->records));
	trace->header.records = 0;
	return ret;
}

/**
 * trace_room() - make room for records that belong together
 * @trace: the trace
 * @nr: how many, TRACE_RECORDS at most
 *
 * Another job's chunk may follow any, so they have to be in the same.
 *
 * Return: 0, or a negative errno.
 */
int trace_room(struct trace *trace, unsigned int nr)
{
	if (trace->header.records + nr <= TRACE_RECORDS)
		return 0;
	return trace_flush(trace);
}
