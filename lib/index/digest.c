#include "index/digest.h"

#include "base/hash.h"

static void draw_keys(struct digest *d, const struct fingerprint *fp, uint64_t *keys)
{
	uint8_t places[COMPARE_HEAD_MAX];

	d->keys = keys;
	d->n_body = fp->n_keys;
	for (uint32_t i = 0; i < fp->n_keys; i++)
		keys[i] = fp_key(fp, i);
	d->n_lead = digest_lead_places(fp, digest_lead_len(fp), places);
	for (uint32_t i = 0; i < d->n_lead; i++)
		keys[d->n_body + i] = digest_lead_key(fp, places[i]);
}

/* All matches when one of them is a link; seldom is. */
static uint32_t links_of(const struct record *r)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (record_matches(r)[i].leads)
			return r->n_matches;
	return 0;
}

void digest_begin(struct digest *d, const struct record *r, const struct fingerprint *fp)
{
	struct nd_str outlet = record_string(r, RECORD_OUTLET);

	*d = (struct digest){
		.record = r,
		.names = DIGEST_NAMES_IN(r, fp),
		.outlet = outlet.len ? hash_bytes(outlet.at, outlet.len) | 1 : 0,
		.published = r->published,
		.story = r->story,
		.lead_story = r->lead_story,
		.earlier = r->earlier,
		.shingles = digest_shingles(fp),
		.scale = (uint8_t)fp->scale,
		.has_lead = fp->n_lead,
		.source = r->source,
		.gone = r->gone,
	};
	if (r->retired)
		d->names[DIGEST_TEXT] = 0;
}

void digest_draw(struct digest *d, const struct record *r, uint64_t *keys)
{
	const struct fingerprint *fp = record_fingerprint(r);

	digest_begin(d, r, fp);
	d->n_links = links_of(r);
	draw_keys(d, fp, keys);
}
