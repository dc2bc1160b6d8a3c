// SPDX-License-Identifier: GPL-2.0
/*
 * Commands in the user's own words, and limits of errors. The first byte says
 * which of the two.
 */
#include "nvme/described.h"

#include "fuzz.h"
#include "nvme/error_limit.h"

#define NSID 0x1234u
#define LINES 6

static char why[FUZZ_WHY];

/* What no text may reach: it is the file's, or says where the data is */
static void hold_command(const struct nvme_described *d,
			 const struct nvme_values *v)
{
	struct nvme_uring_cmd cmd;
	char line[128];

	nvme_described_encode(&cmd, d, NSID, v);
	HOLD(cmd.nsid == NSID);
	HOLD(cmd.opcode == d->base.opcode);
	HOLD(!cmd.addr && !cmd.data_len && !cmd.flags);
	HOLD(!cmd.metadata && !cmd.metadata_len && !cmd.timeout_ms);
	for (unsigned int nth = 0; nth <= LINES; nth++) {
		bool more = nvme_described_text(&cmd, nth, line, sizeof(line));

		HOLD(!more || (line[0] && !strchr(line, '\n')));
		HOLD(!more || nth < LINES);
	}
}

static void described(const char *text)
{
	static const struct nvme_values values[] = {
		{ .nlb = 1, .bytes = 512 },
		{ .slba = UINT64_MAX,
		  .nlb = UINT32_MAX,
		  .bytes = UINT32_MAX,
		  .index = UINT64_MAX,
		  .random = UINT64_MAX,
		  .placement = UINT16_MAX },
	};
	struct nvme_described *d = malloc(sizeof(*d));
	int ret = nvme_described_parse(d, "option", text, why, sizeof(why));

	hold_result(ret, why, "option: ");
	HOLD(ret <= 0);
	HOLD(ret || d->nr_fills <= NVME_DESCRIBED_DWORDS);
	for (unsigned int i = 0; !ret && i < 2; i++) {
		HOLD(nvme_opcode_direction(d->base.opcode) !=
			     NVME_DIRECTION_NONE ||
		     !nvme_described_len(d, &values[i]));
		hold_command(d, &values[i]);
	}
	free(d);
}

static void limits(const char *text)
{
	struct nvme_error_limits *l = malloc(sizeof(*l));
	int ret = nvme_error_limits_parse(l, "option", text, why, sizeof(why));

	hold_result(ret, why, "option=");
	HOLD(ret <= 0);
	HOLD(ret || (l->nr && l->nr <= NVME_ERROR_LIMITS));
	for (unsigned int i = 0; !ret && i < l->nr; i++) {
		const struct nvme_error_limit *limit = &l->list[i];

		HOLD(strnlen(limit->name, sizeof(limit->name)) <
		     sizeof(limit->name));
		HOLD(!(limit->match & ~limit->mask) && !limit->count);
	}
	for (int res = -2; !ret && res < 0x800; res += 0x41)
		nvme_error_limits_count(l, res);
	free(l);
}

static void one(uint8_t kind, const char *text)
{
	why[0] = '\0';
	if (kind & 1)
		limits(text);
	else
		described(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_text(data, size, one);
}
