/*
 * The memory of the event loop. Where libuv is refused some it calls abort; this ends the process with a word instead.
 * What was answered by then is in the store.
 */
#ifndef ND_DAEMON_LOOP_MEMORY_H
#define ND_DAEMON_LOOP_MEMORY_H

/* Before any other call of libuv. */
void loop_memory_guard(void);

#endif
