#include "daemon/expiry.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/service.h"

#define PASS_MIN_MS 1000u
#define PASS_MAX_MS 3600000u
#define SHARES 16u
#define VAIN_MAX 2u
#define DOUBLINGS_MAX 6u

static int add_members(struct clearing *c, struct service *sv, nd_seq leader)
{
	int err = 0;

	for (nd_seq i = leader; i != ND_NONE && !err; i = nd_index_next_member(sv->index, i))
		err = clearing_add(c, sv, i);
	return err;
}

static nd_seq last_member(const struct nd_index *ix, nd_seq leader)
{
	nd_seq last = leader, i = leader;

	for (; i != ND_NONE; i = nd_index_next_member(ix, i))
		last = i;
	return last;
}

/* Numbers are given in order of arrival: behind the first that came too late there is nothing to be found. Earlier
 * versions of an id go with the newest. */
static int look(struct clearing *c, struct service *sv, nd_seq seq)
{
	int64_t before = ((struct expiry *)((char *)c - offsetof(struct expiry, clearing)))->before;
	struct nd_report r;
	int err;

	if (nd_index_story(sv->index, seq) != seq)
		return 0;
	err = nd_index_get(sv->index, seq, &r);
	if (err || r.superseded)
		return err == -ENOENT ? 0 : err;
	if (nd_index_received(sv->index, seq) >= before) {
		c->next = c->end;
		return 0;
	}
	return nd_index_received(sv->index, last_member(sv->index, seq)) < before ? add_members(c, sv, seq) : 0;
}

static void begin(struct expiry *e, struct service *sv, int64_t before)
{
	e->before = before;
	e->runs = true;
	e->sent = e->gone = 0;
	clearing_init(&e->clearing, sv, look, 0, nd_index_count(sv->index));
}

/* When it fails again and again, it is tried less often. */
static uint64_t pause_ms(const struct expiry *e, uint64_t retain)
{
	uint64_t ret = retain / 20 < PASS_MIN_MS ? PASS_MIN_MS : retain / 20;

	ret <<= e->failures < DOUBLINGS_MAX ? e->failures : DOUBLINGS_MAX;
	return ret < PASS_MAX_MS ? ret : PASS_MAX_MS;
}

void expiry_tick(struct expiry *e, struct service *sv, uint64_t now_ns, int64_t now_ms)
{
	uint64_t retain = sv->settings->retain;

	if (!retain || e->runs || e->waits || !sv->ready || sv->stopping || now_ns < e->next)
		return;
	e->next = now_ns + 1000000u * pause_ms(e, retain);
	begin(e, sv, now_ms - (int64_t)retain);
}

/* The time behind that of the last article of the oldest part of those that are there. */
static int64_t time_behind(const struct expiry *e, struct service *sv)
{
	struct nd_index_stats stats;
	nd_seq last;

	nd_index_stats(sv->index, &stats);
	last = nd_index_nth(sv->index, (stats.versions * e->share + SHARES - 1) / SHARES);
	return last == ND_NONE ? 0 : nd_index_received(sv->index, last) + 1;
}

void expiry_press(struct expiry *e, struct service *sv)
{
	if (e->runs || e->waits || !sv->ready || sv->stopping || e->vain > VAIN_MAX || !nd_index_count(sv->index))
		return;
	e->share = e->share ? e->share : 1;
	e->pressed = true;
	begin(e, sv, time_behind(e, sv));
}

void expiry_release(struct expiry *e)
{
	e->share = e->vain = 0;
}

/* What has gone may not have been enough; of nothing, more must go. */
static void press_end(struct expiry *e)
{
	if (!e->pressed)
		return;
	e->pressed = false;
	if (e->clearing.articles) {
		e->share = 1;
		e->vain++;
	} else if (e->share < SHARES / 2) {
		e->share *= 2;
	} else {
		e->vain = VAIN_MAX + 1;
	}
	if (e->vain > VAIN_MAX)
		log_warning("expiry makes no room below memory_max: what is put is answered busy");
}

static void tell_gone(struct expiry *e)
{
	e->expired += e->gone;
	if (e->gone)
		log_info("%llu articles have expired", (unsigned long long)e->gone);
}

static void end_clearing(struct expiry *e, struct service *sv)
{
	if (!e->runs)
		return;
	e->runs = false;
	press_end(e);
	clearing_done(&e->clearing, sv);
}

/* Once, for each reason. */
static void fail(struct expiry *e, struct service *sv, int err)
{
	end_clearing(e, sv);
	e->waits = false;
	tell_gone(e);
	if (err != e->fault)
		log_warning("what has expired cannot be taken out: %s; it is tried again later", service_write_why(err));
	e->fault = err;
	e->failures++;
}

static void wait_for_commits(struct expiry *e)
{
	e->waits = e->gone < e->clearing.articles;
	if (e->waits)
		return;
	tell_gone(e);
	e->fault = 0;
	e->failures = 0;
}

void expiry_sent(struct expiry *e)
{
	if (e->runs || e->waits)
		e->sent = e->clearing.articles;
}

void expiry_committed(struct expiry *e)
{
	if (e->runs || e->waits)
		e->gone = e->sent;
	if (e->waits)
		wait_for_commits(e);
}

/* A commit of others that fails while nothing had been taken out is no failure of this. */
void expiry_failed(struct expiry *e, struct service *sv, int err)
{
	if (!e->runs && !e->waits)
		return;
	if (e->gone < e->clearing.articles) {
		fail(e, sv, err);
		return;
	}
	end_clearing(e, sv);
	tell_gone(e);
}

void expiry_stop(struct expiry *e, struct service *sv)
{
	if (e->runs || e->waits)
		tell_gone(e);
	end_clearing(e, sv);
	e->waits = false;
}

void expiry_turn(struct expiry *e, struct service *sv)
{
	int state = e->runs && !sv->stopping ? clearing_step(&e->clearing, sv) : 0;

	if (!e->runs || state > 0)
		return;
	if (state < 0) {
		fail(e, sv, state);
		return;
	}
	end_clearing(e, sv);
	wait_for_commits(e);
}
