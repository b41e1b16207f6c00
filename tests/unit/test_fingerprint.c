/*
 * lib/sketch/fingerprint: golden values, and a slow model made of fold_text's units.
 *
 * The golden values stand in tests/data/golden.tsv. When a change of the profile is meant to change them:
 *     make && UPDATE_GOLDEN=1 build/tests/unit/test_fingerprint      (in the repository's root)
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "newsdup.h"
#include "sketch/fingerprint.h"
#include "sketch/shingle.h"
#include "tests/unit/random.h"
#include "text/fold.h"

#define GOLDEN "tests/data/golden.tsv"

static struct fingerprinter *printer;
static struct folder *folder;

static int setup(void **state)
{
	int err = fingerprinter_new(&printer);

	return err ? err : folder_new(&folder);
}

static int teardown(void **state)
{
	fingerprinter_free(printer);
	folder_free(folder);
	fingerprinter_free(NULL);
	return 0;
}

static const struct fingerprint *print_of(const char *title, const char *text)
{
	const struct fingerprint *ret = NULL;

	assert_int_equal(fingerprint_text(printer, title, strlen(title), text, strlen(text), &ret),
			 0);
	assert_non_null(ret);
	return ret;
}

static struct fingerprint *copy_of(const struct fingerprint *fp)
{
	void *ret = malloc(fp->bytes);

	assert_non_null(ret);
	return memcpy(ret, fp, fp->bytes);
}

/* --- golden values --- */

static const struct {
	const char *id, *title, *text;
} articles[] = {
	{ "korean", "",
	  "나루시는 12일 강변 산책로 3.2킬로미터 구간을 새로 열었다고 밝혔다. 시는 지난해 가을부터 "
	  "낡은 난간을 걷어내고 "
	  "흙길을 다졌으며, 밤에도 걸을 수 있도록 낮은 등을 240개 달았다.\n"
	  "시 관계자는 \"비가 많이 와도 물이 고이지 않도록 배수로를 넓혔다\"고 말했다.\n"
	  "산책로는 자정까지 열려 있으며 자전거는 들어갈 수 없다." },
	{ "english", "",
	  "The harbour council voted on Tuesday to keep the old lighthouse lamp burning for "
	  "another ten years, after "
	  "more than four thousand residents signed a petition.\n"
	  "\"We did not expect so many people to care about one lamp,\" said Marla Quennel, who "
	  "chairs the council.\n"
	  "The lamp uses 1,000 watts and was first lit in 1911. Ships no longer need it." },
	{ "japanese", "",
	  "港町の図書館は三日、開館百周年を記念して古い漁師の日記を初めて公開した。日記は大正時代に"
	  "書かれ、天気や潮の流れ、"
	  "魚の値段が毎日細かく記されている。\n館長は「町の暮らしがそのまま残っている」と話した。展"
	  "示は月末まで。" },
	{ "chinese", "",
	  "青石镇星期一宣布，将在老桥旁边修建一条供行人使用的木栈道，全长八百米，预计明年春天完工。"
	  "\n"
	  "镇长表示，木栈道不会影响河边的柳树，施工期间老桥照常通行。居民可以在镇公所查看设计图"
	  "。" },
	{ "arabic", "",
	  "أعلنت بلدية واحة النخيل يوم الأحد افتتاح سوق جديدة للتمور تضم أكثر من مئة متجر صغير، "
	  "بعد عامين من أعمال "
	  "الترميم.\nوقال رئيس البلدية إن السوق ستفتح أبوابها كل يوم من الفجر حتى المساء." },
	{ "thai", "",
	  "เทศบาลเมืองริมน้ำประกาศเปิดตลาดเช้าแห่งใหม่เมื่อวันจันทร์ที่ผ่านมา โดยมีร้านค้าของชาวบ้านมากกว่าแปดสิบร้าน\n"
	  "นายกเทศมนตรีกล่าวว่าตลาดจะเปิดทุกวันตั้งแต่ตีห้าจนถึงเที่ยงวัน และไม่เก็บค่าเช่าในปีแรก" },
	{ "german", "",
	  "Die Gemeinde Oberlauf hat am Freitag beschlossen, die alte Mühle am Straßenrand zu "
	  "kaufen und darin eine "
	  "Werkstatt für Fahrräder einzurichten.\n"
	  "Das Gebäude steht seit acht Jahren leer. »Wir wollten nicht länger zusehen«, sagte "
	  "Bürgermeisterin Heide "
	  "Löwenzahn; die Kosten von 85.000 Euro trägt zur Hälfte ein Verein." },
	{ "russian", "",
	  "В посёлке Светлый Яр в среду открыли новый паром через реку, который заменит деревянную "
	  "переправу, "
	  "закрытую прошлой осенью.\nПаром ходит каждые двадцать минут с шести утра до полуночи. "
	  "Проезд для жителей "
	  "останется бесплатным до конца года, сообщили в администрации." },
	{ "mixed", "",
	  "나루 로보틱스(Naru Robotics)는 13일 새 배달 로봇 'ND-7'을 공개했다. The robot carries "
	  "12 kg and climbs stairs.\n"
	  "日本の販売店は来月から予約を受け付ける。가격은 3,900,000원이다.\nNaru's own app, ND Go, "
	  "shows 배달 위치 in real "
	  "time." },
	{ "title", "Old lighthouse lamp stays lit",
	  "OLD LIGHTHOUSE LAMP STAYS LIT\n\nThe harbour council voted on Tuesday to keep the old "
	  "lighthouse lamp burning "
	  "for another ten years, after more than four thousand residents signed a "
	  "petition.\nShips no longer need it." },
	{ "line", "", "Strong winds close the northern pass until Thursday." },
	{ "word", "", "속보" },
	{ "marks", "", " \n — … ★\n\t" },
	{ "empty", "", "" },
};

#define N_ARTICLES (sizeof(articles) / sizeof(articles[0]))

static void golden_line(char *to, size_t size, size_t i)
{
	const struct fingerprint *fp = print_of(articles[i].title, articles[i].text);

	snprintf(to, size,
		 "%s\t%016" PRIx64 "\t%016" PRIx64 "\t%" PRIu32 "\t%" PRIu32 "\t%016" PRIx64 "\n",
		 articles[i].id, fp->body_hash, fp_simhash(fp), fp->n_shingles, fp->n_keys,
		 hash_bytes(fp, fp->bytes));
}

static void write_golden(void)
{
	FILE *f = fopen(GOLDEN, "w");
	char line[300];

	assert_non_null(f);
	fputs("# id\tbody_hash\tsimhash\tn_shingles\tn_keys\tXXH3 of the whole (see "
	      "tests/unit/test_fingerprint.c)\n",
	      f);
	for (size_t i = 0; i < N_ARTICLES; i++) {
		golden_line(line, sizeof(line), i);
		fputs(line, f);
	}
	assert_int_equal(fclose(f), 0);
}

static void fingerprints_are_the_golden_ones(void **state)
{
	char want[300] = "", got[300];
	size_t wrong = 0;
	FILE *f;

	if (getenv("UPDATE_GOLDEN"))
		write_golden();
	f = fopen(GOLDEN, "r");
	if (!f)
		fail_msg("cannot open %s: run from the repository's root", GOLDEN);
	assert_non_null(fgets(want, sizeof(want), f));
	for (size_t i = 0; i < N_ARTICLES; i++) {
		if (!fgets(want, sizeof(want), f))
			want[0] = 0;
		golden_line(got, sizeof(got), i);
		if (!strcmp(want, got))
			continue;
		wrong++;
		print_message("expected %sgot      %s", want, got);
	}
	assert_null(fgets(want, sizeof(want), f));
	fclose(f);
	if (wrong)
		fail_msg("%zu differ; when that is meant: UPDATE_GOLDEN=1 "
			 "build/tests/unit/test_fingerprint",
			 wrong);
}

/* --- the model --- */

#define MODEL_MAX 20000

/* The hash of the shortest run of units from i on of that weight; false when the units end before it. */
static bool run_hash(const struct unit *u, size_t i, size_t end, uint32_t weight, uint64_t *ret)
{
	uint64_t hash = 0;
	uint32_t sum = 0;
	size_t from = i;

	for (; i < end && sum < weight; i++) {
		hash = i == from ? u[i].hash : shingle_join(hash, u[i].hash);
		sum += u[i].weight;
	}
	*ret = hash;
	return sum >= weight;
}

static size_t model_shingles(const struct folded *t, size_t from, uint64_t *ret)
{
	size_t n = 0;

	for (size_t i = from; i < t->n_units; i++) {
		uint64_t hash;
		size_t k = 0;

		if (!run_hash(t->units, i, t->n_units, FP_SHINGLE_WEIGHT, &hash))
			continue;
		while (k < n && fp_shingle_of(ret[k]) != fp_shingle_of(hash))
			k++;
		if (k < n)
			continue;
		assert_true(n < MODEL_MAX);
		ret[n++] = hash;
	}
	return n;
}

static uint32_t keys_at(const uint64_t *hashes, size_t n, uint32_t scale)
{
	uint32_t ret = 0;

	for (size_t i = 0; i < n; i++)
		ret += hashes[i] <= UINT64_MAX / scale;
	return ret;
}

static uint32_t model_scale(const uint64_t *hashes, size_t n)
{
	uint32_t scale = FP_SCALE;

	while (scale > 1 && keys_at(hashes, n, scale) < FP_KEYS_MIN)
		scale /= 2;
	return scale;
}

/* Spans cover all shingles, in order, each in a paragraph of the body. */
static void assert_spans(const struct fingerprint *fp)
{
	const struct fp_span *spans = fp_spans(fp);
	uint32_t place = 0, quoted = 0;

	for (uint32_t i = 0; i < fp->n_spans; i++) {
		assert_int_equal(spans[i].place, place);
		assert_true(fp_span_end(fp, i) > place);
		assert_true(spans[i].paragraph < fp->n_paragraphs);
		assert_true(
			part_in_body((enum part_role)fp_paragraphs(fp)[spans[i].paragraph].role));
		assert_true(!i || spans[i].paragraph >= spans[i - 1].paragraph);
		quoted += spans[i].quoted ? fp_span_end(fp, i) - place : 0;
		place = fp_span_end(fp, i);
	}
	assert_int_equal(place, fp->n_shingles);
	assert_int_equal(quoted, fp->n_quoted);
}

/* The paragraphs of a text, whose glued lines are followed by their pieces: all of what they have in the body, in order. */
static void assert_paragraphs(const struct fingerprint *fp, const struct folded *t)
{
	const struct fp_paragraph *p = fp_paragraphs(fp);
	uint32_t at = 0;

	for (size_t i = 0; i < t->n_paragraphs; i++) {
		const struct paragraph *of = &t->paragraphs[i];
		uint32_t line = at++, units = p[line].units;

		assert_false(fp_is_piece(fp, line));
		assert_int_equal(p[line].line, of->line);
		for (; at < fp->n_paragraphs && fp_is_piece(fp, at); at++) {
			assert_int_equal(p[line].units, 0);
			assert_int_equal(p[at].role, p[line].role);
			assert_true(p[at].start >= (at == line + 1 ? p[line].start : p[at - 1].end));
			assert_true(p[at].end > p[at].start && p[at].end <= p[line].end);
			units += p[at].units;
		}
		assert_true(at != line + 2);
		if (p[line].role == PART_BODY)
			assert_int_equal(units, of->unit_end - of->unit);
	}
	assert_int_equal(at, fp->n_paragraphs);
}

/* The place of the fingerprint's next line behind a paragraph. */
static uint32_t line_behind(const struct fingerprint *fp, uint32_t i)
{
	for (i++; i < fp->n_paragraphs && fp_is_piece(fp, i); i++)
		;
	return i;
}

/* All that the head of fingerprint.h says of shingles and keys. */
static void assert_model(const char *title, const char *text)
{
	static uint64_t want[MODEL_MAX];
	const struct fingerprint *fp = print_of(title, text);
	const uint32_t *got = fp_shingles(fp);
	uint32_t place = 0, key = 0, line = 0;
	static struct unit units[2 * MODEL_MAX];
	struct folded t;
	size_t n_units = 0, n;

	assert_int_equal(fold_text(folder, text, strlen(text), &t), 0);
	/* the units of the paragraphs that are no part of the body are left out */
	for (size_t i = 0; i < t.n_paragraphs; i++, line = line_behind(fp, line)) {
		const struct paragraph *p = &t.paragraphs[i];

		if (!part_in_body((enum part_role)fp_paragraphs(fp)[line].role))
			continue;
		memcpy(units + n_units, t.units + p->unit,
		       (p->unit_end - p->unit) * sizeof(*units));
		n_units += p->unit_end - p->unit;
	}
	assert_paragraphs(fp, &t);
	t.units = units;
	t.n_units = n_units;
	n = model_shingles(&t, 0, want);
	assert_int_equal(fp->version, FP_VERSION);
	assert_int_equal(fp->n_shingles, n);
	assert_int_equal(fp->scale, model_scale(want, n));
	for (; place < n; place++) {
		assert_int_equal(got[place], fp_shingle_of(want[place]));
		if (want[place] > UINT64_MAX / fp->scale)
			continue;
		assert_true(key < fp->n_keys);
		assert_int_equal(fp_keys(fp)[key].place, place);
		assert_int_equal(fp_key(fp, key), (uint64_t)fp_shingle_of(want[place]) << 32 | (uint32_t)want[place]);
		key++;
	}
	assert_int_equal(fp->n_keys, key);
	assert_true(fp->n_lead <= fp->n_head);
	assert_spans(fp);
	assert_ptr_equal((const char *)(fp_names(fp) + fp->n_names),
			 (const char *)fp + fp->bytes);
}

static void shingles_and_keys_are_those_of_the_model(void **state)
{
	static char text[200000];

	made_seed = 31;
	for (size_t i = 0; i < N_ARTICLES; i++)
		assert_model(articles[i].title, articles[i].text);
	for (size_t n = 0; n < 300; n++) {
		random_lines(text, n, 1000000);
		assert_model("", text);
	}
	for (uint32_t vocabulary = 1; vocabulary < 3000; vocabulary *= 3) {
		random_lines(text, 4000, vocabulary);
		assert_model("", text);
	}
}

static void a_short_text_keeps_all_of_its_hashes(void **state)
{
	const struct fingerprint *fp = print_of("", articles[10].text);

	assert_int_equal(fp->scale, 1);
	assert_int_equal(fp->n_keys, fp->n_shingles);
	assert_true(fp->n_keys > 0 && fp->n_keys < FP_KEYS_MIN);
}

static void a_long_text_keeps_one_shingle_in_the_scale(void **state)
{
	static char text[200000];
	const struct fingerprint *fp;

	made_seed = 32;
	random_lines(text, 8000, 1000000);
	fp = print_of("", text);
	assert_int_equal(fp->scale, FP_SCALE);
	assert_true(fp->n_keys > fp->n_shingles / FP_SCALE * 8 / 10);
	assert_true(fp->n_keys < fp->n_shingles / FP_SCALE * 12 / 10);
}

/* --- quotations and numbers --- */

static void shingles_that_start_in_a_quotation_are_marked(void **state)
{
	const struct fingerprint *fp =
		print_of("", "One two three four \"five six seven eight nine\" ten eleven twelve.\n"
			     "And thirteen fourteen \"fifteen\" sixteen seventeen eighteen.");
	const struct fp_span *s = fp_spans(fp);

	assert_int_equal(fp->n_spans, 6);
	assert_int_equal(fp->n_quoted, 6);
	assert_true(s[1].quoted && s[1].place == 4 && s[2].place == 9 && !s[2].quoted &&
		    s[2].paragraph == 0);
	assert_true(s[3].paragraph == 1 && s[3].place == 12 && s[4].quoted && s[4].place == 15 &&
		    s[5].place == 16);
}

static void a_short_text_keeps_its_numbers(void **state)
{
	static char text[20000];
	const struct fingerprint *fp =
		print_of("", "매출 120억원, 이익 7억원으로 120억원 그대로. Up 3.5 % on 2nd.");
	char *at = text;

	assert_int_equal(fp->n_numbers, 6);
	for (int i = 0; i < 797; i++)
		at += sprintf(at, "word%d ", i);
	sprintf(at, "17 18 19");
	assert_int_equal(print_of("", text)->n_numbers, 3);
	at = text;
	for (int i = 0; i < 798; i++)
		at += sprintf(at, "word%d ", i);
	sprintf(at, "17 18 19");
	assert_int_equal(print_of("", text)->n_numbers, 0);
}

/* --- title, lead, spelling --- */

static void a_first_line_that_is_the_title_is_no_part_of_the_body(void **state)
{
	const char *title = articles[9].title, *text = articles[9].text, *body = strchr(text, '\n');
	struct fingerprint *bare = copy_of(print_of("", body));
	const struct fingerprint *fp = print_of(title, text);

	assert_int_equal(fp_paragraphs(fp)[0].role, PART_TITLE);
	assert_int_equal(fp_paragraphs(fp)[1].role, PART_LEAD);
	assert_int_equal(fp->body_hash, bare->body_hash);
	assert_int_equal(fp_simhash(fp), fp_simhash(bare));
	assert_int_equal(fp->n_units, bare->n_units);
	assert_int_equal(fp->n_shingles, bare->n_shingles);
	assert_memory_equal(fp_shingles(fp), fp_shingles(bare), fp->n_shingles * sizeof(uint32_t));
	assert_int_not_equal(fp->title_hash, 0);
	assert_int_equal(bare->title_hash, 0);
	free(bare);
}

static void a_text_that_is_nothing_but_its_title_keeps_its_body(void **state)
{
	const struct fingerprint *fp = print_of(articles[10].text, articles[10].text);

	assert_true(fp->n_units > 0);
	assert_int_not_equal(fp->body_hash, 0);
	assert_true(fp->n_shingles > 0);
}

static void one_paragraph_at_most_is_the_lead(void **state)
{
	for (size_t i = 0; i < N_ARTICLES; i++) {
		const struct fingerprint *fp = print_of(articles[i].title, articles[i].text);
		uint32_t leads = 0;

		for (uint32_t p = 0; p < fp->n_paragraphs; p++)
			leads += fp_paragraphs(fp)[p].role == PART_LEAD;
		assert_int_equal(leads, fp->n_units > 0);
	}
}

static void without_a_word_there_is_no_hash(void **state)
{
	for (size_t i = 0; i < N_ARTICLES; i++) {
		const struct fingerprint *fp = print_of(articles[i].title, articles[i].text);
		bool words = strcmp(articles[i].id, "empty") && strcmp(articles[i].id, "marks");

		assert_int_equal(fp->body_hash != 0, words);
		assert_int_equal(fp->n_units != 0, words);
		if (!words)
			assert_true(!fp->n_shingles && !fp->n_keys && !fp->n_lead && !fp->n_head &&
				    !fp_simhash(fp));
	}
}

static void outlets_that_space_korean_differently_share_every_shingle(void **state)
{
	struct fingerprint *a =
		copy_of(print_of("", "강변산책로를 새로열었다고 밝혔다.이어 낮은등을 달았다.\n끝"));
	const struct fingerprint *b =
		print_of("", "강변 산책로를 새로 열었다고 밝혔다. 이어\n낮은 등을 달았다. 끝");

	assert_true(a->n_shingles > 10);
	assert_int_equal(a->n_shingles, b->n_shingles);
	assert_memory_equal(fp_shingles(a), fp_shingles(b), a->n_shingles * sizeof(uint32_t));
	assert_int_equal(a->n_keys, b->n_keys);
	free(a);
}

static void paragraphs_name_their_lines_and_bytes(void **state)
{
	const char *text = "\nfirst line here\n\n \n둘째 줄\n";
	const struct fp_paragraph *p = fp_paragraphs(print_of("", text));

	assert_int_equal(p[0].line, 2);
	assert_int_equal(p[0].start, 1);
	assert_int_equal(p[0].end, 16);
	assert_int_equal(p[0].units, 3);
	assert_int_equal(p[1].line, 5);
	assert_int_equal(p[1].end - p[1].start, strlen("둘째 줄"));
	assert_memory_equal(text + p[1].start, "둘째 줄", p[1].end - p[1].start);
	assert_int_equal(p[1].units, 3);
}

/* --- purity --- */

/* Counters and dates do not tell two lines apart, nor do bullets; but they tell two texts apart. */
static void what_changes_in_a_line_changes_the_text(void **state)
{
	static const char *const texts[] = {
		"The harbour wall has been mended.\nRead by 1,204 people today",
		"The harbour wall has been mended.\nRead by 1,205 people today",
		"The harbour wall has been mended.\n\xe2\x96\xb6 Read by 1,204 people today",
		"The harbour wall has been mended\nRead by 1,204 people today",
	};
	uint64_t first = print_of("", texts[0])->text_hash, line = fp_paragraphs(print_of("", texts[0]))[1].hash;

	(void)state;
	assert_int_equal(print_of("", "THE harbour wall  has been mended.\n\nRead by 1,204 people today\n")->text_hash, first);
	for (size_t i = 1; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(fp_paragraphs(print_of("", texts[i]))[1].hash, line);
		assert_int_not_equal(print_of("", texts[i])->text_hash, first);
	}
}

static void the_same_text_gives_the_same_bytes(void **state)
{
	struct fingerprinter *other;

	assert_int_equal(fingerprinter_new(&other), 0);
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < N_ARTICLES; i++) {
			const char *title = articles[i].title, *text = articles[i].text;
			struct fingerprint *first = copy_of(print_of(title, text));
			size_t before = (i + 5 + round) % N_ARTICLES;
			const struct fingerprint *second;

			/* another text in between leaves no trace */
			assert_int_equal(fingerprint_text(other, "", 0, articles[before].text,
							  strlen(articles[before].text), &second),
					 0);
			assert_int_equal(fingerprint_text(other, title, strlen(title), text,
							  strlen(text), &second),
					 0);
			assert_int_equal(first->bytes, second->bytes);
			assert_memory_equal(first, second, first->bytes);
			free(first);
		}
	fingerprinter_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fingerprints_are_the_golden_ones),
		cmocka_unit_test(shingles_and_keys_are_those_of_the_model),
		cmocka_unit_test(a_short_text_keeps_all_of_its_hashes),
		cmocka_unit_test(a_long_text_keeps_one_shingle_in_the_scale),
		cmocka_unit_test(shingles_that_start_in_a_quotation_are_marked),
		cmocka_unit_test(a_short_text_keeps_its_numbers),
		cmocka_unit_test(a_first_line_that_is_the_title_is_no_part_of_the_body),
		cmocka_unit_test(a_text_that_is_nothing_but_its_title_keeps_its_body),
		cmocka_unit_test(one_paragraph_at_most_is_the_lead),
		cmocka_unit_test(without_a_word_there_is_no_hash),
		cmocka_unit_test(outlets_that_space_korean_differently_share_every_shingle),
		cmocka_unit_test(paragraphs_name_their_lines_and_bytes),
		cmocka_unit_test(what_changes_in_a_line_changes_the_text),
		cmocka_unit_test(the_same_text_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
