#include "tests/unit/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

char *repeated(const char *piece, size_t times, const char *tail, size_t *ret_len)
{
	size_t len = strlen(piece);
	char *ret = malloc(len * times + strlen(tail) + 1);

	assert_non_null(ret);
	for (size_t i = 0; i < times; i++)
		memcpy(ret + i * len, piece, len);
	strcpy(ret + len * times, tail);
	if (ret_len)
		*ret_len = len * times + strlen(tail);
	return ret;
}
