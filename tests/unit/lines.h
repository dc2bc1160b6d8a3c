/* SPDX-License-Identifier: GPL-2.0 */
/* A host whose job appends to a report, and what is in that. */
#ifndef LINES_H
#define LINES_H

#include "host.h"

#include <json-c/json.h>

#define LINES_MAX 8

/**
 * struct lines - the report
 * @path: where it is; host.options.report is it, for a test to change
 * @trace: where a trace may be, which is removed as well
 * @objects: its lines, by line_read()
 * @nr: how many
 */
struct lines {
	char path[64];
	char trace[64];
	json_object *objects[LINES_MAX];
	unsigned int nr;
};

extern struct lines lines;

int line_setup(void **state);
int line_teardown(void **state);
void line_read(void);
void line_turn(enum fio_ddir ddir, uint64_t bytes);
struct target *line_target(void);

/* Of the first line, along a path such as "files.0.fdp.before" */
json_object *line_at(const char *where);
void line_number(const char *where, int64_t value);
void line_real(const char *where, double value);
void line_text(const char *where, const char *value);
void line_null(const char *where);
void line_keys(const char *where, const char *keys);

#define LINE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, line_setup, line_teardown)

#endif
