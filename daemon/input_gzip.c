#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "daemon/input_format.h"

struct gzip {
	z_stream z;
	bool inside; /* a member is open */
	bool padded; /* zeros follow the last member */
};

static bool gzip_recognises(const uint8_t *head, size_t n)
{
	return n >= 2 && head[0] == 0x1F && head[1] == 0x8B;
}

static int gzip_open(struct raw *r, void **ret)
{
	struct gzip *g = calloc(1, sizeof(*g));

	(void)r;
	if (!g)
		return -ENOMEM;
	if (inflateInit2(&g->z, 15 + 16) != Z_OK) {
		free(g);
		return -ENOMEM;
	}
	g->inside = true;
	*ret = g;
	return 0;
}

/* Between members: 1 when another one starts, 0 at the end of the file, or an error. */
static int next_member(struct gzip *g, struct raw *r, const char **reason)
{
	for (;;) {
		int ret = raw_fill(r);

		if (ret <= 0)
			return ret;
		while (r->head_at < r->head_len && r->head[r->head_at] == 0) {
			g->padded = true;
			r->head_at++;
		}
		if (r->head_at == r->head_len)
			continue;
		if (g->padded || r->head[r->head_at] != 0x1F) {
			*reason = "garbage behind the end of the gzip stream";
			return -EBADMSG;
		}
		inflateReset(&g->z);
		g->inside = true;
		return 1;
	}
}

/* One step of the decoder; the bytes that it gave, or an error. */
static long gzip_step(struct gzip *g, struct raw *r, void *to, size_t room, const char **reason)
{
	size_t had = r->head_len - r->head_at, got;
	int ret;

	g->z.next_in = r->head + r->head_at;
	g->z.avail_in = (uInt)had;
	g->z.next_out = to;
	g->z.avail_out = (uInt)room;
	ret = inflate(&g->z, Z_NO_FLUSH);
	r->head_at += had - g->z.avail_in;
	got = room - g->z.avail_out;
	if (ret == Z_STREAM_END)
		g->inside = false;
	if (ret == Z_MEM_ERROR)
		return -ENOMEM;
	if (ret != Z_OK && ret != Z_STREAM_END && ret != Z_BUF_ERROR && !got) {
		*reason = "the gzip stream is damaged";
		return -EBADMSG;
	}
	return (long)got;
}

static long gzip_read(void *state, struct raw *r, void *to, size_t room, const char **reason)
{
	struct gzip *g = state;

	if (room > 1u << 30)
		room = 1u << 30;
	for (;;) {
		int ret = g->inside ? raw_fill(r) : next_member(g, r, reason);
		long got;

		if (ret < 0)
			return ret;
		if (ret == 0 && g->inside) {
			*reason = "the gzip stream ends too early";
			return -EBADMSG;
		}
		if (ret == 0)
			return 0;
		got = gzip_step(g, r, to, room, reason);
		if (got)
			return got;
	}
}

static void gzip_close(void *state)
{
	struct gzip *g = state;

	inflateEnd(&g->z);
	free(g);
}

const struct format format_gzip = { "gzip", gzip_recognises, gzip_open, gzip_read, gzip_close };
