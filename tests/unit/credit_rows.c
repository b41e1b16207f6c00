#include "tests/unit/credit_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/reading.h"
#include "text/roles.h"

const char *const sentences[LANGUAGES] = {
	[KO] = "나루시는 12일 강변 산책로 구간을 새로 열고 주민들에게 공개했다고 밝혔다.",
	[EN] = "The harbour council voted on Tuesday to keep the old lamp of the pier burning for ten more years.",
	[JA] = "港町の図書館は三日、開館百周年を記念して古い漁師の日記を初めて一般に公開した。",
	[ZH] = "河湾市政府星期二宣布，新修的滨江步道将从下个月起免费向全体市民开放。",
	[DE] = "Die Gemeinde Oberlauf hat am Freitag beschlossen, die alte Mühle am Bach zu kaufen und zu erhalten.",
	[FR] = "La commune de Pontrivier a décidé mardi de conserver le vieux phare et de rouvrir son petit musée.",
	[ES] = "El ayuntamiento de Valderrío acordó el martes conservar el viejo faro y abrir de nuevo su museo.",
	[PT] = "A câmara de Valderrio decidiu na terça-feira conservar o velho farol e reabrir o pequeno museu.",
	[RU] = "Совет посёлка Светлый Яр решил во вторник сохранить старый маяк и снова открыть его музей.",
	[AR] = "قرر مجلس بلدة وادي النور يوم الثلاثاء الحفاظ على المنارة القديمة وإعادة فتح متحفها الصغير.",
};

struct folded read_rows(const char *text)
{
	struct folded t;

	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	assert_int_equal(page_read(&the_page, rules, &t, text, &(struct page_title){ 0 }), 0);
	return t;
}

void expect_left(const struct row *row, const char *want)
{
	char text[2000], folded[2000];
	struct folded t = read_rows(want);
	size_t n = t.paragraphs[0].fold_end;
	const struct part *x;

	memcpy(folded, t.text, n);
	snprintf(text, sizeof(text), "%s%s%s", row->before, want, row->behind);
	t = read_rows(text);
	x = &the_page.parts[0];
	if (x->fold_end - x->fold != n || memcmp(t.text + x->fold, folded, n) || x->role != PART_LEAD)
		fail_msg("of '%s' is left, as role %d: '%.*s'", text, x->role, (int)(x->fold_end - x->fold), t.text + x->fold);
	if (!row->agency != (the_page.names.agency < 0) ||
	    (row->agency && strcmp(row->agency, rules->keys[the_page.names.agency])))
		fail_msg("'%s' names the agency %s", text, the_page.names.agency < 0 ? "none" : rules->keys[the_page.names.agency]);
}

void expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_left(&rows[i], sentences[rows[i].language]);
}

void expect_end(const char *line, enum part_role role, const char *byline)
{
	char text[2000];
	const struct credit_names *names = &the_page.names;

	snprintf(text, sizeof(text), "%s\n%s\n%s", sentences[DE], sentences[JA], line);
	read_rows(text);
	assert_int_equal(the_page.parts[1].role, PART_BODY);
	if (the_page.parts[2].role != role)
		fail_msg("'%s' has the role %d", line, the_page.parts[2].role);
	if (names->byline_end - names->byline != strlen(byline) ||
	    memcmp(text + names->byline, byline, strlen(byline)) != 0)
		fail_msg("of '%s' the byline is '%.*s'", line, (int)(names->byline_end - names->byline), text + names->byline);
}
