#include "daemon/loop_memory.h"

#include <stdlib.h>
#include <unistd.h>

#include <uv.h>

#include "daemon/command.h"

/* Nothing that might want memory itself. */
static void *or_end(void *at)
{
	static const char word[] = "<3>no memory for the event loop: ended; what was answered is in the store\n";

	if (!at && write(STDERR_FILENO, word, sizeof(word) - 1) < 0)
		_exit(EXIT_IO);
	if (!at)
		_exit(EXIT_IO);
	return at;
}

static void *take(size_t n)
{
	return or_end(malloc(n ? n : 1));
}

static void *take_more(void *at, size_t n)
{
	return or_end(realloc(at, n ? n : 1));
}

static void *take_zeroed(size_t n, size_t size)
{
	return or_end(calloc(n ? n : 1, size ? size : 1));
}

void loop_memory_guard(void)
{
	uv_replace_allocator(take, take_more, take_zeroed, free);
}
