/* Any bytes as a title, a newline and a text: the roles of its paragraphs, and what is left of them, fit together. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sketch/fingerprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x)                                                                                                       \
	do {                                                                                                           \
		if (!(x))                                                                                              \
			abort();                                                                                       \
	} while (0)

static struct folder *folder;
static struct rules *rules;
static struct fingerprinter *printer;
static struct page page;

static void check_part(const struct part *x, const struct paragraph *p)
{
	CHECK(x->role >= PART_TITLE && x->role <= PART_RELATED);
	CHECK(x->unit >= p->unit && x->unit <= x->unit_end && x->unit_end <= p->unit_end);
	CHECK(x->fold >= p->fold && x->fold <= x->fold_end && x->fold_end <= p->fold_end);
}

static void check_name(uint32_t from, uint32_t end, const char *text, size_t size)
{
	CHECK(from <= end && end <= size);
	CHECK(end == size || ((uint8_t)text[end] & 0xC0) != 0x80);
}

static void check_page(const struct folded *t, const char *text, size_t size)
{
	size_t leads = 0;

	for (size_t i = 0; i < t->n_paragraphs; i++) {
		check_part(&page.parts[i], &t->paragraphs[i]);
		leads += page.parts[i].role == PART_LEAD;
	}
	CHECK(leads == (page.lead < t->n_paragraphs));
	check_name(page.names.byline, page.names.byline_end, text, size);
	check_name(page.names.dateline, page.names.dateline_end, text, size);
}

static void check_fingerprint(const char *title, size_t title_len, const char *text, size_t len)
{
	const struct fingerprint *fp;

	CHECK(!fingerprint_text(printer, title, title_len, text, len, &fp));
	CHECK(fp->n_shingles <= fp->n_units && fp->n_keys <= fp->n_shingles && fp->n_lead <= fp->n_head);
	CHECK(fp->body_start <= fp->body_end && fp->body_end <= len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
	size_t title_len = newline ? (size_t)(newline - data) : 0, at = newline ? title_len + 1 : 0;
	const char *title = (const char *)data, *text = title + at;
	struct rules_fault fault;
	struct page_title name = { 0 };
	struct folded t;
	int err;

	if (!folder)
		CHECK(!folder_new(&folder) && !rules_builtin(folder, &rules, &fault) && !fingerprinter_new(&printer));
	err = fold_text(folder, title, title_len, &t);
	if (!err)
		name = page_title(rules, &t);
	if (!err)
		err = fold_text(folder, text, size - at, &t);
	CHECK(!err || err == -EILSEQ || err == -E2BIG);
	if (err)
		return 0;
	CHECK(!page_read(&page, rules, &t, text, &name));
	check_page(&t, text, size - at);
	check_fingerprint(title, title_len, text, size - at);
	return 0;
}
