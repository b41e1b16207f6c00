#include "daemon/padded.h"

#include "wire/json.h"

int padded_init(struct buf *b, const struct nd_client_reply *reply)
{
	static const char room[JSON_PADDING];
	int err;

	buf_init(b, REPLY_MAX + sizeof(room));
	err = buf_add(b, reply->at, reply->len);
	return err ? err : buf_add(b, room, sizeof(room));
}
