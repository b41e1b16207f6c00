/* The library's face with Korean articles: whatever the form of their characters, the same text is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/indexing.h"

#define TEXT "나루시는 강변 산책로를 새로 열었다고 밝혔다. 주민들은 산책로가 마음에 든다며 웃었다. " \
	     "시는 내년 봄까지 산책로를 두 배로 늘릴 계획이다. 비용은 시와 도가 절반씩 부담하기로 했다."

static struct nd_contents contents(const char *text)
{
	struct nd_article a = { .id = str("x"), .text = str(text) };
	struct nd_fingerprint fp;
	struct nd_contents c;

	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	assert_int_equal(nd_fingerprint_contents(&fp, &c), 0);
	return c;
}

static uint64_t simhash(const char *text)
{
	struct nd_article a = { .id = str("x"), .text = str(text) };
	struct nd_fingerprint fp;

	assert_int_equal(nd_fingerprint(printer, &a, &fp), 0);
	return nd_fingerprint_simhash(&fp);
}

/* Hangul syllables as conjoining jamo: NFD. */
static void decompose(const char *text, char *ret)
{
	for (const uint8_t *s = (const uint8_t *)text; *s;) {
		uint32_t cp = s[0] >= 0xE0 ? (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u) : 0, i = cp - 0xAC00;
		uint32_t jamo[3] = { 0x1100 + i / 588, 0x1161 + i % 588 / 28, 0x11A7 + i % 28 };

		if (i >= 11172) {
			*ret++ = (char)*s++;
			continue;
		}
		for (int k = 0; k < 3; k++) {
			if (k == 2 && i % 28 == 0)
				break;
			*ret++ = (char)(0xE0 | jamo[k] >> 12);
			*ret++ = (char)(0x80 | (jamo[k] >> 6 & 63));
			*ret++ = (char)(0x80 | (jamo[k] & 63));
		}
		s += 3;
	}
	*ret = 0;
}

static void composed_or_not_it_is_the_same_text(void **state)
{
	char nfd[8 * sizeof(TEXT)];

	decompose(TEXT, nfd);
	assert_true(strlen(nfd) > strlen(TEXT));
	assert_int_equal(contents(nfd).body_hash, contents(TEXT).body_hash);
}

static enum nd_relation relation_of(const char *title, const char *text, const char *later_title, const char *later)
{
	struct nd_article a = { .id = str("a"), .outlet = str("나루일보"), .title = str(title), .text = str(text) };
	struct nd_article b = { .id = str("b"), .outlet = str("나루일보"), .title = str(later_title), .text = str(later) };
	struct nd_explanation x;

	if (!*title)
		a.outlet = b.outlet = a.title = b.title = (struct nd_str){ 0 };
	assert_int_equal(nd_explain(printer, &a, &b, &x), 0);
	return x.relation;
}

/* Blanks say nothing, in the text and in numbers of shingles. */
static void blanks_do_not_matter(void **state)
{
	char packed[sizeof(TEXT)];
	size_t n = 0;

	for (const char *s = TEXT; *s; s++)
		if (*s != ' ')
			packed[n++] = *s;
	packed[n] = 0;
	assert_int_equal(contents(packed).n_shingles, contents(TEXT).n_shingles);
	assert_int_equal(simhash(packed), simhash(TEXT));
	assert_int_equal(relation_of("", TEXT, "", packed), ND_COPY);
}

/* Of one outlet, a changed text under the same title is a revision; under another it is a copy. */
static void a_title_in_hanja_is_the_same_title(void **state)
{
	const char *later = TEXT " 시장은 다음 달에 주민들과 함께 산책로를 걷겠다고 덧붙였다.";

	assert_int_equal(relation_of("美 국방장관, 나루시 방문", TEXT, "미국 국방장관, 나루시 방문", later), ND_REVISION);
	assert_int_equal(relation_of("檢, 3兆 예산 압수수색", TEXT, "검찰, 3조 예산 압수수색", later), ND_REVISION);
	assert_int_equal(relation_of("美 국방장관, 나루시 방문", TEXT, "日 국방장관, 나루시 방문", later), ND_COPY);
}

static void laughing_and_middle_dots_are_one_each(void **state)
{
	assert_int_equal(contents("나루·가온 주민들이 웃었다 ㅋㅋㅋ 강변 산책로가 열렸다").body_hash,
			 contents("나루ㆍ가온 주민들이 웃었다 ﾻﾻﾻ 강변 산책로가 열렸다").body_hash);
	assert_int_equal(contents("나루·가온 주민들이 웃었다 강변 산책로가 열렸다").body_hash,
			 contents("나루・가온 주민들이 웃었다 강변 산책로가 열렸다").body_hash);
	/* U+110F would be the first half of a syllable */
	assert_true(contents("ㅋㅏ 나루 주민들이 웃었다").body_hash != contents("카 나루 주민들이 웃었다").body_hash);
}

static void expect_decoded(const char *charset, const char *raw, size_t n, const char *want)
{
	struct nd_str got;

	assert_int_equal(nd_decode(printer, (struct nd_str){ raw, n }, str(charset), &got), 0);
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.at, want, got.len);
}

/* 0x8C 0x63 (U+B620) is of CP949's extension: what calls itself EUC-KR has it all the same. */
static void bytes_of_korean_charsets_are_decoded(void **state)
{
	static const char cp949[] = "\xB3\xAA\xB7\xE7\xBD\xC3 \x8C\x63\xB9\xE6\xB0\xA2\xC7\xCF";
	static const char utf16[] = "\xFF\xFE\x98\xB0\xE8\xB8\xDC\xC2";

	expect_decoded("euc-kr", cp949, sizeof(cp949) - 1, "나루시 똠방각하");
	expect_decoded("cp949", cp949, sizeof(cp949) - 1, "나루시 똠방각하");
	expect_decoded("ks_c_5601-1987", cp949, sizeof(cp949) - 1, "나루시 똠방각하");
	expect_decoded("", utf16, sizeof(utf16) - 1, "나루시");
	expect_decoded("utf-16le", utf16 + 2, sizeof(utf16) - 3, "나루시");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(composed_or_not_it_is_the_same_text),
		cmocka_unit_test(blanks_do_not_matter),
		cmocka_unit_test(a_title_in_hanja_is_the_same_title),
		cmocka_unit_test(laughing_and_middle_dots_are_one_each),
		cmocka_unit_test(bytes_of_korean_charsets_are_decoded),
	};

	return cmocka_run_group_tests(tests, printer_up, printer_down);
}
