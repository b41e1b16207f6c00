#define ZDICT_STATIC_LINKING_ONLY /* for a training of a fixed length */
#include "store/dictionary.h"

#include <errno.h>
#include <zdict.h>

#define LEVEL 2 /* of a news text of 3.3 KB: 18 us; level 1 saves 2 us and packs 7 % less, level 3 takes 5 us for 1 % */

static void dictionary_done(struct dictionary *d)
{
	ZSTD_freeCDict(d->pack);
	ZSTD_freeDDict(d->unpack);
}

void dictionaries_done(struct dictionaries *d)
{
	for (uint32_t i = 0; i < d->n; i++)
		dictionary_done(&d->at[i]);
	d->n = 0;
}

int dictionaries_make(struct dictionaries *d, const void *at, size_t bytes)
{
	uint32_t n = atomic_load_explicit(&d->n, memory_order_relaxed);
	struct dictionary *to = &d->at[n];

	if (n == DICTIONARIES_MAX || bytes > DICTIONARY_BYTES)
		return -E2BIG;
	if (!ZDICT_getDictID(at, bytes))
		return -EBADMSG;
	to->number = n + 1;
	to->pack = ZSTD_createCDict(at, bytes, LEVEL);
	to->unpack = ZSTD_createDDict(at, bytes);
	if (to->pack && to->unpack)
		return 0;
	dictionary_done(to);
	return -ENOMEM;
}

void dictionaries_publish(struct dictionaries *d)
{
	/* release: who reads the number finds what it counts */
	atomic_fetch_add_explicit(&d->n, 1, memory_order_release);
}

void dictionaries_drop(struct dictionaries *d)
{
	dictionary_done(&d->at[d->n]);
}

const struct dictionary *dictionaries_find(const struct dictionaries *d, uint32_t number)
{
	uint32_t n = atomic_load_explicit(&d->n, memory_order_acquire);

	return number && number <= n ? &d->at[number - 1] : NULL;
}

const struct dictionary *dictionaries_newest(const struct dictionaries *d)
{
	return dictionaries_find(d, atomic_load_explicit(&d->n, memory_order_acquire));
}

int dictionary_train(const void *texts, const size_t *sizes, uint32_t n, struct buf *ret)
{
	/* What ZDICT's own search settles for on news, without the search, which takes four times as long. */
	const ZDICT_fastCover_params_t p = {
		.k = 200, .d = 8, .f = 20, .steps = 1, .nbThreads = 1, .splitPoint = 1.0, .accel = 1,
		.zParams.compressionLevel = LEVEL,
	};
	int err = buf_reserve(ret, DICTIONARY_BYTES);
	size_t made;

	if (err)
		return err;
	made = ZDICT_trainFromBuffer_fastCover(ret->at + ret->len, DICTIONARY_BYTES, texts, sizes, n, p);
	if (ZDICT_isError(made))
		return -ENODATA;
	ret->len += made;
	return 0;
}
