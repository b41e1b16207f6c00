/*
 * newsdup: what of an article has been seen before, where first, and in which outlets.
 *
 * Two steps, two objects. A fingerprinter turns an article into flat data (pure; one object a
 * thread). An index takes fingerprints in order of arrival, answers for each what it repeats, and
 * remembers it (one thread).
 *
 *     nd_fingerprinter_new(&f);            nd_index_new(NULL, &ix);
 *     nd_fingerprint(f, &article, &fp);    nd_index_add(ix, &fp, &report);
 *
 * Functions return 0 or a negative errno and leave their outputs untouched on failure. Pointers
 * given to a call are borrowed for the call, unless it says otherwise. The library prints nothing,
 * reads no clock and holds no global state.
 */
#ifndef NEWSDUP_H
#define NEWSDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ND_VERSION "0.1.0"

/* Limits of one article; an article past them is refused with -E2BIG. */
#define ND_TEXT_MAX (8u << 20)      /* bytes of text */
#define ND_PARAGRAPHS_MAX 100000u
#define ND_ID_MAX 1024u             /* bytes of id, after the default is applied */

/* Bytes that somebody else owns; no NUL at the end. `at` NULL: absent. */
struct nd_str {
	const char *at;
	size_t len;
};

/*
 * An article as it came. `text` is UTF-8, paragraphs by newline. Every field but text may be
 * absent. `published` is RFC 3339 or a bare date.
 */
struct nd_article {
	struct nd_str id, url, outlet, published, title, text, lang;
	bool id_is_number; /* the id was a JSON number: echo it without quotes */
	bool is_utf8;      /* title and text are known to be: nobody looks again */
};

/* What an article is to what came before it: its verdict, and its relation to one of its matches. */
enum nd_relation {
	ND_NEW,       /* nothing like it (never the relation of a match) */
	ND_IDENTICAL, /* the same folded text */
	ND_COPY,      /* mostly the same text, with edits or other furniture */
	ND_EXCERPT,   /* stands mostly inside a longer one */
	ND_DIGEST,    /* holds shorter ones */
	ND_REVISION,  /* the same id, or the same outlet with the same url or title; another text */
	ND_SAME_LEAD, /* only the lead is the same */
	ND_PARTIAL,   /* a passage is shared */
	ND_TEMPLATE,  /* the same form with other facts */
	ND_TOO_SHORT, /* too little text to judge (never the relation of a match) */
	ND_RELATIONS
};

/* "new", "identical" ...: the word of every format. */
const char *nd_relation_name(enum nd_relation relation);

#define ND_MATCHES_MAX 32u

/* Articles are numbered from 0 in order of arrival. */
typedef uint32_t nd_seq;
#define ND_NONE UINT32_MAX

/* Bits of a match: the other's lead stands in this article, below its own lead or in place of it; and this one's lead
 * in the other. */
enum { ND_LEAD_OF_OTHER = 1, ND_LEAD_IN_OTHER = 2 };

/* Facts of two texts, each 0 to 1, counted in distinct shingles of the body. */
struct nd_match {
	nd_seq article;
	uint16_t relation;
	uint16_t leads;    /* ND_LEAD_... */
	float similarity;  /* resemblance: shared / all of both */
	float containment; /* share of this article that stands in the other */
	float contained;   /* share of the other that stands in this one */
};

/* Flat data, 8-byte aligned, to be handed to nd_index_add; it may be copied. */
struct nd_fingerprint {
	const void *at;
	size_t bytes;
};

/* The answer for one article. Strings and matches live until the next call that changes the index: one that adds,
 * checks, loads, commits, refreshes, rolls back or frees; and not for longer than the next 60 reports. */
struct nd_report {
	struct nd_article article; /* text and lang are absent */
	struct nd_str agency;      /* key of the agency that its credits name, "yonhap"; absent: none */
	struct nd_str byline, dateline; /* as they stand in the text */
	nd_seq seq;
	enum nd_relation verdict;
	nd_seq story;      /* its story's leader; itself when it started one */
	nd_seq origin;     /* the earliest published member of the story */
	nd_seq lead_story; /* the first article with its lead; ND_NONE without a lead */
	bool has_lead;
	bool syndicated;   /* the story stands in two outlets or more */
	bool published_ok; /* published was readable */
	bool superseded;   /* a later article has the same id: that one's content counts */
	uint32_t revision; /* of its id: the first is 1; 0 when it is not in the index */
	const struct nd_match *matches; /* by containment, then id; earlier articles only */
	size_t n_matches;
	struct nd_fingerprint fingerprint; /* its paragraphs have the roles that the index knows by now */
};

/* --- rules: what credits look like, which agencies there are; any thread --- */

/* Read once, never changed, shared by fingerprinters of all threads; counted. */
struct nd_rules;

/* What is wrong with a file of rules. */
struct nd_rules_fault {
	char file[256];  /* its path, cut at the front when it is longer */
	unsigned line;   /* from 1; 0: the file, or the directory, as a whole */
	char reason[128]; /* lower case, no full stop */
};

/*
 * dir NULL: the rules that are built in. Else a directory with agencies.txt, credits.txt or hanja.txt, which stand in
 * place of those that are built in. Errors: -EINVAL (*ret_fault tells), -ENOMEM, -ENOTSUP without ICU's data.
 */
int nd_rules_new(const char *dir, struct nd_rules **ret, struct nd_rules_fault *ret_fault);

/* One more that holds on to them; returns r. */
struct nd_rules *nd_rules_keep(struct nd_rules *r);

/* One less; NULL is nothing. */
void nd_rules_free(struct nd_rules *r);

/* A hash of what the files say: rules of the same hash find the same. */
uint64_t nd_rules_hash(const struct nd_rules *r);

/* --- fingerprints: pure, one object a thread --- */

struct nd_fingerprinter;

/* Errors: -ENOMEM, -ENOTSUP when ICU lacks its data. */
int nd_fingerprinter_new(struct nd_fingerprinter **ret);
void nd_fingerprinter_free(struct nd_fingerprinter *f);

/* Rules for the articles to come; the fingerprinter holds on to them. NULL: those that are built in, as without this
 * call. */
void nd_fingerprinter_use(struct nd_fingerprinter *f, struct nd_rules *r);

/* Whether fingerprints to come tell SimHash of each paragraph, which nothing else needs; at first they do not. */
void nd_fingerprinter_simhash(struct nd_fingerprinter *f, bool on);

/*
 * Fingerprints an article. Fills in what is absent: the id (url, else a hash of the text), the outlet
 * (registrable domain of the url). *ret lives until the next call. Errors: -EILSEQ (a field is no
 * UTF-8), -E2BIG (a limit), -ENOMEM, -EIO when ICU fails.
 */
int nd_fingerprint(struct nd_fingerprinter *f, const struct nd_article *article, struct nd_fingerprint *ret);

/* What makes fingerprints comparable: the version of the format, ICU's tables, every parameter, the rules that are
 * built in. Those of another profile must be made anew. Rules of a directory are no part of it: they tell what of an
 * article is left out, and what two have left compares as ever. */
uint64_t nd_profile(void);

/* What a fingerprint holds. A hash of nothing is 0. */
struct nd_contents {
	struct nd_article article; /* text and lang are absent; strings live as long as the fingerprint */
	uint64_t body_hash;        /* XXH3-64 of the folded body */
	uint32_t n_shingles;       /* distinct ones of the body */
	uint32_t scale, n_keys;    /* those whose hash is at most UINT64_MAX / scale are keys */
	uint32_t n_paragraphs;
};

/* Errors: -EPROTO (a fingerprint of another version). */
int nd_fingerprint_contents(const struct nd_fingerprint *fp, struct nd_contents *ret);

/* SimHash of the body, of its distinct shingles; 0 of nothing. As nd_fingerprint_key. */
uint64_t nd_fingerprint_simhash(const struct nd_fingerprint *fp);

/* Key i, in order of the text: the first 20 bits of its hash, and the last 32. i must be below n_keys, and the contents must have been read without error. */
uint64_t nd_fingerprint_key(const struct nd_fingerprint *fp, uint32_t i);

enum nd_role {
	ND_TITLE = 1, /* the title, printed again above the body */
	ND_LEAD,      /* the first paragraph of the text */
	ND_BODY,
	ND_FURNITURE, /* of the page */
	ND_REPEAT,    /* a summary above the text, which repeats a paragraph or the beginning of one */
	ND_SUBHEAD,   /* a short line between or above paragraphs */
	ND_CREDIT,    /* who wrote it, whose rights, how to call */
	ND_CAPTION,   /* of a picture */
	ND_RELATED,   /* headlines of other articles */
	ND_ROLES
};

/* "title", "lead" ...; NULL for what is no role. */
const char *nd_role_name(uint32_t role);

/* A line of the text that is not blank, or the lines that one hard-wrapped paragraph stands in; or a piece of a glued
 * line, which stands before its pieces. */
struct nd_paragraph {
	uint64_t hash;       /* of the folded paragraph; of a short one without its bullet, tags, numbers */
	uint64_t simhash;    /* 0, unless the fingerprinter was to tell it */
	uint32_t line;       /* its first, from 1 in the text split at newlines */
	uint32_t start, end; /* bytes of the text */
	uint32_t role;       /* enum nd_role, as far as the article alone tells; of a report's: as the index knows */
	bool piece;          /* hash: of what its units say */
};

/* Paragraph i, as nd_fingerprint_key. */
struct nd_paragraph nd_fingerprint_paragraph(const struct nd_fingerprint *fp, uint32_t i);

/*
 * Decodes raw bytes of a named charset (at NULL or empty: byte order mark, UTF-8, detection) to UTF-8 for
 * article.text. *ret lives until the next call. Errors: -EILSEQ (a sequence that the charset does not
 * have), -ENOTSUP (unknown charset), -E2BIG, -ENOMEM.
 */
int nd_decode(struct nd_fingerprinter *f, struct nd_str raw, struct nd_str charset, struct nd_str *ret);

/* --- the store: what must survive a restart. One thread writes, others read meanwhile --- */

struct nd_store;

struct nd_store_options {
	uint64_t max_bytes; /* what articles may take: the file grows as used; 0: 64 GiB. Behind it lies a margin for what
			     * takes articles away, and for rulings: a sixteenth, 16 MiB at least, 1 GiB and max_bytes at most */
	bool no_sync;       /* for tests and benchmarks: commits are not flushed to the disk */
	bool read_only;     /* what is there now, whatever another process writes; never in that process itself. What reads
			     * it, an index too, is one thread's. max_bytes is that of the process that writes */
	bool any_profile;   /* of another profile, too: to be read by nd_reader, and made anew */
};

/* One article's record on its way to the store. */
struct nd_stored {
	uint64_t seq;
	int64_t received; /* ms since 1970, UTC */
	const void *at;
	size_t bytes;
	const void *text; /* packed, to be kept beside it; NULL: what is there stays */
	bool drop_text;   /* what is there goes */
};

/*
 * where: a directory, which is made when absent (its parent is not), or "mem:". o: NULL for the defaults.
 * Errors: -EPROTO (a store of another format version), -ESTALE (of another profile), -EBADMSG (torn, cut short,
 * or no store), -EBUSY (open for writing elsewhere), -ENOMEM, those of open(2) and mmap(2).
 */
int nd_store_open(const char *where, const struct nd_store_options *o, struct nd_store **ret);

/* What reads it, an index too, must be gone. */
void nd_store_close(struct nd_store *s);

/*
 * One transaction, all or nothing, on the disk when it returns. Only one thread may write. seqs follow the stored ones
 * without a gap; that of a stored one replaces it. After an error the store is as before, and takes the same records again
 * once there is room. Errors: -ENOSPC (no room in max_bytes, or in the margin; on the disk, under a quota
 * or limit), -EINVAL (seqs), -E2BIG, -EROFS, -EIDRM (its file has been removed, or another has its name: what is written
 * would be lost), -EIO (the disk; when it comes back at every call, open the store anew), -ENOMEM.
 */
int nd_store_commit(struct nd_store *s, const struct nd_stored *records, size_t n);

/* What was committed by now is on the disk when it returns 0, also with no_sync. Any thread. Errors: -EIO. */
int nd_store_flush(struct nd_store *s);

/* --- kept texts: what an article said, beside its record --- */

/* Makes texts small by the store's dictionary; one object a thread, while the store is open. */
struct nd_packer;

/* Errors: -ENOMEM. */
int nd_packer_new(const struct nd_store *s, struct nd_packer **ret);
void nd_packer_free(struct nd_packer *p);

/* For nd_index_put_text; lives until the packer's next call. */
struct nd_packed {
	const void *at;
	size_t bytes;
};

/* The text of an article and its lang (none past 255 bytes). Errors: -E2BIG (a text past ND_TEXT_MAX), -ENOMEM, -EIO
 * when zstd fails. */
int nd_pack(struct nd_packer *p, const struct nd_article *article, struct nd_packed *ret);

/*
 * Makes the store's dictionary of its first texts, once there are a thousand; those that are packed from then on take
 * less room. To be called by the thread that writes, after commits and when nobody waits for it: once in the store's
 * life it takes 0.2 s. Returns 1 when there is a new one, 0 when there is nothing to do. Errors: as nd_store_commit; the
 * store goes on as before.
 */
int nd_store_train(struct nd_store *s);

struct nd_store_stats {
	uint64_t articles;
	uint64_t bytes_used; /* what is free and will be used again included: may pass max_bytes by the margin */
	uint64_t bytes_file; /* what the disk gives for it, room for what comes next included */
	uint64_t max_bytes;
	uint64_t bytes_room; /* what may still be added, and what others may write: at least so much, as of the last commit */
	uint64_t bytes_spare;
	uint64_t commits;    /* since it was opened */
};

/* Any thread. */
void nd_store_stats(const struct nd_store *s, struct nd_store_stats *ret);


/* --- the index: one thread --- */

struct nd_index;

/* An empty index. dir: where its unlinked working file lies (NULL: /var/tmp). Errors: -ENOMEM, those of
 * open(2) and mmap(2). */
int nd_index_new(const char *dir, struct nd_index **ret);
void nd_index_free(struct nd_index *ix);

/* Articles published further apart than so many days are not compared from now on, unless they have one id; 0: all are. */
void nd_index_set_window(struct nd_index *ix, uint32_t days);

/* Judges an article and remembers it. On failure it is not in the index, which goes on. Errors: -ENOMEM, -EPROTO
 * (a fingerprint of another version), -EOVERFLOW (2^30 articles), those of pwrite(2) for the working file; over
 * a store -EBUSY (not loaded yet), -EIO and -EBADMSG (a stored record cannot be read). */
int nd_index_add(struct nd_index *ix, const struct nd_fingerprint *fp, struct nd_report *ret);

/* Tells that fp will be added soon, after what is at hand: its memory is fetched meanwhile. Changes
 * nothing but the time that nd_index_add takes. */
void nd_index_expect(const struct nd_index *ix, const struct nd_fingerprint *fp);

/* The state of an article by now. Errors: -ENOENT (no such article, or it was taken out); over a store -EIO and -EBADMSG. */
int nd_index_get(struct nd_index *ix, nd_seq seq, struct nd_report *ret);

/* Of its article the id alone. Errors: as nd_index_get. */
int nd_index_id(struct nd_index *ix, nd_seq seq, struct nd_article *ret);

/* How many have come; those that were taken out count too. */
nd_seq nd_index_count(const struct nd_index *ix);

/* A few facts of an article without reading its record; seq must be below the count. */
nd_seq nd_index_story(const struct nd_index *ix, nd_seq seq);
nd_seq nd_index_lead_story(const struct nd_index *ix, nd_seq seq);

/* The lead stories that an article takes part in: that of its own lead first, then those of leads that stand in its body,
 * in order of arrival; of more than max the first; none, where a later article has its id. Returns how many. */
#define ND_LEADS_MAX 64u
size_t nd_index_leads(const struct nd_index *ix, nd_seq seq, nd_seq *ret, size_t max);

/* The member of the same story that arrived after seq; ND_NONE behind the last. */
nd_seq nd_index_next_member(const struct nd_index *ix, nd_seq seq);

struct nd_index_stats {
	uint64_t articles, versions;                 /* that are there, each id once; and with their earlier versions */
	uint64_t stories, keys, stop_keys;           /* stories of two articles or more */
	uint64_t index_bytes, spool_bytes;           /* memory of the index; working file */
	uint64_t candidates, verified;
	uint64_t pending, pending_bytes;             /* not in the store yet */
};

void nd_index_stats(const struct nd_index *ix, struct nd_index_stats *ret);

/* What index_bytes will be, about, once all that is stored has been loaded; to be asked between two slices. */
uint64_t nd_index_needs(const struct nd_index *ix);

/* What may come to index_bytes, by leaps, with the next articles, that have so many keys in all. Takes some 10 us. */
size_t nd_index_growth(const struct nd_index *ix, size_t keys);

/* --- furniture: what pages print around their articles --- */

enum nd_where { ND_EVERYWHERE, ND_OF_OUTLET, ND_OF_HOST };

/* A paragraph that was taken for furniture, since so many stories have it. */
struct nd_furniture {
	uint64_t hash;     /* as in struct nd_paragraph */
	uint32_t stories;
	uint32_t outlets;  /* at least so many */
	enum nd_where where;
	struct nd_str of;  /* the outlet, or the host */
	nd_seq article;    /* the first that has it, */
	uint32_t line;     /* and where */
	struct nd_str text; /* how it begins, as it stands in one of them; absent: not known any more */
};

/*
 * The next one from *cursor on, 0: the first; in no particular order. outlet: only what was seen in it and is furniture
 * there; absent: all. Returns 1 when there is one, 0 when there is none so far: *cursor is 0 when that was the end, and
 * moves on by a few hundred articles' worth of work otherwise. Strings live until the next call. Errors: -EIO, -EBADMSG.
 */
int nd_index_furniture(struct nd_index *ix, uint32_t *cursor, struct nd_str outlet, struct nd_furniture *ret);

/* --- judging again --- */

/*
 * Stories may have to be judged again, every member at its place in the order of arrival: when a paragraph turns out to
 * be furniture, when an article is taken out. They wait in a queue, which nd_index_add and nd_index_put work off before
 * anything else; a caller that cannot wait so long does it before that, a few steps at a time. The index is whole
 * after every step. What was put is not handed out as pending until all that follows from it is done: it is committed
 * together with that, or not at all.
 */

/* The story of this article waits from now on. Errors: -ENOENT, -EBUSY (not loaded), -ENOMEM. */
int nd_index_ask_again(struct nd_index *ix, nd_seq article);

/* Up to max steps, each about as long as putting an article. Returns 1 when there is more to do, 0 when nothing waits.
 * Errors: as nd_index_add; it may be tried again. */
int nd_index_again(struct nd_index *ix, size_t max);

/*
 * Takes an article out for good: no answer names it any more, and its number is not given to another. Its story goes on
 * without it: the members are to be judged again, and so is most of what it was a match of. Of many, the newest is best
 * taken first: whoever leads a story hands it over. Errors: -ENOENT (not there, or gone already), -EBUSY (not loaded), as
 * nd_index_add; nothing is gone then.
 */
int nd_index_remove(struct nd_index *ix, nd_seq seq);

enum nd_ruling {
	ND_DENY, /* they are never one story, and neither is a match of the other */
	ND_ALLOW /* they are one story, however little they have in common */
};

/*
 * What somebody rules about two articles, by their ids; it holds for all their versions, whether they are there or come
 * later, and takes the place of what was ruled about the two before. It is put and committed as an article is, has a
 * number, and is counted as one that is gone. Errors: -EINVAL (one id twice, or none), as nd_index_add.
 */
int nd_index_rule(struct nd_index *ix, enum nd_ruling ruling, struct nd_str a, struct nd_str b, int64_t received);

/* Whether an article has the id of one that is there, and says the same: all paragraphs after folding, and the title. */
bool nd_index_is_same(struct nd_index *ix, nd_seq seq, const struct nd_fingerprint *fp);

/* The newest article with the id of this one, when it is there and says the same; ND_NONE. */
nd_seq nd_index_same(struct nd_index *ix, const struct nd_fingerprint *fp);

/* What became of an article: its verdict, its story, or, when it leads one, that story's origin has changed. Its matches
 * may have changed besides. */
struct nd_change {
	nd_seq seq;
	nd_seq story_before, story;
	nd_seq origin_before, origin;     /* of a leader; ND_NONE: another change is told */
	uint32_t verdict_before, verdict; /* enum nd_relation */
};

/* Over a store: every change since this was asked last, in the order in which they came; until the next call that changes
 * the index. */
size_t nd_index_changes(struct nd_index *ix, const struct nd_change **ret);

/* --- an index over a store --- */

/*
 * An article put is judged at once and is in the index; its record is pending until it is committed:
 *
 *     nd_index_put ...                    the index's thread
 *     n = nd_index_pending(ix, 0, ...)    the same
 *     err = nd_store_commit(s, ..., n)    the writer's; the index goes on
 *     err ? nd_index_rollback(ix) : nd_index_committed(ix, n)
 *
 * The index is a pure function of the records: loaded again, it answers the same.
 */

/* Empty until nd_index_load has read all that is stored by now. The store must live longer, and only what is
 * pending here may be committed to it. Errors: -ENOMEM, -EUSERS (too many readers), -EIO. */
int nd_index_open(struct nd_store *s, struct nd_index **ret);

/* The same over a store that is only read: what is added lies in a working file in dir, as with nd_index_new. */
int nd_index_open_beside(struct nd_store *s, const char *dir, struct nd_index **ret);

/* Copies what such an index has of the store, some KB an article, to its working file, and holds the store no more: whoever
 * writes to it can use the room again of what he replaces. Kept texts are not found any more, and nothing else may be open
 * over the store. Errors: -EBUSY (not all is loaded), -ENOMEM, -EIO, -EBADMSG, those of pwrite(2); all is as before then. */
int nd_index_let_go(struct nd_index *ix);

/* Reads up to max more records, without judging. *ret_done tells the end. Errors: -EBADMSG, -EPROTO (record number
 * nd_index_count is damaged, or of another version), -EIO, -ENOMEM. */
int nd_index_load(struct nd_index *ix, size_t max, bool *ret_done);

/*
 * The same with the help of other threads, which are the caller's: a slice of what is stored is read, verified and
 * sorted by any thread, which is half of the work; the index takes slices in their order, each in several steps of
 * a few ms.
 *
 *     nd_slice_read(slice, from, n)                 any thread, one at a time for each slice
 *     while (nd_index_take(ix, slice) == 1) ...     the index's; then the slice may be read anew
 *
 * A slice holds on to what the store was when it was made: free it before anything is committed. The larger, the
 * faster; it takes 0.5 KB an article. Thousands are good.
 */
struct nd_slice;

/* Errors: -ENOMEM, -EUSERS (too many readers), -EIO. */
int nd_slice_new(struct nd_store *s, struct nd_slice **ret);
void nd_slice_free(struct nd_slice *s);

/* Up to max records from seq `from` on. What goes wrong, nd_index_take tells. */
void nd_slice_read(struct nd_slice *s, nd_seq from, size_t max);

/* Returns 1 when there is more of the slice to be taken, 0 at its end. It must have been read from nd_index_count
 * on: else -EINVAL. Other errors: as nd_index_load; after -ENOMEM it may be tried again. */
int nd_index_take(struct nd_index *ix, struct nd_slice *s);
bool nd_index_is_loaded(const struct nd_index *ix);

/* As nd_index_add, which takes 0 for the time of arrival (ms since 1970, UTC). ret may be NULL. */
int nd_index_put(struct nd_index *ix, const struct nd_fingerprint *fp, int64_t received, struct nd_report *ret);

/* The same, and keeps a text with the article until it is taken out; it is copied. NULL: none is kept. Without a store
 * none ever is. */
int nd_index_put_text(struct nd_index *ix, const struct nd_fingerprint *fp, const struct nd_packed *text,
		      int64_t received, struct nd_report *ret);

struct nd_kept {
	struct nd_str text, lang; /* as they were fingerprinted */
};
/* *ret lives until the next call but one. Errors: -ENOENT (no such article, or no text of it is kept), -EBADMSG and
 * -EPROTO (it is damaged, or of another version), -ENOMEM, -EIO. */
int nd_index_text(struct nd_index *ix, nd_seq seq, struct nd_kept *ret);

/* What nd_index_put would report; nothing is added. seq is ND_NONE, and so are story, origin and lead_story where they are
 * the article itself. Strings are those of fp. Errors: as nd_index_put. */
int nd_index_check(struct nd_index *ix, const struct nd_fingerprint *fp, struct nd_report *ret);

/* The pending records from the from-th on (0: the oldest), at most max; returns how many. They stay where they are until
 * they are committed or rolled back: another thread may read them. */
size_t nd_index_pending(const struct nd_index *ix, size_t from, struct nd_stored *ret, size_t max);

/* The n oldest pending ones are in the store: their memory is given back. */
void nd_index_committed(struct nd_index *ix, size_t n);

/* All pending ones leave, as if they had never been added; their seqs are given out again. When articles were judged again
 * and the store cannot be read now, the index is lost: each call answers -EIO or -EBADMSG, and it is to be opened anew. */
void nd_index_rollback(struct nd_index *ix);

/* Reads the store as it is by now. nd_index_committed does so too; this is to try again after -EIO. */
int nd_index_refresh(struct nd_index *ix);

/* The newest article with this id; ND_NONE. */
nd_seq nd_index_find(const struct nd_index *ix, struct nd_str id);

/* The article of the same id that this one superseded; ND_NONE. */
nd_seq nd_index_earlier(struct nd_index *ix, nd_seq seq);

/* The same, if it said mostly the same; ND_NONE. For the origin of its story, an article is as old as the first of these. */
nd_seq nd_index_alike(struct nd_index *ix, nd_seq seq);

/* The n-th, from 1 on, of those that are there, versions too, in order of arrival; ND_NONE: there is none. */
nd_seq nd_index_nth(const struct nd_index *ix, uint64_t n);

/* When it arrived; 0 when nobody told. */
int64_t nd_index_received(struct nd_index *ix, nd_seq seq);

/* --- explanations: why two articles are what they are to each other --- */

/* A threshold that had its say: what was measured against what is asked for. */
struct nd_threshold {
	const char *name;
	float value, threshold;
	bool share; /* 0 to 1; else a count */
};

#define ND_THRESHOLDS_MAX 8u

/* A passage that stands word for word in both: bytes of each text, at borders of characters. */
struct nd_passage {
	uint32_t a, a_end, b, b_end;
};

/* What the later article, b, is to the earlier one, a. Everything lives until the next call with the same
 * fingerprinter; strings and matches of an index until its next add too. */
struct nd_explanation {
	struct nd_article a, b;     /* text and lang are absent */
	enum nd_relation relation;  /* of b to a, ND_NEW and ND_TOO_SHORT too */
	const char *reason;         /* one sentence, lower case, no full stop */
	struct nd_match match;      /* as a report has it; match.article is a, ND_NONE outside of an index */
	uint32_t shingles_a, shingles_b, shared; /* distinct ones of the bodies */
	uint32_t rare_a, rare_b, rare_shared;    /* of those, in few stories */
	float rare_containment;     /* of the text that has fewer of these; 0 when these are too few */
	float lead;                 /* weighted containment of one lead in the other's head, the better one */
	uint32_t simhash_distance;  /* bits of 64 */
	int64_t days;               /* between them */
	bool days_known;
	struct nd_threshold thresholds[ND_THRESHOLDS_MAX];
	size_t n_thresholds;
	/* By place in a; two never touch in both texts. Titles above the body are no part of it. */
	const struct nd_passage *passages;
	size_t n_passages;
};

/* Two articles alone, as if they were all that an index has seen. Errors: as nd_fingerprint. */
int nd_explain(struct nd_fingerprinter *f, const struct nd_article *a, const struct nd_article *b,
	       struct nd_explanation *ret);

/*
 * Two articles of an index: what is rare, all of its articles tell, those after a and b too, so the relation
 * may be another than that at b's arrival. text_a and text_b are those that were fingerprinted, such as nd_index_text
 * tells; absent, there are no passages. Errors: -ENOENT, as nd_fingerprint, and as nd_index_get.
 */
int nd_index_explain(struct nd_index *ix, struct nd_fingerprinter *f, nd_seq a, nd_seq b, struct nd_str text_a,
		     struct nd_str text_b, struct nd_explanation *ret);

#ifdef __cplusplus
}
#endif
#endif
