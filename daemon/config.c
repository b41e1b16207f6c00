#include "daemon/config.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* inih cuts a longer line in two without a word, and tells no line numbers: it gets one line at a time. */
#define LINE_BYTES 198
#define FILE_BYTES (1 << 20)
#define SAY_BYTES (256 << 10)
#define OUT_OF_MEMORY (-2) /* of inih */

/* A file on its way into settings. */
struct reading {
	struct config *config;
	struct settings *settings;
	const char *path;
	unsigned line;
	size_t bytes;
	int err; /* the first */
};

void config_init(struct config *c, const char *file)
{
	*c = (struct config){
		.file = file ? file : CONFIG_FILE,
		.dir = file ? NULL : CONFIG_DIR,
		.optional = !file,
	};
	buf_init(&c->say, SAY_BYTES);
}

void config_done(struct config *c)
{
	buf_done(&c->say);
}

/* --- a line --- */

static void wrong(struct reading *r, const char *what)
{
	buf_addf(&r->config->say, "%s:%u: %s\n", r->path, r->line, what);
	if (!r->err)
		r->err = -EINVAL;
}

/* inih's callback: one setting. */
static int on_setting(void *reading, const char *section, const char *name, const char *value)
{
	struct reading *r = reading;
	char where[4200];
	int err;

	(void)section;
	snprintf(where, sizeof(where), "%s:%u", r->path, r->line);
	err = settings_set(r->settings, name, value, where, &r->config->say);
	if (err && r->err != -ENOMEM)
		r->err = err;
	return 1;
}

static void read_line(struct reading *r, const char *line, size_t len)
{
	int rc;

	if (strlen(line) != len)
		wrong(r, "a NUL byte");
	else if (len > LINE_BYTES)
		wrong(r, "a line of more than 198 bytes");
	else if (line[strspn(line, " \t")] == '[')
		wrong(r, "a section; there are none, only 'name = value'");
	else if ((rc = ini_parse_string(line, on_setting, r)) == OUT_OF_MEMORY)
		r->err = -ENOMEM;
	else if (rc)
		wrong(r, "neither 'name = value' nor a comment");
}

/* --- a file --- */

/* Takes the next line without its newline, and of a longer one the first size - 1 bytes. False: the end. */
static bool next_line(struct reading *r, FILE *f, char *line, size_t size, size_t *ret)
{
	size_t n = 0;
	int c = getc(f);

	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n' && r->bytes <= FILE_BYTES; c = getc(f), r->bytes++)
		if (n < size - 1)
			line[n++] = (char)c;
	r->bytes++;
	line[n] = 0;
	*ret = n;
	return true;
}

static int read_lines(struct reading *r, FILE *f)
{
	char line[LINE_BYTES + 2];
	size_t len;

	errno = 0;
	while (next_line(r, f, line, sizeof(line), &len)) {
		if (r->bytes > FILE_BYTES)
			return -EFBIG;
		r->line++;
		read_line(r, line, len);
	}
	return ferror(f) ? -errno : r->err;
}

static int unreadable(struct config *c, const char *path, int err)
{
	buf_addf(&c->say, "%s: cannot read: %s\n", path, strerror(-err));
	return err;
}

static int read_file(struct config *c, const char *path, bool optional, struct settings *s)
{
	struct reading r = { .config = c, .settings = s, .path = path };
	FILE *f = fopen(path, "re");
	int err;

	if (!f)
		return optional && errno == ENOENT ? 0 : unreadable(c, path, -errno);
	err = read_lines(&r, f);
	fclose(f);
	c->files++;
	return err && err != -EINVAL ? unreadable(c, path, err) : err;
}

/* --- all files --- */

/* What goes before: a file that cannot be read, then a wrong line. */
static int worse(int a, int b)
{
	return a && a != -EINVAL ? a : b ? b : a;
}

static int is_config(const struct dirent *e)
{
	const char *end = strrchr(e->d_name, '.');

	return end && e->d_name[0] != '.' && !strcmp(end, ".conf");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_entry(struct config *c, const char *name, struct settings *s)
{
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", c->dir, name) < 0)
		return -ENOMEM;
	err = read_file(c, path, false, s);
	free(path);
	return err;
}

static int read_dir(struct config *c, struct settings *s)
{
	struct dirent **entries;
	int n = scandir(c->dir, &entries, is_config, by_name), err = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : unreadable(c, c->dir, -errno);
	for (int i = 0; i < n; i++) {
		err = worse(err, read_entry(c, entries[i]->d_name, s));
		free(entries[i]);
	}
	free(entries);
	return err;
}

int config_read(struct config *c, struct settings *s)
{
	int err = read_file(c, c->file, c->optional, s);

	return c->dir ? worse(err, read_dir(c, s)) : err;
}
