// SPDX-License-Identifier: GPL-2.0
#include "starve.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

/* The function of a library, and what the engine gets in place of it */
#define WRAP(type, name, params)   \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params

OWN struct starve starve;

void starve_of(enum starve_kind kind, unsigned int nth, int error)
{
	starve.kind = kind;
	starve.nth = nth;
	starve.error = error;
	starve.seen = 0;
	starve.failed = NULL;
}

static bool fails(enum starve_kind kind, const char *function)
{
	if (!starve.inside || starve.kind != kind ||
	    ++starve.seen != starve.nth)
		return false;
	starve.failed = function;
	return true;
}

/* Return: 0, or the negative errno that a call is to fail with */
int starve_call(const char *function)
{
	return fails(STARVE_CALLS, function) ? -starve.error : 0;
}

int starve_left(int ret)
{
	starve.inside = false;
	return ret;
}

/* -- memory --------------------------------------------------------------------- */

static void *count(void *memory)
{
	starve.allocated += (int64_t)malloc_usable_size(memory);
	starve.allocations++;
	return memory;
}

/* As a library does that finds none, and sets errno */
static bool no_memory(const char *function)
{
	if (!fails(STARVE_MEMORY, function))
		return false;
	errno = ENOMEM;
	return true;
}

WRAP(void *, malloc, (size_t bytes))
{
	return no_memory("malloc") ? NULL : count(__real_malloc(bytes));
}

WRAP(void *, calloc, (size_t nr, size_t bytes))
{
	return no_memory("calloc") ? NULL : count(__real_calloc(nr, bytes));
}

WRAP(void *, realloc, (void *old, size_t bytes))
{
	if (no_memory("realloc"))
		return NULL;
	starve.allocated -= (int64_t)malloc_usable_size(old);
	return count(__real_realloc(old, bytes));
}

WRAP(void *, aligned_alloc, (size_t alignment, size_t bytes))
{
	return no_memory("aligned_alloc") ?
		       NULL :
		       count(__real_aligned_alloc(alignment, bytes));
}

WRAP(char *, strdup, (const char *text))
{
	return no_memory("strdup") ? NULL : count(__real_strdup(text));
}

int __wrap_asprintf(char **text, const char *format, ...);

int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list args;
	int n;

	if (no_memory("asprintf"))
		return -1;
	va_start(args, format);
	n = vasprintf(text, format, args);
	va_end(args);
	count(*text);
	return n;
}

void __real_free(void *memory);
void __wrap_free(void *memory);

void __wrap_free(void *memory)
{
	starve.allocated -= (int64_t)malloc_usable_size(memory);
	__real_free(memory);
}

/* -- json-c's ------------------------------------------------------------------- */

WRAP(json_object *, json_object_new_object, (void))
{
	return no_memory("new_object") ? NULL : __real_json_object_new_object();
}

WRAP(json_object *, json_object_new_array, (void))
{
	return no_memory("new_array") ? NULL : __real_json_object_new_array();
}

WRAP(json_object *, json_object_new_string, (const char *text))
{
	return no_memory("new_string") ? NULL :
					 __real_json_object_new_string(text);
}

WRAP(json_object *, json_object_new_int64, (int64_t value))
{
	return no_memory("new_int64") ? NULL :
					__real_json_object_new_int64(value);
}

WRAP(json_object *, json_object_new_uint64, (uint64_t value))
{
	return no_memory("new_uint64") ? NULL :
					 __real_json_object_new_uint64(value);
}

WRAP(json_object *, json_object_new_boolean, (json_bool value))
{
	return no_memory("new_boolean") ? NULL :
					  __real_json_object_new_boolean(value);
}

WRAP(json_object *, json_object_new_double_s, (double value, const char *text))
{
	return no_memory("new_double_s") ?
		       NULL :
		       __real_json_object_new_double_s(value, text);
}

WRAP(int, json_object_object_add,
     (json_object * to, const char *key, json_object *value))
{
	return no_memory("object_add") ?
		       -1 :
		       __real_json_object_object_add(to, key, value);
}

WRAP(int, json_object_array_add, (json_object * to, json_object *value))
{
	return no_memory("array_add") ? -1 :
					__real_json_object_array_add(to, value);
}

WRAP(const char *, json_object_to_json_string_ext,
     (json_object * from, int how))
{
	return no_memory("to_json_string") ?
		       NULL :
		       __real_json_object_to_json_string_ext(from, how);
}

/* -- files ---------------------------------------------------------------------- */

static int refused(const char *function)
{
	int err = -starve_call(function);

	if (err)
		errno = err;
	return err ? -1 : 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return refused("open") ? -1 : __real_open(path, flags, mode);
}

WRAP(int, fstat, (int fd, struct stat *st))
{
	return refused("fstat") ? -1 : __real_fstat(fd, st);
}

WRAP(ssize_t, pread, (int fd, void *to, size_t bytes, off_t offset))
{
	return refused("pread") ? -1 : __real_pread(fd, to, bytes, offset);
}

WRAP(int, ftruncate, (int fd, off_t bytes))
{
	return refused("ftruncate") ? -1 : __real_ftruncate(fd, bytes);
}
