/*
 * zstd (RFC 8878): frames, one behind the other, skippable ones among them.
 *
 * ZSTD_decompressStream forgets what it has given out in the very call that finds an error. So that
 * no good content is lost, a call gets the rest of one block at most, and nothing as long as
 * content of a block before may wait inside.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "daemon/input_format.h"

/* Of zstd_errors.h, which pins these numbers down for good. */
#define ERROR_WINDOW_TOO_LARGE 16u
#define ERROR_MEMORY 64u

#define BLOCK_HEADER 3u

struct zstd {
	ZSTD_DStream *stream;
	size_t hint;  /* bytes that the decoder would like: a block and the header behind it */
	bool inside;  /* a frame is open */
	bool waiting; /* content may wait inside */
};

/* A frame, or a skippable one. Half a magic is enough when there is no more: no text begins so. */
static bool zstd_recognises(const uint8_t *head, size_t n)
{
	static const uint8_t magic[] = { 0x28, 0xB5, 0x2F, 0xFD };

	if (n < 2)
		return false;
	if (!memcmp(head, magic, n < sizeof(magic) ? n : sizeof(magic)))
		return true;
	return n >= 4 && (head[0] & 0xF0) == 0x50 && head[1] == 0x2A && head[2] == 0x4D &&
	       head[3] == 0x18;
}

static int zstd_open(void **ret)
{
	struct zstd *z = calloc(1, sizeof(*z));

	if (!z)
		return -ENOMEM;
	z->stream = ZSTD_createDStream();
	if (!z->stream) {
		free(z);
		return -ENOMEM;
	}
	z->hint = ZSTD_initDStream(z->stream);
	*ret = z;
	return 0;
}

static int damaged(char *reason, const char *what)
{
	snprintf(reason, INPUT_REASON_MAX, "%s", what);
	return -EBADMSG;
}

/* What a decoder's error means. */
static int refuse(size_t error, char *reason)
{
	switch ((size_t)0 - error) {
	case ERROR_MEMORY:
		return -ENOMEM;
	case ERROR_WINDOW_TOO_LARGE:
		damaged(reason, "the zstd frame needs a window over 128 MiB");
		return -E2BIG;
	default:
		snprintf(reason, INPUT_REASON_MAX, "the zstd stream is damaged: %s",
			 ZSTD_getErrorName(error));
		return -EBADMSG;
	}
}

/* Bytes of the n at hand that end with the block at the latest. */
static size_t of_one_block(const struct zstd *z, size_t n)
{
	size_t most = z->hint > BLOCK_HEADER ? z->hint - BLOCK_HEADER : z->hint;

	return n < most ? n : most;
}

/* One step of the decoder with `give` bytes: the bytes that it gave, or an error. */
static long step(struct zstd *z, struct raw *r, size_t give, void *to, size_t room, char *reason)
{
	ZSTD_inBuffer in = { raw_peek(r), give, 0 };
	ZSTD_outBuffer out = { to, room, 0 };
	size_t left = ZSTD_decompressStream(z->stream, &out, &in);

	if (ZSTD_isError(left))
		return refuse(left, reason);
	r->at += in.pos;
	z->inside = left != 0;
	z->waiting = left && out.pos == room;
	z->hint = left ? left : ZSTD_initDStream(z->stream);
	return (long)out.pos;
}

/* Bytes at hand for the next step; 0 at the end of the file, between frames; or an error. */
static long next_bytes(struct zstd *z, struct raw *r, char *reason)
{
	long n = raw_fill(r, z->inside ? 1 : FORMAT_MAGIC);

	if (n == 0 && z->inside)
		return damaged(reason, "the zstd stream ends early");
	if (n > 0 && !z->inside && !zstd_recognises(raw_peek(r), (size_t)n))
		return damaged(reason, "trailing garbage behind the zstd stream");
	return n;
}

static long zstd_read(void *state, struct raw *r, void *to, size_t room, char *reason)
{
	struct zstd *z = state;
	long n, got = 0;

	while (got == 0) {
		n = z->waiting ? 0 : next_bytes(z, r, reason);
		if (n < 0 || (n == 0 && !z->waiting))
			return n;
		got = step(z, r, of_one_block(z, (size_t)n), to, room, reason);
	}
	return got;
}

static void zstd_close(void *state)
{
	struct zstd *z = state;

	ZSTD_freeDStream(z->stream);
	free(z);
}

const struct format format_zstd = { zstd_recognises, zstd_open, zstd_read, zstd_close };
