#include "index/around.h"

#include <string.h>

#include "index/arrival.h"

/* The paragraph; their number: it is not there any more. */
static uint32_t find_line(const struct fingerprint *fp, uint64_t key)
{
	uint32_t i = 0;

	while (i < fp->n_paragraphs && (fp_paragraphs(fp)[i].hash & FURNITURE_KEY) != key)
		i++;
	return i;
}

static void tell_text(const struct record *r, uint64_t key, struct nd_str *ret)
{
	const struct fp_paragraph *p = fp_paragraphs(record_fingerprint(r));

	for (uint32_t i = 0; i < r->n_excerpts; i++) {
		const struct excerpt *x = &record_excerpts(r)[i];

		if (x->paragraph < record_fingerprint(r)->n_paragraphs && (p[x->paragraph].hash & FURNITURE_KEY) == key)
			*ret = (struct nd_str){ x->text, strnlen(x->text, sizeof(x->text)) };
	}
}

/* Where it is furniture: everywhere, or in the outlet or on the host of which it has most stories. */
static bool tell_where(const struct library *l, const struct sightings *s, uint32_t length, uint16_t outlet,
		       struct nd_furniture *ret)
{
	ret->where = ND_EVERYWHERE;
	if (judge_furniture(s->count, 0, length))
		return true;
	for (uint32_t i = 0; i < s->kept; i++) {
		const struct source here = s->from[i];
		bool in_outlet = furniture_is(s, (struct source){ here.outlet, 0 }, length);
		const struct record *r = library_record(l, s->article[i]);

		if ((outlet && here.outlet != outlet) || !furniture_is(s, here, length))
			continue;
		ret->where = in_outlet ? ND_OF_OUTLET : ND_OF_HOST;
		ret->of = record_string(r, in_outlet ? RECORD_OUTLET : RECORD_URL);
		return true;
	}
	return false;
}

bool around_tell(const struct library *l, const struct sightings *s, uint16_t outlet, struct nd_furniture *ret)
{
	const struct fingerprint *fp = record_fingerprint(library_record(l, s->article[0]));
	uint32_t i = find_line(fp, s->key), length;
	const struct fp_paragraph *p = &fp_paragraphs(fp)[i];

	if (i == fp->n_paragraphs)
		return false;
	length = around_length(fp, i); /* reading other records may end the life of this one */
	*ret = (struct nd_furniture){
		.hash = p->hash,
		.stories = s->count,
		.outlets = furniture_outlets(s),
		.article = s->article[0],
		.line = p->line,
	};
	for (uint32_t k = 0; k < s->kept && !ret->text.at; k++)
		tell_text(library_record(l, s->article[k]), s->key, &ret->text);
	return tell_where(l, s, length, outlet, ret);
}
