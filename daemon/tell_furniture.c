#include "daemon/tell_furniture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call.h"
#include "daemon/fields.h"

#define SLICE 64u /* items told before others have their turn */

struct tell_furniture {
	struct telling telling;
	struct telling_page page;
	bool begun;
	uint32_t cursor, told;
};

static void put_count(struct out *o, const char *key, uint64_t count)
{
	out_key(o, key);
	out_u64(o, count);
}

static void put_string(struct out *o, const char *key, struct nd_str s)
{
	out_key(o, key);
	out_string(o, s);
}

static void put_item(struct out *o, struct nd_index *ix, const struct nd_furniture *f)
{
	static const char *const scopes[] = { [ND_EVERYWHERE] = "all", [ND_OF_OUTLET] = "outlet", [ND_OF_HOST] = "host" };
	const struct nd_str none = { NULL, 0 };

	out_begin_object(o);
	out_key(o, "hash");
	out_hex64(o, f->hash);
	out_key(o, "scope");
	out_word(o, scopes[f->where]);
	put_string(o, "outlet", f->where == ND_OF_OUTLET ? f->of : none);
	put_string(o, "host", f->where == ND_OF_HOST ? f->of : none);
	put_count(o, "stories", f->stories);
	put_count(o, "outlets", f->outlets);
	put_string(o, "text", f->text);
	out_key(o, "article");
	fields_id_of(o, ix, f->article);
	put_count(o, "line", f->line);
	out_end_object(o);
}

static void end(const struct tell_furniture *t, struct out *o)
{
	out_end_array(o);
	out_key(o, "next");
	if (t->cursor)
		out_u64(o, t->cursor);
	else
		out_null(o);
	reply_end(o);
}

static struct nd_str outlet_of(const struct tell_furniture *t)
{
	return (struct nd_str){ t->page.outlet, t->page.outlet_len };
}

/* The next item, if there is one so far; what cannot be read ends the page. */
static void tell_one(struct tell_furniture *t, struct service *sv, struct out *o)
{
	struct nd_furniture f;
	int there = nd_index_furniture(sv->index, &t->cursor, outlet_of(t), &f);

	if (there < 0) {
		nd_index_refresh(sv->index);
		t->cursor = 0;
	} else if (there) {
		put_item(o, sv->index, &f);
		t->told++;
	}
}

static bool tell_some(struct telling *telling, struct service *sv, struct out *o)
{
	struct tell_furniture *t = (struct tell_furniture *)telling;

	if (!t->begun)
		telling_page_begin(&t->page, o);
	for (unsigned n = 0; n < SLICE && t->told < t->page.limit && !(t->begun && !t->cursor) && !o->err; n++) {
		uint32_t told = t->told;

		tell_one(t, sv, o);
		t->begun = true;
		if (t->told == told && t->cursor)
			break;
	}
	if (t->told < t->page.limit && t->cursor && !o->err)
		return true;
	end(t, o);
	return false;
}

static void tell_furniture_free(struct telling *telling)
{
	struct tell_furniture *t = (struct tell_furniture *)telling;

	telling_page_done(&t->page);
	free(t);
}

/* Digits, as a page ends with them. */
static int read_cursor(const struct telling_page *p, uint32_t *ret)
{
	uint64_t n = 0;

	if (!p->after)
		return 0;
	for (size_t i = 0; i < p->after_len && n <= UINT32_MAX; i++) {
		if (p->after[i] < '0' || p->after[i] > '9')
			return -EINVAL;
		n = 10 * n + (uint64_t)(p->after[i] - '0');
	}
	if (!n || n > UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)n;
	return 0;
}

int tell_furniture_new(const struct call *c, struct telling **ret)
{
	struct tell_furniture *t = calloc(1, sizeof(*t));
	int err = t ? telling_page_init(&t->page, c) : -ENOMEM;

	if (!err)
		err = read_cursor(&t->page, &t->cursor);
	if (err) {
		if (t)
			tell_furniture_free(&t->telling);
		return err;
	}
	t->telling = (struct telling){ tell_some, tell_furniture_free, false };
	*ret = &t->telling;
	return 0;
}
