/*
 * The check of a store: all of its file is read, without LMDB, and whatever is not as it should be is told. A bit
 * that was flipped is found wherever it stands, but in room that nothing is read from.
 */
#ifndef ND_STORE_CHECK_H
#define ND_STORE_CHECK_H

#include "store/store.h"

#define CHECK_NOWHERE UINT64_MAX

/* Something that is wrong, and where: a page, a record; CHECK_NOWHERE. item: the record as far as it can be read, its
 * checksum may be wrong; NULL. */
struct check_fault {
	uint64_t page, seq;
	const struct store_item *item;
	const char *what; /* a sentence without a full stop */
};

/* Functions may be NULL. */
struct check_sink {
	void (*tell)(void *arg, const struct check_fault *f);
	/* Whether a record whose frame is whole is so within, and what is wrong with it; NULL: nothing. */
	const char *(*record)(void *arg, const struct store_item *item);
	void (*progress)(void *arg, uint64_t pages, uint64_t all);
	void *arg;
};

struct check_result {
	uint64_t records;
	uint64_t pages, free_pages, page_bytes;
	uint64_t faults;
	bool other_profile; /* made by another version: records were not looked into */
	bool in_use;        /* a process has it open for writing: it was checked as of one commit */
};

/*
 * dir: a store's directory. Nothing in it is changed. A store that another process writes to is held meanwhile as it
 * was at one commit. Errors: -ENOENT, -EBUSY (damaged, and another process has it open), -EPROTO (another version of
 * the format), -EBADMSG (a file of it is no regular file), -ENOMEM, those of open(2).
 */
int store_check(const char *dir, uint64_t profile, const struct check_sink *sink, struct check_result *ret);

#endif
