/* lib/text/fold: equal to a slow reference made of ICU alone, for all of Unicode; units, paragraphs, limits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <zlib.h>

#include "base/buf.h"
#include "newsdup.h"
#include "text/chars.h"
#include "text/fold.h"
#include "text/utf8.h"
#include "text/wrap.h"

/* --- memory that runs out: the n-th allocation from now on fails (not under sanitizers) --- */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
#define CAN_FAIL 1
#elif !__has_feature(address_sanitizer)
#define CAN_FAIL 1
#endif
#endif

#ifdef CAN_FAIL
static long fail_at = -1;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *at, size_t n);

static int fails(void)
{
	return fail_at >= 0 && fail_at-- == 0;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *at, size_t n)
{
	return fails() ? NULL : __libc_realloc(at, n);
}
#endif

static struct folder *folder;

static int setup(void **state)
{
	(void)state;
	return folder_new(&folder);
}

static int teardown(void **state)
{
	(void)state;
	folder_free(folder);
	return 0;
}

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

static uint32_t lines_before(const char *text, size_t at)
{
	uint32_t ret = 1;

	for (size_t i = 0; i < at; i++)
		ret += text[i] == '\n';
	return ret;
}

static void check_paragraphs(const char *text, size_t len, const struct folded *f)
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

static void check_units(const char *text, size_t len, const struct folded *f)
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

static void folds_to(const char *text, const char *want)
{
	struct folded f;

	assert_int_equal(fold_text(folder, text, strlen(text), &f), 0);
	assert_int_equal(f.len, strlen(want));
	assert_memory_equal(f.text, want, f.len);
}

static void variants_of_one_text_fold_alike(void **state)
{
	folds_to("“서울”・‘경기’", "\"서울\"·'경기'\n");
	folds_to("서울·경기 ㆍ인천•부산", "서울·경기 ·인천·부산\n");
	folds_to("ㅋㅋㅋ ㅠㅠ", "ㅋㅋㅋ ㅠㅠ\n");
	folds_to("ﾡﾢ ￂ", "ㄱㄲ ㅏ\n");
	folds_to("ㅤ제목ㅤ", "제목\n");
	folds_to("２０２４년 ＡＢＣ㈜", "2024년 abc(주)\n");
	folds_to("ﾊﾞｽ ガ", "バス ガ\n");
	folds_to("STRASSE Straße", "strasse strasse\n");
	folds_to("con\u00ADtain zero\u200Bwidth \uFEFF", "contain zerowidth\n");
	folds_to("a – b — c ― d − e 〜 f", "a - b - c - d - e - f\n");
	folds_to("\t 한　글 \u00A0 \u2003 끝 \r\n", "한 글 끝\n");
}

/* --- units --- */

/* want: the source of each unit, separated by |. */
static void has_units(const char *text, const char *want)
{
	struct folded f;
	char got[512];
	size_t n = 0;

	assert_int_equal(fold_text(folder, text, strlen(text), &f), 0);
	for (size_t i = 0; i < f.n_units; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%.*s", i ? "|" : "",
				      (int)(f.units[i].end - f.units[i].start), text + f.units[i].start);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void every_script_makes_units(void **state)
{
	has_units("정부는 12일 밝혔다.", "정|부|는|12|일|밝|혔|다");
	has_units("똠방각하 펲시 ㅋㅋ", "똠|방|각|하|펲|시|ㅋ|ㅋ");
	has_units("KBS뉴스7", "KBS|뉴|스|7");
	has_units("北京2024年。", "北|京|2024|年");
	has_units("カタカナとひらがな々ー", "カ|タ|カ|ナ|と|ひ|ら|が|な|々|ー");
	has_units("ﾊﾞｽ", "ﾊﾞ|ｽ");
	has_units("ㄅㄆㄇ", "ㄅ|ㄆ|ㄇ");
	has_units("The U.S. don't pay $3.50 for x_y", "The|U|S|don|t|pay|3|50|for|x|y");
	has_units("naïve café nai\u0308ve", "naïve|café|nai\u0308ve");
	has_units("Привет, мир", "Привет|мир");
	has_units("Η Ελλάδα", "Η|Ελλάδα");
	has_units("مُحَمَّد قال", "مُحَمَّد|قال");
	has_units("שָׁלוֹם עולם", "שָׁלוֹם|עולם");
	has_units("हिन्दी समाचार।", "हिन्दी|समाचार");
	has_units("தமிழ் செய்தி", "தமிழ்|செய்தி");
	has_units("ข่าววันนี้", "ข่าว|วัน|นี้");
	has_units("นายกทำงานที่กรุงเทพ", "นายก|ทำงาน|ที่|กรุงเทพ");
	has_units("ປະເທດລາວ", "ປະເທດ|ລາວ");
	has_units("ภาษาไทยABC", "ภาษา|ไทย|ABC");
	has_units("一", "一");
	has_units("", "");
	has_units(" \n\t", "");
	has_units("!?… — ★", "");
}

static void unspaced_scripts_are_cut_into_words(void **state)
{
	static const char *const texts[] = { "ភាសាខ្មែរជាភាសា", "မြန်မာနိုင်ငံသတင်း", "ประเทศไทยมีประชาชน", "ພາສາລາວແລະຄົນລາວ" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct folded f;
		uint32_t at = 0;

		assert_int_equal(fold_text(folder, texts[i], strlen(texts[i]), &f), 0);
		assert_true(f.n_units >= 2 && f.n_units < strlen(texts[i]) / 4);
		for (size_t k = 0; k < f.n_units; k++) {
			assert_int_equal(f.units[k].start, at);
			at = f.units[k].end;
		}
		assert_int_equal(at, strlen(texts[i]));
	}
}

static void emoji_make_no_unit(void **state)
{
	has_units("😀👍🏽👨‍👩‍👧‍👦🇰🇷❤️☀️✅🏴󠁧󠁢󠁥󠁮󠁧󠁿", "");
	has_units("#️⃣", "");
	has_units("속보🔥긴급", "속|보|긴|급");
}

static void ignorable_characters_do_not_cut_words(void **state)
{
	struct folded f;
	uint64_t plain;

	assert_int_equal(fold_text(folder, "contain", 7, &f), 0);
	plain = f.units[0].hash;
	assert_int_equal(fold_text(folder, "con\u00ADTAIN", 9, &f), 0);
	assert_int_equal(f.n_units, 1);
	assert_true(f.units[0].hash == plain && f.units[0].end == 9);
}

static void a_character_of_several_units_lends_each_its_place(void **state)
{
	struct folded f;

	assert_int_equal(fold_text(folder, "x㍿½", strlen("x㍿½"), &f), 0);
	assert_int_equal(f.n_units, 7); /* x, four Han, 1, 2 */
	for (size_t i = 1; i < 5; i++)
		assert_true(f.units[i].start == 1 && f.units[i].end == 4);
	for (size_t i = 5; i < 7; i++)
		assert_true(f.units[i].start == 4 && f.units[i].end == 6);
}

static void long_words_and_runs_are_whole(void **state)
{
	static char text[30000];
	struct folded f;

	for (size_t n = 1; n < 300; n++) {
		uint64_t hash;

		memset(text, 'q', n);
		assert_int_equal(fold_text(folder, text, n, &f), 0);
		assert_int_equal(f.n_units, 1);
		hash = f.units[0].hash;
		memset(text, '.', 37);
		memset(text + 37, 'Q', n);
		text[37 + n] = ' ';
		memset(text + 38 + n, 'r', 70);
		assert_int_equal(fold_text(folder, text, 108 + n, &f), 0);
		assert_int_equal(f.n_units, 2);
		assert_true(f.units[0].hash == hash && f.units[0].start == 37 && f.units[0].end == 37 + n);
	}
	for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "ก", 3);
	assert_int_equal(fold_text(folder, text, sizeof(text), &f), 0);
	check_paragraphs(text, sizeof(text), &f);
	check_units(text, sizeof(text), &f);
	assert_true(f.units[0].start == 0 && f.units[f.n_units - 1].end == sizeof(text));
}

/* --- paragraphs --- */

/* want: 'line:source' of each paragraph, separated by |. */
static void has_paragraphs(const char *text, const char *want)
{
	struct folded f;
	char got[1024];
	size_t n = 0;

	assert_int_equal(fold_text(folder, text, strlen(text), &f), 0);
	check_paragraphs(text, strlen(text), &f);
	for (size_t i = 0; i < f.n_paragraphs; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%u:%.*s", i ? "|" : "", f.paragraphs[i].line,
				      (int)(f.paragraphs[i].end - f.paragraphs[i].start), text + f.paragraphs[i].start);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void lines_are_paragraphs(void **state)
{
	has_paragraphs("첫 줄\n둘째 줄\n", "1:첫 줄|2:둘째 줄");
	has_paragraphs("\n\n첫 줄\n\n \t\n둘째 줄", "3:첫 줄|6:둘째 줄");
	has_paragraphs("a\r\n\r\nb\r\n", "1:a|3:b");
	has_paragraphs("　제목　\n　　본문 시작。　\u00A0\n", "1:제목|2:본문 시작。");
	has_paragraphs("\uFEFF제목\u2003\n끝", "1:제목|2:끝");
	has_paragraphs("\n\u0301x\n\u0301y", "2:\u0301x|3:\u0301y");
	has_paragraphs("a\u0301\n\nb \u0308\n", "1:a\u0301|3:b \u0308");
	has_paragraphs("ก\nข\n", "1:ก|2:ข");
	has_paragraphs("★\n…", "1:★|2:…");
	has_paragraphs("", "");
	has_paragraphs("\u200B\n\u00AD\n", "");
	has_paragraphs("one", "1:one");
}

static void hard_wrapped_lines_are_one_paragraph(void **state)
{
	static const char text[] = "The ministry of finance said on Tuesday that\n"
				   "it would lower the tax on fuel by a tenth for\n"
				   "the rest of the year, as prices had risen by\n"
				   "more than was foreseen in spring.\n"
				   "    Traders had waited for the decision since\n"
				   "the parliament asked for it in a vote last\n"
				   "month.\n\n"
				   "A spokesman gave no details and said that the\n"
				   "law would be published soon.\n";

	has_paragraphs(text, "1:The ministry of finance said on Tuesday that\n"
			     "it would lower the tax on fuel by a tenth for\n"
			     "the rest of the year, as prices had risen by\n"
			     "more than was foreseen in spring.|"
			     "5:Traders had waited for the decision since\n"
			     "the parliament asked for it in a vote last\n"
			     "month.|"
			     "9:A spokesman gave no details and said that the\n"
			     "law would be published soon.");
}

/* --- limits --- */

static void limits_are_kept(void **state)
{
	size_t n = (size_t)ND_TEXT_MAX + 1;
	char *text = malloc(n);
	struct folded f = { .len = 77 };

	memset(text, 'a', n);
	assert_int_equal(fold_text(folder, text, n, &f), -E2BIG);
	assert_int_equal(f.len, 77);
	assert_int_equal(fold_text(folder, text, n - 1, &f), 0);
	assert_int_equal(f.n_units, 1);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 2 ? '\n' : 'a';
	assert_int_equal(fold_text(folder, text, 2 * (size_t)ND_PARAGRAPHS_MAX, &f), 0);
	assert_int_equal(f.n_paragraphs, ND_PARAGRAPHS_MAX);
	assert_int_equal(fold_text(folder, text, 2 * (size_t)ND_PARAGRAPHS_MAX + 1, &f), -E2BIG);
	assert_int_equal(fold_text(folder, "x\xFF", 2, &f), -EILSEQ);
	assert_int_equal(fold_text(folder, "가\xEA\xB0", 5, &f), -EILSEQ);
	assert_int_equal(fold_text(folder, NULL, 0, &f), 0);
	assert_int_equal(f.n_paragraphs + f.n_units + f.len, 0);
	for (size_t i = 0; i + 3 < n; i += 3) /* what grows most */
		memcpy(text + i, "\uFDFA", 3);
	assert_int_equal(fold_text(folder, text, (n - 1) / 3 * 3, &f), 0);
	assert_int_equal(f.len, (n - 1) / 3 * 33 + 1);
	free(text);
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Marks in the worst order cost more than letters, but a bounded time each. */
static void hostile_marks_cost_linear_time(void **state)
{
	size_t n = ND_TEXT_MAX & ~3u;
	char *text = malloc(n);
	struct folded f;
	double start;

	for (size_t i = 0; i < n; i += 4)
		memcpy(text + i, "\u0301\u0323", 4);
	start = cpu();
	assert_int_equal(fold_text(folder, text, n, &f), 0);
	print_message("8 MiB of marks: %.2f s\n", cpu() - start);
	assert_true(cpu() - start < 20);
	assert_int_equal(f.n_paragraphs, 1);
	free(text);
}

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
		cmocka_unit_test(variants_of_one_text_fold_alike),
		cmocka_unit_test(every_script_makes_units),
		cmocka_unit_test(unspaced_scripts_are_cut_into_words),
		cmocka_unit_test(emoji_make_no_unit),
		cmocka_unit_test(ignorable_characters_do_not_cut_words),
		cmocka_unit_test(a_character_of_several_units_lends_each_its_place),
		cmocka_unit_test(long_words_and_runs_are_whole),
		cmocka_unit_test(lines_are_paragraphs),
		cmocka_unit_test(hard_wrapped_lines_are_one_paragraph),
		cmocka_unit_test(syllables_fold_at_every_offset_of_a_block),
		cmocka_unit_test(decomposed_hangul_folds_to_syllables),
		cmocka_unit_test(mixed_text_folds_as_icu_folds_it),
		cmocka_unit_test(news_folds_as_icu_folds_it),
		cmocka_unit_test(each_code_point_folds_as_icu_folds_it),
		cmocka_unit_test(code_points_fold_with_what_stands_behind_them),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(hostile_marks_cost_linear_time),
		cmocka_unit_test(a_failed_fold_leaves_the_folder_usable),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
