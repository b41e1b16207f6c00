/*
 * One request while it is being answered.
 */
#ifndef ND_DAEMON_CALL_H
#define ND_DAEMON_CALL_H

#include "daemon/ask.h"
#include "daemon/reply.h"
#include "daemon/service.h"
#include "daemon/session.h"

struct call {
	struct service *service;
	struct session *session;
	const struct task *task;
	const struct ask *ask;
	struct out out;
	uint64_t start; /* offset of the reply in the session's outbox */
	bool held;      /* it waits for a commit */
};

static inline struct nd_str call_str(const struct call *c, struct extent e)
{
	return asks_str(&c->task->asks, e);
}

static inline struct nd_fingerprint call_record(const struct call *c)
{
	return (struct nd_fingerprint){ c->task->asks.data.at + c->ask->record.at, c->ask->record.len };
}

/* Its text for the store; bytes 0: none is kept. */
static inline struct nd_packed call_text(const struct call *c)
{
	return (struct nd_packed){ c->task->asks.data.at + c->ask->text.at, c->ask->text.len };
}

/* Begins a good reply. */
void call_begin(struct call *c);

/* Answers with an error instead of all that was written. */
void call_fail(struct call *c, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A good reply up to the fields of an article: its id as key, then those of articles.jsonl. */
void call_article(struct call *c, const struct nd_report *r);

/* The newest article with the id; ND_NONE after a reply that it is not there. */
nd_seq call_find(struct call *c, struct extent key);

/* The same, for an error of the library. */
void call_fail_by(struct call *c, int err);

#endif
