#include "daemon/telling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/call.h"

#define LIMIT_DEFAULT 100u

static int copy(struct nd_str s, char **ret, size_t *ret_len)
{
	if (!s.at)
		return 0;
	*ret = malloc(s.len + 1);
	if (!*ret)
		return -ENOMEM;
	memcpy(*ret, s.at, s.len);
	(*ret)[s.len] = '\0';
	*ret_len = s.len;
	return 0;
}

int telling_page_init(struct telling_page *p, const struct call *c)
{
	int err;

	*p = (struct telling_page){ .limit = c->ask->limit ? c->ask->limit : LIMIT_DEFAULT };
	err = copy(call_str(c, c->ask->id), &p->id, &p->id_len);
	if (!err)
		err = copy(call_str(c, c->ask->after), &p->after, &p->after_len);
	if (!err)
		err = copy(call_str(c, c->ask->outlet), &p->outlet, &p->outlet_len);
	if (err)
		telling_page_done(p);
	return err;
}

void telling_page_done(struct telling_page *p)
{
	free(p->id);
	free(p->after);
	free(p->outlet);
	memset(p, 0, sizeof(*p));
}

static struct nd_str id_of(const struct telling_page *p)
{
	return (struct nd_str){ p->id, p->id_len };
}

void telling_page_head(const struct telling_page *p, struct out *o)
{
	reply_begin(o, id_of(p));
}

void telling_page_begin(const struct telling_page *p, struct out *o)
{
	telling_page_head(p, o);
	out_key(o, "items");
	out_begin_array(o);
}

void telling_page_fail(const struct telling_page *p, struct service *sv, struct out *o, const char *code,
		       const char *message)
{
	reply_error(o, id_of(p), code, (struct nd_str){ message, strlen(message) }, 0);
	metrics_reject(&sv->metrics, code);
}

void telling_page_fail_by(const struct telling_page *p, struct service *sv, struct out *o, int err)
{
	bool store = err == -EIO || err == -EBADMSG;
	const char *code = store ? "store_error" : err == -ENOSPC ? "store_full" : "internal";

	if (store)
		nd_index_refresh(sv->index); /* the next one tries anew */
	telling_page_fail(p, sv, o, code, store || err == -ENOSPC ? service_write_why(err) : strerror(-err));
}
