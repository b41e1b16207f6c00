/*
 * newsdupd: the daemon's command line. What it does is in server.c.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/log.h"
#include "daemon/loop_memory.h"
#include "daemon/server.h"
#include "daemon/std_fds.h"

/* Returns an exit code. */
static int load(const struct flags *f, struct settings *ret)
{
	struct buf say;
	int err;

	buf_init(&say, 1 << 20);
	err = flags_load(f, ret, &say);
	if (err == -EINVAL && !say.len)
		err = -ENOMEM; /* for the words about it */
	if (err) {
		log_lines(LOG_LEVEL_ERROR, &say);
		if (err != -EINVAL)
			log_error("cannot read the configuration: %s", strerror(-err));
	}
	buf_done(&say);
	return !err ? EXIT_DONE : err == -EINVAL ? EXIT_USAGE : EXIT_IO;
}

static int run(const struct flags *f)
{
	struct server *sv = malloc(sizeof(*sv));
	struct settings s;
	int ret;

	log_init(LOG_LEVEL_INFO);
	if (!sv) {
		log_error("cannot start: %s", strerror(ENOMEM));
		return EXIT_IO;
	}
	ret = load(f, &s);
	if (!ret) {
		log_set_level((enum log_level)s.log_level);
		ret = server_run(sv, f, &s);
	}
	free(sv);
	return ret;
}

/* Buffers of some 100 KiB come and go with every read: the pages below them should not go to the kernel and come
 * back zeroed each time. */
static void keep_pages(void)
{
	mallopt(M_MMAP_THRESHOLD, 4 << 20);
	mallopt(M_TRIM_THRESHOLD, 32 << 20);
	mallopt(M_TOP_PAD, 1 << 20);
}

int main(int argc, char **argv)
{
	struct flags f;

	std_fds_hold();
	keep_pages();
	loop_memory_guard();
	switch (flags_read(&f, argc, argv)) {
	case OPTIONS_HELP:
		return EXIT_DONE;
	case OPTIONS_BAD:
		return EXIT_USAGE;
	default:
		break;
	}
	if (f.version) {
		puts("newsdupd " ND_VERSION);
		return EXIT_DONE;
	}
	return run(&f);
}
