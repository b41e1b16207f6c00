/*
 * What those share who write and who read packed records (pack.h tells how they look).
 */
#ifndef ND_INDEX_PACK_PART_H
#define ND_INDEX_PACK_PART_H

#include "base/varint.h"
#include "index/record.h"

/* What the first bits of a packed record tell. */
enum {
	ID_IS_NUMBER = 1 << 0,
	JUDGED = 1 << 1,
	RETIRED = 1 << 2,
	ALLOWED = 1 << 3,
	OWN_NAMES = 1 << 4, /* the hashes of its names are not those of its strings, */
	OWN_TIME = 1 << 5,  /* nor is its time, and stand there */
	HAS_TITLE = 1 << 6, /* the fingerprint knows a title */
	ARRANGED = 1 << 7,  /* the fingerprint tells what is set aside */
};

/* What the first byte of a packed paragraph tells, beside the role. */
enum { LEARNED = 1 << 4, COUNTED = 1 << 5, MASKED = 1 << 6, IS_LONG = 1 << 7 };

_Static_assert(sizeof(struct nd_match) == 8 + 3 * sizeof(float), "that is all of a match");
_Static_assert(FP_SHINGLE_BITS == 20, "two shingles take five bytes");

/* How many elements the lists of a fingerprint have, with what is set aside. */
struct lists {
	size_t paragraphs, shingles, keys, head, spans, numbers, simhashes;
};

static inline struct lists lists_of(const struct fingerprint *fp)
{
	return (struct lists){
		.paragraphs = fp->n_paragraphs,
		.shingles = (size_t)fp->n_shingles + fp->n_aside,
		.keys = (size_t)fp->n_keys + fp->n_aside_keys,
		.head = (size_t)fp->n_head + fp->n_aside_head,
		.spans = (size_t)fp->n_spans + fp->n_aside_spans,
		.numbers = (size_t)fp->n_numbers + fp->n_names,
		.simhashes = fp->n_simhashes,
	};
}

static inline size_t fingerprint_bytes(const struct lists *n)
{
	return sizeof(struct fingerprint) + n->paragraphs * sizeof(struct fp_paragraph) + n->shingles * sizeof(uint32_t) +
	       n->keys * sizeof(struct fp_key) + n->head * sizeof(uint32_t) + n->spans * sizeof(struct fp_span) +
	       n->numbers * sizeof(uint32_t) + n->simhashes * sizeof(uint64_t);
}

static inline size_t padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* The names and the time that follow from the strings of a record. */
static inline struct record derived(const struct record *r, uint64_t title_read)
{
	const struct nd_article a = record_article(r);
	struct record ret = { .published = when_parse(a.published.at, a.published.len) };

	record_name(&ret, &a, title_read);
	return ret;
}

/* --- reading --- */

/* A record, or what of it is wanted, as it is filled: `all` bytes, of which `n` are there. */
struct unpacked {
	uint8_t *at;
	size_t n, all;
};

/* Room for n more elements; NULL: it would be longer than it says. */
static inline void *unpacked_place(struct unpacked *o, struct varint_in *in, size_t n, size_t size)
{
	void *ret = o->at + o->n;

	if (in->bad || n > (o->all - o->n) / size) {
		in->bad = true;
		return NULL;
	}
	o->n += n * size;
	return ret;
}

static inline uint32_t take_difference(struct varint_in *in, uint32_t from)
{
	uint64_t x = (uint64_t)unzigzag(varint_get(in)) + from;

	in->bad |= x > UINT32_MAX; /* below 0 too */
	return (uint32_t)x;
}

/* --- unpack.c --- */

/* Reads the first two numbers; *ret: bytes of the record. Errors: -EBADMSG, -EPROTO. */
int unpack_begin(struct varint_in *in, uint64_t *ret);

/* What follows, part after part: the head, which stands first in o, with its strings, */
void unpack_head(struct record *r, struct unpacked *o, struct varint_in *in, unsigned flags);
void unpack_others(struct record *r, struct varint_in *in);

/* and the numbers of the fingerprint. */
void unpack_print(struct fingerprint *fp, struct varint_in *in, unsigned flags);

/* Names and time, where they stand nowhere. */
void unpack_names(struct record *r, uint64_t title_read, unsigned flags);

#endif
