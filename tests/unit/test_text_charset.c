#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/charset.h"
#include "text/utf8.h"

static int decode(const char *bytes, size_t n, const char *charset, struct buf *ret)
{
	buf_init(ret, 1000);
	return charset_decode((struct nd_str){ bytes, n }, (struct nd_str){ charset, charset ? strlen(charset) : 0 },
			      ret);
}

static void assert_decodes(const char *bytes, size_t n, const char *charset, const char *want)
{
	struct buf ret;

	assert_int_equal(decode(bytes, n, charset, &ret), 0);
	assert_int_equal(ret.len, strlen(want));
	assert_memory_equal(ret.at, want, ret.len);
	buf_done(&ret);
}

/* The syllable U+B620 has no place in EUC-KR proper, but in what is labelled so. */
static void what_is_labelled_euc_kr_is_decoded_as_cp949(void **state)
{
	static const char *const names[] = { "EUC-KR", "euc-kr", "ks_c_5601-1987", "cp949", "UHC", "windows-949" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_decodes("\x8c\x63\xb9\xe6", 4, names[i], "똠방");
		assert_decodes("\xb4\xba\xbd\xba", 4, names[i], "뉴스");
	}
}

/* All names that are found in the wild, as ICU and browsers spell them; two syllables beyond EUC-KR. */
static void every_name_of_korean_is_cp949(void **state)
{
	static const char bytes[] = "\x8c\x63\xb9\xe6\xb0\xa2\xc7\xcf \xbc\x84\xbd\xc3\xc4\xdd\xb6\xf3";
	static const char *const names[] = { "EUC_KR", "euckr", " euc-kr", "KS_C_5601-1989", "ksc_5601", "CP-949", "ms949",
					     "x-windows-949", "ibm-949", "csEUCKR", "korean" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_decodes(bytes, sizeof(bytes) - 1, names[i], "똠방각하 펲시콜라");
}

static void every_syllable_of_cp949_has_one_place(void **state)
{
	static uint8_t seen[11172];
	size_t n = 0;

	for (unsigned i = 0x8100; i < 0xFF00; i++) {
		char bytes[2] = { (char)(i >> 8), (char)i };
		struct buf ret;
		unsigned len;
		uint32_t cp = 0;

		if (!decode(bytes, 2, "euc-kr", &ret) && ret.len == 3)
			cp = utf8_decode(ret.at, &len);
		buf_done(&ret);
		assert_int_not_equal(cp, 0xFFFD);
		if (cp >= 0xAC00 && cp <= 0xD7A3) {
			assert_int_equal(seen[cp - 0xAC00]++, 0);
			n++;
		}
	}
	assert_int_equal(n, 11172);
}

static void utf16_is_decoded_with_and_without_a_mark(void **state)
{
	assert_decodes("\x1c\xc1\xb8\xc6", 4, "utf-16le", "서울");
	assert_decodes("\xc1\x1c\xc6\xb8", 4, "utf-16be", "서울");
	assert_decodes("\x1c\xc1\xb8\xc6", 4, "utf-16", "서울");
	assert_decodes("\xff\xfe\x1c\xc1\xb8\xc6", 6, "utf-16", "서울");
	assert_decodes("\xfe\xff\xc1\x1c\xc6\xb8", 6, "utf-16", "서울");
	assert_decodes("\xfe\xff\xc1\x1c\xc6\xb8", 6, NULL, "서울");
	assert_decodes("\xef\xbb\xbf서울", 9, "euc-kr", "서울"); /* the mark is believed */
	assert_decodes("\xef\xbb\xbf서울", 9, "utf-8", "서울");
}

static void a_charset_is_found_without_a_name(void **state)
{
	static const char news[] =
		"\xC1\xA4\xBA\xCE\xB4\xC2 \xBF\xC0\xB4\xC3 \xBC\xBC\xC1\xBE\xC3\xBB\xBB\xE7\xBF\xA1\xBC\xAD \xB1\xB9\xB9\xAB"
		"\xC8\xB8\xC0\xC7\xB8\xA6 \xBF\xAD\xB0\xED \xB0\xFC\xB7\xC3 \xB4\xEB\xC3\xA5\xC0\xBB \xB3\xED\xC0\xC7"
		"\xC7\xDF\xB4\xD9\xB0\xED \xB9\xE0\xC7\xFB\xB4\xD9.";

	assert_decodes(news, sizeof(news) - 1, NULL, "정부는 오늘 세종청사에서 국무회의를 열고 관련 대책을 논의했다고 밝혔다.");
}

static void any_bytes_give_utf8_or_an_error(void **state)
{
	static const char *const names[] = { NULL,   "euc-kr", "gb18030", "shift_jis", "euc-jp",     "big5",   "utf-16",
					     "utf-8", "hz",    "utf-7",	  "koi8-r",    "iso-2022-kr", "utf-32", "windows-1258" };
	uint64_t rng = 88172645463325252u;

	for (size_t round = 0; round < 20000; round++) {
		char bytes[64];
		struct buf ret;
		int err;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			rng = rng * 6364136223846793005u + 1442695040888963407u;
			bytes[i] = (char)(rng >> (rng >> 63 ? 40 : 57));
		}
		err = decode(bytes, round % 64, names[round / 64 % (sizeof(names) / sizeof(names[0]))], &ret);
		assert_true(err == 0 || (err == -EILSEQ && ret.len == 0));
		assert_int_equal(utf8_valid((const char *)ret.at, ret.len), ret.len);
		buf_done(&ret);
	}
}

static void other_charsets_are_decoded(void **state)
{
	assert_decodes("\xc4\xe3\xba\xc3", 4, "gbk", "你好");
	assert_decodes("\x93\xfa\x96\x7b", 4, "Shift_JIS", "日本");
	assert_decodes("caf\xe9", 4, "iso-8859-1", "café");
	assert_decodes("\x93x\x94", 3, "ISO8859-1", "“x”");
	assert_decodes("\xD6\xEC\xE9\x46\xBB\xF9", 6, "gb2312", "朱镕基"); /* beyond GB 2312, in GBK */
	assert_decodes("\xBB\x4F\xA5\x5F", 4, "big5", "臺北");
	assert_decodes("\x87\x40\xEE\xE0\x81\x60", 6, "x-sjis", "①髙～");
	assert_decodes("\xC6\xFC\xCB\xDC", 4, "euc-jp", "日本");
	assert_decodes("\xA2\xE8\xD2\xC7", 4, "tis-620", "ข่าว");
	assert_decodes("\xCF\xF0\xE8", 3, "windows-1251", "При");
	assert_decodes("\x80", 1, "latin1", "€");
	assert_decodes("\xff\xfe\xf4\xb2", 4, NULL, "담");
	assert_decodes("\xef\xbb\xbfx", 4, NULL, "x");
	assert_decodes("\xeb\x89\xb4", 3, NULL, "뉴");
	assert_decodes("", 0, "euc-kr", "");
	assert_decodes("", 0, NULL, "");
}

static void what_a_charset_does_not_have_is_an_error(void **state)
{
	struct buf ret;

	assert_int_equal(decode("\xb4\x20", 2, "euc-kr", &ret), -EILSEQ);
	buf_done(&ret);
	assert_int_equal(decode("\xc3", 1, "utf-8", &ret), -EILSEQ);
	buf_done(&ret);
	assert_int_equal(decode("x", 1, "no-such-charset", &ret), -ENOTSUP);
	buf_done(&ret);
}

static void the_limit_holds(void **state)
{
	static char many[2000];
	struct buf ret;

	memset(many, 'a', sizeof(many));
	assert_int_equal(decode(many, sizeof(many), "euc-kr", &ret), -E2BIG);
	buf_done(&ret);
	assert_int_equal(decode(many, sizeof(many), NULL, &ret), -E2BIG);
	buf_done(&ret);
	buf_init(&ret, 0);
	assert_int_equal(charset_decode((struct nd_str){ "a", 1 }, (struct nd_str){ "euc-kr", 6 }, &ret), -E2BIG);
	assert_int_equal(charset_decode((struct nd_str){ "", 0 }, (struct nd_str){ "euc-kr", 6 }, &ret), 0);
	buf_init(&ret, 6);
	assert_int_equal(charset_decode((struct nd_str){ "\xb4\xba\xbd\xba", 4 }, (struct nd_str){ "euc-kr", 6 }, &ret), 0);
	assert_int_equal(charset_decode((struct nd_str){ "a", 1 }, (struct nd_str){ "euc-kr", 6 }, &ret), -E2BIG);
	assert_int_equal(ret.len, 6);
	buf_done(&ret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_labelled_euc_kr_is_decoded_as_cp949),
		cmocka_unit_test(every_name_of_korean_is_cp949),
		cmocka_unit_test(every_syllable_of_cp949_has_one_place),
		cmocka_unit_test(utf16_is_decoded_with_and_without_a_mark),
		cmocka_unit_test(a_charset_is_found_without_a_name),
		cmocka_unit_test(any_bytes_give_utf8_or_an_error),
		cmocka_unit_test(other_charsets_are_decoded),
		cmocka_unit_test(what_a_charset_does_not_have_is_an_error),
		cmocka_unit_test(the_limit_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
