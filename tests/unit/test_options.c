// SPDX-License-Identifier: GPL-2.0
/* The engine's options: what fio parses them into, and what is refused. */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"

static struct passthru_options defaults(void)
{
	return (struct passthru_options){
		.sqthread_poll_cpu = -1,
		.nonvectored = -1,
		.cmd_type = 1,
	};
}

static const struct fio_option *find(const char *name)
{
	const struct fio_option *option = LAYOUT_SYM(passthru_options)();

	for (; option->name; option++)
		if (!strcmp(option->name, name))
			return option;
	fail_msg("there is no option %s", name);
	return NULL;
}

static void check(const struct passthru_options *options, int ret,
		  const char *text)
{
	char why[WHY_MAX] = "";

	assert_int_equal(
		LAYOUT_SYM(passthru_options_check)(options, why, sizeof(why)),
		ret);
	if (!strstr(why, text))
		fail_msg("\"%s\" does not say \"%s\"", why, text);
	if (!ret)
		assert_string_equal(why, "");
}

static void set_text(struct passthru_options *options, const char *name,
		     const char *value)
{
	memcpy((char *)options + find(name)->off1, &value, sizeof(value));
}

/* The names of fio's own engine (fio 3.41, io_uring_cmd), and their types */
static void test_names(void **state)
{
	static const struct {
		const char *name;
		enum fio_opt_type type;
	} wanted[] = {
		{ "hipri", FIO_OPT_STR_SET },
		{ "fixedbufs", FIO_OPT_STR_SET },
		{ "registerfiles", FIO_OPT_STR_SET },
		{ "sqthread_poll", FIO_OPT_STR_SET },
		{ "sqthread_poll_cpu", FIO_OPT_INT },
		{ "nonvectored", FIO_OPT_INT },
		{ "force_async", FIO_OPT_INT },
		{ "cmd_type", FIO_OPT_STR },
		{ "readfua", FIO_OPT_BOOL },
		{ "writefua", FIO_OPT_BOOL },
		{ "md_per_io_size", FIO_OPT_INT },
		{ "pi_act", FIO_OPT_BOOL },
		{ "pi_chk", FIO_OPT_STR_STORE },
		{ "apptag", FIO_OPT_INT },
		{ "apptag_mask", FIO_OPT_INT },
		{ "min_version", FIO_OPT_STR_STORE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_int_equal(find(wanted[i].name)->type, wanted[i].type);
}

static size_t size_of(const struct fio_option *option)
{
	return option->type == FIO_OPT_STR_STORE ? sizeof(char *) : sizeof(int);
}

/* Each has a member of its own, none is at 0, and each says what it is for */
static void test_members(void **state)
{
	char used[sizeof(struct passthru_options)] = "";
	const struct fio_option *option = LAYOUT_SYM(passthru_options)();

	(void)state;
	for (; option->name; option++) {
		assert_true(option->off1 > 0);
		assert_true(option->off1 + size_of(option) <= sizeof(used));
		for (size_t i = 0; i < size_of(option); i++) {
			assert_int_equal(used[option->off1 + i], 0);
			used[option->off1 + i] = 1;
		}
		assert_int_equal(option->category, FIO_OPT_C_ENGINE);
		assert_true(strlen(option->help) > 10);
		assert_true(strlen(option->lname) > 2);
	}
}

static void test_once(void **state)
{
	const struct fio_option *option = LAYOUT_SYM(passthru_options)();

	(void)state;
	for (; option->name; option++)
		assert_ptr_equal(find(option->name), option);
}

static void test_help_version(void **state)
{
	const char *help = find("min_version")->help;

	(void)state;
	assert_non_null(strstr(help, NVME_PASSTHRU_VERSION));
	assert_non_null(strstr(help, FIO_LAYOUT_LIST));
}

static void test_defaults(void **state)
{
	struct passthru_options options = defaults();

	(void)state;
	check(&options, 0, "");
	assert_string_equal(find("sqthread_poll_cpu")->def, "-1");
	assert_string_equal(find("nonvectored")->def, "-1");
	assert_string_equal(find("cmd_type")->def, "nvme");
	assert_null(find("fixedbufs")->def);
	assert_null(find("hipri")->def);
	/* 1 by default, which fio wants said so */
	assert_null(find("registerfiles")->def);
	assert_int_equal(find("registerfiles")->neg, 1);
}

/* Refused by name, but for what they are by default */
static void test_refused(void **state)
{
	static const struct {
		const char *name;
		const char *fine;
		const char *fine_too;
		const char *refused;
	} rows[] = {
		{ "nowait", "0", "0", "1" },
		{ "uncached", "0", "0", "1" },
		{ "cmdprio_percentage", "0", "0,0", "10" },
		{ "cmdprio_class", "0", "0,0", "2" },
		{ "cmdprio", "0", "0,0", "7" },
	};
	struct passthru_options options;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		options = defaults();
		set_text(&options, rows[i].name, rows[i].fine);
		check(&options, 0, "");
		set_text(&options, rows[i].name, rows[i].fine_too);
		check(&options, 0, "");
		set_text(&options, rows[i].name, rows[i].refused);
		snprintf(text, sizeof(text), "%s=%s is refused", rows[i].name,
			 rows[i].refused);
		check(&options, -EINVAL, text);
	}
}

/* This has no default that could be written down */
static void test_refused_always(void **state)
{
	struct passthru_options options = defaults();

	(void)state;
	set_text(&options, "cmdprio_bssplit", "4k/10");
	check(&options, -EINVAL, "cmdprio_bssplit");
}

/* A part of a default's spelling is not the default */
static void test_refused_parts(void **state)
{
	struct passthru_options options = defaults();

	(void)state;
	set_text(&options, "cmdprio", "0,");
	check(&options, -EINVAL, "cmdprio=0,");
	set_text(&options, "cmdprio", NULL);
	set_text(&options, "read_mode", "rea");
	check(&options, -EINVAL, "read_mode=rea");
}

static void test_bsg(void **state)
{
	struct passthru_options options = defaults();
	const struct fio_option *option = find("cmd_type");

	(void)state;
	assert_string_equal(option->posval[0].ival, "nvme");
	assert_int_equal(option->posval[0].oval, options.cmd_type);
	assert_string_equal(option->posval[1].ival, "bsg");
	options.cmd_type = (unsigned int)option->posval[1].oval;
	check(&options, -EINVAL, "cmd_type=bsg is refused");
}

static void test_poll_cpu(void **state)
{
	struct passthru_options options = defaults();

	(void)state;
	options.hybrid_poll = 1;
	check(&options, -EINVAL, "hybrid_poll=1 without hipri");
	options.hipri = 1;
	check(&options, 0, "");
	options.sqthread_poll_cpu = 0;
	check(&options, -EINVAL, "sqthread_poll_cpu=0 without sqthread_poll");
	options.sqthread_poll = 1;
	check(&options, 0, "");
}

static void test_min_version(void **state)
{
	unsigned int major, minor, patch;
	struct passthru_options options = defaults();
	char text[64];

	(void)state;
	options.min_version = text;
	snprintf(text, sizeof(text), "%s", NVME_PASSTHRU_VERSION);
	check(&options, 0, "");
	assert_int_equal(sscanf(text, "%u.%u.%u", &major, &minor, &patch), 3);
	snprintf(text, sizeof(text), "%u.%u.%u", major, minor, patch + 1);
	check(&options, -EINVAL, "install a newer plugin");
	snprintf(text, sizeof(text), "%u.%u", major, minor + 1);
	check(&options, -EINVAL, NVME_PASSTHRU_VERSION);
	snprintf(text, sizeof(text), "%u", major + 1);
	check(&options, -EINVAL, "install a newer plugin");
	/* 0.10 is newer than 0.9 */
	snprintf(text, sizeof(text), "%u.%u.0", major, minor * 10 + 10);
	check(&options, -EINVAL, "install a newer plugin");
	snprintf(text, sizeof(text), "0.0.9");
	check(&options, 0, "");
	snprintf(text, sizeof(text), "%u", major);
	check(&options, 0, "");
	snprintf(text, sizeof(text), "newest");
	check(&options, -EINVAL, "min_version=newest is not a version");
}

int group_options(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_help_version),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_always),
		cmocka_unit_test(test_refused_parts),
		cmocka_unit_test(test_bsg),
		cmocka_unit_test(test_poll_cpu),
		cmocka_unit_test(test_min_version),
	};

	return cmocka_run_group_tests_name(LAYOUT_GROUP("options"), tests, NULL,
					   NULL);
}
