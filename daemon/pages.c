#include "daemon/pages.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/padded.h"
#include "daemon/talk.h"
#include "wire/json.h"
#include "wire/out.h"
#include "wire/walk.h"

#define REQUEST_MAX ((size_t)64 << 10)
#define PAGE_ITEMS 200u
#define DEPTH 32u

static void put_request(struct out *o, const struct pages *p, struct nd_str after)
{
	out_begin_object(o);
	out_key(o, "op");
	out_word(o, p->op);
	out_key(o, "limit");
	out_u64(o, PAGE_ITEMS);
	if (p->key) {
		out_key(o, "key");
		out_string(o, (struct nd_str){ p->key, strlen(p->key) });
	}
	if (p->outlet) {
		out_key(o, "outlet");
		out_string(o, (struct nd_str){ p->outlet, strlen(p->outlet) });
	}
	if (after.len) {
		out_key(o, "after");
		out_raw(o, after);
	}
	out_end_object(o);
}

/* Errors have been told: an exit code then. */
static int ask(struct nd_client *c, const struct pages *p, struct nd_str after, struct nd_client_reply *ret)
{
	struct buf b;
	struct out o;
	char code[32];
	int err;

	buf_init(&b, REQUEST_MAX);
	out_init(&o, &b);
	put_request(&o, p, after);
	err = o.err ? o.err : nd_client_call(c, (const char *)b.at, b.len, ret);
	buf_done(&b);
	if (err)
		return talk_fail(c, err);
	if (nd_client_ok(ret))
		return 0;
	talk_refusal(p->key, ret);
	nd_client_code(ret, code, sizeof(code));
	return !strcmp(code, "not_found") ? EXIT_NONE_SEEN : EXIT_IO;
}

struct reading {
	pages_visit *visit;
	void *user;
	struct buf item; /* with room behind */
	struct buf *next;
	int stopped; /* what the visitor returned */
};

static int read_item(void *user, struct nd_str key, struct walk_value *v)
{
	static const char room[JSON_PADDING];
	struct reading *r = user;
	struct nd_str item;
	int err = walk_raw(v, &item);

	(void)key;
	buf_clear(&r->item);
	if (!err)
		err = buf_add(&r->item, item.at, item.len);
	if (!err)
		err = buf_add(&r->item, room, sizeof(room));
	if (!err)
		err = r->stopped = r->visit(r->user, (struct nd_str){ (const char *)r->item.at, item.len });
	return err;
}

static int read_field(void *user, struct nd_str key, struct walk_value *v)
{
	struct reading *r = user;
	struct nd_str next;
	int err;

	if (key.len == 5 && !memcmp(key.at, "items", 5) && v->kind == WALK_ARRAY)
		return walk_each(v, read_item, r);
	if (key.len != 4 || memcmp(key.at, "next", 4) || v->kind == WALK_NULL)
		return 0;
	err = walk_raw(v, &next);
	return err ? err : buf_add(r->next, next.at, next.len);
}

static int walk_object(const char *at, size_t len, walk_visit *visit, void *user)
{
	struct walk *w;
	struct wire_error wrong;
	int err = walk_new(REPLY_MAX, DEPTH, &w);

	if (!err) {
		err = walk_line(w, at, len, visit, user, &wrong);
		walk_free(w);
	}
	return err;
}

int pages_fields(struct nd_str item, int (*visit)(void *user, struct nd_str key, struct walk_value *v), void *user)
{
	return walk_object(item.at, item.len, visit, user);
}

static int read_page(const struct nd_client_reply *reply, pages_visit *visit, void *user, struct buf *next)
{
	struct reading r = { .visit = visit, .user = user, .next = next };
	struct buf line;
	int err = padded_init(&line, reply);

	buf_init(&r.item, REPLY_MAX);
	buf_clear(next);
	if (!err)
		err = walk_object((const char *)line.at, reply->len, read_field, &r);
	buf_done(&r.item);
	buf_done(&line);
	if (!err || r.stopped)
		return r.stopped;
	fprintf(stderr, "newsdup: the reply cannot be read\n");
	return EXIT_NO_DAEMON;
}

int pages_each(struct nd_client *c, const struct pages *p, pages_visit *visit, void *user)
{
	struct nd_client_reply reply;
	struct buf next;
	int code;

	buf_init(&next, REQUEST_MAX);
	do {
		code = ask(c, p, (struct nd_str){ (const char *)next.at, next.len }, &reply);
		if (!code)
			code = read_page(&reply, visit, user, &next);
	} while (!code && next.len);
	buf_done(&next);
	return code;
}
