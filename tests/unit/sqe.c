// SPDX-License-Identifier: GPL-2.0
#include "sqe.h"

#include <string.h>

/* What the kernel took, in order */
struct sqe sqe_nth(unsigned int nth)
{
	struct sqe sqe;

	assert_true(nth < fake.nr_taken);
	memcpy(&sqe, fake.taken[nth], sizeof(sqe));
	return sqe;
}

struct sqe sqe_last(void)
{
	return sqe_nth(fake.nr_taken - 1);
}

/* One I/O through the engine and a ring; what the kernel read of it */
struct sqe sqe_send(unsigned int unit, enum fio_ddir ddir, uint64_t offset,
		    uint64_t bytes)
{
	host_queue(unit, ddir, offset, bytes);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
	assert_ptr_equal(host_event(0), &host.io_us[unit]);
	assert_int_equal(host.io_us[unit].error, 0);
	return sqe_last();
}

void sqe_put64(struct sqe *sqe, unsigned int dword, uint64_t value)
{
	sqe->dw[dword] = (uint32_t)value;
	sqe->dw[dword + 1] = (uint32_t)(value >> 32);
}

uint64_t sqe_get64(const struct sqe *sqe, unsigned int dword)
{
	return sqe->dw[dword] | (uint64_t)sqe->dw[dword + 1] << 32;
}

void sqe_assert(const struct sqe *got, const struct sqe *want)
{
	for (unsigned int i = 0; i < 32; i++)
		if (got->dw[i] != want->dw[i])
			fail_msg("dword %u is 0x%08x, not 0x%08x", i,
				 got->dw[i], want->dw[i]);
	assert_memory_equal(got, want, 128);
}

/* What differs from run to run, where the row leaves it open */
struct sqe sqe_wanted(const struct row *row, unsigned int unit)
{
	const struct io_u *io_u = &host.io_us[unit];
	struct sqe want;

	memcpy(&want, row->want, sizeof(want));
	if (!(want.dw[0] & FIXED_FILE))
		want.dw[1] = (uint32_t)host.files[0].fd;
	sqe_put64(&want, 8, (uintptr_t)io_u);
	if (row->bytes && row->ddir != DDIR_TRIM && want.dw[2] == CMD_IO)
		sqe_put64(&want, 18, (uintptr_t)io_u->xfer_buf);
	return want;
}

/* What the engine keeps for the I/O beside the SQE */
static void check_table(const struct row *row, const void *table,
			const void *data)
{
	uint32_t block = host.ns[0].lba_bytes;
	uint64_t range[2] = { row->bytes / block << 32, row->offset / block };
	uint64_t vector[2] = { (uintptr_t)data, row->bytes };

	assert_memory_equal(table, row->ddir == DDIR_TRIM ? range : vector, 16);
}

void sqe_check_row(const struct row *row, unsigned int unit)
{
	struct sqe got = sqe_send(unit, row->ddir, row->offset, row->bytes);
	struct sqe want = sqe_wanted(row, unit);

	if (row->ddir == DDIR_TRIM || want.dw[2] == CMD_IO_VEC) {
		sqe_put64(&want, 18, sqe_get64(&got, 18));
		assert_int_not_equal(sqe_get64(&got, 18), 0);
		check_table(row, (const void *)(uintptr_t)sqe_get64(&got, 18),
			    host.io_us[unit].xfer_buf);
	}
	sqe_assert(&got, &want);
}

void sqe_check_rows(const struct row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		sqe_check_row(&rows[i], i % host.td.o.iodepth);
}
