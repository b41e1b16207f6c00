#include "daemon/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 1000

static atomic_int log_level = LOG_LEVEL_INFO;
static atomic_bool log_priorities;

/* Whether standard error is the journal's stream: JOURNAL_STREAM is its device and inode. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && !fstat(STDERR_FILENO, &st) &&
	       st.st_dev == dev && st.st_ino == ino;
}

void log_init(enum log_level level)
{
	log_priorities = is_journal() || !isatty(STDERR_FILENO);
	log_set_level(level);
}

void log_set_level(enum log_level level)
{
	log_level = (int)level;
}

/* A line in one write: lines of several threads do not mix. A full disk or pipe is nobody's to hear of. */
static void write_line(const char *line, size_t len)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, line, len);
	while (n < 0 && errno == EINTR);
}

static void make_harmless(char *at, size_t n)
{
	for (; n; at++, n--)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

/* What stands before a message: syslog.h's numbers of these levels are 3, 4, 6, 7. */
static const char *prefix_of(enum log_level level)
{
	static const char *const priorities[] = { "<3>", "<4>", "<6>", "<7>" };

	return log_priorities ? priorities[level] : "newsdupd: ";
}

static void log_message(enum log_level level, const char *format, va_list ap)
{
	char line[LINE_BYTES + 1];
	int start, n;

	if ((int)level > log_level)
		return;
	start = snprintf(line, sizeof(line), "%s", prefix_of(level));
	n = vsnprintf(line + start, sizeof(line) - (size_t)start, format, ap);
	if (n < 0)
		return;
	n = n + start < LINE_BYTES ? n + start : LINE_BYTES;
	make_harmless(line, (size_t)n);
	line[n] = '\n';
	write_line(line, (size_t)n + 1);
}

#define LOG(level, format)                          \
	do {                                        \
		va_list ap;                         \
                                                    \
		va_start(ap, format);               \
		log_message((level), (format), ap); \
		va_end(ap);                         \
	} while (0)

void log_error(const char *format, ...)
{
	LOG(LOG_LEVEL_ERROR, format);
}

void log_warning(const char *format, ...)
{
	LOG(LOG_LEVEL_WARNING, format);
}

void log_info(const char *format, ...)
{
	LOG(LOG_LEVEL_INFO, format);
}

void log_debug(const char *format, ...)
{
	LOG(LOG_LEVEL_DEBUG, format);
}

static void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void log_at(enum log_level level, const char *format, ...)
{
	LOG(level, format);
}

void log_lines(enum log_level level, const struct buf *text)
{
	const char *at = (const char *)text->at, *end = at + text->len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		log_at(level, "%.*s", (int)(stop - at), at);
		at = stop + 1;
	}
}
