// SPDX-License-Identifier: GPL-2.0
/* Identify of namespace and controller, the log of commands, and a format. */
#include "controller.h"
#include "fuzz.h"
#include "nvme/effects.h"
#include "nvme/format.h"

static char why[FUZZ_WHY];

static void effects_of(const struct nspace *ns)
{
	struct nspace_effects effects;
	uint8_t opcode = controller_byte();
	uint32_t ranges = 1u + controller_byte();
	uint64_t nlb = (uint64_t)controller_byte() << controller_byte() % 56;
	int ret = nspace_effects_read(&effects, ns, -1);

	HOLD(ret <= 0);
	if (ret)
		return;
	ret = nspace_check_command(ns, &effects, opcode, "option", why,
				   sizeof(why));
	hold_result(ret, why, FUZZ_PATH ": option");
	HOLD(!ret == nspace_supports(&effects, opcode));
	why[0] = '\0';
	ret = nspace_check_copy(ns, &effects, ranges, nlb, "option", why,
				sizeof(why));
	hold_result(ret, why, FUZZ_PATH ": option");
	HOLD(ret || ranges <= effects.msrc + 1u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nspace ns;

	controller_begin(data, size);
	why[0] = '\0';
	if (controller_identify(&ns, why))
		return 0;
	effects_of(&ns);
	why[0] = '\0';
	hold_result(-nspace_reformatted(&ns, -1, why, sizeof(why)), why,
		    FUZZ_PATH ": the namespace was formatted");
	return 0;
}
