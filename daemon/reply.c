#include "daemon/reply.h"

static void begin(struct out *o, struct nd_str id, bool ok)
{
	out_begin_object(o);
	out_key(o, "id");
	if (id.at)
		out_raw(o, id);
	else
		out_null(o);
	out_key(o, "ok");
	out_bool(o, ok);
}

void reply_begin(struct out *o, struct nd_str id)
{
	begin(o, id, true);
}

void reply_end(struct out *o)
{
	out_end_object(o);
	out_line(o);
}

void reply_error(struct out *o, struct nd_str id, const char *code, struct nd_str message, uint64_t retry_ms)
{
	begin(o, id, false);
	out_key(o, "error");
	out_begin_object(o);
	out_key(o, "code");
	out_word(o, code);
	out_key(o, "message");
	out_string(o, message);
	if (retry_ms) {
		out_key(o, "retry_ms");
		out_u64(o, retry_ms);
	}
	out_end_object(o);
	reply_end(o);
}
