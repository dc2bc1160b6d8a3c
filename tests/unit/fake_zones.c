// SPDX-License-Identifier: GPL-2.0
#include "fake_zones.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "starve.h"

OWN struct fake_zones fake_zones;

static int said(const struct nspace *ns, int err, const char *what, char *why,
		size_t len)
{
	if (err)
		snprintf(why, len, "%s: %s failed", ns->path, what);
	return err;
}

int zones_identify(struct zones *zones, const struct nspace *ns, int fd,
		   char *why, size_t len)
{
	int err = fake_zones.identify_error ? fake_zones.identify_error :
					      starve_call("zones_identify");

	assert_true(fcntl(fd, F_GETFD) >= 0);
	*zones = fake_zones.are;
	return said(ns, err, "identify", why, len);
}

int zones_report(const struct zones *zones, const struct nspace *ns, int fd,
		 uint64_t offset, struct zone *list, unsigned int nr, char *why,
		 size_t len)
{
	unsigned int first = (unsigned int)(offset / zones->bytes), got = 0;

	assert_true(fcntl(fd, F_GETFD) >= 0);
	for (; got < nr && first + got < zones->nr; got++)
		list[got] = fake_zones.list[first + got];
	return fake_zones.error ?
		       said(ns, fake_zones.error, "report", why, len) :
		       (int)got;
}

static int called(int fd, const struct fake_zone_call *call)
{
	int flags = fcntl(fd, F_GETFL);

	assert_true(flags >= 0);
	assert_true(fake_zones.nr_calls < FAKE_ZONE_CALLS);
	fake_zones.calls[fake_zones.nr_calls] = *call;
	fake_zones.calls[fake_zones.nr_calls++].writable =
		(flags & O_ACCMODE) == O_RDWR;
	return fake_zones.error;
}

int zones_manage(const struct zones *zones, const struct nspace *ns, int fd,
		 enum zone_action action, uint64_t offset, uint64_t bytes,
		 char *why, size_t len)
{
	assert_int_equal(zones->nr, fake_zones.are.nr);
	return said(ns,
		    called(fd, &(struct fake_zone_call){ .action = action,
							 .offset = offset,
							 .bytes = bytes }),
		    "manage", why, len);
}

int zones_write(const struct nspace *ns, int fd, uint64_t offset,
		const void *data, uint64_t bytes, uint64_t most, char *why,
		size_t len)
{
	return said(ns,
		    called(fd, &(struct fake_zone_call){ .offset = offset,
							 .bytes = bytes,
							 .most = most,
							 .data = data }),
		    "write", why, len);
}

const char *zone_state_text(enum zone_state state)
{
	return state == ZONE_OFFLINE ? "offline" : "read only";
}
