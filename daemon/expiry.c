#include "daemon/expiry.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/service.h"

#define PASS_MIN_MS 1000u
#define PASS_MAX_MS 3600000u
#define SHARES 16u
#define VAIN_MAX 2u

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

void expiry_tick(struct expiry *e, struct service *sv, uint64_t now_ns, int64_t now_ms)
{
	uint64_t retain = sv->settings->retain, pause = retain / 20;

	if (!retain || e->runs || !sv->ready || sv->stopping || now_ns < e->next)
		return;
	if (pause < PASS_MIN_MS)
		pause = PASS_MIN_MS;
	if (pause > PASS_MAX_MS)
		pause = PASS_MAX_MS;
	e->next = now_ns + 1000000u * pause;
	e->before = now_ms - (int64_t)retain;
	e->runs = true;
	clearing_init(&e->clearing, sv, look, 0, nd_index_count(sv->index));
}

/* When the time of the article behind the oldest part of those that are there was. */
static int64_t time_behind(const struct expiry *e, struct service *sv)
{
	nd_seq n = nd_index_count(sv->index);
	struct nd_index_stats stats;

	nd_index_stats(sv->index, &stats);
	return nd_index_received(sv->index, n - (nd_seq)(stats.articles - stats.articles * e->share / SHARES) - 1) + 1;
}

void expiry_press(struct expiry *e, struct service *sv)
{
	if (e->runs || !sv->ready || sv->stopping || e->vain > VAIN_MAX || !nd_index_count(sv->index))
		return;
	e->share = e->share ? e->share : 1;
	e->before = time_behind(e, sv);
	e->runs = e->pressed = true;
	clearing_init(&e->clearing, sv, look, 0, nd_index_count(sv->index));
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

void expiry_stop(struct expiry *e, struct service *sv)
{
	if (!e->runs)
		return;
	e->runs = false;
	press_end(e);
	e->expired += e->clearing.articles;
	if (e->clearing.articles)
		log_info("%llu articles have expired", (unsigned long long)e->clearing.articles);
	clearing_done(&e->clearing, sv);
}

void expiry_turn(struct expiry *e, struct service *sv)
{
	int state = e->runs && !sv->stopping ? clearing_step(&e->clearing, sv) : 0;

	if (state < 0)
		log_warning("what has expired cannot be taken out: %s", strerror(-state));
	if (state <= 0)
		expiry_stop(e, sv);
}
