#include "daemon/fresh.h"

#include <unistd.h>

#include "base/dir.h"
#include "daemon/mark.h"

#define LOCK "lock"

/* The data first: without it, there is no store; the lock, by which others are kept out, last. */
static const char *const files[] = {
	"store.mdb", "store.mdb-lock", "store.mdb.new", "store.mdb.new-lock", MARK_NAME, LOCK,
};

#define FILES (sizeof(files) / sizeof(files[0]))

void fresh_begin(struct fresh *f, const char *dir)
{
	int folder;

	*f = (struct fresh){ .dir = dir, .folder = access(dir, F_OK) != 0, .store = true };
	if (f->folder || dir_open(dir, false, &folder))
		return;
	f->store = !dir_has(folder, files[0]);
	close(folder);
}

int fresh_claim(struct fresh *f)
{
	int folder, err = dir_open(f->dir, true, &folder);

	if (err)
		return err;
	err = dir_lock(folder, LOCK, &f->lock);
	f->claimed = !err;
	if (!err && dir_has(folder, files[0]))
		fresh_release(f);
	close(folder);
	return err ? err : f->claimed;
}

void fresh_release(struct fresh *f)
{
	if (f->claimed)
		close(f->lock);
	f->claimed = false;
}

static void drop(const struct fresh *f, int folder)
{
	for (size_t i = 0; i < FILES; i++)
		dir_drop(folder, files[i]);
	if (f->folder)
		rmdir(f->dir);
}

void fresh_undo(struct fresh *f)
{
	int folder, lock = -1;

	if (f->store && !dir_open(f->dir, false, &folder)) {
		if (f->claimed || !dir_lock_there(folder, LOCK, &lock))
			drop(f, folder);
		if (lock >= 0)
			close(lock);
		close(folder);
	}
	fresh_release(f);
}
