// SPDX-License-Identifier: GPL-2.0
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lines lines;

static char folder[] = "/tmp/nvme_passthru_json.XXXXXX";

int line_setup(void **state)
{
	strcpy(strrchr(folder, '.'), ".XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(lines.path, sizeof(lines.path), "%s/report", folder);
	snprintf(lines.trace, sizeof(lines.trace), "%s/trace", folder);
	lines.nr = 0;
	host_setup_test(state);
	host.options.report = lines.path;
	host.td.thread_number = 3;
	host.td.groupid = 1;
	return 0;
}

int line_teardown(void **state)
{
	int ret = host_teardown_test(state);

	while (lines.nr)
		json_object_put(lines.objects[--lines.nr]);
	unlink(lines.path);
	unlink(lines.trace);
	return rmdir(folder) ? -1 : ret;
}

/* Read the report: each line by itself is an object */
void line_read(void)
{
	FILE *file = fopen(lines.path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	assert_non_null(file);
	while ((n = getline(&line, &room, file)) > 0) {
		assert_int_equal(line[n - 1], '\n');
		assert_true(lines.nr < LINES_MAX);
		lines.objects[lines.nr] = json_tokener_parse(line);
		assert_true(json_object_is_type(lines.objects[lines.nr++],
						json_type_object));
	}
	free(line);
	fclose(file);
}

/* What lies along a path such as "files.0.fdp.before" */
json_object *line_at(const char *where)
{
	char copy[128], *rest = copy;
	json_object *found = lines.objects[0];

	snprintf(copy, sizeof(copy), "%s", where);
	for (char *key; (key = strsep(&rest, "."));) {
		if (json_object_is_type(found, json_type_array)) {
			assert_true(strtoul(key, NULL, 10) <
				    json_object_array_length(found));
			found = json_object_array_get_idx(
				found, strtoul(key, NULL, 10));
		} else if (!json_object_object_get_ex(found, key, &found)) {
			fail_msg("%s: no %s in %s", where, key,
				 json_object_to_json_string(lines.objects[0]));
		}
	}
	return found;
}

void line_number(const char *where, int64_t value)
{
	json_object *found = line_at(where);

	assert_true(json_object_is_type(found, json_type_int));
	if (json_object_get_int64(found) != value)
		fail_msg("%s is %ld, not %ld", where,
			 (long)json_object_get_int64(found), (long)value);
}

void line_real(const char *where, double value)
{
	double got;

	assert_true(json_object_is_type(line_at(where), json_type_double));
	got = json_object_get_double(line_at(where));
	if (got < value - 1e-6 || got > value + 1e-6)
		fail_msg("%s is %f, not %f", where, got, value);
}

void line_text(const char *where, const char *value)
{
	assert_true(json_object_is_type(line_at(where), json_type_string));
	assert_string_equal(json_object_get_string(line_at(where)), value);
}

void line_null(const char *where)
{
	if (line_at(where))
		fail_msg("%s is not null", where);
}

void line_turn(enum fio_ddir ddir, uint64_t bytes)
{
	host_queue(0, ddir, 0, bytes);
	host_commit();
	assert_int_equal(host_getevents(1, 1), 1);
}

struct target *line_target(void)
{
	return host.files[0].engine_data;
}

void line_keys(const char *where, const char *keys)
{
	char got[512] = "";
	json_object *object = *where ? line_at(where) : lines.objects[0];

	json_object_object_foreach(object, key, value)
	{
		(void)value;
		strcat(got, got[0] ? " " : "");
		strcat(got, key);
	}
	assert_string_equal(got, keys);
}
