# SPDX-License-Identifier: GPL-2.0
# Included by the top Makefile. Sets LAYOUT_IDS, one word for each distinct
# layout of fio; $(LAYOUT_BUILD)/ID/layout.h and $(LAYOUT_BUILD)/fingerprints.c
# are generated from the tables beside this file.

BUILD ?= build
PYTHON ?= python3

LAYOUT_DIR := engine/fio/layouts
LAYOUT_BUILD := $(BUILD)/layout
LAYOUT_TABLES := $(sort $(wildcard $(LAYOUT_DIR)/fio-*.tsv))

# Written by the generator, and remade by make before anything else, unless
# the goal needs no build.
NO_BUILD ?= clean distclean dist abi abi-check
ifneq ($(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),)
include $(LAYOUT_BUILD)/ids.mk
endif

LAYOUT_HEADERS := $(foreach id,$(LAYOUT_IDS),$(LAYOUT_BUILD)/$(id)/layout.h)

# The directory is a prerequisite so that a table taken away is noticed.
$(LAYOUT_BUILD)/ids.mk: $(LAYOUT_TABLES) $(LAYOUT_DIR) \
		$(LAYOUT_DIR)/generate $(LAYOUT_DIR)/members.tsv \
		$(LAYOUT_DIR)/imports.tsv
	$(PYTHON) -B $(LAYOUT_DIR)/generate $(LAYOUT_BUILD)

$(LAYOUT_HEADERS) $(LAYOUT_BUILD)/fingerprints.c: $(LAYOUT_BUILD)/ids.mk ;

.PHONY: abi abi-check

# The table of another fio tree: make abi FIO_SRC=dir [OUT=file]
abi:
	$(if $(FIO_SRC),,$(error say where the source is: make abi FIO_SRC=dir))
	$(PYTHON) -B $(LAYOUT_DIR)/make-table $(FIO_SRC) $(OUT)

# A table against a tree's real headers: make abi-check FIO_SRC=dir [TABLE=file]
abi-check:
	$(if $(FIO_SRC),,$(error say where the source is: make abi-check FIO_SRC=dir))
	$(PYTHON) -B $(LAYOUT_DIR)/check-table $(FIO_SRC) $(TABLE)
