/*
 * The pages of a store's file, read one by one without LMDB and without a mapping, and checked as they are read:
 * whatever stands in a damaged file, nothing here goes astray. The shapes are those of LMDB 0.9 on a 64-bit machine.
 *
 *     page 0, 1   heads, in turn the newer one: root of the free list, root of the table of tables, last page
 *     branch      separators and the pages below them      | 16 bytes of header, then 2-byte offsets of nodes,
 *     leaf        keys and values, or where a long one is  | a gap, and the nodes
 *     overflow    a long value, on one page or more behind each other, behind one header
 *
 * A tree is whole when every page is what its place wants it to be, keys ascend, separators part what stands below
 * them, the counts of its table are right, and no page is met twice.
 */
#ifndef ND_STORE_PAGES_H
#define ND_STORE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGES_NOWHERE UINT64_MAX

/* A table, as its record tells. */
struct pages_table {
	uint32_t pad;
	uint16_t flags, depth;
	uint64_t branches, leaves, overflow; /* pages */
	uint64_t entries;
	uint64_t root; /* PAGES_NOWHERE: it is empty */
};

#define PAGES_INTEGER_KEYS 0x08u /* of a table's flags: keys are numbers of the machine's */

/* What is wrong, and where; page and seq may be PAGES_NOWHERE. */
typedef void pages_tell(void *arg, uint64_t page, const char *what);

struct pages {
	int fd;
	uint64_t bytes; /* of the file */
	uint32_t size;  /* of a page */
	uint64_t n;     /* pages that the head names; those behind are room */
	uint64_t txn;   /* of the head */
	struct pages_table free, main;
	uint8_t *seen;  /* a bit for each page that was met */
	uint64_t n_seen;
	uint64_t faults;
	pages_tell *tell;
	void *arg;
};

/*
 * Reads the heads of an open file, which stays the caller's. What is wrong with them is told. Errors: -EBADMSG (no
 * head can be used: size is that of the machine's pages and n what the file has), -ENOMEM, -EIO; pages_done is due
 * in any case.
 */
int pages_init(struct pages *p, int fd, pages_tell *tell, void *arg);
void pages_done(struct pages *p);

/* Of a file that was cut, the newest head is one that names pages which are not there: takes it all the same, for what is
 * left of its trees. After pages_init. Returns 1; 0: it is as pages_init has left it. Errors: -ENOMEM. */
int pages_take_cut(struct pages *p);

/* Whether both heads of a file are whole and belong together, and the newer one leads to trees. Errors: -EBADMSG,
 * -ENOMEM. */
int pages_check_heads(int fd);

/* The number of the newest commit; 0: there is none. */
uint64_t pages_newest(int fd);

/* A key and its value. */
struct pages_value {
	const void *key;
	size_t n_key;
	const void *at;   /* the value; NULL: a long one, read by pages_read */
	size_t bytes;
	uint64_t offset;  /* in the file */
	uint64_t page;
	bool is_table;    /* the value is a table's record */
};

/* Returns an error to end the walk. */
typedef int pages_visit(void *arg, const struct pages_value *v);

/*
 * Walks a tree in order of its keys; what is damaged is told and left out. Errors: those of visit, -ENOMEM.
 */
int pages_walk(struct pages *p, const struct pages_table *t, pages_visit *visit, void *arg);

/* The record of a table that a value of `main` is. */
bool pages_table_of(const struct pages_value *v, struct pages_table *ret);

/* Bytes of the file. Errors: -EIO, -EBADMSG (the file is shorter). */
int pages_read(const struct pages *p, uint64_t offset, void *to, size_t bytes);

/* Marks the pages of the free list. Errors: -ENOMEM. */
int pages_walk_free(struct pages *p, uint64_t *ret_free);

/*
 * Visits the values of one page of a tree, wherever that is: a leaf's that stand on it, or the one that begins on an
 * overflow page; `at` holds the page. Returns how many pages that were; 0: it is neither, as far as it says, or errors
 * of visit.
 */
int64_t pages_look(struct pages *p, uint64_t page, const uint8_t *at, pages_visit *visit, void *arg);

/* As if no page had been met yet. */
void pages_forget(struct pages *p);

/* Tells a fault. */
void pages_fault(struct pages *p, uint64_t page, const char *format, ...) __attribute__((format(printf, 3, 4)));

static inline bool pages_was_seen(const struct pages *p, uint64_t page)
{
	return p->seen[page / 8] >> page % 8 & 1;
}

#endif
