/*
 * How many threads a command takes when nobody says so.
 */
#ifndef ND_DAEMON_THREADS_H
#define ND_DAEMON_THREADS_H

#include <stdint.h>
#include <unistd.h>

#define THREADS_MAX 256

static inline uint64_t threads_default(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (uint64_t)n;
}

#endif
