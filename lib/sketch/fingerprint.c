#include "sketch/fingerprint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "sketch/paragraphs.h"
#include "sketch/pick.h"
#include "sketch/shingle.h"
#include "sketch/simhash.h"
#include "text/proper.h"

/* The units that shingles are made of. */
struct body {
	const struct unit *units; /* of the text, or joined */
	size_t from, end;         /* in units */
	size_t lead;              /* the lead's first; end: there is none */
	const char *text;         /* folded */
	size_t len;
};

struct fingerprinter {
	struct folder *folder;
	const struct rules *rules; /* in use; NULL: nothing has been fingerprinted yet */
	struct rules *builtin;     /* NULL: they were not needed yet */
	struct buf own;  /* of fingerprint_text */
	struct buf *out; /* where the fingerprint goes */

	/* the text at hand */
	const char *text;
	struct folded folded;
	struct page page;
	struct fingerprint head;
	struct body body;

	struct unit *joined; /* the units of a body that is not in one piece */
	size_t cap_joined;
	struct buf joined_text;
	uint64_t *hashes; /* of shingles of one kind that start at each unit of a piece of text */
	size_t cap_hashes;
	bool simhash; /* of each paragraph, too */
	struct paragraphs paragraphs;
	struct picker picker;
};

int fingerprinter_new(struct fingerprinter **ret)
{
	struct fingerprinter *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	buf_init(&f->own, (size_t)1 << 31);
	buf_init(&f->joined_text, (size_t)1 << 31);
	page_init(&f->page);
	paragraphs_init(&f->paragraphs);
	picker_init(&f->picker);
	err = folder_new(&f->folder);
	if (err) {
		fingerprinter_free(f);
		return err;
	}
	*ret = f;
	return 0;
}

void fingerprinter_free(struct fingerprinter *f)
{
	if (!f)
		return;
	folder_free(f->folder);
	rules_free(f->builtin);
	page_done(&f->page);
	buf_done(&f->own);
	buf_done(&f->joined_text);
	free(f->joined);
	free(f->hashes);
	paragraphs_done(&f->paragraphs);
	picker_done(&f->picker);
	free(f);
}

void fingerprinter_use(struct fingerprinter *f, const struct rules *r)
{
	f->rules = r ? r : f->builtin;
}

static int need_rules(struct fingerprinter *f)
{
	struct rules_fault fault;
	int err = f->rules ? 0 : rules_builtin(f->folder, &f->builtin, &fault);

	if (!err && !f->rules)
		f->rules = f->builtin;
	return err;
}

void fingerprinter_simhash(struct fingerprinter *f, bool on)
{
	f->simhash = on;
}

static int hashes_reserve(struct fingerprinter *f, size_t n)
{
	size_t cap = n + n / 2 + 64;

	if (n <= f->cap_hashes)
		return 0;
	free(f->hashes);
	f->hashes = malloc(cap * sizeof(*f->hashes));
	f->cap_hashes = f->hashes ? cap : 0;
	return f->hashes ? 0 : -ENOMEM;
}

static size_t shorts_within(const struct unit *u, size_t from, size_t to)
{
	return shingle_stop(u, from, to, FP_SHORT_WEIGHT);
}

static size_t unit_at_weight(const struct unit *u, size_t from, size_t to, uint32_t weight)
{
	uint32_t sum = 0;

	while (from < to && sum < weight)
		sum += u[from++].weight;
	return from;
}

/* --- the body --- */

static inline bool in_body(const struct part *x)
{
	return part_in_body(x->role) && x->unit < x->unit_end;
}

/* The body's first and last part; false: it has none. Whether it is in one piece between them. */
static bool outline(const struct page *p, size_t n, size_t *first, size_t *last, bool *one_piece)
{
	bool any = false;

	*one_piece = true;
	for (size_t i = 0; i < n; i++) {
		if (!in_body(&p->parts[i]))
			continue;
		if (!any)
			*first = i;
		else if (p->parts[i].unit != p->parts[*last].unit_end)
			*one_piece = false;
		*last = i;
		any = true;
	}
	return any;
}

static int join_reserve(struct fingerprinter *f, size_t n)
{
	if (n <= f->cap_joined)
		return 0;
	free(f->joined);
	f->joined = malloc((n + n / 2) * sizeof(*f->joined));
	f->cap_joined = f->joined ? n + n / 2 : 0;
	return f->joined ? 0 : -ENOMEM;
}

/* Copies the parts of the body one behind the other. */
static int join(struct fingerprinter *f, const struct folded *t, size_t first, size_t last, struct body *ret)
{
	size_t n = 0;
	int err = join_reserve(f, t->n_units);

	buf_clear(&f->joined_text);
	for (size_t i = first; i <= last && !err; i++) {
		const struct part *x = &f->page.parts[i];

		if (!in_body(x))
			continue;
		if (i == f->page.lead)
			ret->lead = n;
		memcpy(f->joined + n, t->units + x->unit, (x->unit_end - x->unit) * sizeof(*f->joined));
		n += x->unit_end - x->unit;
		if (i > first)
			err = buf_add(&f->joined_text, "\n", 1);
		if (!err)
			err = buf_add(&f->joined_text, t->text + x->fold, x->fold_end - x->fold);
	}
	ret->units = f->joined;
	ret->from = 0;
	ret->end = n;
	ret->text = (const char *)f->joined_text.at;
	ret->len = f->joined_text.len;
	return err;
}

static int find_body(struct fingerprinter *f, const struct folded *t, struct fingerprint *head)
{
	const struct part *parts = f->page.parts;
	struct body *b = &f->body;
	size_t first = 0, last = 0;
	bool one_piece;

	*b = (struct body){ .units = t->units };
	if (!outline(&f->page, t->n_paragraphs, &first, &last, &one_piece))
		return 0;
	head->body_start = t->units[parts[first].unit].start;
	head->body_end = t->units[parts[last].unit_end - 1].end;
	if (!one_piece)
		return join(f, t, first, last, b);
	b->from = parts[first].unit;
	b->end = parts[last].unit_end;
	b->lead = f->page.lead < t->n_paragraphs ? parts[f->page.lead].unit : b->end;
	b->text = t->text + parts[first].fold;
	b->len = parts[last].fold_end - parts[first].fold;
	return 0;
}

/* --- numbers, names --- */

static inline bool has_digit(const struct unit *u, const char *text)
{
	return u->weight == UNIT_WORD && (unsigned char)(text[u->start] - '0') < 10;
}

/* The word, or the two syllables, before unit i; 0 at the beginning. */
static uint64_t before(const struct body *b, size_t i)
{
	if (i == b->from)
		return 0;
	if (b->units[i - 1].weight == UNIT_WORD || i - 1 == b->from)
		return b->units[i - 1].hash;
	return shingle_join(b->units[i - 1].hash, b->units[i - 2].hash);
}

/* A number is a word that begins with a digit. Those in a row, as 1,234.5 or 2026-03-05 10:30, stand at one place. */
static int put_numbers(struct fingerprinter *f, const char *text, struct fingerprint *head)
{
	const struct body *b = &f->body;
	uint32_t numbers[FP_NUMBERS_MAX], n = 0;
	bool room = b->end - b->from <= FP_NUMBERS_UNITS;

	for (size_t i = b->from, from; i < b->end && room; i++) {
		uint64_t place;
		uint32_t joins = 0;

		if (!has_digit(&b->units[i], text))
			continue;
		for (from = i; i < b->end && has_digit(&b->units[i], text);)
			i++;
		place = shingle_join(before(b, from), i < b->end ? b->units[i].hash : 0) % (1u << FP_PLACE_BITS);
		room = n + (i - from) <= FP_NUMBERS_MAX;
		for (; from < i && room; from++, joins = FP_NUMBER_JOINS)
			numbers[n++] = (uint32_t)b->units[from].hash << (1 + FP_PLACE_BITS) | (uint32_t)place << 1 | joins;
	}
	head->n_numbers = room ? n : 0;
	return buf_add(f->out, numbers, head->n_numbers * sizeof(*numbers));
}

/* One that stands in two cases is one. */
static bool add_name(uint32_t *names, uint32_t *n, uint32_t key)
{
	for (uint32_t i = 0; i < *n; i++)
		if (proper_same(names[i], key))
			return true;
	if (*n == FP_NAMES_MAX)
		return false;
	names[(*n)++] = key;
	return true;
}

static int put_names(struct fingerprinter *f, const char *text, struct fingerprint *head)
{
	const struct body *b = &f->body;
	uint32_t names[FP_NAMES_MAX], n = 0;
	bool room = b->end - b->from <= FP_NAMES_UNITS;
	uint32_t weight = room ? proper_weight(b->units, b->from, b->end) : 0;
	size_t some;

	for (size_t i = b->from; i < b->end && room; i += some ? some : 1) {
		uint64_t hash = b->units[i].hash;

		some = 0;
		if (proper_may_be(b->units, i, text))
			some = proper_at(weight, b->units, b->from, i, b->end, text);
		for (size_t k = 1; k < some; k++)
			hash = shingle_join(hash, b->units[i + k].hash);
		if (some)
			room = add_name(names, &n, proper_key(b->units + i, some, text, hash));
	}
	head->n_names = room ? n : 0;
	return buf_add(f->out, names, head->n_names * sizeof(*names));
}

/* --- shingles --- */

/* The high halves of the first n hashes. */
static int put_high(struct fingerprinter *f, size_t n)
{
	uint32_t *to;

	if (buf_reserve(f->out, n * sizeof(*to)))
		return -ENOMEM;
	to = (uint32_t *)(f->out->at + f->out->len);
	for (size_t i = 0; i < n; i++)
		to[i] = (uint32_t)(f->hashes[i] >> 32);
	f->out->len += n * sizeof(*to);
	return 0;
}

static int put_shingles(struct fingerprinter *f, struct fingerprint *head)
{
	const struct body *b = &f->body;
	size_t end = shingle_stop(b->units, b->from, b->end, FP_SHINGLE_WEIGHT);

	shingle_hash(b->units + b->from, b->end - b->from, f->hashes);
	return picker_run(&f->picker, f->hashes, end - b->from, f->paragraphs.cuts, f->paragraphs.n_cuts, f->out, head);
}

static int put_head(struct fingerprinter *f, struct fingerprint *head)
{
	const struct body *b = &f->body;
	size_t end;

	if (b->lead == b->end)
		return 0;
	end = unit_at_weight(b->units, b->lead, b->end, FP_LEAD_WEIGHT);
	head->n_lead = head->n_lead_alone = (uint32_t)(shorts_within(b->units, b->lead, end) - b->lead);
	end = unit_at_weight(b->units, end, b->end, FP_HEAD_WEIGHT - FP_LEAD_WEIGHT);
	head->n_head = (uint32_t)(shorts_within(b->units, b->lead, end) - b->lead);
	shingle_hash_short(b->units + b->lead, end - b->lead, f->hashes);
	return put_high(f, head->n_head);
}

/* --- SimHash --- */

/* Of units [from, to): their short shingles, or they together when they are too few for one. */
static uint64_t simhash_units(struct fingerprinter *f, const struct unit *u, size_t from, size_t to)
{
	size_t end = shorts_within(u, from, to);
	uint64_t together = 0;

	shingle_hash_short(u + from, to - from, f->hashes);
	if (end > from)
		return simhash_of(f->hashes, end - from);
	for (size_t i = from; i < to; i++)
		together = shingle_join(together, u[i].hash);
	return to > from ? simhash_of(&together, 1) : 0;
}

static int put_simhash(struct fingerprinter *f, size_t from, size_t to)
{
	uint64_t hash = simhash_units(f, f->folded.units, from, to);

	return buf_add(f->out, &hash, sizeof(hash));
}

/* In the order of the fingerprint's paragraphs. */
static int put_simhashes(struct fingerprinter *f, const struct folded *t, struct fingerprint *head)
{
	const struct placed_piece *piece = f->paragraphs.pieces, *end = piece + f->paragraphs.n_pieces;
	int err = 0;

	for (size_t i = 0; i < t->n_paragraphs && !err; i++) {
		err = put_simhash(f, t->paragraphs[i].unit, t->paragraphs[i].unit_end);
		for (; piece < end && piece->paragraph == i && !err; piece++)
			err = put_simhash(f, piece->units.unit, piece->units.unit_end);
	}
	head->n_simhashes = head->n_paragraphs;
	return err;
}

uint64_t fp_simhash(const struct fingerprint *fp)
{
	return fp->n_shingles ? simhash_of_halves(fp_shingles(fp), fp->n_shingles) : fp->body_hash;
}

uint64_t fp_paragraph_simhash(const struct fingerprint *fp, uint32_t i)
{
	uint64_t ret = 0;

	if (i < fp->n_simhashes)
		memcpy(&ret, (const char *)(fp_names(fp) + fp->n_names) + i * sizeof(ret), sizeof(ret));
	return ret;
}

typedef int fold_fn(struct folder *f, const char *text, size_t len, struct folded *ret);

/* The hashes of the title's first line, which pages print again above the text. */
static int read_title(struct fingerprinter *f, fold_fn *fold, const char *title, size_t len, struct fingerprint *head,
		      struct page_title *ret)
{
	struct folded t;
	int err = fold(f->folder, title, len, &t);

	if (err || !t.n_paragraphs)
		return err;
	*ret = page_title(f->rules, &t);
	head->title_hash = ret->hash;
	head->title_read = hanja_title(&f->rules->hanja, t.text, t.paragraphs[0].fold_end);
	return 0;
}

int fingerprint_read(struct fingerprinter *f, const char *title, size_t title_len, const char *text, size_t text_len,
		     bool is_utf8)
{
	fold_fn *fold = is_utf8 ? fold_utf8 : fold_text;
	struct page_title name = { 0 };
	int err = need_rules(f);

	f->head = (struct fingerprint){ .version = FP_VERSION };
	f->text = text;
	if (!err && title_len)
		err = read_title(f, fold, title, title_len, &f->head, &name);
	if (!err)
		err = fold(f->folder, text, text_len, &f->folded);
	if (!err)
		err = hashes_reserve(f, f->folded.n_units);
	return err ? err : page_read(&f->page, f->rules, &f->folded, text, &name);
}

/* All behind the head, which learns of it. */
static int put_lists(struct fingerprinter *f, const struct folded *t, struct fingerprint *head)
{
	const struct body *b = &f->body;
	int err = paragraphs_put(&f->paragraphs, t, &f->page, f->text, f->out, head);

	if (!err)
		err = find_body(f, t, head);
	if (err)
		return err;
	head->n_units = (uint32_t)(b->end - b->from);
	if (head->n_units)
		head->body_hash = hash_bytes(b->text, b->len);
	err = put_shingles(f, head);
	if (!err)
		err = put_head(f, head);
	if (!err)
		err = paragraphs_put_spans(&f->paragraphs, f->out, head);
	if (!err)
		err = put_numbers(f, f->text, head);
	if (!err)
		err = put_names(f, f->text, head);
	return !err && f->simhash ? put_simhashes(f, t, head) : err;
}

int fingerprint_put(struct fingerprinter *f, struct buf *to)
{
	size_t start = to->len;
	int err = buf_add(to, &f->head, sizeof(f->head));

	f->out = to;
	if (!err)
		err = put_lists(f, &f->folded, &f->head);
	if (err)
		return err;
	f->head.bytes = (uint32_t)(to->len - start);
	memcpy(to->at + start, &f->head, sizeof(f->head));
	return 0;
}

int fingerprint_text(struct fingerprinter *f, const char *title, size_t title_len, const char *text, size_t text_len,
		     const struct fingerprint **ret)
{
	int err = fingerprint_read(f, title, title_len, text, text_len, false);

	buf_clear(&f->own);
	if (!err)
		err = fingerprint_put(f, &f->own);
	if (!err)
		*ret = (const struct fingerprint *)(const void *)f->own.at;
	return err;
}

static struct fp_string between(const char *text, uint32_t from, uint32_t end)
{
	return (struct fp_string){ end > from ? text + from : NULL, end > from ? end - from : 0 };
}

struct fp_credits fingerprinter_credits(const struct fingerprinter *f, const char *text)
{
	const struct credit_names *n = &f->page.names;
	struct fp_credits ret = {
		.byline = between(text, n->byline, n->byline_end),
		.dateline = between(text, n->dateline, n->dateline_end),
	};

	if (n->agency >= 0)
		ret.agency = (struct fp_string){ f->rules->keys[n->agency], strlen(f->rules->keys[n->agency]) };
	return ret;
}
