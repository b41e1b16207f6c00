#include "daemon/local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/padded.h"
#include "daemon/session.h"

struct local {
	struct settings settings;
	struct service service;
	struct session session;
	struct buf reply;
	bool opened, begun;
};

static void stir(void *arg)
{
	(void)arg;
}

static int complain(const char *dir, const char *why, int err)
{
	fprintf(stderr, "newsdup: cannot open store '%s': %s\n", dir, why);
	return err;
}

static int set_store(struct settings *s, const char *dir)
{
	char *store = strdup(dir);

	if (!store)
		return -ENOMEM;
	free(s->store);
	s->store = store;
	return 0;
}

static int load(struct local *l, const char *dir)
{
	int ret;

	do
		ret = service_load(&l->service);
	while (ret > 0);
	if (ret)
		fprintf(stderr, "newsdup: cannot load article %u of '%s': %s\n", nd_index_count(l->service.index), dir,
			service_load_why(ret));
	return ret;
}

static int open_service(struct local *l, const char *dir)
{
	const char *failed;
	int err = service_open_to_read(&l->service, &l->settings, &failed);

	if (err)
		return failed ? complain(dir, service_store_why(err), err) : err;
	l->opened = true;
	return load(l, dir);
}

int local_open(const char *dir, struct local **ret)
{
	struct local *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return complain(dir, strerror(ENOMEM), -ENOMEM);
	buf_init(&l->reply, REPLY_MAX);
	err = settings_init(&l->settings);
	if (!err)
		err = set_store(&l->settings, dir);
	err = err ? complain(dir, strerror(-err), err) : open_service(l, dir);
	if (err) {
		local_close(l);
		return err;
	}
	session_init(&l->session, &l->service, 0, ROLE_READ, stir, NULL);
	l->begun = true;
	*ret = l;
	return 0;
}

void local_close(struct local *l)
{
	if (!l)
		return;
	if (l->begun)
		session_done(&l->session);
	if (l->opened)
		service_close(&l->service);
	settings_done(&l->settings);
	buf_done(&l->reply);
	free(l);
}

/* Moves what the session has to say behind what is there of the reply. */
static int take(struct local *l)
{
	struct nd_str out = session_output(&l->session);
	int err = buf_add(&l->reply, out.at, out.len);

	if (!err)
		session_sent(&l->session, out.len);
	return err;
}

static bool is_whole(const struct buf *reply)
{
	return reply->len && reply->at[reply->len - 1] == '\n';
}

int local_call(struct local *l, const char *request, size_t len, struct nd_client_reply *ret)
{
	int err = 0;

	buf_clear(&l->reply);
	session_feed(&l->session, request, len);
	session_feed(&l->session, "\n", 1);
	while (!err && !is_whole(&l->reply)) {
		if (session_is_over(&l->session))
			return -ENOMEM; /* it breaks off for nothing else */
		service_turn(&l->service);
		err = take(l);
	}
	if (err)
		return err;
	*ret = (struct nd_client_reply){ .at = (const char *)l->reply.at, .len = l->reply.len - 1 };
	return 0;
}
