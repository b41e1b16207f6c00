#include "store_face.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "index/pack.h"
#include "index/record.h"

int nd_store_open(const char *where, const struct nd_store_options *o, struct nd_store **ret)
{
	struct store_options core = { .profile = nd_profile(), .codec = &record_codec };
	struct nd_store *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	if (o) {
		core.max_bytes = o->max_bytes;
		core.no_sync = o->no_sync;
		core.read_only = o->read_only;
		core.any_profile = o->any_profile;
	}
	err = store_open(where, &core, &s->core);
	if (err) {
		free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void nd_store_close(struct nd_store *s)
{
	if (!s)
		return;
	store_close(s->core);
	free(s->items);
	free(s);
}

/* What is ruled about articles, as what is left of one, is small, and no article. */
static bool is_small(const struct nd_stored *s)
{
	return s->bytes >= sizeof(struct record) && ((const struct record *)s->at)->gone;
}

int nd_store_commit(struct nd_store *s, const struct nd_stored *records, size_t n)
{
	int err = array_reserve(&s->items, &s->cap, n, sizeof(*s->items));

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		s->items[i] = (struct store_item){
			.seq = records[i].seq,
			.received = records[i].received,
			.at = records[i].at,
			.bytes = records[i].bytes,
			.text = records[i].text,
			.drop_text = records[i].drop_text,
			.spare = is_small(&records[i]),
		};
	return store_write(s->core, s->items, n);
}

int nd_store_flush(struct nd_store *s)
{
	return store_flush(s->core);
}

void nd_store_probe(struct nd_store *s)
{
	store_probe(s->core);
}

bool nd_store_takes(const struct nd_store *s, uint64_t records, uint64_t bytes)
{
	return store_takes(s->core, records, bytes);
}

int nd_store_look(struct nd_store *s, struct nd_store_look *ret)
{
	struct store_look core;
	int err = store_look(s->core, &core);

	if (!err)
		*ret = (struct nd_store_look){ core.free_bytes, core.readers, core.newest, core.oldest_read };
	return err;
}

void nd_store_stats(const struct nd_store *s, struct nd_store_stats *ret)
{
	struct store_stats core;

	store_stats(s->core, &core);
	*ret = (struct nd_store_stats){
		.articles = core.records,
		.bytes_used = core.bytes_used,
		.bytes_file = core.bytes_file,
		.max_bytes = core.max_bytes,
		.bytes_room = core.bytes_room,
		.bytes_spare = core.bytes_spare,
		.commits = core.commits,
	};
}
