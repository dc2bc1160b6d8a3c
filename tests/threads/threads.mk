# SPDX-License-Identifier: GPL-2.0
# Included by the top Makefile. Jobs that are threads of one process, as with
# fio's --thread: the engine under ThreadSanitizer, for one layout of fio's
# structures, over the unit tests' host, of which each thread has its own. The
# host stands for fio and the kernel, and as these is not looked at.
#
#	make threads	build and run them; results as XML in $(BUILD)/tsan/threads

THREADS := $(BUILD)/threads
THREADS_LAYOUT ?= 3.42-99
THREADS_CFLAGS = $(UNIT_CFLAGS) -DHOST_THREADS -I$(LAYOUT_BUILD)/$(THREADS_LAYOUT)
THREADS_HOST := host host_fio host_nvme fake_ring fake_zones starve sqe split \
	lines appends pi_job pi_model starved_jobs
THREADS_ENGINE := $(UNIT_ENGINE) fio/load nvme/holder
# Where ASLR leaves ThreadSanitizer no room for its shadow, it ends at once
THREADS_RUN = $(shell setarch -R true 2>/dev/null && echo setarch -R)

$(THREADS)/obj/%.o: tests/unit/%.c $(LAYOUT_BUILD)/$(THREADS_LAYOUT)/layout.h \
		Makefile tests/unit/unit.mk tests/threads/threads.mk
	@mkdir -p $(@D)
	$(CC) $(THREADS_CFLAGS) -fno-sanitize=thread -c -o $@ $<

$(THREADS)/obj/%.o: tests/threads/%.c \
		$(LAYOUT_BUILD)/$(THREADS_LAYOUT)/layout.h Makefile \
		tests/unit/unit.mk tests/threads/threads.mk
	@mkdir -p $(@D)
	$(CC) $(THREADS_CFLAGS) -c -o $@ $<

$(THREADS)/bin/threads: $(THREADS)/obj/test_threads.o \
		$(THREADS)/obj/host_loaded.o \
		$(THREADS_HOST:%=$(THREADS)/obj/%.o) \
		$(PER_LAYOUT:%.c=$(BUILD)/layout/$(THREADS_LAYOUT)/%.o) \
		$(THREADS_ENGINE:%=$(BUILD)/engine/%.o)
	@mkdir -p $(@D)
	$(UNIT_LINK) $(call UNIT_WRAPS,$(HOST_WRAPS)) -o $@ $^ $(UNIT_LIBS)

-include $(THREADS_HOST:%=$(THREADS)/obj/%.d) $(THREADS)/obj/test_threads.d \
	$(THREADS)/obj/host_loaded.d

.PHONY: threads run-threads
run-threads: $(THREADS)/bin/threads
	$(THREADS_RUN) tests/unit/run $(THREADS) $^

threads:
	$(MAKE) run-threads BUILD=$(BUILD)/tsan CFLAGS="-O1 -g" \
		EXTRA_CFLAGS="-fsanitize=thread -fno-omit-frame-pointer \
		-Wno-tsan"
