#include "store/train.h"

#include <errno.h>
#include <stdlib.h>

#define TEXT_MIN 64u /* bytes; a shorter one is like no other */

struct samples {
	struct buf bytes, text; /* one behind the other; the one at hand */
	size_t sizes[TRAIN_TEXTS];
	uint32_t n;
};

void train_begin(struct store *s)
{
	s->train_at = s->o.read_only || s->dictionaries.n ? 0 : TRAIN_TEXTS;
}

static int add_sample(struct samples *m)
{
	size_t n = m->text.len < TRAIN_SAMPLE ? m->text.len : TRAIN_SAMPLE;
	int err = n < TEXT_MIN ? 0 : buf_add(&m->bytes, m->text.at, n);

	if (!err && n >= TEXT_MIN)
		m->sizes[m->n++] = n;
	return err;
}

/* A text that cannot be read is none to learn from; whoever wants it hears of it. */
static int gather(struct samples *m, struct store_reader *r, uint64_t count)
{
	int err = 0;

	for (uint64_t seq = 0; seq < count && m->n < TRAIN_TEXTS && m->bytes.len < TRAIN_BYTES && !err; seq++) {
		buf_clear(&m->text);
		err = store_reader_text(r, seq, &m->text);
		if (!err)
			err = add_sample(m);
		if (err != -ENOMEM)
			err = 0;
	}
	return err;
}

static int gather_all(struct samples *m, struct store *s)
{
	struct store_reader *r;
	int err = store_reader_new(s, &r);

	if (err)
		return err;
	err = gather(m, r, store_count(s));
	store_reader_free(r);
	return err;
}

static int train(struct samples *m, struct store *s)
{
	struct buf made;
	int err = m->n < TRAIN_MIN ? -ENODATA : 0;

	buf_init(&made, DICTIONARY_BYTES);
	if (!err)
		err = dictionary_train(m->bytes.at, m->sizes, m->n, &made);
	if (!err)
		err = store_add_dictionary(s, made.at, made.len);
	buf_done(&made);
	return err;
}

int store_train(struct store *s)
{
	struct samples *m;
	int err;

	if (!s->train_at || s->texts < s->train_at)
		return 0;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	buf_init(&m->bytes, TRAIN_BYTES + TRAIN_SAMPLE);
	buf_init(&m->text, KEPT_MAX);
	err = gather_all(m, s);
	if (!err)
		err = train(m, s);
	s->train_at = err ? 2 * s->texts : 0;
	buf_done(&m->bytes);
	buf_done(&m->text);
	free(m);
	return err ? err == -ENODATA ? 0 : err : 1;
}

int store_add_dictionary(struct store *s, const void *at, size_t bytes)
{
	int err = s->o.read_only ? -EROFS : dictionaries_make(&s->dictionaries, at, bytes);

	if (err)
		return err;
	err = s->backend->write_dictionary(s, s->dictionaries.n + 1, at, bytes);
	if (err)
		dictionaries_drop(&s->dictionaries);
	else
		dictionaries_publish(&s->dictionaries);
	return err;
}
