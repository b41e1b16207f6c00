#include "daemon/loop_memory.h"

#include <stdlib.h>
#include <unistd.h>

#include <uv.h>

#include "daemon/command.h"
#include "wire/json.h"

/* Nothing that might want memory itself. */
static void *or_end(void *at)
{
	static const char word[] = "<3>no memory to begin or go on with: ended; what was answered is in the store\n";

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

/* std::set_new_handler: what is called when `new` is refused memory, before it throws. */
extern void (*set_new_handler(void (*handler)(void)))(void) __asm__("_ZSt15set_new_handlerPFvvE");

static void end_at_once(void)
{
	or_end(NULL);
}

/* Chooses, once for all, the code for this processor. */
static void use_json_once(void)
{
	struct json *j;

	set_new_handler(end_at_once);
	if (!json_new(1024, &j))
		json_free(j);
	set_new_handler(NULL);
}

void loop_memory_guard(void)
{
	use_json_once();
	uv_replace_allocator(take, take_more, take_zeroed, free);
}
