#include "daemon/metrics.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/service.h"

/* Upper limits in microseconds, and as Prometheus wants them, in seconds. */
static const struct {
	uint64_t us;
	const char *le;
} buckets[METRICS_BUCKETS] = {
	{ 50, "0.00005" },  { 100, "0.0001" },  { 250, "0.00025" },  { 500, "0.0005" }, { 1000, "0.001" },
	{ 2500, "0.0025" }, { 5000, "0.005" },  { 10000, "0.01" },   { 25000, "0.025" }, { 50000, "0.05" },
	{ 100000, "0.1" },  { 250000, "0.25" }, { 1000000, "1" },    { 5000000, "5" },  { UINT64_MAX, "+Inf" },
};

static const char *const codes[METRICS_CODES] = {
	"bad_json",  "bad_utf8",    "bad_request",  "bad_charset",  "missing_text",     "too_large",
	"too_deep",  "unknown_op",  "not_found",    "busy",         "rate_limited",     "denied",
	"overrun",   "store_full",  "store_error",  "profile_mismatch", "shutting_down", "internal",
};

const char *metrics_code(unsigned i)
{
	return i < METRICS_CODES ? codes[i] : NULL;
}

void metrics_reject(struct metrics *m, const char *code)
{
	for (unsigned i = 0; metrics_code(i); i++)
		if (!strcmp(codes[i], code))
			m->rejects[i]++;
}

void metrics_latency(struct metrics *m, uint64_t ns)
{
	unsigned i = 0;

	while (i + 1 < METRICS_BUCKETS && ns > buckets[i].us * 1000)
		i++;
	m->latency[i]++;
	m->latency_ns += ns;
}

/* --- Prometheus --- */

static void head(struct buf *to, const char *name, const char *type, const char *help)
{
	buf_addf(to, "# HELP newsdup_%s %s\n# TYPE newsdup_%s %s\n", name, help, name, type);
}

static void put(struct buf *to, const char *name, const char *type, const char *help, uint64_t value)
{
	head(to, name, type, help);
	buf_addf(to, "newsdup_%s %llu\n", name, (unsigned long long)value);
}

static void seconds(struct buf *to, const char *name, uint64_t ns)
{
	buf_addf(to, "newsdup_%s %llu.%09llu\n", name, (unsigned long long)(ns / 1000000000u),
		 (unsigned long long)(ns % 1000000000u));
}

static void put_requests(struct buf *to, const struct metrics *m)
{
	head(to, "requests_total", "counter", "Requests by operation; other: unknown or unreadable.");
	for (unsigned i = 0; i <= OPS; i++)
		buf_addf(to, "newsdup_requests_total{op=\"%s\"} %llu\n", i < OPS ? ops_row(i)->name : "other",
			 (unsigned long long)m->requests[i]);
	head(to, "verdicts_total", "counter", "Answers to check and put by verdict.");
	for (unsigned op = 0; op < 2; op++)
		for (unsigned i = 0; i < ND_RELATIONS; i++)
			buf_addf(to, "newsdup_verdicts_total{op=\"%s\",verdict=\"%s\"} %llu\n", op ? "put" : "check",
				 nd_relation_name(i), (unsigned long long)m->verdicts[op][i]);
	head(to, "rejects_total", "counter", "Requests refused, by code.");
	for (unsigned i = 0; metrics_code(i); i++)
		buf_addf(to, "newsdup_rejects_total{code=\"%s\"} %llu\n", codes[i], (unsigned long long)m->rejects[i]);
}

static void put_latency(struct buf *to, const struct metrics *m)
{
	uint64_t sum = 0;

	head(to, "latency_seconds", "histogram", "From the arrival of a request to its answer; of a put, to its commit.");
	for (unsigned i = 0; i < METRICS_BUCKETS; i++) {
		sum += m->latency[i];
		buf_addf(to, "newsdup_latency_seconds_bucket{le=\"%s\"} %llu\n", buckets[i].le, (unsigned long long)sum);
	}
	seconds(to, "latency_seconds_sum", m->latency_ns);
	buf_addf(to, "newsdup_latency_seconds_count %llu\n", (unsigned long long)sum);
}

static void put_index(struct buf *to, const struct service *sv)
{
	struct nd_index_stats ix;
	struct nd_store_stats store;

	nd_index_stats(sv->index, &ix);
	nd_store_stats(sv->store, &store);
	put(to, "articles", "gauge", "Articles in the index, each id once.", ix.articles);
	put(to, "versions", "gauge", "The same with earlier versions.", ix.versions);
	put(to, "stories", "gauge", "Stories of two articles or more.", ix.stories);
	put(to, "keys", "gauge", "Keys in the index.", ix.keys);
	put(to, "stop_keys", "gauge", "Keys in too many stories to count.", ix.stop_keys);
	put(to, "index_bytes", "gauge", "Memory of the index.", ix.index_bytes);
	put(to, "memory_bytes", "gauge", "Memory of the index, of articles for the disk and of waiting requests.",
	    memory_used(sv));
	put(to, "memory_max_bytes", "gauge", "What it may be; 0: no limit.", sv->settings->memory_max);
	put(to, "memory_full", "gauge", "1: there is no room for more articles.", sv->memory.full);
	put(to, "memory_full_total", "counter", "Times that the limit was reached.", sv->memory.times);
	put(to, "store_bytes", "gauge", "Disk space of the store.", store.bytes_file);
	put(to, "store_used_bytes", "gauge", "Of the file, in use or free.", store.bytes_used);
	put(to, "store_free_bytes", "gauge", "Of those used: freed, and used again in time.", sv->readers.look.free_bytes);
	put(to, "store_readers", "gauge", "Readers of the store, of all processes.", sv->readers.look.readers);
	put(to, "store_oldest_reader_seconds", "gauge", "Since what the oldest reader sees was replaced.", sv->readers.age);
	put(to, "store_max_bytes", "gauge", "What articles may take.", store.max_bytes);
	put(to, "store_room_bytes", "gauge", "What articles may still take; with a full disk, what that leaves.", store.bytes_room);
	put(to, "candidates_total", "counter", "Stories that shared keys with an article.", ix.candidates);
	put(to, "verified_total", "counter", "Of those, compared in full.", ix.verified);
}

static void put_commits(struct buf *to, const struct service *sv)
{
	struct commit_stats c = commit_stats(sv->commit);

	put(to, "commits_total", "counter", "Commits to the store.", c.commits);
	put(to, "commit_failures_total", "counter", "Commits that failed.", c.failures);
	put(to, "commit_articles_total", "counter", "Articles in all commits.", c.records);
	put(to, "commit_articles_max", "gauge", "Articles in the largest one.", c.largest);
	put(to, "flushes_total", "counter", "Flushes of the store, with durability = interval.", c.flushes);
	head(to, "commit_seconds_total", "counter", "Time spent in commits.");
	seconds(to, "commit_seconds_total", c.ns);
}

static void put_life(struct buf *to, const struct service *sv)
{
	const struct metrics *m = &sv->metrics;

	put(to, "unchanged_total", "counter", "Articles put again with the text that they have.", m->unchanged);
	put(to, "deleted_total", "counter", "Articles deleted.", m->deleted);
	put(to, "expired_total", "counter", "Articles that expired.", sv->expiry.expired);
	put(to, "denied_total", "counter", "Pairs of articles that were denied to be one story.", m->rulings[ND_DENY]);
	put(to, "allowed_total", "counter", "Pairs of articles that were allowed to be one story.", m->rulings[ND_ALLOW]);
	put(to, "growth_alarms_total", "counter", "Stories that became too large, or were joined by what is hardly like them.",
	    m->alarms);
}

static void put_traffic(struct buf *to, const struct service *sv)
{
	const struct metrics *m = &sv->metrics;

	put(to, "queue", "gauge", "Requests that wait.", sv->waiting);
	put(to, "connections", "gauge", "Open connections.", sv->connections);
	put(to, "connections_total", "counter", "Connections accepted.", m->accepted);
	put(to, "connections_refused_total", "counter", "Connections refused.", m->refused);
	put(to, "connections_dropped_total", "counter", "Connections dropped for not reading.", m->dropped);
	put(to, "subscribers", "gauge", "Connections that listen to events.", sv->events.n_subscribers);
	put(to, "events_total", "counter", "Events sent.", sv->events.sent);
	put(to, "events_missed_total", "counter", "Events that a subscriber was too slow for.", sv->events.missed);
}

void metrics_print(const struct service *sv, struct buf *to)
{
	put_requests(to, &sv->metrics);
	put_latency(to, &sv->metrics);
	put_index(to, sv);
	put_commits(to, sv);
	put_life(to, sv);
	put_traffic(to, sv);
	put(to, "ready", "gauge", "1: the index is loaded.", sv->ready);
	put(to, "uptime_seconds", "gauge", "Since the start.", (clock_ns() - sv->started) / 1000000000u);
}
