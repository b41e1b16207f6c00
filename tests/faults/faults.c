/*
 * Faults beneath a program, by LD_PRELOAD: the n-th call that writes to the store, or that asks for memory, fails.
 *
 *     FAULT_WHAT   disk or memory
 *     FAULT_AT     n, from 1 on; 0: none fails
 *     FAULT_KIND   EIO, ENOSPC or short (half of it is written); of memory it does not matter
 *     FAULT_PATH   of files whose path has this in it, those below count
 *     FAULT_REPORT a file to which the number of calls is written at the end
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *at, size_t n);
extern void *__libc_memalign(size_t align, size_t n);

enum kind { FAIL_EIO, FAIL_ENOSPC, FAIL_SHORT };

static bool disk, memory;
static long fault_at;
static enum kind kind;
static const char *path;
static atomic_long calls;

static void __attribute__((constructor)) begin(void)
{
	const char *what = getenv("FAULT_WHAT"), *at = getenv("FAULT_AT"), *how = getenv("FAULT_KIND");

	path = getenv("FAULT_PATH");
	fault_at = at ? atol(at) : 0;
	kind = how && !strcmp(how, "ENOSPC") ? FAIL_ENOSPC : how && !strcmp(how, "short") ? FAIL_SHORT : FAIL_EIO;
	disk = what && !strcmp(what, "disk");
	memory = what && !strcmp(what, "memory");
}

static void __attribute__((destructor)) end(void)
{
	const char *name = getenv("FAULT_REPORT");
	int fd;

	disk = memory = false;
	if (!name)
		return;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0) {
		dprintf(fd, "%ld\n", atomic_load(&calls));
		close(fd);
	}
}

static bool is_due(void)
{
	return atomic_fetch_add(&calls, 1) + 1 == fault_at;
}

/* --- memory --- */

#define ALLOCATE(call) (memory && is_due() ? (errno = ENOMEM, NULL) : (call))

void *malloc(size_t n)
{
	return ALLOCATE(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
	return ALLOCATE(__libc_calloc(n, size));
}

void *realloc(void *at, size_t n)
{
	return ALLOCATE(__libc_realloc(at, n));
}

void *aligned_alloc(size_t align, size_t n)
{
	return ALLOCATE(__libc_memalign(align, n));
}

int posix_memalign(void **ret, size_t align, size_t n)
{
	void *at = ALLOCATE(__libc_memalign(align, n));

	if (!at)
		return ENOMEM;
	*ret = at;
	return 0;
}

/* --- the disk --- */

static bool counts(int fd)
{
	char link[64], name[4096];
	ssize_t n;

	if (!disk || !path)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	name[n > 0 ? n : 0] = '\0';
	return strstr(name, path) && is_due();
}

/* What a call that is to fail returns; of n bytes half may be written. */
static int fail(void)
{
	errno = kind == FAIL_ENOSPC ? ENOSPC : EIO;
	return -1;
}

#define NEXT(name, ...) \
	static __typeof__(&name) next; \
	if (!next) \
		next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t pwrite(int fd, const void *at, size_t n, off_t offset)
{
	NEXT(pwrite);
	if (!counts(fd))
		return next(fd, at, n, offset);
	return kind == FAIL_SHORT ? next(fd, at, n / 2, offset) : fail();
}

ssize_t pwrite64(int fd, const void *at, size_t n, off64_t offset)
{
	NEXT(pwrite64);
	if (!counts(fd))
		return next(fd, at, n, offset);
	return kind == FAIL_SHORT ? next(fd, at, n / 2, offset) : fail();
}

ssize_t write(int fd, const void *at, size_t n)
{
	NEXT(write);
	if (!counts(fd))
		return next(fd, at, n);
	return kind == FAIL_SHORT ? next(fd, at, n / 2) : fail();
}

ssize_t writev(int fd, const struct iovec *at, int n)
{
	NEXT(writev);
	if (!counts(fd))
		return next(fd, at, n);
	return kind == FAIL_SHORT ? next(fd, at, (n + 1) / 2) : fail();
}

ssize_t pwritev(int fd, const struct iovec *at, int n, off_t offset)
{
	NEXT(pwritev);
	if (!counts(fd))
		return next(fd, at, n, offset);
	return kind == FAIL_SHORT ? next(fd, at, (n + 1) / 2, offset) : fail();
}

int fdatasync(int fd)
{
	NEXT(fdatasync);
	return counts(fd) ? fail() : next(fd);
}

int fsync(int fd)
{
	NEXT(fsync);
	return counts(fd) ? fail() : next(fd);
}

int ftruncate(int fd, off_t n)
{
	NEXT(ftruncate);
	return counts(fd) ? fail() : next(fd, n);
}

int ftruncate64(int fd, off64_t n)
{
	NEXT(ftruncate64);
	return counts(fd) ? fail() : next(fd, n);
}

int fallocate(int fd, int mode, off_t offset, off_t n)
{
	NEXT(fallocate);
	return counts(fd) ? fail() : next(fd, mode, offset, n);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t n)
{
	NEXT(fallocate64);
	return counts(fd) ? fail() : next(fd, mode, offset, n);
}

int posix_fallocate(int fd, off_t offset, off_t n)
{
	NEXT(posix_fallocate);
	return counts(fd) ? (fail(), errno) : next(fd, offset, n);
}

int posix_fallocate64(int fd, off64_t offset, off64_t n)
{
	NEXT(posix_fallocate64);
	return counts(fd) ? (fail(), errno) : next(fd, offset, n);
}

int msync(void *at, size_t n, int flags)
{
	NEXT(msync);
	return disk && is_due() ? fail() : next(at, n, flags);
}
