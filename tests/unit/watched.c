// SPDX-License-Identifier: GPL-2.0
#include "watched.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct watched watched;

ssize_t __wrap_write(int fd, const void *data, size_t bytes);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
	assert_int_equal(fd, WATCHED_FD);
	if (watched.write_error) {
		errno = watched.write_error;
		return -1;
	}
	assert_true(watched.nr_written + bytes <= sizeof(watched.written));
	assert_true(watched.nr_writes < 16);
	memcpy(watched.written + watched.nr_written, data, bytes);
	watched.nr_written += bytes;
	watched.sizes[watched.nr_writes++] = bytes;
	return (ssize_t)bytes;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	*now = clock == CLOCK_REALTIME ? (struct timespec){ 1000, 7 } :
					 (struct timespec){ 10, 5 };
	return 0;
}

static void tell(const char *what)
{
	watched.tells++;
	snprintf(watched.told, sizeof(watched.told), "%s", what);
}

int watched_setup(void **state)
{
	(void)state;
	memset(&watched, 0, sizeof(watched));
	for (unsigned int i = 0; i < WATCHED_FILES; i++) {
		watched.list[i] = &watched.targets[i];
		watched.targets[i].ns = (struct nspace){
			.nsid = i + 1,
			.nlb = 0x0807060504030201,
			.lba_size = 512,
			.lba_bytes = 520,
			.serial = "S3R1AL",
		};
	}
	watched.placement.type = NVME_DTYPE_FDP;
	watched.placement.nr = 3;
	for (unsigned int i = 0; i < 3; i++)
		watched.placement.entries[i].pid = (uint16_t)(0xa0b0 + i);
	watched.job.targets = watched.list;
	watched.job.nr_targets = WATCHED_FILES;
	watched.job.ranges = watched.ranges;
	watched.job.nr_ranges = WATCHED_RANGES;
	return 0;
}

int watched_teardown(void **state)
{
	(void)state;
	if (watched.job.watch)
		watch_destroy(&watched.job);
	return 0;
}

void watched_start(int trace_fd, bool timed)
{
	const struct watch_request request = {
		.timed = timed,
		.issued_at = 24,
		.trace_fd = trace_fd,
		.job = 0x2211,
		.tell = tell,
	};

	assert_int_equal(watch_create(&watched.job, &request), 0);
	assert_true(watched.job.detour);
}

/* Of 8 blocks, of the first file */
struct watch_command watched_command(unsigned int direction, int res)
{
	return (struct watch_command){
		.target = &watched.targets[0],
		.owner = &watched.owner,
		.unit = 3,
		.kind = direction,
		.direction = direction,
		.offset = 520ull * 0x0102030405,
		.bytes = 520ull * 8,
		.position = PLACEMENT_NONE,
		.res = res,
	};
}

void watched_note(unsigned int direction, int res, unsigned int times)
{
	const struct watch_command c = watched_command(direction, res);

	while (times--)
		watch_note(&watched.job, &c);
}

void watched_place(uint16_t position, int res, uint64_t bytes)
{
	struct watch_command c = watched_command(JOB_WRITE, res);

	c.position = position;
	c.bytes = bytes;
	watch_note(&watched.job, &c);
}

void watched_assert(unsigned int direction, uint64_t commands, uint64_t bytes,
		    uint64_t errors)
{
	const struct watch_kind *kind = &watched.job.watch->kinds[direction];

	assert_int_equal(kind->commands, commands);
	assert_int_equal(kind->bytes, bytes);
	assert_int_equal(kind->errors, errors);
}
