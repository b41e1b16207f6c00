#include "index/reason.h"

#include <stdio.h>

/* before VALUE between THRESHOLD after; shares in per cent. Without `between` there is nothing to count. */
struct sentence {
	const char *before, *between, *after;
	bool share;
};

#define RARE " % of the rare shingles of the shorter text stand in the other; "

static const struct sentence sentences[] = {
	[JUDGED_SAME_TEXT] = { .before = "the two bodies are the same text, case, blanks and typography aside" },
	[JUDGED_MOSTLY_SHARED] = { "", RARE "a copy needs ", " %", true },
	[JUDGED_MOSTLY_ADDS] = { "much of the shorter text stands in the later one, but ",
				 " % of that one's rare shingles are new; one that joins has less than ", " %", true },
	[JUDGED_INSIDE] = { "", RARE "a text inside a much longer one needs ", " %", true },
	[JUDGED_FAR_IN_TIME] = { "the words are the same, but ", " days lie between; from ",
				 " days on that is a form filled in anew", false },
	[JUDGED_OTHER_AT_PLACES] = { "a form filled in anew: of the numbers that stand at the same places only ",
				     " % are the same; the same notice has ", " %", true },
	[JUDGED_OTHER_NUMBERS] = { "a form filled in anew: of the numbers of the shorter text only ",
				   " % stand in the other; the same notice shares ", " %", true },
	[JUDGED_OTHER_NAMES] = { "a form filled in anew: of the names in the shorter text only ",
				 " % stand in the other; the same notice shares ", " %", true },
	[JUDGED_FRAME] = { "two pages of one site that only begin and end alike: ",
			   " % of the text that has less for itself stands between; a page of its own has ", " %", true },
	[JUDGED_PASSAGE] = { "", RARE "too little for a copy, and a shared passage needs ", " %", true },
	[JUDGED_LITTLE] = { "", RARE "they would have to be ", " %", true },
	[JUDGED_SHORT_PASSAGE] = { "they share ", " rare shingles; a passage worth telling has ", "", false },
	[JUDGED_NOTHING_RARE] = { "one of the texts has ", " rare shingles; fewer than ", " say nothing", false },
	[JUDGED_SAME_LEAD] = { "only the beginnings agree: ",
			       " % of one lead stands at the head of the other; the same lead needs ", " %", true },
	[JUDGED_LEAD_WITHIN] = { "only a lead agrees: ",
				 " % of one lead stands within the other text; the same lead needs ", " %", true },
	[JUDGED_SAME_ID] = { .before = "both have the same id" },
	[JUDGED_SAME_URL] = { .before = "the same outlet published both under the same url" },
	[JUDGED_SAME_TITLE] = { .before = "the same outlet published both under the same title, and they share text" },
	[JUDGED_TOO_SHORT] = { "the shorter text has ", " distinct shingles; to judge it takes ", "", false },
};

/* Cut, not rounded: what misses its threshold must not look as if it had met it. */
static int shown(const struct sentence *s, float value)
{
	return s->share ? (int)(value * 100 + 0.001f) : (int)value;
}

void reason_say(const struct judgement *j, char *ret, size_t room)
{
	const struct sentence *s = &sentences[j->rule];

	if (s->between)
		snprintf(ret, room, "%s%d%s%d%s", s->before, shown(s, j->value), s->between,
			 shown(s, j->threshold), s->after);
	else
		snprintf(ret, room, "%s", s->before);
}
