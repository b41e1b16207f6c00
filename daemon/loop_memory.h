/*
 * The memory of libraries that cannot do without: where libuv is refused some it calls abort, and simdjson, at its first use,
 * throws; this ends the process with a word instead. What was answered by then is in the store.
 */
#ifndef ND_DAEMON_LOOP_MEMORY_H
#define ND_DAEMON_LOOP_MEMORY_H

/* Before any other call of libuv, and while there is one thread. */
void loop_memory_guard(void);

#endif
