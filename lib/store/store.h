/*
 * The store: the records of articles that must survive a restart, numbered from 0 without a gap, in order of
 * arrival. Records are added, and replaced by other versions.
 *
 * One thread writes. Any number of readers, each in one thread at a time, read meanwhile: a reader sees what
 * was there at its last renewal, whatever is written since. Backends are rows of a table: store/backend.h.
 */
#ifndef ND_STORE_STORE_H
#define ND_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct dictionaries;
struct store;
struct store_reader;
struct text_head;

/* How payloads stand in a store: packed. Both append to a buffer; errors are those of whoever packs, -EBADMSG for what
 * cannot be unpacked. */
struct store_codec {
	int (*pack)(const void *at, size_t bytes, struct buf *to);
	int (*unpack)(const void *at, size_t bytes, struct buf *to); /* an empty buffer, to 8-byte aligned bytes */
};

struct store_options {
	uint64_t max_bytes; /* what records may take; the file grows as used; behind it lies a margin for what takes away:
			     * a sixteenth, 16 MiB at least, 1 GiB and max_bytes at most; 0: STORE_MAX */
	const struct store_codec *codec; /* NULL: payloads stand as they are */
	uint64_t profile;   /* what makes the payloads comparable; another one's store is refused, */
	bool any_profile;   /* or not: its payloads are then of whatever profile it has */
	bool no_sync;       /* commits are not flushed to the disk */
	bool read_only;     /* what is there now, whatever another process writes; never in that process itself. Its
			     * readers are one thread's. max_bytes is that of the process that writes */
};

#define STORE_MAX ((uint64_t)64 << 30)
#define STORE_LOANS 1024u /* payloads that a reader hands out at a time; of long ones, 64 MiB together, */
#define STORE_LONG_LOANS 64u

/*
 * A record: seq and time of arrival, in ms since 1970 UTC, and its payload, of any length below 4 GiB. What is written
 * may have a text beside it, which stays whatever becomes of the record, until another one or drop_text comes; readers
 * get texts by store_reader_text.
 */
struct store_item {
	uint64_t seq;
	int64_t received;
	const void *at;
	size_t bytes;
	const struct text_head *text; /* as packer_run makes it (text.h); NULL: none comes */
	bool drop_text;               /* the text that is there goes */
	bool spare;                   /* a small one that may also take half of the margin; what replaces may take all of
				       * it, but for texts */
};

/*
 * where: "mem:", or a directory, which is made when absent (its parent is not). Errors: -EPROTO (another
 * version of the format), -ESTALE (another profile), -EBADMSG (torn, cut short, or no store of ours), -EBUSY
 * (open for writing elsewhere, in this process or another), -ENOENT (read_only and not there), -ENOMEM, those
 * of open(2) and mmap(2).
 */
int store_open(const char *where, const struct store_options *o, struct store **ret);

/* Its readers must be gone. NULL is fine. */
void store_close(struct store *s);

/*
 * Adds records and replaces others, all or none, in one transaction: on the disk when it returns 0. The seq of a
 * new one must be store_count, and those of others follow without a gap; any that is there by then may come, once or
 * several times: the last one counts. After an error the store is as before, and goes on.
 * Errors: -EINVAL (seqs, or a payload that the codec does not take), -ENOSPC (no room in max_bytes, or in the
 * margin; on the disk, under a quota or limit), -E2BIG (a payload or the transaction), -EROFS (read_only), -EIDRM (its file has been removed, or
 * another has its name: what is written would be lost), -EIO (the disk; when it comes back at every call, the store must be
 * opened anew), -ENOMEM.
 */
int store_write(struct store *s, const struct store_item *items, size_t n);

/* What was written by now is on the disk when it returns 0, also with no_sync. Any thread. Errors: -EIO and others of
 * fdatasync(2): what of it is on the disk is not known then. */
int store_flush(struct store *s);

/*
 * A store that is only read is seen as it is by now, no more as it was when it was opened or renewed; one that writes always
 * is. What its readers have handed out is void, and they are to be renewed. Returns 1 when something has been committed
 * meanwhile, else 0. Errors: -EIO, -EBADMSG, -ENOMEM; nothing can be read then.
 */
int store_renew(struct store *s);

/* The same, but nothing is seen of it before it is renewed: nothing is held so long. */
void store_let_go(struct store *s);

struct store_look {
	uint64_t free_bytes;  /* of those used: what was replaced or taken out, and will be used again */
	uint64_t readers;     /* of all processes */
	uint64_t newest;      /* number of the last commit, */
	uint64_t oldest_read; /* and of that which a reader still sees: free pages younger than that cannot be used again */
};

/* What there is besides, and clears away readers whose process has died. Any thread; it takes as long as the list of free
 * pages. Errors: -EIO, -ENOMEM, -EUSERS, -EIDRM as store_write. */
int store_look(struct store *s, struct store_look *ret);

/* The dictionaries that texts are packed and unpacked with. Any thread, while the store is open. */
const struct dictionaries *store_dictionaries(const struct store *s);

/*
 * A dictionary of the first texts, once there are enough: the thread that writes calls it now and then, when nobody
 * waits for it, as it takes 0.2 s once in a store's life and next to nothing else. Returns 1 when there is a new
 * dictionary, 0 when there is none. Errors: as store_write and store_reader_text; the store goes on as before.
 */
int store_train(struct store *s);

/* The next dictionary, of these bytes. Errors: as dictionaries_add and store_write. */
int store_add_dictionary(struct store *s, const void *at, size_t bytes);

/* Looks whether there is room by now that was none: on the disk, or since a reader let go of old pages. By the thread that
 * writes, now and then. */
void store_probe(struct store *s);

/* Whether so many new records of so many bytes in all, with their texts, have room as far as is known. Any thread. */
bool store_takes(const struct store *s, uint64_t records, uint64_t bytes);

/* Records committed. Any thread. */
uint64_t store_count(const struct store *s);

struct store_stats {
	uint64_t records;
	uint64_t bytes_used; /* what was freed and will be used again included: may pass max_bytes by the margin */
	uint64_t bytes_file; /* what the disk gives for it, room for what comes next included */
	uint64_t max_bytes;
	uint64_t bytes_room;  /* what may still be added, and */
	uint64_t bytes_spare; /* what others may write, as of the last commit: at least so much */
	uint64_t commits;    /* since it was opened */
};

/* Any thread. */
void store_stats(const struct store *s, struct store_stats *ret);

/* Errors: -ENOMEM, -EUSERS (over a hundred readers), -EIO. */
int store_reader_new(struct store *s, struct store_reader **ret);
void store_reader_free(struct store_reader *r);

/*
 * Sees from now on what has been committed by now. Pointers handed out before are void. A reader that is never
 * renewed keeps old pages from being used again, a few for each commit. Errors: -EIO; it sees nothing then.
 */
int store_reader_renew(struct store_reader *r);

/* Takes back the payloads that were handed out, so that their memory can be used again. */
void store_reader_end(struct store_reader *r);

/*
 * One record, its checksum verified; the payload, 8-byte aligned, is good until STORE_LOANS (STORE_LONG_LOANS) others have been read, or
 * store_reader_end, or the next renewal. Errors: -ENOENT, -EBADMSG, -EPROTO (a record of another version), -ENOMEM.
 */
int store_reader_get(struct store_reader *r, uint64_t seq, struct store_item *ret);

/* The same until the next call of this function alone: for walks that read many. */
int store_reader_pass(struct store_reader *r, uint64_t seq, struct store_item *ret);

/* When a record arrived. Errors: the same. */
int store_reader_received(struct store_reader *r, uint64_t seq, int64_t *ret);

/*
 * Up to max records from seq `from` on, STORE_LOANS at most, as above. *ret_n 0: there are no more.
 * Errors: -EBADMSG, -EPROTO: the record `from` is damaged; those before a damaged one are handed out first; -ENOMEM.
 */
int store_reader_next(struct store_reader *r, uint64_t from, struct store_item *ret, size_t max, size_t *ret_n);

/* One record whose payload is as it stands in the store, packed, and its checksum verified, until the next call of any of
 * these; quickest where they follow each other. Errors: as store_reader_get; -EBADMSG also of a gap. */
int store_reader_packed(struct store_reader *r, uint64_t seq, struct store_item *ret);

/* Appends the text of a record, unpacked and proven by its checksum. Errors: -ENOENT (it has none), -EBADMSG, -EPROTO,
 * -E2BIG (no room in *to), -ENOMEM; *to is as before then. */
int store_reader_text(struct store_reader *r, uint64_t seq, struct buf *to);

/* The same of a text that is not in the store yet. */
int store_reader_unpack(struct store_reader *r, const struct text_head *text, struct buf *to);

#endif
