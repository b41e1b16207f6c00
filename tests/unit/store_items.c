#include "store_items.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void temp_dir(char *ret, size_t bytes)
{
	snprintf(ret, bytes, "/tmp/test_store.XXXXXX");
	if (!mkdtemp(ret))
		abort();
}

void remove_dir(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(dir);
}

/* 0, small ones, some around LMDB's borders of 2 and 4 KiB, and a few of 100 KB. */
size_t size_of_item(uint64_t seq)
{
	static const size_t sizes[] = { 0, 8, 3304, 1, 64, 1960, 1984, 2016, 4040, 4048, 4056, 13 };

	return seq % 101 == 50 ? 100000 : sizes[seq % 12];
}

static uint8_t byte_of(uint64_t seq, size_t i)
{
	return (uint8_t)(seq * 31 + i * 7 + i / 256);
}

struct store_item make_item(uint64_t seq, size_t bytes)
{
	uint8_t *at = malloc(bytes ? bytes : 1);

	for (size_t i = 0; i < bytes; i++)
		at[i] = byte_of(seq, i);
	return (struct store_item){ .seq = seq, .received = (int64_t)seq - 5, .at = at, .bytes = bytes };
}

struct store_item *make_items(uint64_t from, size_t n)
{
	struct store_item *items = calloc(n, sizeof(*items));

	for (size_t i = 0; i < n; i++)
		items[i] = make_item(from + i, size_of_item(from + i));
	return items;
}

void free_items(struct store_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)items[i].at);
	free(items);
}

bool item_fits(const struct store_item *item)
{
	const uint8_t *at = item->at;

	if ((uintptr_t)at % 8 || item->received != (int64_t)item->seq - 5)
		return false;
	for (size_t i = 0; i < item->bytes; i++)
		if (at[i] != byte_of(item->seq, i))
			return false;
	return true;
}

bool item_is_whole(const struct store_item *item)
{
	return item->bytes == size_of_item(item->seq) && item_fits(item);
}

char *make_text(uint64_t number, size_t bytes)
{
	static const char *const words[] = { "ferry", "island", "court", "minister", "budget", "storm", "harbour", "said" };
	uint64_t state = number * 0x9E3779B97F4A7C15u + 1;
	char *at = malloc(bytes + 16);

	for (size_t n = 0; n < bytes;) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		n += (size_t)sprintf(at + n, "%s%u ", words[state >> 61], (unsigned)(state >> 40 & 0x1FF));
	}
	return at;
}

struct text_head *make_packed(const struct dictionary *d, uint64_t number, size_t bytes)
{
	char *text = make_text(number, bytes);
	const struct text_head *head;
	struct text_head *ret;
	struct packer p;

	if (packer_init(&p) || packer_run(&p, d, text, bytes, &head))
		abort();
	ret = malloc(sizeof(*ret) + head->packed);
	memcpy(ret, head, sizeof(*ret) + head->packed);
	packer_done(&p);
	free(text);
	return ret;
}

bool text_fits(const struct buf *got, uint64_t number, size_t bytes)
{
	char *text = make_text(number, bytes);
	bool fits = got->len == bytes && (!bytes || !memcmp(got->at, text, bytes));

	free(text);
	return fits;
}

int append_items(struct store *s, uint64_t from, size_t n)
{
	struct store_item *items = make_items(from, n);
	int err = store_write(s, items, n);

	free_items(items, n);
	return err;
}

uint64_t readable_items(struct store *s, int *ret_err)
{
	struct store_reader *r;
	struct store_item got[5];
	uint64_t seq = 0;
	size_t n;

	assert_int_equal(store_reader_new(s, &r), 0);
	while (!(*ret_err = store_reader_next(r, seq, got, 5, &n)) && n)
		for (size_t i = 0; i < n; i++, seq++)
			assert_true(item_is_whole(&got[i]));
	store_reader_free(r);
	return seq;
}

void assert_items(struct store *s, uint64_t n)
{
	int err;

	assert_int_equal(store_count(s), n);
	assert_int_equal(readable_items(s, &err), n);
	assert_int_equal(err, 0);
}
