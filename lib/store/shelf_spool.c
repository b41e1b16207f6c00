#include <errno.h>
#include <stdlib.h>

#include "store/shelf.h"
#include "store/spool.h"

struct spooled {
	struct shelf shelf;
	struct spool *spool;
};

static struct spool *spool_of(const struct shelf *s)
{
	return ((const struct spooled *)s)->spool;
}

static void spooled_free(struct shelf *s)
{
	spool_free(spool_of(s));
	free(s);
}

/* The room of a former version is not used again: the file is not there for long. */
static int spooled_write(struct shelf *s, uint32_t seq, size_t n, int64_t received, void **ret, uint64_t *ret_place)
{
	(void)seq;
	(void)received;
	return spool_append(spool_of(s), n, ret, ret_place);
}

static void spooled_drop(struct shelf *s, uint64_t place)
{
	spool_drop(spool_of(s), place);
}

static const void *spooled_at(struct shelf *s, uint32_t seq, uint64_t place)
{
	(void)seq;
	return spool_at(spool_of(s), place);
}

static void spooled_expect(const struct shelf *s, uint64_t place)
{
	const char *at = spool_at(spool_of(s), place);

	for (size_t i = 0; i < 4; i++)
		__builtin_prefetch(at + 64 * i);
	__asm__ volatile(""); /* as in table_prefetch */
}

static int64_t spooled_received(struct shelf *s, uint32_t seq, uint64_t place)
{
	(void)s;
	(void)seq;
	(void)place;
	return 0;
}

static int spooled_text(struct shelf *s, uint32_t seq, struct buf *to)
{
	(void)s;
	(void)seq;
	(void)to;
	return -ENOENT;
}

static uint64_t spooled_bytes(const struct shelf *s)
{
	return spool_bytes(spool_of(s));
}

static uint64_t spooled_n_stored(const struct shelf *s)
{
	(void)s;
	return 0;
}

static size_t spooled_pending(const struct shelf *s, size_t from, struct store_item *ret, size_t max)
{
	(void)s;
	(void)from;
	(void)ret;
	(void)max;
	return 0;
}

static void spooled_committed(struct shelf *s, size_t n)
{
	(void)s;
	(void)n;
}

static size_t spooled_n_pending(const struct shelf *s)
{
	(void)s;
	return 0;
}

static int spooled_refresh(struct shelf *s)
{
	(void)s;
	return 0;
}

static const struct shelf_kind kind = {
	.free = spooled_free,
	.write = spooled_write,
	.drop = spooled_drop,
	.at = spooled_at,
	.pass = spooled_at,
	.received = spooled_received,
	.text = spooled_text,
	.expect = spooled_expect,
	.bytes = spooled_bytes,
	.n_stored = spooled_n_stored,
	.pending = spooled_pending,
	.committed = spooled_committed,
	.n_pending = spooled_n_pending,
	.refresh = spooled_refresh,
};

int shelf_spool_new(const char *dir, struct shelf **ret)
{
	struct spooled *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = spool_new(dir, &s->spool);
	if (err) {
		free(s);
		return err;
	}
	s->shelf.kind = &kind;
	*ret = &s->shelf;
	return 0;
}
