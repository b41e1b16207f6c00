#include "index/library.h"

#include "index/judge.h"

static uint32_t earlier(const struct record *r, enum library_name name)
{
	switch (name) {
	case NAME_ID:
		return r->earlier;
	case NAME_URL:
		return r->earlier_url;
	case NAME_TITLE:
		return r->earlier_title;
	default:
		return r->earlier_headline;
	}
}

int library_rewrite(const struct library *l, uint32_t article, size_t n, void **ret, uint64_t *ret_place)
{
	int64_t received = l->shelf->kind->received(l->shelf, article, l->entries[article].record);

	if (l->shelf->fault)
		return l->shelf->fault;
	return l->shelf->kind->write(l->shelf, article, n, received, ret, ret_place);
}

uint32_t library_earlier(const struct library *l, const struct record *r, enum library_name name)
{
	uint32_t ret;

	do {
		ret = earlier(r, name);
		if (ret != ND_NONE && l->entries[ret].gone)
			r = library_pass(l, ret);
	} while (ret != ND_NONE && l->entries[ret].gone && !l->shelf->fault);
	return ret;
}

bool library_match_is_alike(const struct nd_match *m)
{
	return judge_alike(m->containment, m->contained);
}

uint32_t library_alike(const struct library *l, const struct record *r)
{
	const struct nd_match *m = record_matches(r);

	if (r->earlier == ND_NONE || l->entries[r->earlier].gone)
		return ND_NONE;
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (m[i].article == r->earlier)
			return library_match_is_alike(&m[i]) ? r->earlier : ND_NONE;
	return ND_NONE;
}

struct when library_first(const struct library *l, const struct record *r)
{
	struct when ret = r->published;

	for (uint32_t i = library_alike(l, r); i != ND_NONE && !l->shelf->fault; i = library_alike(l, r)) {
		r = library_pass(l, i);
		if (when_before(&r->published, &ret))
			ret = r->published;
	}
	return ret;
}
