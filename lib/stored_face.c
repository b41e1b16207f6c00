/*
 * A store record by record, by the layers below.
 */
#include <errno.h>
#include <stdlib.h>

#include "index/sound.h"
#include "newsdup_store.h"
#include "store/text.h"
#include "store_face.h"
#include "texts_face.h"

struct nd_reader {
	struct store *store;
	struct store_reader *core;
	struct buf text;
};

int nd_reader_new(struct nd_store *s, struct nd_reader **ret)
{
	struct nd_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	buf_init(&r->text, KEPT_MAX);
	r->store = s->core;
	err = store_reader_new(s->core, &r->core);
	if (err)
		free(r);
	else
		*ret = r;
	return err;
}

void nd_reader_free(struct nd_reader *r)
{
	if (!r)
		return;
	store_reader_free(r->core);
	buf_done(&r->text);
	free(r);
}

int nd_reader_get(struct nd_reader *r, uint64_t seq, struct nd_stored *ret)
{
	struct store_item item;
	size_t n;
	int err = store_reader_next(r->core, seq, &item, 1, &n);

	if (err || !n)
		return err ? err : -ENOENT;
	*ret = (struct nd_stored){ .seq = item.seq, .received = item.received, .at = item.at, .bytes = item.bytes };
	return 0;
}

int nd_reader_renew(struct nd_reader *r)
{
	int newer = store_renew(r->store), err = newer < 0 ? newer : store_reader_renew(r->core);

	return err ? err : newer;
}

void nd_reader_let_go(struct nd_reader *r)
{
	store_let_go(r->store);
}

int nd_reader_text(struct nd_reader *r, uint64_t seq, struct nd_kept *ret)
{
	int err;

	texts_face_clear(&r->text);
	err = store_reader_text(r->core, seq, &r->text);
	return err ? err : texts_face_part(&r->text, ret);
}

static enum nd_stored_kind kind_of(const struct record *r)
{
	if (r->gone == RECORD_RULING)
		return r->verdict == ND_ALLOW ? ND_STORED_ALLOW : ND_STORED_DENY;
	return r->gone ? ND_STORED_GONE : ND_STORED_ARTICLE;
}

static void tell(const struct record *r, struct nd_stored_contents *ret)
{
	*ret = (struct nd_stored_contents){ .kind = kind_of(r) };
	if (ret->kind == ND_STORED_ARTICLE) {
		ret->article = record_article(r);
		ret->revision = r->revision + 1u;
		ret->verdict = r->verdict;
	}
	ret->a = r->gone == RECORD_RULING ? record_string(r, RECORD_ID) : (struct nd_str){ 0 };
	ret->b = r->gone == RECORD_RULING ? record_string(r, RECORD_URL) : (struct nd_str){ 0 };
}

int nd_stored_head(const struct nd_stored *s, struct nd_stored_contents *ret)
{
	const struct record *r = s->at;

	if (s->bytes >= sizeof(*r) && (r->version < RECORD_HEAD_FROM || r->version > FP_VERSION))
		return -EPROTO;
	if (!record_head_is_sound(r, s->bytes))
		return -EBADMSG;
	tell(r, ret);
	return 0;
}

void nd_fingerprint_continue(struct nd_fingerprint *fp, const struct nd_stored_contents *was)
{
	struct record *r = (struct record *)(uintptr_t)fp->at;

	r->revision = (uint16_t)(was->revision - 1);
	r->verdict = was->verdict == ND_REVISION ? ND_REVISION : ND_NEW;
}

int nd_stored_contents(const struct nd_stored *s, struct nd_stored_contents *ret)
{
	const struct record *r = s->at;

	if (s->bytes >= sizeof(*r) && r->version != FP_VERSION)
		return -EPROTO;
	if (s->seq >= ND_NONE || !record_is_sound(r, s->bytes, (uint32_t)s->seq))
		return -EBADMSG;
	tell(r, ret);
	return 0;
}
