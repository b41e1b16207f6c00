#include "index/digest.h"

#include "base/hash.h"

bool digest_lead_key(const struct fingerprint *fp, uint32_t i, uint64_t *ret)
{
	uint32_t shingle = fp_head(fp)[i];

	*ret = hash_finish(shingle + 1);
	return shingle < UINT32_MAX / DIGEST_LEAD_SCALE;
}

static bool among(const uint64_t *at, uint32_t n, uint64_t want)
{
	for (uint32_t i = 0; i < n; i++)
		if (at[i] == want)
			return true;
	return false;
}

/* A bit for each hash tells most of the new ones. */
static uint32_t draw_lines(const struct fingerprint *fp, uint64_t *ret)
{
	uint64_t seen[8] = { 0 };
	uint32_t n = 0;

	for (uint32_t i = 0; i < fp->n_paragraphs && n < DIGEST_LINES_MAX; i++) {
		const struct fp_paragraph *p = &fp_paragraphs(fp)[i];
		uint64_t bit = (uint64_t)1 << p->hash % 64, *word = &seen[p->hash / 64 % 8];

		if (!digest_may_be_furniture(p) || (*word & bit && among(ret, n, p->hash)))
			continue;
		*word |= bit;
		ret[n++] = p->hash;
	}
	return n;
}

static uint32_t draw_leads(const struct fingerprint *fp, uint64_t *ret)
{
	uint32_t n_lead = digest_lead_len(fp), n = 0;
	uint64_t key;

	for (uint32_t i = 0; i < n_lead; i++)
		if (digest_lead_key(fp, i, &key))
			ret[n++] = key;
	return n;
}

static void draw_keys(struct digest *d, const struct fingerprint *fp, uint64_t *keys)
{
	uint64_t *lines = keys + fp->n_keys, *leads;

	for (uint32_t i = 0; i < fp->n_keys; i++)
		keys[i] = fp_key(fp, i);
	d->n_lines = draw_lines(fp, lines);
	leads = lines + d->n_lines;
	d->n_lead = draw_leads(fp, leads);
	d->n_body = fp->n_keys;
	d->keys = keys;
	d->lines = lines;
	d->leads = leads;
}

void digest_draw(struct digest *d, const struct record *r, uint64_t *keys)
{
	const struct fingerprint *fp = record_fingerprint(r);
	struct nd_str outlet = record_string(r, RECORD_OUTLET);

	*d = (struct digest){
		.record = r,
		.names = DIGEST_NAMES_OF(r),
		.outlet = outlet.len ? hash_bytes(outlet.at, outlet.len) | 1 : 0,
		.published = r->published,
		.story = r->story,
		.lead_story = r->lead_story,
		.earlier = r->earlier,
		.shingles = (uint16_t)(fp->n_shingles < UINT16_MAX ? fp->n_shingles : UINT16_MAX),
		.scale = (uint8_t)fp->scale,
		.adds_nothing = r->adds_nothing,
		.has_lead = fp->n_lead,
		.source = { r->source_outlet, r->source_host },
	};
	draw_keys(d, fp, keys);
}
