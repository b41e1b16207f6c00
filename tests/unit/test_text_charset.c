#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/charset.h"

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

static void other_charsets_are_decoded(void **state)
{
	assert_decodes("\xc4\xe3\xba\xc3", 4, "gbk", "你好");
	assert_decodes("\x93\xfa\x96\x7b", 4, "Shift_JIS", "日本");
	assert_decodes("caf\xe9", 4, "iso-8859-1", "café");
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_labelled_euc_kr_is_decoded_as_cp949),
		cmocka_unit_test(other_charsets_are_decoded),
		cmocka_unit_test(what_a_charset_does_not_have_is_an_error),
		cmocka_unit_test(the_limit_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
