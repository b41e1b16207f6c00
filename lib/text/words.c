#include "text/words.h"

#include <errno.h>
#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/utf16.h>

void words_done(struct words *w)
{
	if (!w)
		return;
	if (w->breaker)
		ubrk_close(w->breaker);
	free(w->utf16);
	*w = (struct words){ 0 };
}

static int words_prepare(struct words *w, size_t n)
{
	UErrorCode status = U_ZERO_ERROR;

	if (!w->breaker) {
		w->breaker = ubrk_open(UBRK_WORD, "th", NULL, 0, &status);
		if (U_FAILURE(status)) {
			w->breaker = NULL;
			return -EIO;
		}
	}
	if (2 * n > w->cap) {
		uint16_t *at = realloc(w->utf16, 4 * n * sizeof(*at));

		if (!at)
			return -ENOMEM;
		w->utf16 = at;
		w->cap = 4 * n;
	}
	return 0;
}

int words_cut(struct words *w, const uint32_t *cps, size_t n, uint32_t *ret)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t units = 0, at, unit = 0;
	uint32_t place = 0;
	int n_ret = 0, err = words_prepare(w, n);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		U16_APPEND_UNSAFE(w->utf16, units, cps[i]);
	ubrk_setText(w->breaker, w->utf16, units, &status);
	if (U_FAILURE(status))
		return -EIO;
	while ((at = ubrk_next(w->breaker)) != UBRK_DONE) {
		for (; unit < at; place++)
			unit += U16_LENGTH(cps[place]);
		ret[n_ret++] = place;
	}
	return n_ret;
}
