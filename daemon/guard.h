/*
 * The guard of a mapped store: reading a page that the file does not have, since it was cut or a damaged page leads there,
 * ends the process with a clear word; so does a damaged page that leads LMDB out of the map.
 */
#ifndef ND_DAEMON_GUARD_H
#define ND_DAEMON_GUARD_H

/* From now on, for the store of this directory. */
void guard_store(const char *dir);

#endif
