/* lib/text/fold: equal to a slow reference made of ICU alone, for all of Unicode; and when memory runs out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <zlib.h>

#include "base/buf.h"
#include "newsdup.h"
#include "tests/unit/failing.h"
#include "tests/unit/reading.h"
#include "text/chars.h"
#include "text/fold.h"
#include "text/utf8.h"
#include "text/wrap.h"

/* --- the reference --- */

struct cps {
	uint32_t *at;
	size_t n, cap;
};

static void push(struct cps *c, uint32_t cp)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 256;
		c->at = realloc(c->at, c->cap * sizeof(*c->at));
	}
	c->at[c->n++] = cp;
}

static void casefold(const uint32_t *cps, size_t n, struct cps *ret)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfkc = unorm2_getNFKCCasefoldInstance(&status);
	UChar *from = malloc(2 * (n + 1) * sizeof(*from)), *to = malloc(40 * (n + 1) * sizeof(*to));
	int32_t n_from = 0, n_to, i = 0;

	for (size_t k = 0; k < n; k++)
		U16_APPEND_UNSAFE(from, n_from, cps[k]);
	n_to = unorm2_normalize(nfkc, from, n_from, to, (int32_t)(40 * (n + 1)), &status);
	assert_true(U_SUCCESS(status));
	while (i < n_to) {
		UChar32 cp;

		U16_NEXT_UNSAFE(to, i, cp);
		push(ret, (uint32_t)cp);
	}
	free(from);
	free(to);
}

static void add_cp(struct buf *b, uint32_t cp)
{
	uint8_t bytes[4];

	assert_int_equal(buf_add(b, bytes, utf8_encode(bytes, cp)), 0);
}

/* Code points of one paragraph, folded by hand already. */
static void ref_paragraph(const struct cps *in, struct buf *ret)
{
	struct cps out = { 0 };
	size_t from = 0, start = ret->len;

	for (size_t i = 0; i <= in->n; i++) {
		if (i < in->n && !chars_kept(in->at[i]))
			continue;
		casefold(in->at + from, i - from, &out);
		if (i < in->n)
			push(&out, in->at[i]);
		from = i + 1;
	}
	for (size_t i = 0; i < out.n; i++) {
		int white = out.at[i] == 0 || u_isUWhiteSpace((UChar32)out.at[i]);

		if (!white)
			add_cp(ret, out.at[i]);
		else if (ret->len > start && ret->at[ret->len - 1] != ' ')
			add_cp(ret, ' ');
	}
	if (ret->len > start && ret->at[ret->len - 1] == ' ')
		ret->len--;
	if (ret->len > start)
		add_cp(ret, '\n');
	free(out.at);
}

static void ref_fold(const char *text, size_t len, struct buf *ret)
{
	struct wrap wrap = wrap_detect(text, len);
	struct cps line = { 0 };
	size_t start = 0;
	unsigned n;

	buf_clear(ret);
	for (size_t i = 0; i < len; i += n) {
		uint32_t cp = utf8_decode((const uint8_t *)text + i, &n);

		if (cp != '\n') {
			push(&line, chars_hand(cp));
			continue;
		}
		if (!wrap.wrapped || wrap_ends_paragraph(&wrap, text, len, start, i)) {
			ref_paragraph(&line, ret);
			line.n = 0;
		} else {
			push(&line, ' ');
		}
		start = i + 1;
	}
	ref_paragraph(&line, ret);
	free(line.at);
}

/* --- what holds for every folded text --- */

static void show(const char *name, const void *at, size_t n)
{
	fprintf(stderr, "%s:", name);
	for (size_t i = 0; i < n && i < 400; i++)
		fprintf(stderr, " %02x", ((const uint8_t *)at)[i]);
	fprintf(stderr, "\n");
}

/* Folds text, copied to memory of just its length, and compares it with the reference. */
static void check(const char *text, size_t len)
{
	static struct buf want;
	struct folded got;
	char *copy = malloc(len ? len : 1);

	want.max = (size_t)1 << 30;
	memcpy(copy, text, len);
	assert_int_equal(fold_text(folder, copy, len, &got), 0);
	ref_fold(copy, len, &want);
	if (got.len != want.len || (got.len && memcmp(got.text, want.at, got.len))) {
		show("text", copy, len);
		show("got ", got.text, got.len);
		show("want", want.at, want.len);
		fail();
	}
	check_paragraphs(copy, len, &got);
	check_units(copy, len, &got);
	free(copy);
}

static int surrogate(uint32_t cp)
{
	return cp >= 0xD800 && cp < 0xE000;
}

/* --- tests: the text --- */

static void each_code_point_folds_as_icu_folds_it(void **state)
{
	char alone[4], among[16];

	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		unsigned n;

		if (surrogate(cp))
			continue;
		n = utf8_encode((uint8_t *)alone, cp);
		check(alone, n);
		if (cp > 0x3400 && cp % 16 && cp < 0xF900) /* ideographs and syllables: one in 16 */
			continue;
		memcpy(among, "Ab", 2);
		memcpy(among + 2, alone, n);
		memcpy(among + 2 + n, "가C", 4);
		check(among, n + 6);
	}
}

static const uint32_t marks[] = {
	0x300, 0x301, 0x304, 0x308, 0x30A, 0x307, 0x323, 0x327, 0x328, 0x338, 0x345, 0x344, 0x34F, /* Latin, Greek */
	0x3099, 0x309A, 0xFF9E, 0xFF9F, 0x302A, 0x302E,                                          /* Kana, tones */
	0x1100, 0x115F, 0x1160, 0x1161, 0x1175, 0x119E, 0x11A7, 0x11A8, 0x11C2, 0x3131, 0x314F, 0x3164, 0xFFA1,
	0xFE00, 0xFE0F, 0xE0100, 0x180B, 0x200B, 0x200C, 0x200D, 0xAD, 0xFEFF, 0x2060, 0x20E3, 0x1F3FB,
	0x64B, 0x653, 0x5BC, 0x93C, 0x94D, 0x9BE, 0xB57, 0xDCA, 0xDCF, 0xE33, 0xE49, 0xEB3, 0xF71, 0xF74, 0x102E,
	0x1133E, 0x110BA, 0x1D165, 0x1D16E, 0x20, 0xA0, 0x0A, 0x0D, 0x3000, 0x41, 0xE9,
};
#define N_MARKS (sizeof(marks) / sizeof(*marks))

static size_t write_cps(char *at, const uint32_t *cps, size_t n)
{
	size_t ret = 0;

	for (size_t i = 0; i < n; i++)
		ret += utf8_encode((uint8_t *)at + ret, cps[i]);
	return ret;
}

static int of_interest(uint32_t cp)
{
	if (cp < 0x3400 || (cp >= 0xA000 && cp < 0xAC40) || (cp >= 0xD780 && cp < 0xD800))
		return 1;
	if (cp >= 0xF900 && cp < 0x10000)
		return 1;
	return (cp >= 0x11000 && cp < 0x11400) || (cp >= 0x1D100 && cp < 0x1D200) || (cp >= 0x1E900 && cp < 0x1E950);
}

static void code_points_fold_with_what_stands_behind_them(void **state)
{
	for (uint32_t cp = 0; cp < 0x1F000; cp++) {
		for (size_t i = 0; i < N_MARKS && of_interest(cp); i++) {
			uint32_t cps[3] = { cp, marks[i], marks[(i * 7 + cp * 5) % N_MARKS] };
			char text[16];

			check(text, write_cps(text, cps, 2));
			if (!(cp % 4))
				check(text, write_cps(text, cps, 3));
		}
	}
}

static uint64_t rng = 88172645463325252u;

static uint32_t below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)((rng >> 20) % n);
}

static const struct {
	uint32_t low, high;
} scripts[] = {
	{ 0xAC00, 0xD7A3 },   { 0x4E00, 0x9FFF },   { 0x3040, 0x30FF },	  { 0x1100, 0x11FF }, { 0x3130, 0x318F },
	{ 0xFF00, 0xFFEF },   { 0xA0, 0x24F },	    { 0x300, 0x36F },	  { 0x370, 0x3FF },   { 0x400, 0x4FF },
	{ 0x590, 0x5FF },     { 0x600, 0x6FF },	    { 0x900, 0x97F },	  { 0xE01, 0xE5B },   { 0xE81, 0xEDF },
	{ 0x1000, 0x109F },   { 0x1780, 0x17FF },   { 0x1E00, 0x1FFF },	  { 0x2000, 0x206F }, { 0x2100, 0x23FF },
	{ 0x3000, 0x303F },   { 0x3200, 0x33FF },   { 0xF900, 0xFAFF },	  { 0xFB00, 0xFDFF }, { 0x1F300, 0x1F6FF },
	{ 0x20000, 0x2A6DF }, { 0x1D100, 0x1D1FF }, { 0xE0000, 0xE01FF }, { 0, 0x10FFFF },    { 0x20, 0x7E },
};
#define N_SCRIPTS (sizeof(scripts) / sizeof(*scripts))

static size_t add_ascii(char *at)
{
	size_t n = below(8) ? below(12) : below(200);

	for (size_t i = 0; i < n; i++)
		at[i] = (char)(below(6) ? 'A' + (int)below(26) + (below(4) ? 32 : 0) : below(5) ? ' ' : "\n`~\t,.0"[below(7)]);
	return n;
}

static size_t add_script(char *at)
{
	size_t script = below(3) ? below(N_SCRIPTS) : below(4), ret = 0;

	for (size_t i = 0, n = 1 + (below(6) ? below(6) : below(70)); i < n; i++) {
		uint32_t cp = scripts[script].low + below(scripts[script].high - scripts[script].low + 1);

		if (!below(25))
			cp = marks[below(N_MARKS)];
		if (!surrogate(cp))
			ret += utf8_encode((uint8_t *)at + ret, cp);
		if (!below(8))
			at[ret++] = ' ';
	}
	return ret;
}

/* The reference knows no CHARS_SEQUENCE: long runs of what joins are left out. */
static int has_long_sequence(const char *text, size_t len)
{
	unsigned n, run = 0;

	for (size_t i = 0; i < len; i += n) {
		uint32_t cp = utf8_decode((const uint8_t *)text + i, &n);
		UErrorCode status = U_ZERO_ERROR;

		run = unorm2_hasBoundaryBefore(unorm2_getNFKCCasefoldInstance(&status), (UChar32)cp) ? 0 : run + 1;
		if (run >= CHARS_SEQUENCE - 1)
			return 1;
	}
	return 0;
}

static void mixed_text_folds_as_icu_folds_it(void **state)
{
	static char text[1 << 14];

	for (int round = 0; round < 30000; round++) {
		size_t len = 0;

		for (unsigned i = 0, n = 1 + below(14); i < n; i++)
			len += below(2) ? add_ascii(text + len) : add_script(text + len);
		if (!has_long_sequence(text, len))
			check(text, len);
	}
}

static void syllables_fold_at_every_offset_of_a_block(void **state)
{
	static const char *const runs[] = { "가나다라힣힠", "一丁龥鿿", "あゖァヺー", "가\u11A8나", "か\u3099き", "ｱﾞ“힘”" };

	for (size_t r = 0; r < sizeof(runs) / sizeof(*runs); r++)
		for (size_t before = 0; before < 140; before++)
			for (size_t after = 0; after < 3; after++) {
				char text[256];
				size_t n = strlen(runs[r]);

				memset(text, 'x', sizeof(text));
				memcpy(text + before, runs[r], n);
				memcpy(text + before + n, runs[r], n);
				check(text, before + 2 * n + 35 * after);
			}
}

/* --- real text --- */

static size_t unescape_u(const char *hex, char *to, size_t *used)
{
	uint32_t cp = 0, low = 0;

	sscanf(hex, "%4x", &cp);
	*used = 4;
	if (cp >= 0xD800 && cp < 0xDC00 && sscanf(hex + 4, "\\u%4x", &low) == 1 && low >= 0xDC00 && low < 0xE000) {
		cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
		*used = 10;
	}
	return surrogate(cp) ? 0 : utf8_encode((uint8_t *)to, cp);
}

/* A line of JSON with its escapes undone is text enough. */
static size_t unescape(const char *from, char *to)
{
	size_t ret = 0, used;

	for (; *from; from++) {
		if (*from != '\\') {
			to[ret++] = *from;
		} else if (*++from == 'u') {
			ret += unescape_u(from + 1, to + ret, &used);
			from += used;
		} else {
			to[ret++] = (char)(*from == 'n' ? '\n' : *from == 't' ? '\t' : *from);
		}
	}
	return ret;
}

/* Every unit folded by itself gives its hash, but where one character makes several units, and where the
 * word breaker sees other neighbours. */
static size_t check_alone(const char *text, size_t len)
{
	struct folded f;
	struct unit *units;
	size_t n, ret = 0;

	assert_int_equal(fold_text(folder, text, len, &f), 0);
	n = f.n_units;
	units = malloc((n + 1) * sizeof(*units));
	memcpy(units, f.units, n * sizeof(*units));
	for (size_t i = 0; i < n; i++) {
		const struct unit *u = &units[i];
		unsigned bytes;
		uint32_t cp = utf8_decode((const uint8_t *)text + u->start, &bytes);

		if (chars_class(cp) == CHAR_UNSPACED)
			continue;
		if ((i && units[i - 1].end > u->start) || (i + 1 < n && units[i + 1].start < u->end))
			continue;
		assert_int_equal(fold_text(folder, text + u->start, u->end - u->start, &f), 0);
		assert_int_equal(f.n_units, 1);
		assert_true(f.units[0].hash == u->hash && f.units[0].weight == u->weight);
		assert_true(f.units[0].start == 0 && f.units[0].end == u->end - u->start);
		ret++;
	}
	free(units);
	return ret;
}

static size_t check_file(const char *path)
{
	static char line[1 << 20], text[1 << 20];
	gzFile in = gzopen(path, "rb");
	size_t ret = 0;

	while (in && ret < 300 && gzgets(in, line, sizeof(line))) {
		size_t len = unescape(line, text);

		if (utf8_valid(text, len) != len || has_long_sequence(text, len))
			continue;
		check(text, len);
		if (ret % 8 == 0)
			check_alone(text, len);
		ret++;
	}
	if (in)
		gzclose(in);
	return ret;
}

static void news_folds_as_icu_folds_it(void **state)
{
	static const char *const names[] = { "kodup", "bigkinds", "kobundan", "knaver", "daumpages", "zh", "ja", "enws",
					     "semeval", "helsinki", "basil", "bbc", "reuters" };
	size_t texts = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[128];

		snprintf(path, sizeof(path), "../shared/eval/data/%s.jsonl.gz", names[i]);
		texts += check_file(path);
	}
	if (!texts) {
		print_message("skipped: no ../shared/eval/data\n");
		skip();
	}
}

static void decomposed_hangul_folds_to_syllables(void **state)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
	struct folded f;

	for (uint32_t cp = 0xAC00; cp <= 0xD7A3; cp++) {
		UChar jamo[4];
		char text[16];
		uint64_t hash;
		size_t len = utf8_encode((uint8_t *)text, cp);
		int32_t n = unorm2_getDecomposition(nfd, (UChar32)cp, jamo, 4, &status);

		assert_int_equal(fold_text(folder, text, len, &f), 0);
		assert_int_equal(f.n_units, 1);
		hash = f.units[0].hash;
		len = 0;
		for (int32_t i = 0; i < n; i++)
			len += utf8_encode((uint8_t *)text + len, jamo[i]);
		assert_int_equal(fold_text(folder, text, len, &f), 0);
		assert_int_equal(f.n_units, 1);
		assert_true(f.units[0].hash == hash && f.units[0].start == 0 && f.units[0].end == len);
	}
}

/* --- limits --- */

static void a_failed_fold_leaves_the_folder_usable(void **state)
{
#ifdef CAN_FAIL
	static char text[40000];
	struct folder *f;
	struct folded got, want;
	size_t len;
	int err = -ENOMEM;
	long n;

	for (len = 0; len + 600 < sizeof(text);)
		len += len < 100 ? (size_t)sprintf(text + len, "ข่าววันนี้ 정부는 cafe\u0301 Ελλάδα ﷺ㍿\n") : add_script(text + len);
	assert_int_equal(fold_text(folder, text, len, &want), 0);
	for (n = 0; err; n++) {
		assert_int_equal(folder_new(&f), 0);
		fail_at = n;
		err = fold_text(f, text, len, &got);
		fail_at = -1;
		assert_true(err == 0 || err == -ENOMEM || err == -EIO);
		assert_int_equal(fold_text(f, text, len, &got), 0);
		assert_int_equal(got.len, want.len);
		assert_memory_equal(got.text, want.text, got.len);
		assert_int_equal(got.n_units, want.n_units);
		assert_memory_equal(got.units, want.units, got.n_units * sizeof(*got.units));
		folder_free(f);
	}
	assert_true(n > 10);
	fail_at = 0;
	err = folder_new(&f);
	fail_at = -1;
	assert_int_equal(err, -ENOMEM);
#else
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syllables_fold_at_every_offset_of_a_block),
		cmocka_unit_test(decomposed_hangul_folds_to_syllables),
		cmocka_unit_test(mixed_text_folds_as_icu_folds_it),
		cmocka_unit_test(news_folds_as_icu_folds_it),
		cmocka_unit_test(each_code_point_folds_as_icu_folds_it),
		cmocka_unit_test(code_points_fold_with_what_stands_behind_them),
		cmocka_unit_test(a_failed_fold_leaves_the_folder_usable),
	};

	return cmocka_run_group_tests(tests, folder_up, folder_down);
}
