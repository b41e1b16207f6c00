#include "daemon/flags.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/config.h"

#define OWN_ROWS 2 /* --config, --version */

/* A row of options for each setting, and room for its words. */
struct flag_rows {
	struct option_row rows[OWN_ROWS + SETTINGS + 1];
	char names[SETTINGS][32];
	char helps[SETTINGS][200];
};

static void flag_name(const struct setting *row, char *ret, size_t size)
{
	snprintf(ret, size, "%s", row->name);
	for (; *ret; ret++)
		if (*ret == '_')
			*ret = '-';
}

static void make_rows(struct flag_rows *r, struct flags *f)
{
	struct option_row *o = r->rows;

	*o++ = (struct option_row){ "config", OPTION_TEXT, "FILE", "read this file, not those of /etc/newsdup", 0, 0,
				    &f->config };
	for (unsigned i = 0; i < SETTINGS; i++) {
		const struct setting *row = settings_row(i);

		flag_name(row, r->names[i], sizeof(r->names[i]));
		snprintf(r->helps[i], sizeof(r->helps[i]), "%s (default: %s)", row->help, row->initial);
		*o++ = (struct option_row){ r->names[i], OPTION_TEXT, setting_value_name(row), r->helps[i], 0, 0,
					    &f->values[i] };
	}
	*o++ = (struct option_row){ "version", OPTION_FLAG, NULL, "print the version", 0, 0, &f->version };
	*o = (struct option_row){ 0 };
}

enum options_result flags_read(struct flags *f, int argc, char **argv)
{
	struct flag_rows rows;
	const struct usage usage = {
		"newsdupd [OPTION]...",
		"Tells crawlers, over a Unix socket, what of each article has been seen before. The settings below\n"
		"can stand in " CONFIG_FILE " as well, with _ for -; newsdup.conf(5) tells more.",
		rows.rows,
	};
	enum options_result ret;

	*f = (struct flags){ 0 };
	make_rows(&rows, f);
	ret = options_read(&usage, &argc, argv);
	return ret == OPTIONS_OK && argc > 1 ? options_complain(&usage, "there are only options") : ret;
}

static int apply(const struct flags *f, struct settings *s, struct buf *say)
{
	int err = 0;

	for (unsigned i = 0; i < SETTINGS; i++) {
		char where[34] = "--";
		int e;

		if (!f->values[i])
			continue;
		flag_name(settings_row(i), where + 2, sizeof(where) - 2);
		e = settings_set(s, settings_row(i)->name, f->values[i], where, say);
		err = err ? err : e;
	}
	return err;
}

static int read_config(const struct flags *f, struct settings *s, struct buf *say)
{
	struct config c;
	int err;

	config_init(&c, f->config);
	err = config_read(&c, s);
	buf_add(say, c.say.at, c.say.len);
	config_done(&c);
	return err;
}

int flags_load(const struct flags *f, struct settings *ret, struct buf *say)
{
	struct settings s;
	int err = settings_init(&s), wrong;

	if (!err)
		err = read_config(f, &s, say);
	wrong = err == -ENOMEM ? 0 : apply(f, &s, say); /* so that all that is wrong is told */
	err = err ? err : wrong;
	if (err)
		settings_done(&s);
	else
		*ret = s;
	return err;
}
