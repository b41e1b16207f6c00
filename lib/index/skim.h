/*
 * Skimming: the digest of a record, and what else the index is loaded from, drawn out of the packed record (pack.h) without
 * unpacking it. The same comes out, and what record_unpack refuses is refused; it takes a fraction of the time.
 */
#ifndef ND_INDEX_SKIM_H
#define ND_INDEX_SKIM_H

#include "base/buf.h"
#include "index/digest.h"

struct skim {
	struct digest digest;  /* without record and keys, which stand below */
	uint64_t *keys;        /* all of the body, then those of the lead */
	uint64_t *lines;       /* hashes of the paragraphs that are counted */
	uint32_t n_lines;
	uint32_t n_matches;
	uint32_t n_posted;     /* keys of the body that the article has posted: */
	const uint8_t *posted; /* a bit for each, in the packed record; NULL: all, or with n_posted 0 none */
	size_t cap_keys, cap_lines;
};

void skim_done(struct skim *s);

/*
 * Appends to heads, at a multiple of 8 and up to one, what the index will want of the record besides its digest: a record
 * without a fingerprint, whose matches are there when one of them is a link, or tells how like an earlier version is.
 * Errors: -EBADMSG, -EPROTO (another version), -E2BIG, -ENOMEM; heads is as before then.
 */
int record_skim(const void *at, size_t bytes, struct buf *heads, struct skim *s);

/* Bytes of a record in heads. */
static inline size_t skim_head_bytes(const struct record *r)
{
	return (r->bytes + r->n_matches * sizeof(struct nd_match) + 7) & ~(size_t)7;
}

static inline bool skim_posted(const struct skim *s, uint32_t i)
{
	return s->posted ? s->posted[i / 8] >> i % 8 & 1 : s->n_posted != 0;
}

#endif
