/*
 * The protocol's operations as functions: they write the request.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "client/field.h"
#include "newsdup_client.h"

#define REQUEST_MAX ((size_t)1 << 30)

typedef int send_fn(struct nd_client *c, const char *request, size_t len);

static int send_article(struct nd_client *c, const char *op, const char *article, size_t len)
{
	struct buf b;
	int err;

	if (!field_is_object(article, len)) /* nothing of it may stand beside the article in the request */
		return -EINVAL;
	buf_init(&b, REQUEST_MAX);
	err = buf_addf(&b, "{\"op\":\"%s\",\"article\":", op);
	if (!err)
		err = buf_add(&b, article, len);
	if (!err)
		err = buf_add(&b, "}", 1);
	if (!err)
		err = nd_client_send(c, (const char *)b.at, b.len);
	buf_done(&b);
	return err;
}

int nd_client_send_check(struct nd_client *c, const char *article, size_t len)
{
	return send_article(c, "check", article, len);
}

int nd_client_send_put(struct nd_client *c, const char *article, size_t len)
{
	return send_article(c, "put", article, len);
}

static int call_article(struct nd_client *c, send_fn *send, const char *article, size_t len,
			struct nd_client_reply *ret)
{
	int err = nd_client_waiting(c) ? -EBUSY : send(c, article, len);

	return err ? err : nd_client_receive(c, ret);
}

int nd_client_check(struct nd_client *c, const char *article, size_t len, struct nd_client_reply *ret)
{
	return call_article(c, nd_client_send_check, article, len, ret);
}

int nd_client_put(struct nd_client *c, const char *article, size_t len, struct nd_client_reply *ret)
{
	return call_article(c, nd_client_send_put, article, len, ret);
}

/* --- keys --- */

static int add_string(struct buf *b, const char *text)
{
	int err = buf_add(b, "\"", 1);

	for (; *text && !err; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			err = buf_addf(b, "\\%c", byte);
		else if (byte < ' ')
			err = buf_addf(b, "\\u%04x", byte);
		else
			err = buf_add(b, text, 1);
	}
	return err ? err : buf_add(b, "\"", 1);
}

/* Two keys, the second with its name NULL for one. */
static int call_keys(struct nd_client *c, const char *op, const char *const names[2], const char *const keys[2],
		     struct nd_client_reply *ret)
{
	struct buf b;
	int err;

	buf_init(&b, REQUEST_MAX);
	err = buf_addf(&b, "{\"op\":\"%s\"", op);
	for (int i = 0; i < 2 && names[i] && !err; i++) {
		err = buf_addf(&b, ",\"%s\":", names[i]);
		if (!err)
			err = add_string(&b, keys[i]);
	}
	if (!err)
		err = buf_add(&b, "}", 1);
	if (!err)
		err = nd_client_call(c, (const char *)b.at, b.len, ret);
	buf_done(&b);
	return err;
}

int nd_client_get(struct nd_client *c, const char *key, struct nd_client_reply *ret)
{
	return call_keys(c, "get", (const char *const[2]){ "key" }, (const char *const[2]){ key }, ret);
}

int nd_client_story(struct nd_client *c, const char *key, struct nd_client_reply *ret)
{
	return call_keys(c, "story", (const char *const[2]){ "key" }, (const char *const[2]){ key }, ret);
}

int nd_client_explain(struct nd_client *c, const char *a, const char *b, struct nd_client_reply *ret)
{
	return call_keys(c, "explain", (const char *const[2]){ "a", "b" }, (const char *const[2]){ a, b }, ret);
}

int nd_client_ask(struct nd_client *c, const char *op, struct nd_client_reply *ret)
{
	return call_keys(c, op, (const char *const[2]){ NULL }, (const char *const[2]){ NULL }, ret);
}
