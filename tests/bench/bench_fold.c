/*
 * How fast texts fold: MB of source a second of CPU time, for texts of 3.3 KB in 12 paragraphs. The best
 * round of many, as a machine that others use, too, is at its own speed now and then.
 *   bench_fold [SECONDS a script [SCRIPT]]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text/fold.h"
#include "text/utf8.h"

#define TEXTS 256 /* enough that no branch predictor learns them by heart */
#define PARAGRAPHS 12
#define TEXT_BYTES 3300

struct text {
	char at[TEXT_BYTES + 256];
	size_t len;
};

static uint64_t rng = 88172645463325252u;

static uint32_t below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)((rng >> 20) % n);
}

static void put(struct text *t, const char *bytes)
{
	size_t n = strlen(bytes);

	memcpy(t->at + t->len, bytes, n);
	t->len += n;
}

static void put_cp(struct text *t, uint32_t cp)
{
	t->len += utf8_encode((uint8_t *)t->at + t->len, cp);
}

static void english_word(struct text *t)
{
	unsigned n = 1 + below(4) + below(3) + below(3);

	for (unsigned i = 0; i < n; i++)
		put_cp(t, 'a' + below(26));
}

static void english(struct text *t)
{
	put_cp(t, 'A' + below(26));
	for (unsigned i = 0, n = 8 + below(14); i < n; i++) {
		english_word(t);
		put(t, below(12) ? " " : ", ");
	}
	english_word(t);
	put(t, ". ");
}

static void korean(struct text *t)
{
	for (unsigned i = 0, n = 6 + below(10); i < n; i++) {
		for (unsigned k = 0, m = 1 + below(5); k < m; k++)
			put_cp(t, 0xAC00 + below(11172));
		if (!below(15))
			put_cp(t, '0' + below(10));
		put(t, " ");
	}
	put(t, below(4) ? "했다. " : "했다”고 말했다. ");
}

static void chinese(struct text *t)
{
	for (unsigned i = 0, n = 2 + below(3); i < n; i++) {
		for (unsigned k = 0, m = 4 + below(14); k < m; k++)
			put_cp(t, 0x4E00 + below(0x4000));
		put(t, i + 1 < n ? "，" : "。");
	}
}

static void japanese(struct text *t)
{
	for (unsigned i = 0, n = 8 + below(20); i < n; i++) {
		if (below(2))
			put_cp(t, 0x3041 + below(0x52));
		else
			put_cp(t, below(4) ? 0x4E00 + below(0x4000) : 0x30A1 + below(0x55));
	}
	put(t, below(2) ? "、" : "。");
}

static void thai(struct text *t)
{
	static const char *const words[] = { "ข่าว", "วันนี้", "ประเทศ", "รัฐบาล", "ประชาชน", "ทำงาน", "นายก",
					     "ราคา", "น้ำมัน", "ตลาด", "โรงเรียน", "ที่", "ของ", "และ", "ใน",
					     "การ", "กรุงเทพ", "เศรษฐกิจ", "ไม่", "ได้" };

	for (unsigned i = 0, n = 3 + below(8); i < n; i++)
		put(t, words[below(sizeof(words) / sizeof(*words))]);
	put(t, " ");
}

static void russian(struct text *t)
{
	for (unsigned i = 0, n = 5 + below(10); i < n; i++) {
		for (unsigned k = 0, m = 1 + below(9); k < m; k++)
			put_cp(t, 0x430 + below(32));
		put(t, " ");
	}
}

static void mixed(struct text *t)
{
	static void (*const scripts[])(struct text *) = { english, korean, chinese, japanese, thai, russian };

	scripts[below(6)](t);
}

static void fill(struct text *t, void (*sentence)(struct text *))
{
	t->len = 0;
	for (unsigned i = 1; i <= PARAGRAPHS; i++) {
		while (t->len < TEXT_BYTES * i / PARAGRAPHS - 90)
			sentence(t);
		put(t, "\n");
	}
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int measure(struct folder *f, const char *name, const struct text *texts, double seconds)
{
	double start = cpu(), was = start, now, best = 1e9;
	size_t bytes, units;
	struct folded out;

	do {
		bytes = units = 0;
		for (unsigned i = 0; i < TEXTS; i++) {
			if (fold_text(f, texts[i].at, texts[i].len, &out))
				return 1;
			bytes += texts[i].len;
			units += out.n_units;
		}
		now = cpu();
		best = now - was < best ? now - was : best;
		was = now;
	} while (now - start < seconds);
	printf("fold %-9s %7.0f MB/s %7.2f us a text of %zu bytes, %zu units\n", name, 1e-6 * (double)bytes / best,
	       1e6 * best / TEXTS, bytes / TEXTS, units / TEXTS);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*sentence)(struct text *);
	} scripts[] = { { "english", english }, { "korean", korean },	{ "chinese", chinese }, { "japanese", japanese },
			{ "thai", thai },	{ "russian", russian }, { "mixed", mixed } };
	static struct text texts[TEXTS];
	double seconds = argc > 1 ? atof(argv[1]) : 0.5;
	const char *only = argc > 2 ? argv[2] : "";
	struct folder *f;
	int ret = 0;

	if (folder_new(&f))
		return 1;
	for (size_t s = 0; s < sizeof(scripts) / sizeof(*scripts) && !ret; s++) {
		if (strncmp(scripts[s].name, only, strlen(only)))
			continue;
		for (unsigned i = 0; i < TEXTS; i++)
			fill(&texts[i], scripts[s].sentence);
		ret = measure(f, scripts[s].name, texts, seconds);
	}
	folder_free(f);
	return ret;
}
