// SPDX-License-Identifier: GPL-2.0
/* What fio exports to an engine, for host.c. */
#include "host.h"

#include <stdio.h>
#include <string.h>

int output_format = FIO_OUTPUT_NORMAL;
bool read_only;
const char fio_version_string[] = "fio-" FIO_LAYOUT_ID;

static void append(char *log, size_t len, const char *format, va_list args)
{
	size_t at = strlen(log);

	vsnprintf(log + at, len - at, format, args);
}

ssize_t log_err(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(host.log, sizeof(host.log), format, args);
	va_end(args);
	return 0;
}

ssize_t log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(host.info, sizeof(host.info), format, args);
	va_end(args);
	return 0;
}

int log_info_flush(void)
{
	host.flushed = strlen(host.info);
	return 0;
}

void fio_gettime(struct timespec *now, void *caller)
{
	(void)caller;
	*now = (struct timespec){ .tv_sec = ++host.clock };
}

void io_u_mark_submit(struct thread_data *td, unsigned int nr)
{
	assert_ptr_equal(td, &host.td);
	host.submitted += nr;
	host.submits++;
}

void io_u_queued(struct thread_data *td, struct io_u *io_u)
{
	assert_ptr_equal(td, &host.td);
	host.queued[io_u - host.io_us]++;
}

void populate_verify_io_u(struct thread_data *td, struct io_u *io_u)
{
	assert_ptr_equal(td, &host.td);
	/* nothing is left there that fio would take for filled */
	assert_int_equal(io_u->buf_filled_len, 0);
	host.populated++;
}
