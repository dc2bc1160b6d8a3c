// SPDX-License-Identifier: GPL-2.0
#include "job_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * json_put() - add a member
 * @to: to this object
 * @key: its name
 * @value: the object's from now on, NULL for null
 */
void json_put(json_object *to, const char *key, json_object *value)
{
	json_object_object_add(to, key, value);
}

/**
 * json_put_number() - add a number that is not negative
 * @to: to this object
 * @key: its name
 * @value: the number
 */
void json_put_number(json_object *to, const char *key, uint64_t value)
{
	json_put(to, key, json_object_new_uint64(value));
}

/**
 * json_put_signed() - add a number
 * @to: to this object
 * @key: its name
 * @value: the number
 */
void json_put_signed(json_object *to, const char *key, int64_t value)
{
	json_put(to, key, json_object_new_int64(value));
}

/**
 * json_put_bool() - add true or false
 * @to: to this object
 * @key: its name
 * @value: which
 */
void json_put_bool(json_object *to, const char *key, bool value)
{
	json_put(to, key, json_object_new_boolean(value));
}

/* Bytes of a character that begins with @first, 0 where none does */
static size_t utf8_bytes(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static bool is_utf8(const char *text)
{
	while (*text) {
		size_t n = utf8_bytes((unsigned char)*text);

		if (!n)
			return false;
		while (--n)
			if (((unsigned char)*++text & 0xc0) != 0x80)
				return false;
		text++;
	}
	return true;
}

/* A name may be in any encoding, and JSON is in one */
static json_object *ascii_of(const char *text)
{
	json_object *value;
	char *copy = strdup(text);

	if (!copy)
		return NULL;
	for (char *at = copy; *at; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	value = json_object_new_string(copy);
	free(copy);
	return value;
}

/**
 * json_put_text() - add words
 * @to: to this object
 * @key: its name
 * @text: the words; null where it is NULL or empty, which is not known
 */
void json_put_text(json_object *to, const char *key, const char *text)
{
	if (!text || !text[0])
		json_put(to, key, NULL);
	else
		json_put(to, key,
			 is_utf8(text) ? json_object_new_string(text) :
					 ascii_of(text));
}

/**
 * json_put_real() - add a number with a fraction
 * @to: to this object
 * @key: its name
 * @value: the number; six digits of the fraction are kept
 */
void json_put_real(json_object *to, const char *key, double value)
{
	char digits[64];

	snprintf(digits, sizeof(digits), "%.6f", value);
	json_put(to, key, json_object_new_double_s(value, digits));
}

/**
 * json_put_time() - add a time, as seconds
 * @to: to this object
 * @key: its name
 * @time: since the epoch
 */
void json_put_time(json_object *to, const char *key,
		   const struct timespec *time)
{
	json_put_real(to, key,
		      (double)time->tv_sec + (double)time->tv_nsec / 1e9);
}
