/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON objects, by json-c, whose own functions end the process where memory is
 * out. These go on, and json_whole() tells that something is missing.
 */
#ifndef NVME_PASSTHRU_JOB_JSON_H
#define NVME_PASSTHRU_JOB_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <json-c/json.h>

#include "job_report.h"

void json_begin(void);
bool json_whole(void);
json_object *json_new_object(void);
json_object *json_new_array(void);
void json_add(json_object *to, json_object *value);
void json_add_text(json_object *to, const char *text);
void json_put(json_object *to, const char *key, json_object *value);
void json_put_number(json_object *to, const char *key, uint64_t value);
void json_put_signed(json_object *to, const char *key, int64_t value);
void json_put_bool(json_object *to, const char *key, bool value);
void json_put_text(json_object *to, const char *key, const char *text);
void json_put_real(json_object *to, const char *key, double value);
void json_put_time(json_object *to, const char *key,
		   const struct timespec *time);

json_object *record_file(const struct target *target,
			 const struct report_fdp *fdp);

#endif
