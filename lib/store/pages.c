#include "store/pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER 16u
#define NODE 8u
#define META_MAGIC 0xBEEFC0DEu
#define META_VERSION 1u
#define DEPTH_MAX 32u
#define FIXED_MAP 0x01u
#define PAGE_MIN 512u
#define PAGE_MAX 65536u
#define MAP_MAX ((uint64_t)1 << 47) /* bytes: no process has so many */

enum { BRANCH = 1, LEAF = 2, OVERFLOW = 4, META = 8 };
enum { BIG_VALUE = 1, TABLE_VALUE = 2 };

struct header {
	uint64_t page;
	uint16_t pad, flags;
	uint16_t lower, upper; /* of an overflow page: together how many pages there are */
};

struct head {
	uint32_t magic, version;
	uint64_t address, map;
	struct pages_table free, main;
	uint64_t last_page, txn;
};

struct node {
	uint16_t low, high, flags, key; /* high and low: bytes of the value; with flags: the page below */
};

_Static_assert(sizeof(struct header) == HEADER && sizeof(struct head) == 136 && sizeof(struct node) == NODE &&
		       sizeof(struct pages_table) == 48, "they are what stands in the file");

/* A tree that is being walked. */
struct walk {
	struct pages *p;
	const struct pages_table *table;
	pages_visit *visit;
	void *arg;
	uint8_t *pages; /* one for each level */
	uint64_t branches, leaves, overflow, entries;
	uint64_t faults; /* of all, when it began */
	uint8_t last[512], least[512]; /* the key before; what the next one may not be less than */
	size_t n_last, n_least;
	bool any, bound;
};

void pages_fault(struct pages *p, uint64_t page, const char *format, ...)
{
	char what[192];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	p->faults++;
	if (p->tell)
		p->tell(p->arg, page, what);
}

static int read_at(int fd, uint64_t offset, void *to, size_t bytes)
{
	while (bytes) {
		ssize_t n = pread(fd, to, bytes, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -EIO : -EBADMSG;
		to = (char *)to + n;
		offset += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

int pages_read(const struct pages *p, uint64_t offset, void *to, size_t bytes)
{
	return read_at(p->fd, offset, to, bytes);
}

/* --- the heads --- */

static bool is_page_size(uint32_t size)
{
	return size >= PAGE_MIN && size <= PAGE_MAX && !(size & (size - 1));
}

static const char cut[] = "it names pages past the end of the file, which was cut";

/* What is wrong with a head; NULL: nothing; `cut`: nothing but that. */
static const char *read_head(int fd, uint64_t page, uint64_t size, uint64_t bytes, struct head *ret)
{
	struct header h;
	int err = read_at(fd, page * size, &h, sizeof(h));

	if (!err)
		err = read_at(fd, page * size + HEADER, ret, sizeof(*ret));
	if (err)
		return err == -EIO ? "it cannot be read" : "the file ends before it";
	if (h.page != page || h.flags != META || ret->magic != META_MAGIC || ret->version != META_VERSION)
		return "it is no head of an LMDB file";
	if (!is_page_size(ret->free.pad) || (page && ret->free.pad != size) || ret->free.flags & FIXED_MAP ||
	    ret->map >= MAP_MAX)
		return "what it says of the file is not so";
	if (ret->txn % 2 != page)
		return "the number of its commit stands in the other head's place";
	if (ret->last_page < 1)
		return "it names fewer pages than there are heads";
	if (ret->last_page >= bytes / ret->free.pad)
		return cut;
	return NULL;
}

static int take_heads(struct pages *p)
{
	struct head heads[2] = { { .txn = 0 }, { .txn = 0 } };
	const char *why[2];
	const struct head *newer;

	why[0] = read_head(p->fd, 0, p->size, p->bytes, &heads[0]);
	if (!why[0])
		p->size = heads[0].free.pad;
	why[1] = read_head(p->fd, 1, p->size, p->bytes, &heads[1]);
	for (unsigned i = 0; i < 2; i++)
		if (why[i])
			pages_fault(p, i, "of the two heads of the file this one is damaged: %s", why[i]);
	if (why[0] && why[1])
		return -EBADMSG;
	newer = why[0] || (!why[1] && heads[1].txn > heads[0].txn) ? &heads[1] : &heads[0];
	if (!why[0] && !why[1] && heads[0].txn + 1 != heads[1].txn && heads[1].txn + 1 != heads[0].txn)
		pages_fault(p, newer == heads ? 0 : 1,
			    "the two heads of the file are of commits that do not follow each other");
	if (!why[0] && !why[1] && newer->last_page < heads[newer == heads].last_page) /* LMDB gives no page back */
		pages_fault(p, newer == heads ? 0 : 1, "the newer head of the file knows of fewer pages than the older one");
	p->free = newer->free;
	p->main = newer->main;
	p->txn = newer->txn;
	p->n = newer->last_page + 1;
	return 0;
}

int pages_take_cut(struct pages *p)
{
	const char *why[2];
	struct head heads[2];
	unsigned newer;
	uint8_t *seen;

	why[0] = read_head(p->fd, 0, p->size, p->bytes, &heads[0]);
	if (why[0] == cut)
		p->size = heads[0].free.pad;
	why[1] = read_head(p->fd, 1, p->size, p->bytes, &heads[1]);
	for (unsigned i = 0; i < 2; i++)
		if (why[i] && why[i] != cut)
			heads[i].txn = 0;
	newer = heads[1].txn > heads[0].txn;
	if (why[newer] != cut)
		return 0;
	seen = calloc(1, p->bytes / p->size / 8 + 1);
	if (!seen)
		return -ENOMEM;
	free(p->seen);
	p->seen = seen;
	p->free = heads[newer].free;
	p->main = heads[newer].main;
	p->txn = heads[newer].txn;
	p->n = p->bytes / p->size;
	pages_forget(p);
	return 1;
}

int pages_init(struct pages *p, int fd, pages_tell *tell, void *arg)
{
	struct stat st;
	int err;

	*p = (struct pages){ .fd = fd, .tell = tell, .arg = arg, .size = (uint32_t)sysconf(_SC_PAGESIZE) };
	if (fstat(fd, &st))
		return -errno;
	p->bytes = (uint64_t)st.st_size;
	err = take_heads(p);
	if (err)
		p->n = p->bytes / p->size;
	p->seen = calloc(1, p->n / 8 + 1);
	if (!p->seen)
		return -ENOMEM;
	pages_forget(p);
	return err;
}

void pages_done(struct pages *p)
{
	free(p->seen);
	p->seen = NULL;
}

/* Whether a page of a tree stands where a table of a head begins. */
static bool has_root(const struct pages *p, const struct pages_table *t)
{
	struct header h;

	if (t->root == PAGES_NOWHERE)
		return !t->entries;
	return t->root >= 2 && t->root < p->n && !pages_read(p, t->root * p->size, &h, sizeof(h)) && h.page == t->root &&
	       (h.flags == LEAF || h.flags == BRANCH);
}

int pages_check_heads(int fd)
{
	struct pages p;
	int err = pages_init(&p, fd, NULL, NULL);

	if (!err && (p.faults || !has_root(&p, &p.free) || !has_root(&p, &p.main)))
		err = -EBADMSG;
	pages_done(&p);
	return err;
}

uint64_t pages_newest(int fd)
{
	struct pages p;
	uint64_t txn = pages_init(&p, fd, NULL, NULL) ? 0 : p.txn;

	pages_done(&p);
	return txn;
}

/* --- a page --- */

/* n pages are met now; each belongs to one place only. */
static bool claim(struct pages *p, uint64_t page, uint64_t n)
{
	if (page < 2 || page >= p->n || n > p->n - page) {
		pages_fault(p, page, "a page is asked for that is not there: the file has %" PRIu64, p->n);
		return false;
	}
	for (uint64_t i = page; i < page + n; i++) {
		if (pages_was_seen(p, i)) {
			pages_fault(p, i, "the page is used in two places");
			return false;
		}
	}
	for (uint64_t i = page; i < page + n; i++)
		p->seen[i / 8] |= (uint8_t)(1 << i % 8);
	p->n_seen += n;
	return true;
}

/* What stands there was not what was wanted: it belongs nowhere. */
static void disclaim(struct pages *p, uint64_t page)
{
	p->seen[page / 8] &= (uint8_t)~(1 << page % 8);
	p->n_seen--;
}

void pages_forget(struct pages *p)
{
	memset(p->seen, 0, p->n / 8 + 1);
	p->seen[0] = 3; /* the heads */
	p->n_seen = 2;
}

static unsigned n_nodes(const struct header *h)
{
	return (h->lower - HEADER) / 2u;
}

static const struct node *node_at(const uint8_t *page, unsigned i)
{
	uint16_t at;

	memcpy(&at, page + HEADER + 2 * i, sizeof(at));
	return (const struct node *)(const void *)(page + at);
}

static size_t value_bytes(const struct node *n)
{
	return (size_t)n->high << 16 | n->low;
}

/* Bytes of a node, or 0 when it does not fit into its page. */
static size_t node_size(const struct pages *p, const uint8_t *page, unsigned i, bool leaf)
{
	const struct header *h = (const void *)page;
	const struct node *n;
	uint16_t at;
	size_t bytes;

	memcpy(&at, page + HEADER + 2 * i, sizeof(at));
	if (at < h->upper || at % 2 || at > p->size - NODE)
		return 0;
	n = node_at(page, i);
	bytes = NODE + n->key;
	if (leaf)
		bytes += n->flags & BIG_VALUE ? sizeof(uint64_t) : value_bytes(n);
	bytes = (bytes + 1) & ~(size_t)1;
	return n->key <= 511 && bytes <= (size_t)p->size - at ? bytes : 0;
}

/* What is wrong with the shape of a page of a tree; NULL: nothing. */
static const char *shape(const struct pages *p, const uint8_t *page, uint64_t number, bool leaf)
{
	const struct header *h = (const void *)page;
	size_t sum = 0;

	if (h->page != number)
		return "the page tells another number";
	if (h->flags != (leaf ? LEAF : BRANCH))
		return leaf ? "a leaf is wanted here, and this is none" : "a branch is wanted here, and this is none";
	if (h->lower < HEADER + 2 || h->lower % 2 || h->lower > h->upper || h->upper > p->size)
		return "what the page tells of its room is not so";
	for (unsigned i = 0; i < n_nodes(h); i++) {
		size_t bytes = node_size(p, page, i, leaf);

		if (!bytes)
			return "a node of the page stands outside of it";
		sum += bytes;
	}
	return sum == (size_t)p->size - h->upper ? NULL : "the nodes of the page overlap, or do not fill it";
}

/* --- a tree --- */

static int compare(const struct walk *w, const void *a, size_t n_a, const void *b, size_t n_b)
{
	uint64_t x, y;
	int ret;

	if (!(w->table->flags & PAGES_INTEGER_KEYS)) {
		ret = memcmp(a, b, n_a < n_b ? n_a : n_b);
		return ret ? ret : n_a < n_b ? -1 : n_a > n_b;
	}
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static bool is_key(const struct walk *w, const struct node *n)
{
	return n->key && (!(w->table->flags & PAGES_INTEGER_KEYS) || n->key == sizeof(uint64_t));
}

/* A separator lies behind all keys so far. */
static void part(struct walk *w, uint64_t page, const struct node *n)
{
	if (!is_key(w, n))
		pages_fault(w->p, page, "a separator has no key");
	else if (w->any && compare(w, n + 1, n->key, w->last, w->n_last) <= 0)
		pages_fault(w->p, page, "a separator is not behind the keys before it");
	if (!is_key(w, n))
		return;
	memcpy(w->least, n + 1, n->key);
	w->n_least = n->key;
	w->bound = true;
}

static bool keep_order(struct walk *w, uint64_t page, const struct node *n)
{
	if (!is_key(w, n)) {
		pages_fault(w->p, page, "a key is empty, or of another length");
		return false;
	}
	if (w->any && compare(w, n + 1, n->key, w->last, w->n_last) <= 0)
		pages_fault(w->p, page, "keys do not ascend");
	if (w->bound && compare(w, n + 1, n->key, w->least, w->n_least) < 0)
		pages_fault(w->p, page, "a key is less than the separator above it");
	memcpy(w->last, n + 1, n->key);
	w->n_last = n->key;
	w->any = true;
	w->bound = false;
	return true;
}

/* A long value: its pages are claimed. */
static bool find_long(struct walk *w, const uint8_t *at, struct pages_value *v)
{
	struct pages *p = w->p;
	uint64_t pages = (HEADER + v->bytes + p->size - 1) / p->size;
	struct header h;
	uint32_t has;

	memcpy(&v->page, at, sizeof(v->page));
	if (v->page < 2 || v->page >= p->n || pages > p->n - v->page ||
	    pages_read(p, v->page * p->size, &h, sizeof(h))) {
		pages_fault(p, v->page, "a long value is asked for where there is none, or it cannot be read");
		return false;
	}
	has = (uint32_t)h.upper << 16 | h.lower;
	if (h.page != v->page || h.flags != OVERFLOW || has < pages) {
		pages_fault(p, v->page, "a long value is wanted here, and this is none of its length");
		return false;
	}
	v->offset = v->page * p->size + HEADER;
	w->overflow += has;
	return claim(p, v->page, has);
}

static int visit_node(struct walk *w, uint64_t page, const uint8_t *at, const struct node *n)
{
	const uint8_t *value = (const uint8_t *)(n + 1) + n->key;
	struct pages_value v = { .key = n + 1, .n_key = n->key, .at = value, .bytes = value_bytes(n), .page = page,
				 .offset = page * w->p->size + (uint64_t)(value - at), .is_table = n->flags & TABLE_VALUE };

	if (!keep_order(w, page, n))
		return 0;
	w->entries++;
	if (n->flags & ~(BIG_VALUE | TABLE_VALUE)) {
		pages_fault(w->p, page, "a value is of a kind that a store does not have");
		return 0;
	}
	if (n->flags & BIG_VALUE) {
		v.at = NULL;
		if (!find_long(w, value, &v))
			return 0;
	}
	return w->visit(w->arg, &v);
}

static int walk_page(struct walk *w, uint64_t page, unsigned level);

static int walk_below(struct walk *w, uint64_t page, const uint8_t *at, unsigned level, bool leaf)
{
	unsigned n = n_nodes((const void *)at);
	int err = 0;

	for (unsigned i = 0; i < n && !err; i++) {
		const struct node *node = node_at(at, i);

		if (leaf) {
			err = visit_node(w, page, at, node);
			continue;
		}
		if (i)
			part(w, page, node);
		err = walk_page(w, (uint64_t)node->flags << 32 | (uint64_t)node->high << 16 | node->low, level + 1);
	}
	return err;
}

static int walk_page(struct walk *w, uint64_t page, unsigned level)
{
	uint8_t *at = w->pages + (size_t)level * w->p->size;
	bool leaf = level + 1u == w->table->depth;
	const char *why;

	if (!claim(w->p, page, 1))
		return 0;
	why = pages_read(w->p, page * w->p->size, at, w->p->size) ? "the page cannot be read" :
								     shape(w->p, at, page, leaf);
	if (why) {
		pages_fault(w->p, page, "%s", why);
		disclaim(w->p, page);
		return 0;
	}
	*(leaf ? &w->leaves : &w->branches) += 1;
	return walk_below(w, page, at, level, leaf);
}

/* Once all of it was met, it is as large as it says. */
static void compare_counts(struct walk *w)
{
	const struct pages_table *t = w->table;

	if (w->p->faults == w->faults && (w->entries != t->entries || w->branches != t->branches ||
					  w->leaves != t->leaves || w->overflow != t->overflow))
		pages_fault(w->p, t->root, "a table tells %" PRIu64 " entries on %" PRIu64 " pages, and has %" PRIu64
			    " on %" PRIu64, t->entries, t->branches + t->leaves + t->overflow, w->entries,
			    w->branches + w->leaves + w->overflow);
}

int pages_walk(struct pages *p, const struct pages_table *t, pages_visit *visit, void *arg)
{
	struct walk *w;
	int err = 0;

	if (t->root == PAGES_NOWHERE && !t->depth && !t->entries)
		return 0;
	if (!t->depth || t->depth > DEPTH_MAX) {
		pages_fault(p, t->root, "a table tells a depth of %u", t->depth);
		return 0;
	}
	w = calloc(1, sizeof(*w));
	if (w)
		*w = (struct walk){ .p = p, .table = t, .visit = visit, .arg = arg, .faults = p->faults,
				    .pages = aligned_alloc(8, (size_t)t->depth * p->size) };
	if (!w || !w->pages)
		err = -ENOMEM;
	if (!err)
		err = walk_page(w, t->root, 0);
	if (!err)
		compare_counts(w);
	if (w)
		free(w->pages);
	free(w);
	return err;
}

bool pages_table_of(const struct pages_value *v, struct pages_table *ret)
{
	if (!v->is_table || v->bytes != sizeof(*ret) || !v->at)
		return false;
	memcpy(ret, v->at, sizeof(*ret));
	return true;
}

/* --- pages that nothing leads to --- */

static int64_t look_at_long(const struct pages *p, uint64_t page, const struct header *h, pages_visit *visit, void *arg)
{
	uint64_t has = (uint64_t)h->upper << 16 | h->lower;
	struct pages_value v = { .page = page, .offset = page * p->size + HEADER };
	int err;

	if (h->page != page || h->flags != OVERFLOW || !has || has > p->bytes / p->size - page)
		return 0;
	v.bytes = has * p->size - HEADER;
	err = visit(arg, &v);
	return err ? err : (int64_t)has;
}

int64_t pages_look(struct pages *p, uint64_t page, const uint8_t *at, pages_visit *visit, void *arg)
{
	const struct header *h = (const void *)at;
	int err = 0;

	if (shape(p, at, page, true))
		return look_at_long(p, page, h, visit, arg);
	for (unsigned i = 0; i < n_nodes(h) && !err; i++) {
		const struct node *n = node_at(at, i);
		const uint8_t *value = (const uint8_t *)(n + 1) + n->key;
		struct pages_value v = { .key = n + 1, .n_key = n->key, .at = value, .bytes = value_bytes(n), .page = page,
					 .offset = page * p->size + (uint64_t)(value - at) };
		uint64_t first;

		if (n->flags == BIG_VALUE) {
			memcpy(&first, value, sizeof(first));
			v.at = NULL;
			v.offset = first * p->size + HEADER;
		}
		if (!(n->flags & ~BIG_VALUE))
			err = visit(arg, &v);
	}
	return err ? err : 1;
}

/* --- the free list --- */

struct freeing {
	struct pages *p;
	uint64_t n;
};

/* A number of pages, and their numbers; room may follow. */
static int take_free(void *arg, const struct pages_value *v)
{
	struct freeing *f = arg;
	uint64_t *list = malloc(v->bytes ? v->bytes : 1), n;
	int err = list ? pages_read(f->p, v->offset, list, v->bytes) : -ENOMEM;

	if (err == -ENOMEM)
		return err;
	n = err || v->bytes < sizeof(n) ? UINT64_MAX : list[0];
	if (n >= v->bytes / sizeof(n)) /* one is the number itself */
		pages_fault(f->p, v->page, "a part of the free list is damaged");
	else
		for (uint64_t i = 1; i <= n; i++)
			f->n += claim(f->p, list[i], 1);
	free(list);
	return 0;
}

int pages_walk_free(struct pages *p, uint64_t *ret_free)
{
	struct pages_table table = p->free;
	struct freeing f = { p, 0 };
	int err;

	table.flags = PAGES_INTEGER_KEYS;
	err = pages_walk(p, &table, take_free, &f);
	*ret_free = f.n;
	return err;
}
