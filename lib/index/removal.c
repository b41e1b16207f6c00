#include "index/removal.h"

#include <errno.h>
#include <string.h>

/* What stands for an article that is gone. It has no names; what came before it leads on from those after it. */
static int gone_build(struct buf *b, const struct record *r, uint32_t seq)
{
	struct record *gone;
	int err = record_blank(b);

	if (err)
		return err;
	gone = (struct record *)b->at;
	gone->id_key = 0;
	gone->story = seq;
	gone->lead_story = r->lead_story;
	gone->earlier = r->earlier;
	gone->earlier_url = r->earlier_url;
	gone->earlier_title = r->earlier_title;
	gone->earlier_headline = r->earlier_headline;
	gone->gone = RECORD_GONE;
	gone->revision = r->revision;
	return 0;
}

static int write_gone(struct library *l, const struct record *r, uint32_t seq, uint64_t *ret_place)
{
	struct buf b;
	void *at;
	int err;

	buf_init(&b, UINT32_MAX);
	err = gone_build(&b, r, seq);
	if (!err)
		err = library_rewrite(l, seq, b.len, &at, ret_place);
	if (!err)
		memcpy(at, b.at, b.len);
	buf_done(&b);
	return err;
}

int removal_do(struct library *l, const struct record *r, uint32_t seq, uint32_t *hint, uint32_t *ret_heir,
	       struct undo *ret)
{
	struct undo u = { .seq = seq, .kind = UNDO_GONE, .place = l->entries[seq].record, .same_id = ND_NONE };
	uint32_t earlier = library_earlier(l, r, NAME_ID);
	uint64_t place;
	int err = write_gone(l, r, seq, &place);

	if (err)
		return err;
	entrance_take_keys(l, r, seq);
	names_leave(l, r, seq, &u.names);
	if (earlier != ND_NONE && u.names.n && u.names.of[0] == DIGEST_ID) {
		u.same_id = earlier;
		l->entries[earlier].superseded = false;
	}
	u.heir = *ret_heir = story_part(l, seq, hint);
	l->entries[seq].record = place;
	l->entries[seq].gone = true;
	l->n_gone++;
	*ret = u;
	return 0;
}
