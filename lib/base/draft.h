/*
 * A folder in which a store is made that takes the place of another one when it is whole. Its stamp comes first and goes
 * last: a folder with a store's data and without a stamp is somebody's own, and is left alone.
 */
#ifndef ND_BASE_DRAFT_H
#define ND_BASE_DRAFT_H

#define DRAFT_STAMP "stamp"

/* Makes it anew; the stamp says what the maker likes. Errors: those of draft_sweep, mkdir(2), write(2). */
int draft_begin(const char *path, const char *stamp);

/* Takes it away with all that a store leaves there; there may be none. Errors: -EEXIST (it is somebody's), -EBUSY
 * (somebody has it open), those of open(2), unlink(2), rmdir(2). */
int draft_sweep(const char *path);

#endif
