/*
 * gzip (RFC 1952): members, one behind the other. Zeros between and behind them are padding, as
 * tapes and block devices leave it; gzip(1) ignores it too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "daemon/input_format.h"

#define WINDOW_GZIP (15 + 16) /* zlib's way to say: largest window, gzip header and nothing else */
#define STEP_MAX ((size_t)1 << 30) /* zlib counts in 32 bits */

struct gzip {
	z_stream z;
	bool inside; /* a member is open */
};

/* One byte is enough when there is no more: no text begins so, a cut file does. */
static bool gzip_recognises(const uint8_t *head, size_t n)
{
	return n > 0 && head[0] == 0x1F && (n == 1 || head[1] == 0x8B);
}

static int gzip_open(void **ret)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	if (inflateInit2(&g->z, WINDOW_GZIP) != Z_OK) {
		free(g);
		return -ENOMEM;
	}
	g->inside = true;
	*ret = g;
	return 0;
}

static int damaged(char *reason, const char *what, const char *detail)
{
	snprintf(reason, INPUT_REASON_MAX, "%s%s%s", what, detail ? ": " : "",
		 detail ? detail : "");
	return -EBADMSG;
}

/* Between members: 1 when another one begins, 0 at the end of the file, or an error. */
static int next_member(struct gzip *g, struct raw *r, char *reason)
{
	long n;

	while ((n = raw_fill(r, 2)) > 0 && *raw_peek(r) == 0)
		r->at++;
	if (n <= 0)
		return (int)n;
	if (!gzip_recognises(raw_peek(r), (size_t)n))
		return damaged(reason, "trailing garbage behind the gzip stream", NULL);
	inflateReset(&g->z);
	g->inside = true;
	return 1;
}

/* One step of the decoder: the bytes that it gave, or an error. An error that comes with content is
 * told by the next call. */
static long step(struct gzip *g, struct raw *r, void *to, size_t room, char *reason)
{
	size_t had = r->end - r->at, got;
	int ret;

	g->z.next_in = (Bytef *)raw_peek(r);
	g->z.avail_in = (uInt)had;
	g->z.next_out = to;
	g->z.avail_out = (uInt)room;
	ret = inflate(&g->z, Z_NO_FLUSH);
	r->at += had - g->z.avail_in;
	got = room - g->z.avail_out;
	if (ret == Z_STREAM_END)
		g->inside = false;
	if (got || ret == Z_OK || ret == Z_STREAM_END)
		return (long)got;
	if (ret == Z_MEM_ERROR)
		return -ENOMEM;
	if (ret == Z_BUF_ERROR)
		return damaged(reason, "the gzip stream ends early", NULL);
	return damaged(reason, "the gzip stream is damaged", g->z.msg);
}

/* Where the file ends or cannot be read, the decoder is asked all the same: it may hold content. */
static long gzip_read(void *state, struct raw *r, void *to, size_t room, char *reason)
{
	struct gzip *g = state;
	long n, got;

	if (room > STEP_MAX)
		room = STEP_MAX;
	do {
		n = g->inside ? raw_fill(r, 1) : next_member(g, r, reason);
		if (!g->inside)
			return n;
		got = step(g, r, to, room, reason);
	} while (got == 0);
	if (n >= 0 || got != -EBADMSG)
		return got;
	reason[0] = '\0';
	return n;
}

static void gzip_close(void *state)
{
	struct gzip *g = state;

	inflateEnd(&g->z);
	free(g);
}

const struct format format_gzip = { gzip_recognises, gzip_open, gzip_read, gzip_close };
