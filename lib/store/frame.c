#include "store/frame.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

_Static_assert(sizeof(struct frame) == 24, "payloads are 8-byte aligned behind it");

size_t frame_size(size_t bytes)
{
	return sizeof(struct frame) + bytes;
}

static uint64_t checksum(const struct frame *f, uint64_t seq)
{
	uint64_t head = hash_seeded(f, offsetof(struct frame, checksum), seq);

	return hash_seeded(f + 1, f->bytes, head);
}

void frame_write(void *to, const struct store_item *item)
{
	struct frame *f = to;

	*f = (struct frame){
		.magic = FRAME_MAGIC,
		.version = FRAME_VERSION,
		.bytes = (uint32_t)item->bytes,
		.received = item->received,
	};
	if (item->bytes)
		memcpy(f + 1, item->at, item->bytes);
	f->checksum = checksum(f, item->seq);
}

int frame_whole(const void *at, size_t n, size_t *ret)
{
	struct frame f;

	if (n < sizeof(f))
		return -EBADMSG;
	memcpy(&f, at, sizeof(f));
	if (f.magic != FRAME_MAGIC)
		return -EBADMSG;
	if (f.version != FRAME_VERSION)
		return -EPROTO;
	if (f.bytes > FRAME_PAYLOAD_MAX)
		return -EBADMSG;
	*ret = frame_size(f.bytes);
	return 0;
}

int frame_read(const void *at, size_t n, uint64_t seq, struct store_item *ret)
{
	const struct frame *f = at;
	size_t bytes;
	int err = frame_whole(at, n, &bytes);

	if (err)
		return err;
	if (bytes != n)
		return -EBADMSG;
	*ret = (struct store_item){ .seq = seq, .received = f->received, .at = f + 1, .bytes = f->bytes };
	return 0;
}

int frame_verify(const void *at, uint64_t seq)
{
	const struct frame *f = at;

	return f->checksum == checksum(f, seq) ? 0 : -EBADMSG;
}
