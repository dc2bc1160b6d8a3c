# SPDX-License-Identifier: GPL-2.0
# Included by the top Makefile. What reads the user's text and the controller's
# answers, under libFuzzer, ASan and UBSan; what each reads first is
# tests/fuzz/corpus/NAME.
#
#	make fuzz	run each for FUZZ_SECONDS, two at a time
#	make fuzz-merge	keep of FUZZ_FOUND and the corpus what covers most

FUZZ_SECONDS ?= 120
FUZZ_CC := clang
FUZZ := $(BUILD)/fuzz
FUZZERS := lists described identify placement zones
FUZZ_FLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
FUZZ_CFLAGS = $(ALL_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link \
	-Itests/fuzz -Wno-missing-field-initializers

FUZZ_OF_lists := fio/lists fio/version
FUZZ_OF_described := nvme/described nvme/error_limit nvme/opcode
FUZZ_CONTROLLER := nvme/blocks nvme/namespace nvme/pi_identify nvme/sysfs
FUZZ_OF_identify := $(FUZZ_CONTROLLER) nvme/effects nvme/format \
	nvme/opcode
FUZZ_OF_placement := $(FUZZ_CONTROLLER) nvme/fdp nvme/about nvme/status
FUZZ_OF_zones := $(FUZZ_CONTROLLER) nvme/zones nvme/status
FUZZ_WITH_identify := controller
FUZZ_WITH_placement := controller
FUZZ_WITH_zones := controller
FUZZ_WRAPS := nvme_get_nsid nvme_identify nvme_get_log nvme_get_log_page \
	nvme_get_features nvme_directive_recv nvme_io_mgmt_recv \
	nvme_zns_mgmt_recv

$(FUZZ)/obj/engine/%.o: engine/%.c Makefile tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

$(FUZZ)/obj/%.o: tests/fuzz/%.c Makefile tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

define fuzz_rule
$(FUZZ)/bin/$(1): $(FUZZ)/obj/$(1).o $(FUZZ_WITH_$(1):%=$(FUZZ)/obj/%.o) \
		$(FUZZ_OF_$(1):%=$(FUZZ)/obj/engine/%.o)
	@mkdir -p $$(@D)
	$$(FUZZ_CC) $$(FUZZ_FLAGS) -fsanitize=fuzzer \
		$$(if $(FUZZ_WITH_$(1)),$$(FUZZ_WRAPS:%=-Wl,--wrap=%)) \
		-o $$@ $$^ $$(LIBS)

-include $(FUZZ)/obj/$(1).d
endef
$(foreach name,$(FUZZERS),$(eval $(call fuzz_rule,$(name))))

-include $(FUZZ)/obj/controller.d

.PHONY: fuzz fuzz-merge
fuzz: $(FUZZERS:%=$(FUZZ)/bin/%)
	tests/fuzz/run --seconds=$(FUZZ_SECONDS) $(FUZZ) $^

fuzz-merge: $(FUZZERS:%=$(FUZZ)/bin/%)
	tests/fuzz/run --merge $(FUZZ) $^
