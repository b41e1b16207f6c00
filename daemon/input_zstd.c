#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "daemon/input_format.h"

struct zstd {
	ZSTD_DStream *stream;
	bool inside; /* a frame is open */
};

/* A frame, or a skippable one (RFC 8878). */
static bool zstd_recognises(const uint8_t *head, size_t n)
{
	if (n < 4)
		return false;
	if (head[0] == 0x28 && head[1] == 0xB5 && head[2] == 0x2F && head[3] == 0xFD)
		return true;
	return (head[0] & 0xF0) == 0x50 && head[1] == 0x2A && head[2] == 0x4D && head[3] == 0x18;
}

static int zstd_open(struct raw *r, void **ret)
{
	struct zstd *z = calloc(1, sizeof(*z));

	(void)r;
	if (!z)
		return -ENOMEM;
	z->stream = ZSTD_createDStream();
	if (!z->stream) {
		free(z);
		return -ENOMEM;
	}
	*ret = z;
	return 0;
}

static long zstd_read(void *state, struct raw *r, void *to, size_t room, const char **reason)
{
	struct zstd *z = state;
	ZSTD_outBuffer out = { to, room, 0 };

	while (!out.pos) {
		ZSTD_inBuffer in;
		size_t left;
		int ret = raw_fill(r);

		if (ret < 0)
			return ret;
		if (ret == 0 && z->inside) {
			*reason = "the zstd stream ends too early";
			return -EBADMSG;
		}
		if (ret == 0)
			return 0;
		in = (ZSTD_inBuffer){ r->head + r->head_at, r->head_len - r->head_at, 0 };
		left = ZSTD_decompressStream(z->stream, &out, &in);
		r->head_at += in.pos;
		if (ZSTD_isError(left)) {
			*reason = "the zstd stream is damaged";
			return -EBADMSG;
		}
		z->inside = left != 0;
	}
	return (long)out.pos;
}

static void zstd_close(void *state)
{
	struct zstd *z = state;

	ZSTD_freeDStream(z->stream);
	free(z);
}

const struct format format_zstd = { "zstd", zstd_recognises, zstd_open, zstd_read, zstd_close };
