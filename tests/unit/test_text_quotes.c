/* lib/text/quotes: what stands between marks of every kind; a mark alone quotes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/reading.h"
#include "text/fold.h"
#include "text/quotes.h"

/* The quotations of a text, each without its first mark, separated by |. */
static void quoted(const char *text, const char *want)
{
	struct quotes q = { .text = text };
	char got[512] = "";
	struct folded t;

	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	q.marks = t.marks;
	q.n = t.n_marks;
	for (size_t i = 0; i < t.n_paragraphs; i++) {
		struct quote x;

		while (quotes_next(&q, t.paragraphs[i].start, t.paragraphs[i].end, &x)) {
			uint32_t mark = text[x.start] == '"'                   ? 1
					: (unsigned char)text[x.start] == 0xC2 ? 2
									       : 3;

			assert_true(x.start >= t.paragraphs[i].start &&
				    x.end < t.paragraphs[i].end);
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s|",
				 (int)(x.end - x.start - mark), text + x.start + mark);
		}
	}
	assert_string_equal(got, want);
}

static void marks_of_every_kind_quote(void **state)
{
	quoted("He said \"we go\" and \"we stay\".", "we go|we stay|");
	quoted("시장은 “문을 연다”며 웃었다.", "문을 연다|");
	quoted("Der Rat sagte: „Wir bauen“, dann ging er.", "Wir bauen|");
	quoted("Le maire a dit « oui » hier.", " oui |");
	quoted("Sagte er: »Ja, gern« und ging.", "Ja, gern|");
	quoted("市長は「開ける」と述べた。", "開ける|");
	quoted("书名《山水》很新。", "山水|");
	quoted("Hon sade: ”vi går” och log.", "vi går|");
}

static void glued_sentences_quote_in_turn(void **state)
{
	quoted("\"문을 연다\"고 밝혔다.\"곧 닫는다\"며 나갔다.", "문을 연다|곧 닫는다|");
	quoted("말했다.“하나”라고 했다.“둘”이라고 했다.", "하나|둘|");
}

static void a_mark_without_its_other_half_quotes_nothing(void **state)
{
	quoted("A 5\" pipe and no more.", "");
	quoted("It began \"so and never ended.\nThe next said \"this\" again.", "this|");
	quoted("and closed\" here. He said \"this\".", "this|");
	quoted("\"", "");
	quoted("", "");
}

static void a_quotation_is_not_endless(void **state)
{
	static char text[10000];
	size_t n = 0;

	text[n++] = '"';
	for (int i = 0; i < 900; i++)
		n += (size_t)sprintf(text + n, "word ");
	sprintf(text + n, "end\" \"short\" x");
	quoted(text, "short|");
}

static void more_marks_than_the_limit_are_not_told(void **state)
{
	static char text[FOLD_MARKS_MAX + 2000];
	struct folded t;

	memset(text, '"', sizeof(text) - 1);
	assert_int_equal(fold_text(folder, text, sizeof(text) - 1, &t), 0);
	assert_int_equal(t.n_marks, FOLD_MARKS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_of_every_kind_quote),
		cmocka_unit_test(glued_sentences_quote_in_turn),
		cmocka_unit_test(a_mark_without_its_other_half_quotes_nothing),
		cmocka_unit_test(a_quotation_is_not_endless),
		cmocka_unit_test(more_marks_than_the_limit_are_not_told),
	};

	return cmocka_run_group_tests(tests, folder_up, folder_down);
}
