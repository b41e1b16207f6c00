/*
 * Memory that runs out: the n-th allocation from now on fails. Not under sanitizers, which have an malloc of their own:
 * CAN_FAIL says whether. For one file of a program alone: it defines malloc, calloc and realloc.
 */
#ifndef ND_TESTS_FAILING_H
#define ND_TESTS_FAILING_H

#include <stddef.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define CAN_FAIL 1
#elif !__has_feature(address_sanitizer)
#define CAN_FAIL 1
#endif
#endif

#ifdef CAN_FAIL
static long fail_at = -1; /* -1: none fails */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *at, size_t n);

static int fails(void)
{
	return fail_at >= 0 && fail_at-- == 0;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *at, size_t n)
{
	return fails() ? NULL : __libc_realloc(at, n);
}
#endif

#endif
