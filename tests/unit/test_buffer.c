// SPDX-License-Identifier: GPL-2.0
/* Memory for metadata is memory, and no promise of some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/mman.h>

#include "nvme/buffer.h"

/* More than an allocator has lying about */
#define PAGES 1024u

static void test_pages_are_there(void **state)
{
	size_t bytes = PAGES * NVME_PAGE;
	char *buffer = nvme_buffer_alloc(bytes - 1);
	unsigned char there[PAGES];

	(void)state;
	assert_non_null(buffer);
	assert_int_equal((uintptr_t)buffer % NVME_PAGE, 0);
	assert_int_equal(mincore(buffer, bytes, there), 0);
	for (unsigned int i = 0; i < PAGES; i++)
		assert_true(there[i] & 1);
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(buffer[i], 0);
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_are_there),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
