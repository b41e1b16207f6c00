/*
 * Any bytes as a file of rules, the first of them says of which kind: read or refused with line and reason, and what
 * was read is tried on a page.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/roles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x)                                                                                                       \
	do {                                                                                                           \
		if (!(x))                                                                                              \
			abort();                                                                                       \
	} while (0)

static const char page_text[] =
	"(서울=연합뉴스) 홍길동 기자 = 나루시는 12일 강변 산책로 구간을 새로 열었다고 밝혔다. 홍길동 기자 hong@example.com\n"
	"WASHINGTON (AP) — The harbour council voted on Tuesday to keep the old lamp burning. (Reporting by Marla Quennel)\n"
	"By Marla Quennel and Tom Askew\n"
	"© 2025 The Pell Gazette. All rights reserved.\n"
	"【北京=新華社】港町の図書館は三日、開館百周年を記念して古い漁師の日記を初めて公開した。\n";

static void check_fault(const struct rules_fault *fault, const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	CHECK(fault->reason && *fault->reason && !strcmp(fault->file, "some.txt"));
	CHECK(fault->line >= 1 && fault->line <= lines);
}

static void try_rules(struct folder *f, const struct rules *r)
{
	struct folded t;
	struct page p;

	page_init(&p);
	CHECK(!fold_text(f, page_text, sizeof(page_text) - 1, &t));
	CHECK(!page_read(&p, r, &t, page_text, &(struct page_title){ 0 }));
	CHECK(p.names.byline_end < sizeof(page_text) && p.names.dateline_end < sizeof(page_text));
	CHECK(p.names.agency < (int)r->n_keys);
	page_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct folder *folder;
	struct rules_fault fault = { 0 };
	struct rules_file files[RULES_FILES];
	struct rules *r;
	int err = folder ? 0 : folder_new(&folder);

	CHECK(!err);
	if (!size)
		return 0;
	rules_builtin_files(files);
	files[*data % RULES_FILES] = (struct rules_file){ "some.txt", (const char *)data + 1, size - 1, *data % RULES_FILES };
	err = rules_new(folder, files, RULES_FILES, &r, &fault);
	CHECK(err == 0 || err == -EINVAL);
	if (err) {
		check_fault(&fault, data + 1, size - 1);
		return 0;
	}
	try_rules(folder, r);
	rules_free(r);
	return 0;
}
