#include "index/record.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

#define CREDIT_MAX 256u /* bytes */

static const char zeros[8];

static int pad(struct buf *b, size_t start)
{
	return buf_add(b, zeros, -(b->len - start) & 7);
}

static int add_string(struct buf *b, struct nd_str s)
{
	int err;

	if (!s.at)
		return 0;
	err = buf_add(b, s.at, s.len);
	return err ? err : buf_add(b, "", 1);
}

static bool there(struct nd_str s)
{
	return s.at && s.len;
}

uint16_t record_source_key(struct nd_str name)
{
	uint64_t hash = hash_bytes(name.at, name.len);

	return hash & 0xFFFF ? (uint16_t)hash : 1;
}

void record_name(struct record *r, const struct nd_article *a, uint64_t title_read)
{
	uint64_t outlet;

	r->id_key = hash_bytes(a->id.at, a->id.len);
	if (!there(a->outlet))
		return;
	outlet = hash_bytes(a->outlet.at, a->outlet.len);
	r->source.outlet = record_source_key(a->outlet);
	if (there(a->url))
		r->url_key = hash_seeded(a->url.at, a->url.len, outlet);
	if (title_read)
		r->title_key = hash_finish(hash_step(outlet, title_read));
}

/* A credit; one that no name is as long as is cut at a character. */
static struct nd_str credit(struct fp_string s)
{
	size_t n = s.len;

	if (n > CREDIT_MAX)
		for (n = CREDIT_MAX; n && ((uint8_t)s.at[n] & 0xC0) == 0x80;)
			n--;
	return (struct nd_str){ s.at, n };
}

/* Cut at a character. */
static void fill_excerpt(struct excerpt *x, const char *text, uint32_t paragraph, const struct fp_paragraph *p)
{
	size_t n = p->end - p->start;

	x->paragraph = paragraph;
	if (n < EXCERPT_TEXT) {
		memset(x->text, 0, EXCERPT_TEXT);
		memcpy(x->text, text + p->start, n);
		return;
	}
	memcpy(x->text, text + p->start, EXCERPT_TEXT);
	for (n = EXCERPT_TEXT - 1; n && ((uint8_t)x->text[n] & 0xC0) == 0x80; n--)
		;
	memset(x->text + n, 0, EXCERPT_TEXT - n);
}

/* Of what may be furniture. There is room for them. */
static void add_excerpts(struct buf *b, const char *text, const struct fingerprint *fp, uint32_t *ret)
{
	struct excerpt *to = (struct excerpt *)(void *)(b->at + b->len);

	for (uint32_t i = 0; text && i < fp->n_paragraphs && *ret < EXCERPTS_MAX; i++)
		if (fp_may_be_furniture(&fp_paragraphs(fp)[i]))
			fill_excerpt(&to[(*ret)++], text, i, &fp_paragraphs(fp)[i]);
	b->len += *ret * sizeof(*to);
}

int record_begin(struct record_draft *d, struct buf *b, const struct nd_article *a, struct nd_str host,
		 const struct fp_credits *credits)
{
	static const struct fp_credits none;
	const struct fp_credits *c = credits ? credits : &none;
	const struct nd_str strings[RECORD_STRINGS] = {
		a->id,	  a->url, a->outlet, a->published, a->title, credit(c->agency), credit(c->byline), credit(c->dateline),
	};
	struct record *head = &d->head;
	int err;

	*d = (struct record_draft){ .start = b->len, .article = a, .host = host };
	head->version = FP_VERSION;
	head->id_is_number = a->id_is_number;
	head->published = when_parse(a->published.at, a->published.len);
	err = buf_add(b, head, sizeof(*head));
	for (size_t i = 0; i < RECORD_STRINGS && !err; i++) {
		head->at[i] = (uint32_t)(b->len - d->start);
		err = add_string(b, strings[i]);
	}
	head->at[RECORD_STRINGS] = (uint32_t)(b->len - d->start);
	if (!err)
		err = pad(b, d->start);
	head->fp_at = (uint32_t)(b->len - d->start);
	return err;
}

int record_end(struct record_draft *d, struct buf *b)
{
	const struct fingerprint *fp = (const struct fingerprint *)(const void *)(b->at + d->start + d->head.fp_at);
	uint32_t n = fp->n_paragraphs < EXCERPTS_MAX ? fp->n_paragraphs : EXCERPTS_MAX;
	int err = pad(b, d->start);

	d->head.bytes = (uint32_t)(b->len - d->start);
	if (!err)
		err = buf_reserve(b, n * sizeof(struct excerpt));
	if (err)
		return err;
	fp = (const struct fingerprint *)(const void *)(b->at + d->start + d->head.fp_at); /* it may have moved */
	if (there(d->host))
		d->head.source.host = record_source_key(d->host);
	record_name(&d->head, d->article, fp->title_read);
	add_excerpts(b, d->article->text.at, fp, &d->head.n_excerpts);
	err = pad(b, d->start);
	memcpy(b->at + d->start, &d->head, sizeof(d->head));
	return err;
}

int record_build(struct buf *b, const struct nd_article *a, struct nd_str host, const struct fp_credits *credits,
		 const struct fingerprint *fp)
{
	size_t start = b->len;
	struct record_draft draft;
	int err = record_begin(&draft, b, a, host, credits);

	if (!err)
		err = buf_add(b, fp, fp->bytes);
	if (!err)
		err = record_end(&draft, b);
	if (err)
		b->len = start;
	return err;
}

int record_blank(struct buf *b)
{
	const struct fingerprint none = { .version = FP_VERSION, .bytes = sizeof(none), .scale = 1 };
	const struct nd_article article = { .id = { "", 0 } };

	return record_build(b, &article, (struct nd_str){ 0 }, NULL, &none);
}

int record_ruling(struct buf *b, enum nd_ruling kind, struct nd_str first, struct nd_str second, uint32_t seq)
{
	const struct fingerprint none = { .version = FP_VERSION, .bytes = sizeof(none), .scale = 1 };
	const struct nd_article article = { .id = first, .url = second };
	size_t start = b->len;
	struct record *r;
	int err = record_build(b, &article, (struct nd_str){ 0 }, NULL, &none);

	if (err)
		return err;
	r = (struct record *)(void *)(b->at + start);
	r->id_key = 0;
	r->gone = RECORD_RULING;
	r->verdict = kind;
	r->story = seq;
	r->lead_story = r->earlier = r->earlier_url = r->earlier_title = r->earlier_headline = ND_NONE;
	return 0;
}
