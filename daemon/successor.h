/*
 * A store that is made in the folder of another, and takes its place once it is whole: by renaming its file. Until then
 * the old one is as it was; where there is none, there is none.
 *
 *     DIR/store.mdb         the old one, open and locked all the while
 *     DIR/new/store.mdb     the new one
 *     DIR/new/stamp         what it is made by
 *
 * A store that somebody keeps as DIR/new is left alone: it has no stamp.
 */
#ifndef ND_DAEMON_SUCCESSOR_H
#define ND_DAEMON_SUCCESSOR_H

#include "newsdup.h"

#define SUCCESSOR_FOLDER "new"

struct successor {
	const char *dir;
	char *path; /* of the new one's folder */
	uint64_t stamp;
	struct nd_store *made;
};

/* dir: of the old one, which the caller has open for writing, or claimed where there is none (daemon/fresh.h). What is
 * left of an earlier one goes, unless it is to go on with it, it can be opened, and it has the same stamp: that of the
 * rules that it is made by.
 * Errors: as nd_store_open, those of mkdir and unlink; -EBUSY (somebody has DIR/new open), -EEXIST (it is none of ours). */
int successor_open(struct successor *s, const char *dir, bool go_on, uint64_t stamp);

/* What is there is of no use: another one begins. */
int successor_restart(struct successor *s);

/* What an error of these two means, in words; it is about s->path. */
const char *successor_why(int err);

/* Puts it in the place of the old one, for good, with the old one's owner and permissions; what reads either must be gone. Errors: those of rename and fsync. */
int successor_take_over(struct successor *s);

/* What was not put in the old one's place goes, unless it is to be gone on with. A zeroed one is fine. */
void successor_close(struct successor *s, bool go_on);

#endif
