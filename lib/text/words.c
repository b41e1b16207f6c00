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
	free(w->place);
	*w = (struct words){ 0 };
}

static int words_prepare(struct words *w, size_t n)
{
	UErrorCode status = U_ZERO_ERROR;
	uint16_t *utf16;
	uint32_t *place;

	if (!w->breaker) {
		w->breaker = ubrk_open(UBRK_WORD, "th", NULL, 0, &status);
		if (U_FAILURE(status)) {
			w->breaker = NULL;
			return status == U_MEMORY_ALLOCATION_ERROR ? -ENOMEM : -EIO;
		}
	}
	if (2 * n <= w->cap)
		return 0;
	utf16 = realloc(w->utf16, 4 * n * sizeof(*utf16));
	if (utf16)
		w->utf16 = utf16;
	place = realloc(w->place, 4 * n * sizeof(*place));
	if (place)
		w->place = place;
	if (!utf16 || !place)
		return -ENOMEM;
	w->cap = 4 * n;
	return 0;
}

/* Thai and Lao AM, which NFKC takes apart and the dictionaries spell as one: 0 when it is none. */
static uint32_t composed_am(uint32_t a, uint32_t b)
{
	if (a == 0x0E4D && b == 0x0E32)
		return 0x0E33;
	return a == 0x0ECD && b == 0x0EB2 ? 0x0EB3 : 0;
}

static int32_t to_utf16(struct words *w, const uint32_t *cps, size_t n)
{
	int32_t ret = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t cp = i + 1 < n ? composed_am(cps[i], cps[i + 1]) : 0;

		w->place[ret] = (uint32_t)i;
		i += cp != 0;
		cp = cp ? cp : cps[i];
		if (cp > 0xFFFF)
			w->place[ret + 1] = (uint32_t)i;
		U16_APPEND_UNSAFE(w->utf16, ret, cp);
	}
	return ret;
}

int words_cut(struct words *w, const uint32_t *cps, size_t n, uint32_t *ret)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t units, at;
	int n_ret = 0, err = words_prepare(w, n);

	if (err)
		return err;
	units = to_utf16(w, cps, n);
	ubrk_setText(w->breaker, w->utf16, units, &status);
	if (U_FAILURE(status))
		return -EIO;
	while ((at = ubrk_next(w->breaker)) != UBRK_DONE)
		ret[n_ret++] = at < units ? w->place[at] : (uint32_t)n;
	return n_ret;
}
