#include "daemon/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/draft.h"
#include "daemon/service.h"

/* Of a store's folder, what takes the old one's place, its data last: readers of the old one keep the table that they
 * are noted in. */
static const char *const files[] = { "store.mdb-lock", "store.mdb" };

#define FILES (sizeof(files) / sizeof(files[0]))

static bool stamp_is_ours(const struct successor *s)
{
	uint64_t stamp;
	FILE *f = NULL;
	int dir, fd = -1;
	bool ret;

	if (dir_open(s->path, false, &dir))
		return false;
	if (!dir_open_file(dir, DRAFT_STAMP, O_RDONLY, &fd))
		f = fdopen(fd, "r");
	ret = f && fscanf(f, "%16" SCNx64, &stamp) == 1 && stamp == s->stamp;
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	close(dir);
	return ret;
}

int successor_restart(struct successor *s)
{
	char stamp[32];
	int err;

	nd_store_close(s->made);
	s->made = NULL;
	snprintf(stamp, sizeof(stamp), "%016" PRIx64 "\n", s->stamp);
	err = draft_begin(s->path, stamp);
	return err ? err : nd_store_open(s->path, NULL, &s->made);
}

const char *successor_why(int err)
{
	return err == -EEXIST ? "it is a store of its own, not left over by import or reindex; move it elsewhere"
			      : service_store_why(err);
}

int successor_open(struct successor *s, const char *dir, bool go_on, uint64_t stamp)
{
	*s = (struct successor){ .dir = dir, .stamp = stamp };
	if (asprintf(&s->path, "%s/" SUCCESSOR_FOLDER, dir) < 0) {
		s->path = NULL;
		return -ENOMEM;
	}
	return go_on && stamp_is_ours(s) && !nd_store_open(s->path, NULL, &s->made) ? 0 : successor_restart(s);
}

int successor_take_over(struct successor *s)
{
	int from, to = -1, err = dir_open(s->path, false, &from);

	if (err)
		return err;
	nd_store_close(s->made);
	s->made = NULL;
	err = dir_open(s->dir, false, &to);
	for (size_t i = 0; i < FILES && !err; i++)
		err = dir_take_after(from, files[i], to, files[i]);
	for (size_t i = 0; i < FILES && !err; i++)
		if (renameat(from, files[i], to, files[i]))
			err = -errno;
	if (!err && fsync(to))
		err = -errno;
	if (to >= 0)
		close(to);
	close(from);
	return err;
}

void successor_close(struct successor *s, bool go_on)
{
	nd_store_close(s->made);
	if (s->path && !go_on)
		draft_sweep(s->path);
	free(s->path);
	memset(s, 0, sizeof(*s));
}
