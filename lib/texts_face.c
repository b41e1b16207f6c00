/*
 * Kept texts, by the layers below: what is packed is the text, then the language, then a byte that tells how long the
 * language is.
 */
#include <errno.h>
#include <stdlib.h>

#include "index_face.h"
#include "store/text.h"
#include "store_face.h"
#include "texts_face.h"

#define LANG_MAX 255u
#define KEEP_BYTES ((size_t)1 << 20) /* of memory for the next ones */

struct nd_packer {
	struct packer core;
	const struct dictionaries *dictionaries;
	struct buf raw;
};

int nd_packer_new(const struct nd_store *s, struct nd_packer **ret)
{
	struct nd_packer *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	buf_init(&p->raw, KEPT_MAX);
	p->dictionaries = store_dictionaries(s->core);
	err = packer_init(&p->core);
	if (err)
		free(p);
	else
		*ret = p;
	return err;
}

void nd_packer_free(struct nd_packer *p)
{
	if (!p)
		return;
	packer_done(&p->core);
	buf_done(&p->raw);
	free(p);
}

void texts_face_clear(struct buf *b)
{
	if (b->cap > KEEP_BYTES)
		buf_done(b);
	buf_clear(b);
}

int texts_face_part(const struct buf *b, struct nd_kept *ret)
{
	size_t lang = b->len ? b->at[b->len - 1] : 0;

	if (lang >= b->len)
		return -EBADMSG;
	ret->text = (struct nd_str){ (const char *)b->at, b->len - 1 - lang };
	ret->lang = (struct nd_str){ lang ? ret->text.at + ret->text.len : NULL, lang };
	return 0;
}

int nd_pack(struct nd_packer *p, const struct nd_article *a, struct nd_packed *ret)
{
	struct nd_str lang = a->lang.len <= LANG_MAX ? a->lang : (struct nd_str){ 0 };
	const struct text_head *head;
	int err;

	if (a->text.len > ND_TEXT_MAX)
		return -E2BIG;
	texts_face_clear(&p->raw);
	err = buf_reserve(&p->raw, a->text.len + lang.len + 1);
	if (err)
		return err;
	buf_add(&p->raw, a->text.at, a->text.len);
	buf_add(&p->raw, lang.at, lang.len);
	buf_put(&p->raw, (uint8_t)lang.len);
	err = packer_run(&p->core, dictionaries_newest(p->dictionaries), p->raw.at, p->raw.len, &head);
	if (!err)
		*ret = (struct nd_packed){ head, sizeof(*head) + head->packed };
	return err;
}

int nd_store_train(struct nd_store *s)
{
	return store_train(s->core);
}

int nd_index_text(struct nd_index *ix, nd_seq seq, struct nd_kept *ret)
{
	struct buf *b = &ix->texts[ix->next_text % 2];
	int err;

	if (seq >= index_count(ix->core) || index_state(ix->core, seq).gone)
		return -ENOENT;
	texts_face_clear(b);
	b->max = KEPT_MAX;
	err = index_text(ix->core, seq, b);
	if (!err)
		err = texts_face_part(b, ret);
	ix->next_text += !err;
	return err;
}
