/*
 * newsdup config: whether the daemon's configuration is right, and what comes of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/config.h"
#include "daemon/options.h"
#include "daemon/printer.h"

struct config_options {
	const char *file;
	bool json;
};

static struct nd_str str(const void *at, size_t len)
{
	return (struct nd_str){ len ? at : "", len };
}

/* --- JSON --- */

/* Durations are ms and sizes bytes: the numbers of the settings. What is text in a file is text here. */
static void json_value(struct out *o, const struct setting *row, const void *field)
{
	struct buf text;

	switch (row->type) {
	case SETTING_DURATION:
	case SETTING_DAYS:
	case SETTING_SIZE:
	case SETTING_LIMIT:
	case SETTING_COUNT:
		out_u64(o, *(const uint64_t *)field);
		return;
	case SETTING_YESNO:
		out_bool(o, *(const bool *)field);
		return;
	default:
		buf_init(&text, 4096);
		setting_print(row, field, &text);
		out_string(o, str(text.at, text.len));
		buf_done(&text);
	}
}

static void json_settings(struct out *o, const struct settings *s)
{
	out_begin_object(o);
	for (unsigned i = 0; i < SETTINGS; i++) {
		const struct setting *row = settings_row(i);
		const char *from = s->from[i];

		out_key(o, row->name);
		out_begin_object(o);
		out_key(o, "value");
		json_value(o, row, settings_field(s, row));
		out_key(o, "from");
		out_string(o, (struct nd_str){ from, from ? strlen(from) : 0 });
		out_end_object(o);
	}
	out_end_object(o);
}

/* The lines of what was said, an element each. */
static void json_errors(struct out *o, const struct buf *say)
{
	const char *at = (const char *)say->at, *end = at + say->len;

	out_begin_array(o);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		out_string(o, str(at, (size_t)(stop - at)));
		at = stop + 1;
	}
	out_end_array(o);
}

static int print_json(const struct config *c, const struct settings *s, bool good, bool show)
{
	struct printer p;
	int err;

	printer_init(&p);
	out_begin_object(&p.out);
	out_key(&p.out, "ok");
	out_bool(&p.out, good);
	out_key(&p.out, "files");
	out_u64(&p.out, c->files);
	out_key(&p.out, "errors");
	json_errors(&p.out, &c->say);
	if (show && good) {
		out_key(&p.out, "settings");
		json_settings(&p.out, s);
	}
	out_end_object(&p.out);
	err = printer_line(&p);
	if (!err)
		err = printer_flush(&p);
	printer_done(&p);
	return err ? printer_fail(err) : EXIT_DONE;
}

/* --- text --- */

static void print_errors(const struct buf *say)
{
	fwrite(say->at, 1, say->len, stderr);
}

static int print_settings(const struct settings *s)
{
	struct printer p;
	int err;

	printer_init(&p);
	settings_print(s, &p.buf);
	err = printer_flush(&p);
	printer_done(&p);
	return err ? printer_fail(err) : EXIT_DONE;
}

static int print_text(const struct config *c, const struct settings *s, bool good, bool show)
{
	if (c->say.len)
		print_errors(&c->say);
	if (good && show)
		return print_settings(s);
	if (good)
		printf("%u %s read, all is right\n", c->files, c->files == 1 ? "file" : "files");
	return EXIT_DONE;
}

/* --- the command --- */

static int exit_of(int err)
{
	return !err ? EXIT_DONE : err == -EINVAL ? EXIT_USAGE : EXIT_IO;
}

static int run(const struct config_options *o, bool show)
{
	struct settings s;
	struct config c;
	int err = settings_init(&s), ret;

	config_init(&c, o->file);
	if (!err)
		err = config_read(&c, &s);
	if (err == -EINVAL && !c.say.len)
		err = -ENOMEM; /* for the words about it */
	if (err == -ENOMEM)
		buf_addf(&c.say, "out of memory\n");
	ret = (o->json ? print_json : print_text)(&c, &s, !err, show);
	config_done(&c);
	settings_done(&s);
	return err ? exit_of(err) : ret;
}

int cmd_config(int argc, char **argv)
{
	struct config_options o = { 0 };
	const struct option_row rows[] = {
		{ "config", OPTION_TEXT, "FILE", "read this file, not those of /etc/newsdup", 0, 0, &o.file },
		{ "json", OPTION_FLAG, NULL, "print one line of JSON; times are in ms, sizes in bytes", 0, 0, &o.json },
		{ 0 },
	};
	const struct usage usage = {
		"newsdup config check|show [OPTION]...",
		"Tells what is wrong in newsdupd's configuration (check), or each setting and where it was set (show).",
		rows,
	};
	int ret;

	if (!options_begin(&usage, &argc, argv, &ret))
		return ret;
	if (argc == 2 && !strcmp(argv[1], "check"))
		return run(&o, false);
	if (argc == 2 && !strcmp(argv[1], "show"))
		return run(&o, true);
	options_complain(&usage, "check or show is wanted");
	return EXIT_USAGE;
}
