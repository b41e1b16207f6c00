/*
 * An array that grows: its address, its room and how many elements it needs.
 */
#ifndef ND_BASE_ARRAY_H
#define ND_BASE_ARRAY_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Room for n elements of so many bytes in all, and then for half as many again; what is there stays. at: the address of
 * the array's pointer, which is the caller's to free. Errors: -ENOMEM, and all is as it was. */
static inline int array_reserve(void *at, size_t *cap, size_t n, size_t size)
{
	void *old, *grown;

	if (n <= *cap)
		return 0;
	if (n > SIZE_MAX / 2 / size)
		return -ENOMEM;
	n = n < 32 ? 48 : n + n / 2;
	memcpy(&old, at, sizeof(old));
	grown = realloc(old, n * size);
	if (!grown)
		return -ENOMEM;
	memcpy(at, &grown, sizeof(grown));
	*cap = n;
	return 0;
}

#endif
