/*
 * Requests on their way from the thread that read them to the loop that answers them: flat, one behind the
 * other, fingerprints made, errors found.
 */
#ifndef ND_DAEMON_ASK_H
#define ND_DAEMON_ASK_H

#include "base/buf.h"
#include "base/when.h"
#include "newsdup.h"

struct op;

/* Bytes of struct asks' data. len 0: absent. */
struct extent {
	size_t at, len;
};

struct ask {
	const struct op *op;  /* NULL: unknown, or nothing could be read */
	const char *code;     /* NULL: a request to be run; else what it is refused with */
	struct extent reason;
	struct extent id; /* JSON */
	struct extent key, other; /* key or a, b */
	struct extent record;     /* a fingerprint, 8-byte aligned */
	struct extent text;       /* what is kept with it, packed, 8-byte aligned */
	uint32_t events;      /* bit i: event i is wanted */
	struct extent after, outlet; /* of a page; a page may have a key, too */
	uint32_t limit;       /* 0: the default */
	struct extent selection; /* a struct selection; its key and outlet stand above */
};

/* Which articles are meant, by their times. */
struct selection {
	struct when published_from, published_before; /* kind WHEN_UNKNOWN: any */
	int64_t received_from, received_before;       /* ms since 1970; INT64_MIN, INT64_MAX: any */
};

struct asks {
	struct buf data;
	struct ask *at;
	size_t n, cap;
};

void asks_init(struct asks *a);
void asks_done(struct asks *a);

/* Makes it empty; keeps memory for the next ones unless it is much. */
void asks_clear(struct asks *a);

static inline struct nd_str asks_str(const struct asks *a, struct extent s)
{
	return s.len ? (struct nd_str){ (const char *)a->data.at + s.at, s.len } : (struct nd_str){ 0 };
}

struct ask_limits {
	size_t text;
	unsigned depth;
	const struct nd_store *keep; /* the texts of what is put are packed for it; NULL: they are not kept */
};

struct asker;

/* One a thread. Errors: -ENOMEM, -ENOTSUP without ICU's data. */
int asker_new(const struct ask_limits *limits, struct asker **ret);
void asker_free(struct asker *k);

/* As nd_fingerprinter_use. */
void asker_use(struct asker *k, struct nd_rules *rules);

/*
 * Appends what becomes of a line; WIRE_PADDING bytes behind it must be readable. now: ms since 1970, what an
 * article without a readable time of publication gets. Errors: -ENOMEM, nothing is appended then.
 */
int asker_read(struct asker *k, const char *line, size_t len, int64_t now, struct asks *to);

/* Appends a refusal of a line whose request will not be looked at. line NULL: no id can be told. */
int asker_refuse(struct asker *k, const char *line, size_t len, const char *code, const char *reason, struct asks *to);

#endif
