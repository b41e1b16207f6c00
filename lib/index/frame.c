#include "index/frame.h"

#define EDIT_MAX 8u /* shingles in a row that may be others in a frame: a date, a counter */
#define BEYOND 16u  /* of the smaller rest, one in so many may be shared by chance */

struct frame {
	uint32_t n;    /* shingles of either text */
	uint32_t same; /* of these */
};

/* What two lists of n have in common from where they begin, step 1, or back from where they end, step -1. */
static struct frame frame_from(const uint32_t *x, const uint32_t *y, uint32_t n, ptrdiff_t step)
{
	struct frame ret = { 0, 0 };

	for (uint32_t i = 0; i < n && i <= ret.n + EDIT_MAX; i++) {
		if (x[(ptrdiff_t)i * step] != y[(ptrdiff_t)i * step])
			continue;
		ret.n = i + 1;
		ret.same++;
	}
	return ret;
}

/* Hosts tell only where outlets do not: a portal has many of these. */
static bool same_site(struct source x, struct source y)
{
	return x.outlet && y.outlet ? x.outlet == y.outlet : x.host && x.host == y.host;
}

void frame_measure(const struct record *a, const struct record *b, struct evidence *e)
{
	const uint32_t *x = fp_shingles(record_fingerprint(a)), *y = fp_shingles(record_fingerprint(b));
	uint32_t least = e->a < e->b ? e->a : e->b, rest;
	struct frame begin, end;

	e->rest_a = e->rest_b = 0;
	if (!least || !same_site(a->source, b->source))
		return;
	begin = frame_from(x, y, least, 1);
	end = frame_from(x + e->a - 1, y + e->b - 1, least - begin.n, -1);
	rest = least - begin.n - end.n;
	if (e->shared > begin.same + end.same + rest / BEYOND)
		return;
	e->rest_a = e->a - begin.n - end.n;
	e->rest_b = e->b - begin.n - end.n;
}
