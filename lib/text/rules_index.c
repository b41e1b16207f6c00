#include "text/rules_index.h"

#include <errno.h>
#include <stdlib.h>

#include "text/chars.h"
#include "text/match.h"

/* What puts a rule into its group: heads come first, by their first character. Of the others, the last of a file is
 * tried first. */
static uint64_t group_of(const struct rules *r, const struct rule *rule)
{
	const struct element *e = &r->elements[rule->elements];

	if (rule->place == RULE_HEAD)
		return e->type == ELEMENT_CHAR ? e->cp : 0;
	return rule->anchor;
}

static int by_group(const void *a, const void *b, void *arg)
{
	const struct rule *x = a, *y = b;
	uint64_t p = group_of(arg, x), q = group_of(arg, y);

	if ((x->place == RULE_HEAD) != (y->place == RULE_HEAD))
		return x->place == RULE_HEAD ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	return (x->number < y->number) == (x->place == RULE_HEAD) ? -1 : 1;
}

static void hang(struct rules *r, uint64_t anchor, size_t first, size_t n)
{
	uint32_t at = (uint32_t)anchor & r->slots_mask;

	while (r->slots[at].n)
		at = (at + 1) & r->slots_mask;
	r->slots[at] = (struct rule_group){ (uint32_t)(anchor >> 32), (uint16_t)first, (uint16_t)n };
}

/* Puts rules that are tried together side by side. */
static void group_rules(struct rules *r)
{
	size_t end;

	if (r->n)
		qsort_r(r->rules, r->n, sizeof(*r->rules), by_group, r);
	for (size_t i = 0; i < r->n; i = end) {
		bool head = r->rules[i].place == RULE_HEAD;
		uint64_t group = group_of(r, &r->rules[i]);

		for (end = i + 1; end < r->n && (r->rules[end].place == RULE_HEAD) == head; end++)
			if (group_of(r, &r->rules[end]) != group)
				break;
		if (head)
			r->heads[r->n_heads++] = (struct rule_group){ (uint32_t)group, (uint16_t)i, (uint16_t)(end - i) };
		else
			hang(r, group, i, end - i);
	}
}

/* Any byte of a character that is not ASCII may stand for any mark that is not. */
static void mark_bytes(struct rules *r)
{
	for (uint32_t c = 0; c < 256; c++)
		if (c >= 0x80)
			r->byte_marks[c] = (uint64_t)UINT32_MAX << 32;
		else if (match_class(c) == CHAR_OTHER)
			r->byte_marks[c] = rules_mark(c);
}

/* At least twice as many slots as there may be anchors. */
static int reserve_slots(struct rules *r)
{
	size_t n = 64;

	while (n < 2 * r->n)
		n *= 2;
	r->slots = calloc(n, sizeof(*r->slots));
	r->slots_mask = (uint32_t)n - 1;
	return r->slots ? 0 : -ENOMEM;
}

int rules_index(struct rules *r)
{
	r->next_name = calloc(r->n_names + 1, sizeof(*r->next_name));
	r->heads = calloc(r->n + 1, sizeof(*r->heads));
	if (!r->next_name || !r->heads || reserve_slots(r))
		return -ENOMEM;
	mark_bytes(r);
	group_rules(r);
	hanja_sort(&r->hanja);
	site_sort(&r->site);
	for (size_t i = r->n_names; i--;) {
		uint32_t *first = &r->by_cp[r->cps[r->names[i].cps] % 64];

		r->next_name[i] = *first;
		*first = (uint32_t)i + 1;
	}
	return 0;
}
