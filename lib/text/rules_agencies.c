#include "text/rules_part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "text/utf8.h"

#define NAMES_MAX 900u /* their slots must not fill */

static void hang_agency(struct rules *r, uint64_t anchor)
{
	size_t n = sizeof(r->agency_slots) / sizeof(*r->agency_slots), at = anchor % n;

	while (r->agency_slots[at] && r->agency_slots[at] != anchor)
		at = (at + 1) % n;
	r->agency_slots[at] = anchor;
	rules_set_bit(r->agencies, anchor);
	rules_set_bit(r->words, anchor);
}

/* The most telling word of a name is its anchor. */
static int mark_name(struct reading *rd, const char *at, const char *end)
{
	const struct unit *best, *stop;
	struct folded t;
	int err = fold_text(rd->folder, at, (size_t)(end - at), &t);

	if (err)
		return err;
	if (!t.n_units)
		return rules_refuse(rd, "a name without a letter");
	best = t.units;
	stop = t.units + t.n_units;
	for (const struct unit *u = t.units; u < stop; u++)
		best = rules_telling(u, stop) > rules_telling(best, stop) ? u : best;
	if (rd->rules->n_names == NAMES_MAX)
		return rules_refuse(rd, "too many names");
	hang_agency(rd->rules, rules_anchor(best, stop));
	return 0;
}

static bool is_name_known(const struct rules *r, const struct agency_name *name)
{
	for (size_t i = 0; i < r->n_names; i++)
		if (r->names[i].n == name->n &&
		    !memcmp(r->cps + r->names[i].cps, r->cps + name->cps, name->n * sizeof(*r->cps)))
			return true;
	return false;
}

static bool is_key_known(const struct rules *r, const char *key, size_t n)
{
	for (size_t i = 0; i < r->n_keys; i++)
		if (!strncmp(r->keys[i], key, n) && !r->keys[i][n])
			return true;
	return false;
}

static int add_name(struct reading *rd, const char *at, const char *end, uint32_t key)
{
	struct rules *r = rd->rules;
	struct agency_name name = { .cps = (uint32_t)r->n_cps, .key = key };
	int err = array_reserve(&r->names, &r->cap_names, r->n_names + 1, sizeof(*r->names));
	const char *start;

	while (at < end && *at == ' ')
		at++;
	while (end > at && end[-1] == ' ')
		end--;
	if (!err && at == end)
		return rules_refuse(rd, "a name that is empty");
	start = at;
	while (at < end && !err) {
		unsigned n = 1;
		uint32_t cp = utf8_decode((const uint8_t *)at, &n);

		err = array_reserve(&r->cps, &r->cap_cps, r->n_cps + 1, sizeof(*r->cps));
		if (!err)
			r->cps[r->n_cps++] = cp;
		at += n;
	}
	name.n = (uint32_t)(r->n_cps - name.cps);
	if (!err && is_name_known(r, &name))
		return rules_refuse(rd, "the same name stands above");
	if (!err)
		r->names[r->n_names++] = name;
	return err ? err : mark_name(rd, start, end);
}

int rules_read_agency(struct reading *rd, const char *at, const char *end)
{
	struct rules *r = rd->rules;
	const char *bar = memchr(at, '|', (size_t)(end - at)), *stop;
	size_t n = bar ? (size_t)(bar - at) : 0;
	int err;

	while (n && at[n - 1] == ' ')
		n--;
	if (!n || strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-") < n)
		return rules_refuse(rd, "an agency is a key of letters, digits and dashes, then names, with | between them");
	if (is_key_known(r, at, n))
		return rules_refuse(rd, "the same key stands above");
	err = array_reserve(&r->keys, &r->cap_keys, r->n_keys + 1, sizeof(*r->keys));
	if (err)
		return err;
	r->keys[r->n_keys] = strndup(at, n);
	if (!r->keys[r->n_keys])
		return -ENOMEM;
	r->n_keys++;
	for (at = bar + 1; !err; at = stop + 1) {
		stop = memchr(at, '|', (size_t)(end - at));
		stop = stop ? stop : end;
		err = add_name(rd, at, stop, (uint32_t)r->n_keys - 1);
		if (stop == end)
			break;
	}
	return err;
}
