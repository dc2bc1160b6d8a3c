// SPDX-License-Identifier: GPL-2.0
/* Placement handles, streams, and the logs of Flexible Data Placement. */
#include "controller.h"
#include "fuzz.h"
#include "nvme/fdp.h"

static char why[FUZZ_WHY];

static void handles(const struct nspace *ns)
{
	struct nspace_fdp *fdp = malloc(sizeof(*fdp));
	int ret = nspace_fdp_read(fdp, ns, -1, why, sizeof(why));

	hold_result(ret, why, FUZZ_PATH ": ");
	HOLD(fdp->nr <= NSPACE_PLACEMENTS_MAX && (ret || fdp->nr));
	free(fdp);
}

static void streams(const struct nspace *ns)
{
	struct nspace_streams *found = malloc(sizeof(*found));
	int ret = nspace_streams_read(found, ns, -1, why, sizeof(why));

	hold_result(ret, why, FUZZ_PATH ": ");
	HOLD(ret || !found->sgs || found->sgs >= found->sws);
	free(found);
}

static void logs(const struct nspace *ns)
{
	struct nspace_fdp_log *log = malloc(sizeof(*log));
	int ret = nspace_fdp_log_read(log, ns, -1, why, sizeof(why));

	hold_result(ret, why, FUZZ_PATH ": ");
	HOLD(log->nr_events <= NSPACE_EVENTS_MAX);
	for (uint32_t i = 0; i < log->nr_events; i++) {
		HOLD(nspace_fdp_event_in(log, &log->events[i]));
		HOLD(nspace_fdp_event_name(log->events[i].type)[0]);
	}
	free(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void (*const readers[])(const struct nspace *) = { handles, streams,
							   logs };
	struct nspace ns = {
		.path = FUZZ_PATH,
		.nsid = FUZZ_NSID,
		.nlb = 1024,
		.lba_size = 512,
		.lba_bytes = 512,
		.bytes = 1024 * 512,
		.endgid = 1,
	};
	uint8_t kind;

	controller_begin(data, size);
	kind = controller_byte();
	ns.fdp = ns.directives = !(kind & 0x80);
	why[0] = '\0';
	readers[kind % 3](&ns);
	return 0;
}
