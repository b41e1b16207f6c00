#include "tests/unit/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct folder *folder;
struct rules *rules;
struct page the_page;

int folder_up(void **state)
{
	(void)state;
	return folder_new(&folder);
}

int folder_down(void **state)
{
	(void)state;
	folder_free(folder);
	folder = NULL;
	return 0;
}

int rules_up(void **state)
{
	struct rules_fault fault;
	int err = folder_up(state);

	page_init(&the_page);
	return err ? err : rules_builtin(folder, &rules, &fault);
}

int rules_down(void **state)
{
	page_done(&the_page);
	rules_free(rules);
	rules = NULL;
	return folder_down(state);
}

static uint32_t lines_before(const char *text, size_t at)
{
	uint32_t ret = 1;

	for (size_t i = 0; i < at; i++)
		ret += text[i] == '\n';
	return ret;
}

void check_paragraphs(const char *text, size_t len, const struct folded *f)
{
	uint32_t unit = 0, fold = 0, end = 0;

	for (size_t i = 0; i < f->n_paragraphs; i++) {
		const struct paragraph *p = &f->paragraphs[i];

		assert_true(p->start >= end && p->start < p->end && p->end <= len);
		assert_int_equal(p->line, lines_before(text, p->start));
		assert_int_equal(p->fold, fold);
		assert_true(p->fold_end > p->fold && p->fold_end < f->len);
		assert_int_equal(f->text[p->fold_end], '\n');
		assert_null(memchr(f->text + p->fold, '\n', p->fold_end - p->fold));
		assert_true(f->text[p->fold] != ' ' && f->text[p->fold_end - 1] != ' ');
		assert_int_equal(p->unit, unit);
		assert_true(p->unit_end >= unit);
		for (unit = p->unit; unit < p->unit_end; unit++)
			assert_true(f->units[unit].start >= p->start && f->units[unit].end <= p->end);
		fold = p->fold_end + 1;
		end = p->end;
	}
	assert_int_equal(unit, f->n_units);
	assert_int_equal(fold, f->len);
}

void check_units(const char *text, size_t len, const struct folded *f)
{
	for (size_t i = 0; i < f->n_units; i++) {
		const struct unit *u = &f->units[i], *was = i ? u - 1 : NULL;

		assert_true(u->start < u->end && u->end <= len);
		assert_true(u->weight == UNIT_WORD || u->weight == UNIT_SYLLABLE);
		assert_true((text[u->start] & 0xC0) != 0x80);
		assert_true(u->end == len || (text[u->end] & 0xC0) != 0x80);
		if (was)
			assert_true(u->start >= was->start && u->end >= was->end);
	}
}
