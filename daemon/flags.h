/*
 * The command line of newsdupd: --config, and a flag for every setting. Flags go before files.
 */
#ifndef ND_DAEMON_FLAGS_H
#define ND_DAEMON_FLAGS_H

#include "daemon/options.h"
#include "daemon/settings.h"

/* Borrowed from argv; NULL: not given. */
struct flags {
	const char *config;
	const char *values[SETTINGS]; /* by row */
	bool version;
};

/* Errors and help are printed, as by options_read. */
enum options_result flags_read(struct flags *f, int argc, char **argv);

/*
 * Settings from defaults, files and flags, in this order: at start, and again for settings_reload. What is
 * wrong is told in lines of say. Errors: as config_read; ret is untouched then.
 */
int flags_load(const struct flags *f, struct settings *ret, struct buf *say);

#endif
