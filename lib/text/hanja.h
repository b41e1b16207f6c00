/*
 * Hanja: characters for words in Korean headlines, and titles that are the same when each is read out.
 */
#ifndef ND_TEXT_HANJA_H
#define ND_TEXT_HANJA_H

#include <stddef.h>
#include <stdint.h>

#define HANJA_BYTES 24u /* of a word, with the NUL */

struct hanja_word {
	char from[HANJA_BYTES], to[HANJA_BYTES];
	uint8_t n_from, n_to;
};

/* By `from`; zeroed: an empty one. */
struct hanja {
	struct hanja_word *words;
	size_t n, cap;
	uint8_t leads[256]; /* bytes that one begins with */
};

void hanja_done(struct hanja *h);

/* Reads a line of folded text: characters | reading | word ... Errors: -EINVAL (it is none), -EEXIST (the same
 * characters were read otherwise), -ENOMEM. */
int hanja_add(struct hanja *h, const char *line, size_t len);

/* What was added can be found from here on. */
void hanja_sort(struct hanja *h);

/* The hash of a folded title, read out and without blanks; 0 when nothing is left. */
uint64_t hanja_title(const struct hanja *h, const char *title, size_t len);

/* The same of a title as lines repeat it: without quotation marks, too. */
uint64_t hanja_line(const struct hanja *h, const char *title, size_t len);

#endif
