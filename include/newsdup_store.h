/*
 * A store as a whole: whether it has room, checked, repaired, and read record by record, to be copied and made anew. What
 * works on articles is in newsdup.h.
 */
#ifndef NEWSDUP_STORE_H
#define NEWSDUP_STORE_H

#include "newsdup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- a store that may be full --- */

/* Looks whether there is room that was none: on the disk, or since a reader let go of old pages. By the thread that writes,
 * now and then. */
void nd_store_probe(struct nd_store *s);

/* Whether so many new records of so many bytes in all, with their texts, have room as far as is known. Any thread. */
bool nd_store_takes(const struct nd_store *s, uint64_t records, uint64_t bytes);

struct nd_store_look {
	uint64_t free_bytes;  /* of those used: what was replaced or taken out, and will be used again */
	uint64_t readers;     /* of all processes */
	uint64_t newest;      /* number of the last commit, */
	uint64_t oldest_read; /* and of that which a reader still sees: what was freed since is not used again so long */
};

/* What there is besides nd_store_stats. Clears away readers whose process has died. Any thread; now and then. Errors: -EIO,
 * -ENOMEM, -EUSERS, -EIDRM as nd_store_commit. */
int nd_store_look(struct nd_store *s, struct nd_store_look *ret);

/* --- a store that may be damaged --- */

#define ND_NOWHERE UINT64_MAX

/* Something that is wrong in a store, or that is lost. */
struct nd_store_fault {
	uint64_t page, seq; /* where; ND_NOWHERE: there is no telling */
	struct nd_str id;   /* of the article, as far as it can be read: it may be damaged itself; absent */
	const char *what;   /* lower case, no full stop */
};

/* Strings are good for the call. progress may be NULL. */
struct nd_store_care {
	void (*tell)(void *arg, const struct nd_store_fault *f);
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

struct nd_store_checked {
	uint64_t records;           /* that are whole */
	uint64_t articles;          /* these among them: not gone, no rulings; 0 of another profile */
	uint64_t pages, free_pages; /* of the file, without the room behind them */
	uint64_t page_bytes;
	uint64_t faults;            /* 0: it is well */
	bool other_profile;         /* made by another version: what records say was not looked into */
	bool in_use;                /* another process writes to it: it was checked as it was at one commit */
};

/*
 * Reads the whole file of a store, and tells what is wrong: pages, tree, free list, records, what they say of each other.
 * Nothing is changed, and nobody can open it for writing meanwhile. It may be in use; never in this very process. Errors: -ENOENT, -EBUSY (damaged, and in use),
 * -EPROTO (of another version of the format), -ENOMEM, those of open(2).
 */
int nd_store_check(const char *dir, const struct nd_store_care *care, struct nd_store_checked *ret);

struct nd_store_repaired {
	uint64_t records;  /* numbers, those of lost ones too */
	uint64_t lost;     /* of these; each was told */
	uint64_t articles; /* among the others: not gone, no rulings */
	uint64_t texts_lost; /* of articles that are there; each was told */
	uint64_t strays;   /* found where no page leads to any more */
	bool more_lost, more_texts_lost; /* maybe: what tells how many there were is lost, too */
	uint64_t doubts;   /* times that one of those was found in another version */
	char kept[64];     /* the name in the directory that the damaged file has now */
};

/*
 * Makes a new store of all records that can be read, in the place of the damaged one, which stays beside it under
 * another name. A lost one's number stands for an article that was taken out: what rested on it is judged again. After an
 * error the store is as it was. Errors: -EBUSY (another process has it open, or DIR/repair, where the new one is made),
 * -EEXIST (that one is a store of its own), -ESTALE and -EPROTO (of another version,
 * which has to repair it), -ENODATA (no record can be read), those of nd_store_open and nd_store_commit.
 */
int nd_store_repair(const char *dir, const struct nd_store_care *care, struct nd_store_repaired *ret);

/* --- a store record by record: to be copied, and made anew --- */

struct nd_reader;

/* Reads what is there by now. One thread. Errors: as nd_slice_new. */
int nd_reader_new(struct nd_store *s, struct nd_reader **ret);
void nd_reader_free(struct nd_reader *r);
/* A record, its checksum verified; until 60 others have been read, or the reader is renewed or freed. Errors: -ENOENT (no more), -EBADMSG, -EPROTO, -EIO. */
int nd_reader_get(struct nd_reader *r, uint64_t seq, struct nd_stored *ret);

/*
 * A store that is only read is seen as it is by now: one that is seen as it was for long cannot use the room again that has
 * become free since. No index and no other reader may be open over it. Returns 1 when something has been committed
 * meanwhile, else 0. Errors: as nd_reader_new, -EBADMSG; there is nothing to read then.
 */
int nd_reader_renew(struct nd_reader *r);

/* What it sees it holds no more, while its caller waits for something else: it is to be renewed before it is asked again. */
void nd_reader_let_go(struct nd_reader *r);

/* *ret lives until the next call. Errors: as nd_index_text. */
int nd_reader_text(struct nd_reader *r, uint64_t seq, struct nd_kept *ret);

enum nd_stored_kind { ND_STORED_ARTICLE, ND_STORED_GONE, ND_STORED_DENY, ND_STORED_ALLOW };

struct nd_stored_contents {
	enum nd_stored_kind kind;
	struct nd_article article; /* text and lang are absent */
	struct nd_str a, b;        /* of a ruling: the ids */
	uint32_t revision;         /* of an article: among the versions of its id, the first is 1 */
	enum nd_relation verdict;  /* the same */
};

/* What a record says; its bytes, 8-byte aligned, may be anybody's. Errors: -EPROTO, -EBADMSG (none, or not of this seq). */
int nd_stored_contents(const struct nd_stored *s, struct nd_stored_contents *ret);
/* The same without what depends on the version: of every version that has kept texts. Errors: as nd_stored_contents. */
int nd_stored_head(const struct nd_stored *s, struct nd_stored_contents *ret);

/* Its new fingerprint: put into an index before any other of its id, it has the number among its versions that it had, and
 * stays a revision if it was one. */
void nd_fingerprint_continue(struct nd_fingerprint *fp, const struct nd_stored_contents *was);

#ifdef __cplusplus
}
#endif

#endif
