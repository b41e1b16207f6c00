/*
 * The directory that a store lives in: made when absent, locked against a second writer, flushed.
 */
#ifndef ND_BASE_DIR_H
#define ND_BASE_DIR_H

#include <stdbool.h>
#include <stdint.h>

/* Opens a directory; makes it (0750, flushed) when `make` and absent. Errors: those of mkdir(2), open(2). */
int dir_open(const char *path, bool make, int *ret);

/* Opens a regular file, never waits. Errors: -EBADMSG (it is something else), those of open(2). */
int dir_open_file(int dir, const char *name, int flags, int *ret);

/* Takes the lock of a writer by the file `name`, until *ret is closed or the process ends, by whatever cause.
 * Errors: -EBUSY (somebody has it, this process too), those of open(2). */
int dir_lock(int dir, const char *name, int *ret);

/* The same beside others who only look, and nothing is made: without the file there is no lock, and *ret is -1. */
int dir_lock_to_look(int dir, const char *name, int *ret);

/* The same without others, of who takes away what is there. */
int dir_lock_there(int dir, const char *name, int *ret);

bool dir_has(int dir, const char *name);

/* A file goes, if it is there. Errors: those of unlink(2). */
int dir_drop(int dir, const char *name);

/* Gives a file the owner and the permissions of the one that it will replace in `of`; where there is none, the owner of
 * that directory. Only root gives files away. */
int dir_take_after(int dir, const char *name, int of, const char *old);

/* The size of a regular file. Errors: -ENOENT, -EBADMSG (it is something else). */
int dir_file_size(int dir, const char *name, uint64_t *ret);

/* Gives a file that is whole its name, for good. */
int dir_publish(int dir, const char *from, const char *to);

/* Makes a file at least so long, with its space on the disk taken: what is mapped and written has its place then,
 * and a full disk is an error here, not a SIGBUS there. Errors: -ENOSPC, those of open. */
int dir_reserve(int dir, const char *name, uint64_t bytes);

#endif
