#include "index/names.h"

static const enum library_name name_of[DIGEST_NAMES] = {
	[DIGEST_ID] = NAME_ID, [DIGEST_URL] = NAME_URL, [DIGEST_TITLE] = NAME_TITLE, [DIGEST_HEADLINE] = NAME_HEADLINE,
};

static const struct table *table_of(const struct library *l, uint32_t name)
{
	return name == DIGEST_ID ? &l->ids : name == DIGEST_TEXT ? &l->texts : &l->names;
}

static struct table *changed_table(struct library *l, uint32_t name)
{
	return name == DIGEST_ID ? &l->ids : name == DIGEST_TEXT ? &l->texts : &l->names;
}

/* Whose it is, + 1; 0: nobody's. */
static uint32_t holder(const struct library *l, uint32_t name, uint64_t key)
{
	const uint32_t *slot = key ? table_find(table_of(l, name), key) : NULL;

	return slot ? table_value(slot) : 0;
}

/* Cannot fail when there is a holder, or none is to be, or there was one a moment ago. */
static int set_holder(struct library *l, uint32_t name, uint64_t key, uint32_t value)
{
	struct table *t = changed_table(l, name);
	uint32_t *slot = table_find(t, key);

	if (slot && value)
		table_set(slot, value);
	else if (slot)
		table_remove(t, key, slot);
	return slot || !value ? 0 : table_insert(t, key, value);
}

static void note(struct names_before *b, uint32_t name, uint32_t was)
{
	b->of[b->n] = (uint8_t)name;
	b->was[b->n++] = was;
}

int names_add(struct library *l, const uint64_t names[DIGEST_NAMES], uint32_t seq, struct names_before *ret)
{
	int err = 0;

	ret->n = 0;
	for (uint32_t i = 0; i < DIGEST_NAMES && !err; i++) {
		uint32_t *slot;

		err = names[i] ? table_meet(changed_table(l, i), names[i], seq + 1, &slot) : 0;
		if (err || !names[i] || (slot && i == DIGEST_TEXT))
			continue;
		note(ret, i, slot ? table_value(slot) : 0);
		if (slot)
			table_set(slot, seq + 1);
	}
	return err;
}

int names_add_text(struct library *l, const struct record *r, uint32_t seq, struct names_before *ret)
{
	uint64_t key = record_fingerprint(r)->body_hash;
	uint32_t was = holder(l, DIGEST_TEXT, key);
	int err;

	ret->n = 0;
	if (!key || (was && was <= seq + 1))
		return 0;
	err = set_holder(l, DIGEST_TEXT, key, seq + 1);
	if (!err)
		note(ret, DIGEST_TEXT, was);
	return err;
}

void names_leave_text(struct library *l, const struct record *r, uint32_t seq, struct names_before *ret)
{
	uint64_t key = record_fingerprint(r)->body_hash;

	ret->n = 0;
	if (holder(l, DIGEST_TEXT, key) != seq + 1)
		return;
	note(ret, DIGEST_TEXT, seq + 1);
	set_holder(l, DIGEST_TEXT, key, 0);
}

uint32_t names_successor(const struct library *l, const struct record *r, uint32_t seq, enum library_name name)
{
	const uint64_t names[DIGEST_NAMES] = DIGEST_NAMES_OF(r);
	uint32_t i = 0, at, before, n = 0;

	while (i == DIGEST_TEXT || name_of[i] != name)
		i++;
	at = holder(l, i, names[i]);
	if (!at || at - 1 <= seq)
		return ND_NONE;
	for (at--; at != ND_NONE && at > seq && n < NAMES_WALK && !l->shelf->fault; at = before, n++) {
		before = library_earlier(l, library_pass(l, at), name);
		if (before == seq)
			return at;
	}
	return ND_NONE;
}

void names_leave(struct library *l, const struct record *r, uint32_t seq, struct names_before *ret)
{
	const uint64_t names[DIGEST_NAMES] = DIGEST_NAMES_OF(r);

	ret->n = 0;
	for (uint32_t i = 0; i < DIGEST_NAMES; i++) {
		if (holder(l, i, names[i]) != seq + 1)
			continue;
		note(ret, i, seq + 1);
		set_holder(l, i, names[i], i == DIGEST_TEXT ? 0 : library_earlier(l, r, name_of[i]) + 1);
	}
}

void names_undo(struct library *l, const struct record *r, const struct names_before *before)
{
	const uint64_t names[DIGEST_NAMES] = DIGEST_NAMES_OF(r);

	for (uint32_t i = before->n; i--;)
		set_holder(l, before->of[i], names[before->of[i]], before->was[i]);
}
