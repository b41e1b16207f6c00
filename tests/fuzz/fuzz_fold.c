/* Any bytes: fold_text takes just UTF-8, and what it returns fits together. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/fold.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x)                                                                                                       \
	do {                                                                                                           \
		if (!(x))                                                                                              \
			abort();                                                                                       \
	} while (0)

static void check(const struct folded *f, size_t size)
{
	uint32_t unit = 0, fold = 0, end = 0, start = 0;

	for (size_t i = 0; i < f->n_paragraphs; i++) {
		const struct paragraph *p = &f->paragraphs[i];

		CHECK(p->start >= end && p->start < p->end && p->end <= size);
		CHECK(p->fold == fold && p->fold_end > p->fold && p->fold_end < f->len && f->text[p->fold_end] == '\n');
		CHECK(p->unit == unit && p->unit_end >= unit && p->unit_end <= f->n_units);
		for (start = p->start; unit < p->unit_end; unit++) {
			const struct unit *u = &f->units[unit];

			CHECK(u->start >= start && u->start < u->end && u->end <= p->end);
			start = u->start;
		}
		fold = p->fold_end + 1;
		end = p->end;
	}
	CHECK(unit == f->n_units && fold == f->len);
	CHECK(utf8_valid(f->text, f->len) == f->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct folder *folder;
	struct folded f;
	int err = folder ? 0 : folder_new(&folder);

	CHECK(!err);
	err = fold_text(folder, (const char *)data, size, &f);
	CHECK((err == -EILSEQ) == (utf8_valid((const char *)data, size) != size) || err == -E2BIG);
	if (!err)
		check(&f, size);
	return 0;
}
