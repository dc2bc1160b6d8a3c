// SPDX-License-Identifier: GPL-2.0
#include "job_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A job's record is put together by the thread that ran it */
static _Thread_local bool lost;

/**
 * json_begin() - begin a record
 */
void json_begin(void)
{
	lost = false;
}

/**
 * json_whole() - whether all of a record is there
 *
 * Return: false where memory was out since json_begin().
 */
bool json_whole(void)
{
	return !lost;
}

/* What was to be made, and may have come to nothing */
static json_object *made(json_object *value)
{
	lost |= !value;
	return value;
}

/**
 * json_new_object() - make an object
 *
 * Return: the object, or NULL, which takes whatever is put into it.
 */
json_object *json_new_object(void)
{
	return made(json_object_new_object());
}

/**
 * json_new_array() - make an array
 *
 * Return: the array, or NULL, which takes whatever is put into it.
 */
json_object *json_new_array(void)
{
	return made(json_object_new_array());
}

/* What was not taken is still the caller's */
static void drop(json_object *value)
{
	json_object_put(value);
	lost = true;
}

/**
 * json_add() - add to an array
 * @to: to this array
 * @value: the array's from now on
 */
void json_add(json_object *to, json_object *value)
{
	if (!to || json_object_array_add(to, value))
		drop(value);
}

/**
 * json_add_text() - add words to an array
 * @to: to this array
 * @text: the words, in ASCII
 */
void json_add_text(json_object *to, const char *text)
{
	json_add(to, made(json_object_new_string(text)));
}

/**
 * json_put() - add a member
 * @to: to this object
 * @key: its name
 * @value: the object's from now on, NULL for null
 */
void json_put(json_object *to, const char *key, json_object *value)
{
	if (!to || json_object_object_add(to, key, value))
		drop(value);
}

/**
 * json_put_number() - add a number that is not negative
 * @to: to this object
 * @key: its name
 * @value: the number
 */
void json_put_number(json_object *to, const char *key, uint64_t value)
{
	json_put(to, key, made(json_object_new_uint64(value)));
}

/**
 * json_put_signed() - add a number
 * @to: to this object
 * @key: its name
 * @value: the number
 */
void json_put_signed(json_object *to, const char *key, int64_t value)
{
	json_put(to, key, made(json_object_new_int64(value)));
}

/**
 * json_put_bool() - add true or false
 * @to: to this object
 * @key: its name
 * @value: which
 */
void json_put_bool(json_object *to, const char *key, bool value)
{
	json_put(to, key, made(json_object_new_boolean(value)));
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
			 made(is_utf8(text) ? json_object_new_string(text) :
					      ascii_of(text)));
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
	json_put(to, key, made(json_object_new_double_s(value, digits)));
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
