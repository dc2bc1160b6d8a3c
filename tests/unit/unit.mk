# SPDX-License-Identifier: GPL-2.0
# Included by the top Makefile. Tests without a device: what does not see fio
# is tested once, what does is tested for each layout of fio's structures.
#
#	make unit	build and run them; results as XML in $(BUILD)/unit
#	make sanitize	the same under ASan and UBSan, in $(BUILD)/asan

UNIT := $(BUILD)/unit
UNIT_LAYOUTS ?= $(LAYOUT_IDS)
UNIT_CFLAGS = $(ALL_CFLAGS) -Itests/unit -Wno-missing-field-initializers
UNIT_WRAPS = $(1:%=-Wl,--wrap=%)
# The ring's other side is a fake: nothing may reach the real one
UNIT_LIBS = $(filter-out -luring,$(LIBS)) $(shell $(PKG_CONFIG) --libs cmocka) -lm
UNIT_LINK = $(CC) $(CFLAGS) $(EXTRA_CFLAGS)

# Tests by name, the parts of the engine that each is linked with, and the
# functions of libraries that it takes the place of
FAKE_FS_WRAPS := open stat fstat fstatat fopen opendir
UNIT_ONCE := command commands opcode effects described described_refusals \
	lists placement limits format status sysfs open namespace zones \
	zone_commands holder hold_nodes about fdp fdp_log ring support append \
	watch trace pi pi_ask pi_guard pi_command pi_identify pi_read \
	error_limit version buffer
UNIT_OF_command := nvme/command
UNIT_WITH_command := dwords
UNIT_OF_commands := nvme/command
UNIT_WITH_commands := dwords
UNIT_OF_opcode := nvme/opcode
UNIT_OF_effects := nvme/effects nvme/opcode
UNIT_WRAP_effects := nvme_identify nvme_get_log nvme_get_log_page
UNIT_OF_described := nvme/described nvme/command nvme/opcode
UNIT_WITH_described := dwords
UNIT_OF_described_refusals := nvme/described nvme/opcode
UNIT_OF_error_limit := nvme/error_limit
UNIT_OF_lists := fio/lists
UNIT_OF_version := fio/version
UNIT_OF_placement := job_placement
UNIT_OF_limits := nvme/limits
UNIT_OF_format := nvme/format
UNIT_WRAP_format := nvme_identify
UNIT_OF_status := nvme/status
UNIT_OF_sysfs := nvme/sysfs
UNIT_WITH_sysfs := fake_fs
UNIT_WRAP_sysfs := $(FAKE_FS_WRAPS)
UNIT_OF_open := nvme/blocks nvme/namespace nvme/pi_identify nvme/sysfs
UNIT_WITH_open := fake_fs
UNIT_WRAP_open := $(FAKE_FS_WRAPS)
UNIT_OF_namespace := nvme/blocks nvme/namespace nvme/pi_identify nvme/sysfs
UNIT_WITH_namespace := fake_fs
UNIT_WRAP_namespace := $(FAKE_FS_WRAPS) nvme_get_nsid nvme_identify
UNIT_OF_zones := nvme/zones nvme/status
UNIT_WITH_zones := fake_zns
UNIT_WRAP_zones := nvme_identify nvme_zns_mgmt_recv nvme_zns_mgmt_send nvme_io
UNIT_OF_zone_commands := $(UNIT_OF_zones)
UNIT_WITH_zone_commands := $(UNIT_WITH_zones)
UNIT_WRAP_zone_commands := $(UNIT_WRAP_zones)
UNIT_OF_holder := nvme/holder nvme/sysfs
UNIT_WITH_holder := fake_fs
UNIT_WRAP_holder := $(FAKE_FS_WRAPS)
UNIT_OF_hold_nodes := $(UNIT_OF_holder)
UNIT_WITH_hold_nodes := fake_fs
UNIT_WRAP_hold_nodes := $(FAKE_FS_WRAPS) flock
UNIT_OF_about := nvme/about nvme/sysfs
UNIT_WITH_about := fake_fs
UNIT_WRAP_about := $(FAKE_FS_WRAPS)
UNIT_OF_fdp := nvme/fdp nvme/about nvme/status nvme/sysfs
UNIT_WRAP_fdp := nvme_io_mgmt_recv nvme_get_features nvme_directive_recv
UNIT_OF_fdp_log := $(UNIT_OF_fdp)
UNIT_WRAP_fdp_log := nvme_get_log nvme_get_features clock_gettime
UNIT_OF_append := job_append job_path
UNIT_WRAP_append := write geteuid
UNIT_OF_watch := job_watch job_trace job_append job_path
UNIT_WITH_watch := watched
UNIT_WRAP_watch := write clock_gettime
UNIT_OF_trace := $(UNIT_OF_watch)
UNIT_WITH_trace := watched
UNIT_WRAP_trace := $(UNIT_WRAP_watch)
UNIT_OF_pi := nvme/pi nvme/pi_guard
UNIT_WITH_pi := pi_host pi_model
UNIT_OF_pi_ask := $(UNIT_OF_pi)
UNIT_WITH_pi_ask := $(UNIT_WITH_pi)
UNIT_OF_pi_guard := nvme/pi_guard
UNIT_WITH_pi_guard := pi_model
UNIT_OF_pi_command := nvme/command nvme/pi nvme/pi_guard
UNIT_OF_pi_identify := nvme/pi_identify
UNIT_WRAP_pi_identify := nvme_identify
UNIT_OF_pi_read := nvme/pi nvme/pi_guard nvme/pi_read
UNIT_WRAP_pi_read := nvme_io
UNIT_OF_ring := ring/ring
UNIT_WITH_ring := fake_ring
UNIT_WRAP_ring := close
UNIT_OF_support := ring/ring ring/support
UNIT_WITH_support := fake_ring
UNIT_WRAP_support := close uname getrlimit fopen syscall

UNIT_BINS := $(UNIT_ONCE:%=$(UNIT)/bin/%) $(UNIT_LAYOUTS:%=$(UNIT)/bin/layout-%)

UNIT_PER_LAYOUT := layout_main starved_jobs host host_fio host_process \
	host_nvme sqe split lines test_sqe test_buffers \
	test_slots test_io test_errors test_flow test_reformatted test_split \
	test_split_kinds test_split_wait test_split_flow \
	test_split_calls test_split_errors test_split_buffers \
	test_scatter test_scatter_refusals test_placed test_placed_core \
	test_report test_summary test_json test_json_files test_job_trace \
	test_memory test_starved test_overrun test_setup test_refusals test_options test_zbd \
	test_modes test_mixes test_modes_refusals test_compare \
	appends test_zone_append test_zone_append_refusals \
	test_described_job test_described_checks test_dry_run test_retry \
	pi_job test_pi_io test_pi_refusals test_pi_described
UNIT_ENGINE := job job_append job_blocks job_compare job_copy job_described \
	job_dry job_family job_format job_io job_json job_memory job_path \
	job_pi job_placement job_plan job_record job_report job_retry \
	job_split job_split_told job_summary job_trace job_vectored job_watch \
	job_zone_append job_zones fio/lists \
	fio/refusals fio/version nvme/about nvme/blocks nvme/command nvme/described \
	nvme/effects nvme/error_limit nvme/fdp nvme/format nvme/limits \
	nvme/opcode nvme/pi nvme/pi_guard nvme/status nvme/sysfs ring/ring ring/support
UNIT_SHARED := $(UNIT)/obj/fake_ring.o $(UNIT)/obj/fake_zones.o \
	$(UNIT)/obj/pi_model.o $(UNIT)/obj/starve.o \
	$(UNIT_ENGINE:%=$(BUILD)/engine/%.o)

$(UNIT)/obj/%.o: tests/unit/%.c Makefile tests/unit/unit.mk
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c -o $@ $<

define unit_once_rule
$(UNIT)/bin/$(1): $(UNIT)/obj/test_$(1).o \
		$(UNIT_WITH_$(1):%=$(UNIT)/obj/%.o) \
		$(UNIT_OF_$(1):%=$(BUILD)/engine/%.o)
	@mkdir -p $$(@D)
	$$(UNIT_LINK) $$(call UNIT_WRAPS,$(UNIT_WRAP_$(1))) -o $$@ $$^ \
		$$(UNIT_LIBS)
endef
$(foreach name,$(UNIT_ONCE),$(eval $(call unit_once_rule,$(name))))

HOST_WRAPS := usleep close getrlimit syscall uname clock_gettime \
	malloc calloc realloc aligned_alloc free strdup asprintf \
	open fstat pread ftruncate write \
	$(patsubst %,json_object_%,new_object new_array new_string new_int64 \
	new_uint64 new_boolean new_double_s object_add array_add \
	to_json_string_ext) \
	nspace_fdp_read nspace_streams_read nspace_fdp_log_read \
	nspace_effects_read nspace_reformatted pi_read_wrong

define unit_layout_rule
$(UNIT)/obj/$(1)/%.o: tests/unit/%.c $(LAYOUT_BUILD)/$(1)/layout.h \
		Makefile tests/unit/unit.mk
	@mkdir -p $$(@D)
	$$(CC) $$(UNIT_CFLAGS) -I$(LAYOUT_BUILD)/$(1) -c -o $$@ $$<

$(UNIT)/bin/layout-$(1): $(UNIT_PER_LAYOUT:%=$(UNIT)/obj/$(1)/%.o) \
		$(PER_LAYOUT:%.c=$(BUILD)/layout/$(1)/%.o) $(UNIT_SHARED)
	@mkdir -p $$(@D)
	$$(UNIT_LINK) $$(call UNIT_WRAPS,$(HOST_WRAPS)) -o $$@ $$^ \
		$$(UNIT_LIBS)

-include $(UNIT_PER_LAYOUT:%=$(UNIT)/obj/$(1)/%.d)
endef
$(foreach id,$(UNIT_LAYOUTS),$(eval $(call unit_layout_rule,$(id))))

-include $(UNIT_ONCE:%=$(UNIT)/obj/test_%.d) $(UNIT)/obj/fake_fs.d \
	$(UNIT)/obj/fake_ring.d $(UNIT)/obj/fake_zones.d $(UNIT)/obj/watched.d \
	$(UNIT)/obj/dwords.d

.PHONY: unit sanitize
unit: $(UNIT_BINS)
	tests/unit/run $(UNIT) $^

sanitize:
	$(MAKE) unit BUILD=$(BUILD)/asan CFLAGS="-O1 -g" \
		EXTRA_CFLAGS="-fsanitize=address,undefined \
		-fno-sanitize-recover=all -fno-omit-frame-pointer"
