/*
 * What the tests of the store share: records whose bytes follow from their number, and a directory of their own.
 */
#ifndef ND_TESTS_STORE_ITEMS_H
#define ND_TESTS_STORE_ITEMS_H

#include "store/store.h"
#include "store/text.h"

#define PROFILE 0x1122334455667788u

/* A new empty directory with room behind its name; it and what a store leaves in it are removed by the other. */
void temp_dir(char *ret, size_t bytes);
void remove_dir(const char *dir);

/* n records from seq `from` on, of sizes that differ; freed with free_items. */
struct store_item *make_items(uint64_t from, size_t n);
struct store_item make_item(uint64_t seq, size_t bytes);
void free_items(struct store_item *items, size_t n);

/* Whether it is just what make_items makes of its seq. */
bool item_is_whole(const struct store_item *item);

/* Whether its bytes are what make_item makes of that seq and length. */
bool item_fits(const struct store_item *item);

size_t size_of_item(uint64_t seq);

/* Writes what make_items makes; as store_write. */
int append_items(struct store *s, uint64_t from, size_t n);

/* How many records can be read from the front, each whole; *ret_err tells what stood in the way. */
uint64_t readable_items(struct store *s, int *ret_err);

/* That it holds so many, all of which can be read. */
void assert_items(struct store *s, uint64_t n);

/* A text of so many bytes that follows from its number: words, so that it can be packed. To be freed. */
char *make_text(uint64_t number, size_t bytes);

/* The same, packed; d as for packer_run. To be freed. */
struct text_head *make_packed(const struct dictionary *d, uint64_t number, size_t bytes);

/* Whether this is what make_text makes. */
bool text_fits(const struct buf *got, uint64_t number, size_t bytes);

#endif
