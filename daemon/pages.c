#include "daemon/pages.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/padded.h"
#include "daemon/talk.h"
#include "wire/json.h"
#include "wire/walk.h"

#define AFTER_MAX ((size_t)64 << 10)
#define PAGE_ITEMS 200u
#define DEPTH 32u

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

int pages_print(void *user, struct nd_str item)
{
	(void)user;
	return fwrite(item.at, 1, item.len, stdout) == item.len && putchar('\n') != EOF ? 0 : EXIT_IO;
}

int pages_each(struct source *s, struct source_request q, pages_visit *visit, void *user)
{
	struct nd_client_reply reply;
	struct buf next;
	int code;

	buf_init(&next, AFTER_MAX);
	q.limit = PAGE_ITEMS;
	do {
		q.after = (struct nd_str){ (const char *)next.at, next.len };
		code = source_ask(s, &q, &reply);
		if (!code)
			code = read_page(&reply, visit, user, &next);
	} while (!code && next.len);
	buf_done(&next);
	return code;
}
