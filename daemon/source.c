#include "daemon/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/command.h"
#include "daemon/local.h"
#include "wire/out.h"

#define REQUEST_MAX ((size_t)64 << 10)

/* One of the two is there. */
struct source {
	struct nd_client *client;
	struct local *local;
};

static int fail(int err)
{
	fprintf(stderr, "newsdup: %s\n", strerror(-err));
	return EXIT_IO;
}

int source_open(const struct talk_options *o, struct source **ret)
{
	struct source *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return fail(-ENOMEM);
	if (o->store)
		code = local_open(o->store, &s->local) ? EXIT_IO : 0;
	else
		code = talk_open(o, &s->client);
	if (code)
		free(s);
	else
		*ret = s;
	return code;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	local_close(s->local);
	nd_client_free(s->client);
	free(s);
}

static void put_string(struct out *o, const char *name, const char *value)
{
	if (!value)
		return;
	out_key(o, name);
	out_string(o, (struct nd_str){ value, strlen(value) });
}

static void put_request(struct out *o, const struct source_request *q)
{
	out_begin_object(o);
	put_string(o, "op", q->op);
	put_string(o, "key", q->key);
	put_string(o, "a", q->a);
	put_string(o, "b", q->b);
	put_string(o, "outlet", q->outlet);
	if (q->limit) {
		out_key(o, "limit");
		out_u64(o, q->limit);
	}
	if (q->after.len) {
		out_key(o, "after");
		out_raw(o, q->after);
	}
	out_end_object(o);
}

static int call(struct source *s, const struct source_request *q, struct nd_client_reply *ret)
{
	struct buf b;
	struct out o;
	int err;

	buf_init(&b, REQUEST_MAX);
	out_init(&o, &b);
	put_request(&o, q);
	err = o.err;
	if (!err)
		err = s->local ? local_call(s->local, (const char *)b.at, b.len, ret)
			       : nd_client_call(s->client, (const char *)b.at, b.len, ret);
	buf_done(&b);
	if (!err)
		return 0;
	return s->local || o.err ? fail(err) : talk_fail(s->client, err);
}

int source_ask(struct source *s, const struct source_request *q, struct nd_client_reply *ret)
{
	char code[32];
	int err = call(s, q, ret);

	if (err || nd_client_ok(ret))
		return err;
	talk_refusal(q->key, ret);
	nd_client_code(ret, code, sizeof(code));
	return !strcmp(code, "not_found") ? EXIT_NONE_SEEN : EXIT_IO;
}
