/*
 * Configuration files: lines of "name = value", read into settings. The names are those of the table of
 * settings; there are no sections.
 */
#ifndef ND_DAEMON_CONFIG_H
#define ND_DAEMON_CONFIG_H

#include "daemon/settings.h"

#define CONFIG_FILE "/etc/newsdup/newsdup.conf"
#define CONFIG_DIR "/etc/newsdup/conf.d"

struct config {
	const char *file; /* borrowed */
	const char *dir;  /* its *.conf are read after file, in order of their names; NULL: none. Borrowed */
	bool optional;    /* file may be missing */
	unsigned files;   /* read by now */
	struct buf say;   /* what was wrong: lines "FILE:LINE: what" */
};

/* file: read this one alone, and it must exist; NULL: those of /etc/newsdup, as far as they exist. */
void config_init(struct config *c, const char *file);
void config_done(struct config *c);

/*
 * Reads all files into s; a later line overrides an earlier one. Goes on after an error, so that say tells
 * all of them. Errors: -EINVAL (a wrong line), those of open(2) and read(2) (a file, or the folder, cannot be
 * read; this goes before -EINVAL), -EFBIG (more than 1 MiB), -ENOMEM.
 */
int config_read(struct config *c, struct settings *s);

#endif
