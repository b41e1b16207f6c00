#include "store/text.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <zstd_errors.h>

#include "base/hash.h"

#define MAGIC 0x544Eu
#define KEEP_BYTES ((size_t)1 << 20) /* of memory for the next ones */

_Static_assert(sizeof(struct text_head) == 16, "it stands in front of every text");

int packer_init(struct packer *p)
{
	size_t rc;

	buf_init(&p->out, PACKED_MAX);
	p->zstd = ZSTD_createCCtx();
	if (!p->zstd)
		return -ENOMEM;
	/* the head tells both */
	rc = ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_contentSizeFlag, 0);
	if (!ZSTD_isError(rc))
		rc = ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_dictIDFlag, 0);
	if (ZSTD_isError(rc)) {
		packer_done(p);
		return -ENOMEM;
	}
	return 0;
}

void packer_done(struct packer *p)
{
	ZSTD_freeCCtx(p->zstd);
	p->zstd = NULL;
	buf_done(&p->out);
}

static uint32_t checksum(const struct text_head *h, const void *packed)
{
	uint64_t head = hash_bytes(h, offsetof(struct text_head, checksum));

	return (uint32_t)hash_seeded(packed, h->packed, head);
}

void text_seal(struct text_head *h)
{
	h->checksum = checksum(h, h + 1);
}

static int error_of(size_t rc)
{
	return ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation ? -ENOMEM : -EIO;
}

int packer_run(struct packer *p, const struct dictionary *d, const void *at, size_t n, const struct text_head **ret)
{
	size_t bound = ZSTD_compressBound(n), rc;
	struct text_head *h;
	int err;

	if (n > KEPT_MAX)
		return -E2BIG;
	if (p->out.cap > KEEP_BYTES)
		buf_done(&p->out);
	buf_clear(&p->out);
	err = buf_reserve(&p->out, sizeof(*h) + bound);
	if (err)
		return err;
	rc = ZSTD_CCtx_refCDict(p->zstd, d ? d->pack : NULL);
	if (!ZSTD_isError(rc))
		rc = ZSTD_compress2(p->zstd, p->out.at + sizeof(*h), bound, at, n);
	if (ZSTD_isError(rc))
		return error_of(rc);
	h = (struct text_head *)(void *)p->out.at;
	*h = (struct text_head){
		.magic = MAGIC,
		.version = TEXT_VERSION,
		.dictionary = (uint8_t)(d ? d->number : 0),
		.raw = (uint32_t)n,
		.packed = (uint32_t)rc,
	};
	text_seal(h);
	*ret = h;
	return 0;
}

/* Where it stands it may not be aligned. */
static int read_head(const void *at, size_t n, struct text_head *ret)
{
	if (n < sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, at, sizeof(*ret));
	if (ret->magic != MAGIC)
		return -EBADMSG;
	if (ret->version != TEXT_VERSION)
		return -EPROTO;
	return ret->raw > KEPT_MAX || ret->packed > PACKED_MAX - sizeof(*ret) ? -EBADMSG : 0;
}

int text_size(const void *at, size_t n, size_t *ret)
{
	struct text_head h;
	int err = read_head(at, n, &h);

	if (!err)
		*ret = sizeof(h) + h.packed;
	return err;
}

static int verify(const void *at, size_t n, struct text_head *ret)
{
	int err = read_head(at, n, ret);

	if (err)
		return err;
	if (sizeof(*ret) + ret->packed != n)
		return -EBADMSG;
	return checksum(ret, (const char *)at + sizeof(*ret)) == ret->checksum ? 0 : -EBADMSG;
}

void unpacker_done(struct unpacker *u)
{
	ZSTD_freeDCtx(u->zstd);
	u->zstd = NULL;
}

int unpacker_run(struct unpacker *u, const struct dictionaries *d, const void *at, size_t n, struct buf *to)
{
	const char *packed = (const char *)at + sizeof(struct text_head);
	const struct dictionary *with;
	struct text_head h;
	size_t rc;
	int err = verify(at, n, &h);

	if (err)
		return err;
	with = dictionaries_find(d, h.dictionary);
	if (h.dictionary && !with)
		return -EBADMSG;
	if (!u->zstd)
		u->zstd = ZSTD_createDCtx();
	if (!u->zstd)
		return -ENOMEM;
	err = buf_reserve(to, h.raw);
	if (err)
		return err;
	rc = ZSTD_decompress_usingDDict(u->zstd, to->at ? to->at + to->len : NULL, h.raw, packed, h.packed,
					with ? with->unpack : NULL);
	if (ZSTD_isError(rc))
		return error_of(rc) == -ENOMEM ? -ENOMEM : -EBADMSG;
	if (rc != h.raw)
		return -EBADMSG;
	to->len += h.raw;
	return 0;
}
