/*
 * The folder of a store, file by file: for those who make one there, and take away what is of no use.
 */
#ifndef ND_DAEMON_FOLDER_H
#define ND_DAEMON_FOLDER_H

#include <stdbool.h>

#define FOLDER_LOCK "lock" /* held by the one process that writes */

/* Errors: those of open(2). */
int folder_open(const char *path, int *ret);

bool folder_has(int folder, const char *name);

/* The lock of whoever writes to what is there, until *ret is closed; *ret -1: nobody has begun to. Errors: -EBUSY, those of
 * open(2), with *ret to be closed unless it is -1. */
int folder_lock(int folder, int *ret);

/* A file goes, if it is there. Errors: those of unlink(2). */
int folder_drop(int folder, const char *name);

#endif
