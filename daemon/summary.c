#include "daemon/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_STORY = 1, SEEN_LEAD = 2 };

const char *const reject_codes[REJECT_CODES] = {
	"bad_json",  "bad_utf8",    "bad_request", "missing_text", "bad_charset",
	"too_large", "too_deep",    "truncated",   "unreadable",   "internal",
};

void summary_reject(struct summary *s, const struct reject *r)
{
	size_t i = 0;

	while (i + 1 < REJECT_CODES && strcmp(reject_codes[i], r->code))
		i++;
	s->rejects[i]++;
	s->rejected++;
}

/* Counts the members of story `leader`, which must be one. */
static void count_story(struct summary *s, const struct nd_index *ix, nd_seq leader, bool syndicated)
{
	uint64_t members = 1;

	for (nd_seq m = nd_index_next_member(ix, leader); m != ND_NONE; m = nd_index_next_member(ix, m))
		members++;
	if (members < 2)
		return;
	s->stories++;
	s->in_stories += members;
	s->syndicated += syndicated;
	if (members > s->largest_story)
		s->largest_story = members;
}

/* Counts lead stories that another article takes part in, once each. */
static void count_leads(struct summary *s, const struct nd_index *ix, nd_seq article)
{
	nd_seq leads[ND_LEADS_MAX];

	for (size_t i = nd_index_leads(ix, article, leads, ND_LEADS_MAX); i--;) {
		if (leads[i] == article || s->seen[leads[i]] & SEEN_LEAD)
			continue;
		s->seen[leads[i]] |= SEEN_LEAD;
		s->lead_stories++;
	}
}

int summary_begin(struct summary *s, const struct nd_index *ix)
{
	nd_seq n = nd_index_count(ix);

	s->seen = calloc(1, n ? n : 1);
	return s->seen ? 0 : -ENOMEM;
}

void summary_repeat(struct summary *s, const struct nd_report *r)
{
	s->articles++;
	s->verdicts[r->verdict]++;
	s->published_missing += !r->article.published.at;
	s->published_unreadable += r->article.published.at && !r->published_ok;
}

void summary_article(struct summary *s, const struct nd_index *ix, const struct nd_report *r)
{
	summary_repeat(s, r);
	if (!(s->seen[r->story] & SEEN_STORY))
		count_story(s, ix, r->story, r->syndicated);
	s->seen[r->story] |= SEEN_STORY;
	count_leads(s, ix, r->seq);
}

void summary_end(struct summary *s, const struct keep *k)
{
	free(s->seen);
	s->seen = NULL;
	s->kept = k->kept;
	s->dropped = k->dropped;
}

void summary_json(const struct summary *s, struct out *o)
{
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {
		{ "files", s->files }, { "articles", s->articles }, { "bytes", s->bytes },
		{ "kept", s->kept }, { "dropped", s->dropped }, { "stories", s->stories },
		{ "in_stories", s->in_stories }, { "largest_story", s->largest_story },
		{ "syndicated_stories", s->syndicated }, { "lead_stories", s->lead_stories },
		{ "published_missing", s->published_missing },
		{ "published_unreadable", s->published_unreadable }, { "rejected", s->rejected },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		out_key(o, counts[i].name);
		out_u64(o, counts[i].value);
	}
	out_key(o, "verdicts");
	out_begin_object(o);
	for (int i = 0; i < ND_RELATIONS; i++) {
		out_key(o, nd_relation_name(i));
		out_u64(o, s->verdicts[i]);
	}
	out_end_object(o);
	out_key(o, "rejects");
	out_begin_object(o);
	for (size_t i = 0; i < REJECT_CODES; i++)
		if (s->rejects[i]) {
			out_key(o, reject_codes[i]);
			out_u64(o, s->rejects[i]);
		}
	out_end_object(o);
}

static double percent(uint64_t part, uint64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0;
}

void summary_print(const struct summary *s, FILE *to)
{
	fprintf(to, "%" PRIu64 " articles in %" PRIu64 " file%s\n", s->articles, s->files, s->files == 1 ? "" : "s");
	for (int i = 0; i < ND_RELATIONS; i++)
		if (s->verdicts[i])
			fprintf(to, "  %-12s %10" PRIu64 "  %5.1f %%\n", nd_relation_name(i), s->verdicts[i],
				percent(s->verdicts[i], s->articles));
	fprintf(to, "%" PRIu64 " stories of two or more, with %" PRIu64 " articles, the largest with %" PRIu64
		"; %" PRIu64 " in several outlets\n", s->stories, s->in_stories, s->largest_story, s->syndicated);
	fprintf(to, "keep %" PRIu64 ", drop %" PRIu64 "\n", s->kept, s->dropped);
	if (s->published_unreadable)
		fprintf(to, "%" PRIu64 " articles have an unreadable publication time\n", s->published_unreadable);
	if (!s->rejected)
		return;
	fprintf(to, "%" PRIu64 " rejected:", s->rejected);
	for (size_t i = 0; i < REJECT_CODES; i++)
		if (s->rejects[i])
			fprintf(to, " %s %" PRIu64, reject_codes[i], s->rejects[i]);
	fputc('\n', to);
}
