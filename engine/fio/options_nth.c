// SPDX-License-Identifier: GPL-2.0
#include "options.h"

/* The word for a value, NULL where it has none */
static const char *word_of(const struct fio_option *option, unsigned int value)
{
	size_t nr = sizeof(option->posval) / sizeof(option->posval[0]);

	for (size_t i = 0; i < nr && option->posval[i].ival; i++)
		if (option->posval[i].oval == value)
			return option->posval[i].ival;
	return NULL;
}

/**
 * passthru_options_nth() - one of the options as the user set it
 * @o: the options of a job
 * @nth: from 0 on, without those that are refused
 * @setting: set
 *
 * Return: false when there are no more.
 */
bool LAYOUT_SYM(passthru_options_nth)(const struct passthru_options *o,
				      unsigned int nth,
				      struct passthru_setting *setting)
{
	const struct fio_option *option = &LAYOUT_SYM(passthru_options)()[nth];
	const void *member = (const char *)o + option->off1;

	if (nth >= LAYOUT_SYM(passthru_options_own))
		return false;
	*setting = (struct passthru_setting){ .name = option->name };
	switch (option->type) {
	case FIO_OPT_STR_STORE:
		setting->text = *(char *const *)member;
		return true;
	case FIO_OPT_STR:
		setting->text = word_of(option, *(const unsigned int *)member);
		return true;
	case FIO_OPT_ULL:
		setting->number =
			(long long)*(const unsigned long long *)member;
		break;
	default:
		setting->number = *(const int *)member;
		if (option->neg)
			setting->number = !setting->number;
	}
	setting->numeric = true;
	return true;
}
