# SPDX-License-Identifier: GPL-2.0
VERSION := 0.1.0
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
PKG_CONFIG ?= pkg-config
PYTHON ?= python3
CFLAGS ?= -O2 -g
EXTRA_CFLAGS ?=

.PHONY: all
all:

# What builds nothing must not need anything.
NO_BUILD := clean distclean dist uninstall abi abi-check demo test lint check \
	bench profile soak help
ifneq ($(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell uname -m),x86_64)
$(error engine/fio/layouts has tables of fio's structures for x86-64 only; make some on this machine with 'make abi FIO_SRC=dir' and take this line out)
endif
ifneq ($(shell $(PKG_CONFIG) --exists 'liburing >= 2.3' 'libnvme >= 1.3' 'json-c >= 0.14' libisal 2>&1 || echo no),)
$(error liburing 2.3, libnvme 1.3, json-c 0.14 or later and ISA-L are needed: apt-get install pkg-config liburing-dev libnvme-dev libisal-dev libjson-c-dev libssl-dev)
endif
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags liburing libnvme json-c libisal)
LIBS := $(shell $(PKG_CONFIG) --libs liburing libnvme json-c libisal)
endif

include engine/fio/layouts/layouts.mk

# Packing a few words of an SQE into vectors costs more than storing them.
WARN := -Wall -Wextra $(if $(CI),-Werror)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DNVME_PASSTHRU_VERSION='"$(VERSION)"' \
	-Iengine -Iengine/fio $(LIB_CFLAGS) $(WARN) -fPIC -fvisibility=hidden \
	-fno-tree-slp-vectorize -MMD -MP $(CFLAGS) $(EXTRA_CFLAGS)
ALL_LDFLAGS = -shared -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete -Wl,-z,defs \
	$(LDFLAGS)

PLUGIN := $(BUILD)/nvme_passthru.so

# Compiled once for each layout of fio: what sees fio's structures.
PER_LAYOUT := engine/passthru.c engine/passthru_fill.c engine/passthru_io.c \
	engine/passthru_report.c engine/passthru_request.c \
	engine/passthru_zbd.c engine/fio/options.c \
	engine/fio/options_check.c engine/fio/options_nth.c
ONCE := $(filter-out $(PER_LAYOUT),$(wildcard engine/*.c engine/*/*.c))

OBJECTS := $(ONCE:%.c=$(BUILD)/%.o) $(BUILD)/layout/fingerprints.o \
	$(foreach id,$(LAYOUT_IDS),$(PER_LAYOUT:%.c=$(BUILD)/layout/$(id)/%.o))

# The example in C is a part of the build, and is kept beside the others.
INFO := $(BUILD)/fdp-info
INFO_OF := about blocks fdp namespace pi_identify status sysfs
INFO_OBJECTS := $(BUILD)/examples/fdp-info.o \
	$(INFO_OF:%=$(BUILD)/engine/nvme/%.o)

all: $(PLUGIN) $(INFO) $(if $(filter build,$(BUILD)),examples/fdp-info)

# Undefined symbols are fio's, and weak; see engine/fio/layouts/imports.tsv.
$(PLUGIN): $(OBJECTS)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(INFO): $(INFO_OBJECTS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(filter-out -luring,$(LIBS))

examples/fdp-info: $(INFO)
	cp $< $@

$(BUILD)/examples/%.o: examples/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/engine/%.o: engine/%.c $(LAYOUT_BUILD)/ids.mk Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/layout/fingerprints.o: $(LAYOUT_BUILD)/fingerprints.c Makefile
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

define layout_rule
$(BUILD)/layout/$(1)/%.o: %.c $(LAYOUT_BUILD)/$(1)/layout.h Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) -I$(LAYOUT_BUILD)/$(1) -c -o $$@ $$<
endef
$(foreach id,$(LAYOUT_IDS),$(eval $(call layout_rule,$(id))))

-include $(OBJECTS:.o=.d) $(BUILD)/examples/fdp-info.d
include tests/unit/unit.mk
include tests/threads/threads.mk
include tests/fuzz/fuzz.mk

.PHONY: clean
clean:
	rm -rf $(BUILD)
	rm -f examples/fdp-info

# -- for the people who use it ------------------------------------------------

LIB_DIR = $(DESTDIR)$(PREFIX)/lib/fio
MAN_DIR = $(DESTDIR)$(PREFIX)/share/man/man7
SHARE_DIR = $(DESTDIR)$(PREFIX)/share/nvme_passthru
DIST := nvme_passthru-$(VERSION)
JOB_FILES := $(wildcard jobfiles/*.fio)
EXAMPLES := examples/compare examples/sweep examples/paper examples/report \
	examples/trace examples/fdp-waf examples/fdp-info
MEASURE := $(wildcard examples/measure/*.py)

# What is installed names the plugin where it is installed.
INSTALLED := sed 's|/usr/local/|$(PREFIX)/|g'

.PHONY: install uninstall dist help demo check test lint bench profile soak \
	cflags

install: $(PLUGIN) examples/fdp-info
	install -d $(LIB_DIR) $(MAN_DIR) $(SHARE_DIR)/jobfiles \
		$(SHARE_DIR)/examples/measure
	install -m 755 $(PLUGIN) $(LIB_DIR)/nvme_passthru.so
	ln -sf nvme_passthru.so $(LIB_DIR)/fio-nvme_passthru.so
	$(INSTALLED) engine/nvme_passthru.7 >$(MAN_DIR)/nvme_passthru.7
	for file in $(JOB_FILES); do \
		$(INSTALLED) $$file >$(SHARE_DIR)/$$file || exit 1; done
	chmod 644 $(MAN_DIR)/nvme_passthru.7 $(JOB_FILES:%=$(SHARE_DIR)/%)
	install -m 755 $(EXAMPLES) $(SHARE_DIR)/examples
	install -m 644 $(MEASURE) $(SHARE_DIR)/examples/measure

uninstall:
	rm -f $(LIB_DIR)/nvme_passthru.so $(LIB_DIR)/fio-nvme_passthru.so
	rm -f $(MAN_DIR)/nvme_passthru.7
	rm -f $(JOB_FILES:%=$(SHARE_DIR)/%) $(EXAMPLES:%=$(SHARE_DIR)/%) \
		$(MEASURE:%=$(SHARE_DIR)/%)
	rm -rf $(SHARE_DIR)/examples/measure/__pycache__
	for dir in $(SHARE_DIR)/jobfiles $(SHARE_DIR)/examples/measure \
		$(SHARE_DIR)/examples $(SHARE_DIR) $(LIB_DIR); do \
		[ ! -d $$dir ] || rmdir --ignore-fail-on-non-empty $$dir; done

# What is committed, as a release is published
dist:
	git archive --prefix=$(DIST)/ -o $(DIST).tar.gz HEAD

demo:
	ci/demo

test:
	ci/test

lint:
	ci/lint

# The whole takes most of an hour, SHORT=1 five minutes
bench:
	ci/bench $(if $(SHORT),--short)

profile:
	ci/profile

# Verified I/O with a reset every minute, for SOAK_SECONDS (an hour)
soak:
	ci/soak

# For what reads the source as the compiler does
cflags:
	@:$(info $(ALL_CFLAGS))

# The device tests on a real drive: they destroy what is on it
check:
	$(if $(DEVICE),,$(error say which namespace, whose data will be lost: \
		make check DEVICE=/dev/ngXnY))
	ci/check $(DEVICE)

help:
	@echo 'make                    build $(PLUGIN)'
	@echo 'make install            to PREFIX=$(PREFIX), below DESTDIR'
	@echo 'make uninstall          the same files away'
	@echo 'make demo               see it work in a guest, without a drive (root)'
	@echo 'make test               all tests, in guests of three Debian releases (root)'
	@echo 'make check DEVICE=DEV   the device tests on a real drive; destroys its data'
	@echo 'make unit               the tests that need neither a device nor root'
	@echo 'make sanitize           the same under ASan and UBSan'
	@echo 'make threads            jobs that are threads, under ThreadSanitizer'
	@echo 'make fuzz               parsers and readers under libFuzzer, FUZZ_SECONDS=120 each'
	@echo 'make bench [SHORT=1]    instructions a command, against fio and its own engines (root)'
	@echo 'make profile            the same by function of the engine (root)'
	@echo 'make soak               verified I/O with a reset every minute, for SOAK_SECONDS=3600 (root)'
	@echo 'make lint               what the sources have to keep to'
	@echo 'make abi FIO_SRC=DIR    make the layout table of another fio'
	@echo 'make abi-check FIO_SRC=DIR [TABLE=FILE]   prove a table against a source tree'
	@echo 'make dist               $(DIST).tar.gz from what is committed'
	@echo 'make clean              remove $(BUILD)/'
