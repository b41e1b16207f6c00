#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "made.h"
#include "sketch/fingerprint.h"
#include "store/backend.h"
#include "store_face.h"

void words(char *text, uint32_t from, uint32_t to)
{
	char *at = text + strlen(text);

	for (uint32_t i = from; i < to; i++)
		at += sprintf(at, "w%x%c", (unsigned)(i * 2654435761u), i % 60 == 59 ? '\n' : ' ');
}

const char *text_of(uint32_t from, uint32_t to)
{
	static char texts[4][TEXT_MAX];
	static int next;
	char *text = texts[next++ % 4];

	text[0] = 0;
	words(text, from, to);
	return text;
}

struct nd_str str(const char *s)
{
	return (struct nd_str){ s, s ? strlen(s) : 0 };
}

struct nd_article article_of(const struct piece *p)
{
	return (struct nd_article){
		.id = str(p->id),
		.url = str(p->url),
		.outlet = str(p->outlet),
		.published = str(p->published),
		.title = str(p->title),
		.text = str(p->text),
	};
}

/* New words, or a piece of what came before, with or without a footer. */
static void random_text(char *text)
{
	uint32_t base = (uint32_t)(rnd() % 40) * 1000, parts = 1 + (uint32_t)(rnd() % 3);

	text[0] = 0;
	if (rnd() % 30 == 0)
		return;
	for (uint32_t i = 0; i < parts; i++) {
		uint32_t from = base + (uint32_t)(rnd() % 300);

		words(text, from, from + (uint32_t)(rnd() % (rnd() % 4 ? 250 : 12)));
		if (rnd() % 3 == 0)
			base = (uint32_t)(rnd() % 40) * 1000;
	}
	if (rnd() % 2)
		words(text, 900000, 900030);
}

struct piece random_piece(struct made *m, unsigned i)
{
	snprintf(m->id, sizeof(m->id), "%u", rnd() % 20 ? i : (unsigned)(rnd() % (i + 1)));
	snprintf(m->url, sizeof(m->url), "http://x.example/%u", (unsigned)(rnd() % 300));
	snprintf(m->outlet, sizeof(m->outlet), "o%u", (unsigned)(rnd() % 5));
	snprintf(m->published, sizeof(m->published), "2024-05-%02uT%02u:00:00Z", (unsigned)(1 + rnd() % 35),
		 (unsigned)(rnd() % 24));
	snprintf(m->title, sizeof(m->title), "title %u", (unsigned)(rnd() % 50));
	random_text(m->text);
	return (struct piece){ m->id, rnd() % 2 ? m->url : NULL, rnd() % 4 ? m->outlet : NULL,
			       rnd() % 4 ? m->published : NULL, rnd() % 2 ? m->title : NULL, m->text };
}

void assert_same_report(const struct nd_report *a, const struct nd_report *b)
{
	assert_int_equal(a->verdict, b->verdict);
	assert_int_equal(a->story, b->story);
	assert_int_equal(a->origin, b->origin);
	assert_int_equal(a->lead_story, b->lead_story);
	assert_int_equal(a->has_lead, b->has_lead);
	assert_int_equal(a->syndicated, b->syndicated);
	assert_int_equal(a->superseded, b->superseded);
	assert_int_equal(a->n_matches, b->n_matches);
	if (a->n_matches)
		assert_memory_equal(a->matches, b->matches, a->n_matches * sizeof(*a->matches));
}

static void assert_same_leads(const struct nd_index *a, const struct nd_index *b, nd_seq seq)
{
	nd_seq x[ND_LEADS_MAX], y[ND_LEADS_MAX];
	size_t n = nd_index_leads(a, seq, x, ND_LEADS_MAX);

	assert_int_equal(nd_index_leads(b, seq, y, ND_LEADS_MAX), n);
	assert_memory_equal(x, y, n * sizeof(*x));
}

void commit_junk(struct nd_store *s, uint64_t seq)
{
	static const uint8_t junk[4000] = { FP_VERSION, 1 };
	const struct store_item item = { .seq = seq, .at = junk, .bytes = sizeof(junk) };
	const struct store_codec *codec = s->core->o.codec;

	s->core->o.codec = NULL;
	assert_int_equal(store_write(s->core, &item, 1), 0);
	s->core->o.codec = codec;
}

void assert_same_index(struct nd_index *a, struct nd_index *b)
{
	struct nd_index_stats s, t;

	assert_int_equal(nd_index_again(a, SIZE_MAX), 0);
	assert_int_equal(nd_index_again(b, SIZE_MAX), 0);
	assert_int_equal(nd_index_count(a), nd_index_count(b));
	for (nd_seq i = 0; i < nd_index_count(a); i++) {
		struct nd_report x, y;

		int err = nd_index_get(a, i, &x);

		assert_true(err == 0 || err == -ENOENT);
		assert_int_equal(nd_index_get(b, i, &y), err);
		if (err)
			continue;
		assert_same_report(&x, &y);
		assert_same_leads(a, b, i);
		assert_int_equal(nd_index_next_member(a, i), nd_index_next_member(b, i));
	}
	nd_index_stats(a, &s);
	nd_index_stats(b, &t);
	assert_int_equal(s.stories, t.stories);
	assert_int_equal(s.keys, t.keys);
	assert_int_equal(s.stop_keys, t.stop_keys);
}
