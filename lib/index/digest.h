/*
 * A digest: what entering the index needs of a record, drawn out of it, on any thread and ahead of time. The record
 * itself, some kilobytes, need not be touched again.
 */
#ifndef ND_INDEX_DIGEST_H
#define ND_INDEX_DIGEST_H

#include "base/hash.h"
#include "index/compare.h"
#include "index/record.h"

#define DIGEST_LEAD_SCALE 6u /* one short shingle of a lead in so many is a key */

enum { DIGEST_ID, DIGEST_TEXT, DIGEST_URL, DIGEST_TITLE, DIGEST_HEADLINE, DIGEST_NAMES };

/* The names of a record and its fingerprint, as an initializer. */
#define DIGEST_NAMES_IN(r, fp) { (r)->id_key, (fp)->body_hash, (r)->url_key, (r)->title_key, (fp)->title_hash }
#define DIGEST_NAMES_OF(r) DIGEST_NAMES_IN(r, record_fingerprint(r))

struct digest {
	const struct record *record;
	uint64_t names[DIGEST_NAMES]; /* hashes; 0: absent */
	uint64_t outlet;              /* the same */
	struct when published;
	const uint64_t *keys;         /* of the body, then of the lead */
	uint32_t n_body, n_lead;
	uint32_t story, lead_story;   /* as in the record */
	uint32_t earlier;
	uint32_t n_links;             /* matches that may be links; 0: none is */
	uint16_t shingles;            /* of its body; 65,535 for more */
	uint8_t scale;                /* of its keys */
	bool has_lead, gone;
	struct source source;
};

/* Which of n short shingles, the first of a head and at most COMPARE_HEAD_MAX, are in the sample; returns how many. No
 * branch could foretell them. */
static inline uint32_t digest_sample(const uint32_t *head, uint32_t n, uint8_t ret[COMPARE_HEAD_MAX])
{
	uint32_t found = 0;

	_Static_assert(COMPARE_HEAD_MAX <= UINT8_MAX, "places are bytes");
	for (uint32_t i = 0; i < n; i++) {
		ret[found] = (uint8_t)i;
		found += head[i] < UINT32_MAX / DIGEST_LEAD_SCALE;
	}
	return found;
}

/* The key of one that is. */
static inline uint64_t digest_sample_key(uint32_t shingle)
{
	return hash_finish((uint64_t)shingle + 1);
}

/* The same of the head of a fingerprint. */
static inline uint32_t digest_lead_places(const struct fingerprint *fp, uint32_t n, uint8_t ret[COMPARE_HEAD_MAX])
{
	return digest_sample(fp_head(fp), n, ret);
}

static inline uint64_t digest_lead_key(const struct fingerprint *fp, uint32_t i)
{
	return digest_sample_key(fp_head(fp)[i]);
}

static inline uint16_t digest_shingles(const struct fingerprint *fp)
{
	return (uint16_t)(fp->n_shingles < UINT16_MAX ? fp->n_shingles : UINT16_MAX);
}

/* Short shingles of the lead that are looked at. */
static inline uint32_t digest_lead_len(const struct fingerprint *fp)
{
	return fp->n_lead < COMPARE_HEAD_MAX ? fp->n_lead : COMPARE_HEAD_MAX;
}

/* The most keys that a record has. */
static inline size_t digest_keys_max(const struct record *r)
{
	const struct fingerprint *fp = record_fingerprint(r);

	return (size_t)fp->n_keys + digest_lead_len(fp);
}

/* All but links and keys; of the fingerprint only its numbers are read. */
void digest_begin(struct digest *d, const struct record *r, const struct fingerprint *fp);

/* keys: room for digest_keys_max; it and the record must live as long as the digest. */
void digest_draw(struct digest *d, const struct record *r, uint64_t *keys);

#endif
