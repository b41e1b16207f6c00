#include "daemon/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/threads.h"

#define K ((uint64_t)1 << 10)
#define M ((uint64_t)1 << 20)
#define G ((uint64_t)1 << 30)
#define SECOND ((uint64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

#define SUN_PATH_BYTES 107 /* of sockaddr_un, less the NUL; a longer path would be cut silently */
#define PATH_BYTES 4095

static const char *const memory_policies[] = { "busy", "expire", NULL };
static const char *const log_levels[] = { "error", "warning", "info", "debug", NULL };

static const char *const durabilities[] = { "commit", "interval", NULL };

#define ROW(f, type, initial, min, max, reloadable, help) \
	{ #f, type, offsetof(struct settings, f), initial, min, max, NULL, reloadable, help }

/* clang-format off */
static const struct setting rows[] = {
	ROW(socket, SETTING_PATH, "/run/newsdup/newsdupd.sock", 0, SUN_PATH_BYTES, false,
	    "where the daemon listens, unless systemd hands it a socket"),
	ROW(socket_mode, SETTING_MODE, "0660", 0, 0777, false,
	    "permissions of a socket that the daemon makes itself"),
	ROW(socket_group, SETTING_GROUP, "none", 0, 0, false,
	    "group of a socket that the daemon makes itself; none leaves the daemon's own"),
	ROW(store, SETTING_PATH, "/var/lib/newsdup", 0, PATH_BYTES, false,
	    "directory of what must survive a restart, made when absent; mem: keeps nothing"),
	ROW(store_max, SETTING_SIZE, "64g", M, 65536 * G, false,
	    "what articles may take in the store; behind it lies a margin for clearing it, see below; address space is reserved at "
	    "once, disk space is not"),
	ROW(memory_max, SETTING_LIMIT, "0", 4 * M, 65536 * G, true, /* an empty index, and the first article: 1.9 MB */
	    "what the index, articles for the disk and waiting requests may take together; 0 is no limit"),
	{ "memory_full", SETTING_WORD, offsetof(struct settings, memory_full), "busy", 0, 0, memory_policies, true,
	  "what happens to articles at memory_max: busy answers so, expire takes out the oldest stories meanwhile" },
	ROW(data_dir, SETTING_PATH, "none", 0, PATH_BYTES, true,
	    "directory of credits.txt, agencies.txt, hanja.txt, site.txt, read again at each reload; none takes those built in"),
	ROW(sync, SETTING_YESNO, "yes", 0, 0, false,
	    "whether the disk is ever asked to keep what was written; no is for trials: durability then means nothing"),
	{ "durability", SETTING_WORD, offsetof(struct settings, durability), "commit", 0, 0, durabilities, false,
	  "commit: a put is on the disk before it is answered; interval: within flush_interval, a power loss may take the last" },
	ROW(flush_interval, SETTING_DURATION, "1s", SECOND, HOUR, true,
	    "with durability = interval, how often what was written is put on the disk"),
	ROW(keep_text, SETTING_YESNO, "yes", 0, 0, false,
	    "whether the texts of articles are kept, compressed, so that passages are shown and articles can be fingerprinted anew; mem: keeps none"),
	ROW(history, SETTING_COUNT, "100", 0, 10000, true,
	    "earlier versions of an id that are kept; when more come, the oldest is taken out"),
	ROW(retain, SETTING_DURATION, "0", 0, 36500 * DAY, true,
	    "stories that no article has joined for this time are taken out; 0 never"),
	ROW(window, SETTING_DAYS, "0", 0, 36500 * DAY, false,
	    "articles published further apart than this are not compared; 0 is no limit"),
	ROW(alarm_members, SETTING_COUNT, "1000", 0, 100000, true,
	    "a story of more articles sets off the growth alarm, once; 0 never"),
	ROW(alarm_similarity, SETTING_COUNT, "0", 0, 100, true,
	    "an article that joins a story with less similarity, in percent, sets off the growth alarm; 0 never"),
	ROW(threads, SETTING_COUNT, "0", 0, THREADS_MAX, false,
	    "threads that fingerprint; 0 takes one a core less one, and at least one"),
	ROW(line_max, SETTING_SIZE, "16m", K, G, true,
	    "the longest request line; a longer one is answered too_large"),
	ROW(text_max, SETTING_SIZE, "8m", K, 8 * M, false,
	    "the longest text of an article, in bytes of UTF-8; a longer one is answered too_large"),
	ROW(depth_max, SETTING_COUNT, "32", 4, 1000, false,
	    "how deep a request may be nested; a deeper one is answered too_deep"),
	ROW(connections_max, SETTING_COUNT, "2048", 1, 100000, true,
	    "connections at once; a further one is answered busy and closed"),
	ROW(subscribers_max, SETTING_COUNT, "64", 0, 100000, true,
	    "connections at once that may subscribe to events"),
	ROW(queue_max, SETTING_COUNT, "256", 1, 100000, true,
	    "requests of one connection that may wait, large ones up to line_max bytes; then it is not read from for a while"),
	ROW(queue_global_max, SETTING_COUNT, "8192", 1, 10000000, true,
	    "requests of all connections that may wait; a further one is answered busy"),
	ROW(queue_bytes, SETTING_SIZE, "256m", M, 1024 * G, true,
	    "bytes of requests of all connections, and of articles for the disk, that may wait; a further one is answered busy"),
	ROW(output_max, SETTING_SIZE, "4m", 64 * K, G, true,
	    "bytes of replies that may wait for one connection; then it is not read from for a while"),
	ROW(events_max, SETTING_COUNT, "1000", 1, 1000000, true,
	    "events that may wait for one subscriber; further ones are missed, and it is told how many"),
	ROW(idle_timeout, SETTING_DURATION, "5m", 0, 30 * DAY, true,
	    "a connection without requests is closed after this time; 0 never"),
	ROW(write_timeout, SETTING_DURATION, "30s", 100, DAY, true,
	    "a client that does not take its replies for this time is dropped"),
	ROW(rate, SETTING_COUNT, "0", 0, 10000000, true,
	    "requests a second that one user may send; more are answered rate_limited; 0 is no limit"),
	ROW(retry, SETTING_DURATION, "100ms", 1, HOUR, true,
	    "how long a client is asked to wait after busy"),
	ROW(allow_read, SETTING_PRINCIPALS, "everyone", 0, 0, true,
	    "who of those that may connect may look things up and check"),
	ROW(allow_write, SETTING_PRINCIPALS, "everyone", 0, 0, true,
	    "who may put articles, and read"),
	ROW(allow_admin, SETTING_PRINCIPALS, "none", 0, 0, true,
	    "who may do everything, besides root and the daemon's own user"),
	{ "log_level", SETTING_WORD, offsetof(struct settings, log_level), "info", 0, 0, log_levels, true,
	  "the least important messages that are logged" },
};
/* clang-format on */

_Static_assert(sizeof(rows) / sizeof(rows[0]) == SETTINGS, "SETTINGS is the number of rows");

const struct setting *settings_row(unsigned i)
{
	return &rows[i];
}

static bool same_name(const char *a, const char *b)
{
	while (*a && (*a == *b || (*a == '_' && *b == '-')))
		a++, b++;
	return !*a && !*b;
}

const struct setting *settings_find(const char *name)
{
	for (unsigned i = 0; i < SETTINGS; i++)
		if (same_name(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static void *field_of(struct settings *s, const struct setting *row)
{
	return (char *)s + row->offset;
}

const void *settings_field(const struct settings *s, const struct setting *row)
{
	return (const char *)s + row->offset;
}

int settings_init(struct settings *s)
{
	struct buf why;
	int err = 0;

	memset(s, 0, sizeof(*s));
	buf_init(&why, 4096);
	for (unsigned i = 0; i < SETTINGS && !err; i++)
		err = setting_read(&rows[i], rows[i].initial, field_of(s, &rows[i]), &why);
	buf_done(&why);
	return err;
}

void settings_done(struct settings *s)
{
	for (unsigned i = 0; i < SETTINGS; i++) {
		setting_done(&rows[i], field_of(s, &rows[i]));
		free(s->from[i]);
		s->from[i] = NULL;
	}
}

/* The largest field: values are read into one aside, so that a wrong one leaves the old one alone. */
union field {
	char *text;
	uint64_t number;
	bool yes;
	struct principals principals;
};

/* Moves a value and its place of origin; what stood there is given back. */
static void move(struct settings *s, const struct setting *row, void *field, char *from)
{
	unsigned i = (unsigned)(row - rows);

	setting_done(row, field_of(s, row));
	memcpy(field_of(s, row), field, setting_size(row));
	memset(field, 0, setting_size(row));
	free(s->from[i]);
	s->from[i] = from;
}

static int set(struct settings *s, const struct setting *row, const char *value, const char *where, struct buf *say)
{
	union field field = { 0 };
	char *from = strdup(where);
	int err;

	if (!from)
		return -ENOMEM;
	buf_addf(say, "%s: %s ", where, row->name);
	err = setting_read(row, value, &field, say);
	if (err)
		free(from);
	else
		move(s, row, &field, from);
	return err;
}

int settings_set(struct settings *s, const char *name, const char *value, const char *where, struct buf *say)
{
	const struct setting *row = settings_find(name);
	size_t before = say->len;
	int err;

	if (!row) {
		buf_addf(say, "%s: no setting is called '%.100s'\n", where, name);
		return -EINVAL;
	}
	err = set(s, row, value, where, say);
	if (err == -EINVAL)
		buf_addf(say, "\n");
	else
		say->len = before;
	return err;
}

unsigned settings_reload(struct settings *s, struct settings *next, struct buf *say)
{
	unsigned fixed = 0;

	for (unsigned i = 0; i < SETTINGS; i++) {
		void *field = field_of(next, &rows[i]);

		if (rows[i].reloadable) {
			move(s, &rows[i], field, next->from[i]);
			next->from[i] = NULL;
		} else if (!setting_same(&rows[i], settings_field(s, &rows[i]), field)) {
			buf_addf(say, "%s: a change of %s takes effect after a restart; it is still ",
				 next->from[i] ? next->from[i] : "default", rows[i].name);
			setting_print(&rows[i], settings_field(s, &rows[i]), say);
			buf_addf(say, "\n");
			fixed++;
		}
	}
	settings_done(next);
	return fixed;
}

void settings_print(const struct settings *s, struct buf *to)
{
	for (unsigned i = 0; i < SETTINGS; i++) {
		buf_addf(to, "%s = ", rows[i].name);
		setting_print(&rows[i], settings_field(s, &rows[i]), to);
		buf_addf(to, " ; %s\n", s->from[i] ? s->from[i] : "default");
	}
}
