// SPDX-License-Identifier: GPL-2.0
#include <dlfcn.h>
#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recognise.h"

#define LAYOUT_MAX_OPTIONS 1024

/* Bytes only: what they mean is for the tables to say. */
extern const char fio_options[] __attribute__((weak));

static const void *pointer_at(const char *base, size_t offset)
{
	const void *value;

	memcpy(&value, base + offset, sizeof(value));
	return value;
}

static int int_at(const char *base, size_t offset)
{
	int value;

	memcpy(&value, base + offset, sizeof(value));
	return value;
}

/* The size of fio_options, from fio's own symbol table; 0 if not to be had. */
static size_t option_table_size(void)
{
	const ElfW(Sym) *symbol = NULL;
	Dl_info info;

	if (!fio_options)
		return 0;
	if (!dladdr1(fio_options, &info, (void **)&symbol, RTLD_DL_SYMENT))
		return 0;
	if (!symbol || info.dli_saddr != (const void *)fio_options)
		return 0;
	return symbol->st_size;
}

static const char *option_entry(const struct layout *layout, size_t i)
{
	return fio_options + i * layout->option_size;
}

/* The table ends at its first entry without a name. */
static const char *option_name(const struct layout *layout, size_t i)
{
	if (i >= layout->max_options)
		return NULL;
	return pointer_at(option_entry(layout, i), layout->option_name);
}

static int compare_name(const void *key, const void *option)
{
	return strcmp(key, ((const struct layout_option *)option)->name);
}

static const struct layout_option *known_option(const struct layout *layout,
						const char *name)
{
	return bsearch(name, layout->options, layout->nr_options,
		       sizeof(*layout->options), compare_name);
}

__attribute__((format(printf, 2, 3))) static void
differs(struct layout_match *match, const char *format, ...)
{
	va_list args;

	if (match->differences++)
		return;
	va_start(args, format);
	vsnprintf(match->first, sizeof(match->first), format, args);
	va_end(args);
}

/* One option of the running fio against what the table says of it. */
static void compare_option(const struct layout *layout, const char *entry,
			   const struct layout_option *known,
			   struct layout_match *match)
{
	const char *name = pointer_at(entry, layout->option_name);
	int off1 = int_at(entry, layout->option_off1);
	bool unsupported =
		int_at(entry, layout->option_type) == layout->unsupported;

	if (!known) {
		if (!unsupported)
			differs(match, "option %s is new", name);
		return;
	}
	if (unsupported) {
		if (!known->conditional)
			differs(match, "option %s is compiled out", name);
		return;
	}
	if (known->off1 >= 0 && known->off1 != off1)
		differs(match, "option %s is stored at %d, not %d", name, off1,
			known->off1);
}

/* Every option of the running fio, and every option that it should have. */
static void compare_options(const struct layout *layout,
			    struct layout_match *match)
{
	bool seen[LAYOUT_MAX_OPTIONS] = { false };
	const struct layout_option *known;
	const char *name;

	for (size_t i = 0; (name = option_name(layout, i)); i++) {
		const char *entry = option_entry(layout, i);

		/* A profile added it, with an offset into its own options. */
		if (pointer_at(entry, layout->option_prof_name))
			continue;
		known = known_option(layout, name);
		if (known)
			seen[known - layout->options] = true;
		compare_option(layout, entry, known, match);
	}
	for (unsigned int i = 0; i < layout->nr_options; i++) {
		known = &layout->options[i];
		if (!seen[i] && !known->conditional)
			differs(match, "option %s is missing", known->name);
	}
}

static void compare_layout(const struct layout *layout, size_t size,
			   struct layout_match *match)
{
	size_t expected = layout->max_options * layout->option_size;

	match->nearest = layout;
	if (size == expected && layout->nr_options <= LAYOUT_MAX_OPTIONS) {
		compare_options(layout, match);
		return;
	}
	differs(match, "its option table has %zu bytes, not %zu", size,
		expected);
	/* Nothing in such a table can be read: further off than any other. */
	match->differences = LAYOUT_MAX_OPTIONS;
}

/*
 * fio reads the ops of the first candidate before setup can choose, so all
 * have to mean the same by what is in them.
 */
static bool same_ops(const struct layout *a, const struct layout *b)
{
	const char *ops_a = (const char *)a->ops();
	const char *ops_b = (const char *)b->ops();

	return a->ioops_version == b->ioops_version &&
	       a->ops_size == b->ops_size && a->ops_setup == b->ops_setup &&
	       a->ops_flags == b->ops_flags &&
	       a->ops_options == b->ops_options &&
	       a->option_size == b->option_size &&
	       int_at(ops_a, a->ops_flags) == int_at(ops_b, b->ops_flags);
}

static void add_candidate(struct layout_match *match,
			  const struct layout *layout)
{
	if (match->nr && !same_ops(match->found[0], layout)) {
		differs(match, "its options may be those of %s or of %s",
			match->found[0]->id, layout->id);
		return;
	}
	if (match->nr < LAYOUT_MAX)
		match->found[match->nr++] = layout;
}

const struct layout *layout_candidates(struct layout_match *match)
{
	struct layout_match nearest = { .differences = UINT_MAX };
	size_t size = option_table_size();

	memset(match, 0, sizeof(*match));
	for (unsigned int i = 0; size && i < nr_layouts; i++) {
		struct layout_match one = { 0 };

		compare_layout(layouts[i], size, &one);
		if (!one.differences)
			add_candidate(match, layouts[i]);
		else if (one.differences < nearest.differences)
			nearest = one;
	}
	if (match->nr && !match->differences)
		return match->found[0];
	if (!match->nr)
		*match = nearest;
	match->nr = 0;
	return NULL;
}

static bool same_name(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* Whether fio's core has an option, or an alias of one, of this name. */
static bool core_has(const struct layout *layout, const char *name)
{
	const char *core;

	for (size_t i = 0; (core = option_name(layout, i)); i++) {
		const char *entry = option_entry(layout, i);

		if (same_name(core, name) ||
		    same_name(pointer_at(entry, layout->option_alias), name))
			return true;
	}
	return false;
}

const char *layout_option_clash(const struct layout *layout,
				const struct fio_option *options)
{
	const char *entry = (const char *)options;
	const char *name, *alias;

	for (; (name = pointer_at(entry, layout->option_name));
	     entry += layout->option_size) {
		alias = pointer_at(entry, layout->option_alias);
		if (core_has(layout, name))
			return name;
		if (alias && core_has(layout, alias))
			return alias;
	}
	return NULL;
}

const char *layout_missing_import(void)
{
	for (unsigned int i = 0; i < nr_layout_imports; i++)
		if (!layout_imports[i].addr)
			return layout_imports[i].name;
	return NULL;
}
