/*
 * Messages to standard error, one line each, from any thread. Where that is no terminal, a line begins with
 * its priority as journald reads it, "<3>"; at a terminal with the program's name.
 */
#ifndef ND_DAEMON_LOG_H
#define ND_DAEMON_LOG_H

#include "base/buf.h"

/* In the order of the setting log_level. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Looks at standard error once; the level may be set again at any time. Before it, info and a name are the rule. */
void log_init(enum log_level level);
void log_set_level(enum log_level level);

/* Lower case, no full stop, no newline: bytes below blank become '?', so that what clients send cannot forge a
 * line. Lines of more than 1,000 bytes are cut. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Each line of text as a message of its own: what settings and config have to say. */
void log_lines(enum log_level level, const struct buf *text);

#endif
