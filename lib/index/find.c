/*
 * Who has an id, and whether it says the same.
 */
#include "index/index_part.h"

#include <string.h>

#include "base/hash.h"

nd_seq index_find(const struct index *ix, struct nd_str id)
{
	uint64_t key = hash_bytes(id.at, id.len);
	const uint32_t *slot = table_find(&ix->library.ids, key);
	struct nd_str own;

	if (!slot)
		return ND_NONE;
	own = record_string(library_record(&ix->library, table_value(slot) - 1), RECORD_ID);
	if (index_fault(ix)) /* whoever reads it is told of that */
		return table_value(slot) - 1;
	return own.len == id.len && (!id.len || !memcmp(own.at, id.at, id.len)) ? table_value(slot) - 1 : ND_NONE;
}

static bool same_string(const struct record *a, const struct record *b, enum record_string s)
{
	struct nd_str x = record_string(a, s), y = record_string(b, s);

	return x.len == y.len && (!x.len || !memcmp(x.at, y.at, x.len));
}

bool index_is_same(const struct index *ix, nd_seq seq, const struct record *r)
{
	const struct record *was = library_record(&ix->library, seq);

	return was->id_key == r->id_key && same_string(was, r, RECORD_ID) && same_string(was, r, RECORD_TITLE) &&
	       record_fingerprint(was)->text_hash == record_fingerprint(r)->text_hash && !index_fault(ix);
}

nd_seq index_same(const struct index *ix, const struct record *r)
{
	const uint32_t *slot = table_find(&ix->library.ids, r->id_key);

	return slot && index_is_same(ix, table_value(slot) - 1, r) ? table_value(slot) - 1 : ND_NONE;
}
