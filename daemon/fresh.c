#include "daemon/fresh.h"

#include <unistd.h>

#include "daemon/folder.h"
#include "daemon/mark.h"

/* The data first: without it, there is no store; the lock, by which others are kept out, last. */
static const char *const files[] = {
	"store.mdb", "store.mdb-lock", "store.mdb.new", "store.mdb.new-lock", MARK_NAME, FOLDER_LOCK,
};

#define FILES (sizeof(files) / sizeof(files[0]))

void fresh_begin(struct fresh *f, const char *dir)
{
	int folder;

	*f = (struct fresh){ .dir = dir, .folder = access(dir, F_OK) != 0, .store = true };
	if (f->folder || folder_open(dir, &folder))
		return;
	f->store = !folder_has(folder, files[0]);
	close(folder);
}

void fresh_undo(const struct fresh *f)
{
	int folder, lock;

	if (!f->store || folder_open(f->dir, &folder))
		return;
	if (!folder_lock(folder, &lock)) {
		for (size_t i = 0; i < FILES; i++)
			folder_drop(folder, files[i]);
		if (f->folder)
			rmdir(f->dir);
	}
	if (lock >= 0)
		close(lock);
	close(folder);
}
