#include "store/frame.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

_Static_assert(sizeof(struct frame) % 8 == 0, "payloads are 8-byte aligned behind it");

static size_t padded(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

size_t frame_size(size_t bytes)
{
	return sizeof(struct frame) + padded(bytes);
}

static uint64_t checksum(const struct frame *f)
{
	uint64_t head = hash_bytes(f, offsetof(struct frame, checksum));

	return hash_seeded(f + 1, padded(f->bytes), head);
}

void frame_write(void *to, const struct store_item *item)
{
	struct frame *f = to;
	size_t zeros = padded(item->bytes) - item->bytes;

	*f = (struct frame){
		.magic = FRAME_MAGIC,
		.version = FRAME_VERSION,
		.seq = item->seq,
		.received = item->received,
		.bytes = item->bytes,
	};
	if (item->bytes)
		memcpy(f + 1, item->at, item->bytes);
	memset((char *)(f + 1) + item->bytes, 0, zeros);
	f->checksum = checksum(f);
}

int frame_read(const void *at, size_t n, uint64_t seq, struct store_item *ret)
{
	const struct frame *f = at;

	if (n < sizeof(*f) || f->magic != FRAME_MAGIC)
		return -EBADMSG;
	if (f->version != FRAME_VERSION)
		return -EPROTO;
	if (f->seq != seq || f->bytes > FRAME_PAYLOAD_MAX || frame_size(f->bytes) != n)
		return -EBADMSG;
	*ret = (struct store_item){ .seq = seq, .received = f->received, .at = f + 1, .bytes = f->bytes };
	return 0;
}

int frame_verify(const void *at)
{
	const struct frame *f = at;

	return f->checksum == checksum(f) ? 0 : -EBADMSG;
}
