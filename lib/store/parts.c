#include "store/parts.h"

#include <errno.h>

#include "store/format.h"
#include "store/text.h"

void parts_init(struct parts *p)
{
	*p = (struct parts){ .next = 0 };
	buf_init(&p->text, PACKED_MAX);
}

void parts_done(struct parts *p)
{
	buf_done(&p->text);
}

int parts_end(struct parts *p, uint64_t *ret_seq)
{
	bool whole = !p->next;

	p->next = 0;
	if (!whole)
		*ret_seq = p->seq;
	return whole ? 0 : -EBADMSG;
}

/* The first part tells how long the text is. */
static int begin(struct parts *p, uint64_t seq, const void *at, size_t n)
{
	buf_clear(&p->text);
	p->seq = seq;
	return text_size(at, n, &p->bytes) ? -EBADMSG : 0;
}

int parts_take(struct parts *p, uint64_t key, const void *at, size_t n, uint64_t *ret_seq)
{
	uint64_t seq = key >> STORE_PART_BITS, part = key & ((1u << STORE_PART_BITS) - 1);
	int before = p->next && seq != p->seq ? parts_end(p, ret_seq) : 0, err;

	if (!before)
		*ret_seq = seq;
	err = part != p->next ? -EBADMSG : part ? 0 : begin(p, seq, at, n);
	if (!err && p->text.len + n > p->bytes)
		err = -EBADMSG;
	if (!err)
		err = buf_add(&p->text, at, n);
	if (err) {
		p->next = 0;
		return err == -ENOMEM ? err : -EBADMSG;
	}
	p->next++;
	if (p->text.len < p->bytes || before)
		return before;
	p->next = 0;
	return text_verify(p->text.at, p->text.len) ? -EBADMSG : 1;
}
