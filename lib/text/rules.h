/*
 * Rules: what credits look like, read from data files (lib/text/data says how they are written).
 *
 * A rule is a row of elements: characters as they stand in folded text, blanks that may be missing, and
 * kinds of word (<name>, <place>, <email> ...). Each choice of a line, {a|b}, is a rule of its own. A rule
 * has an anchor, a word or two syllables that must stand in a paragraph before anyone tries it: at its beginning,
 * when the rule is one of whole lines and begins with it.
 */
#ifndef ND_TEXT_RULES_H
#define ND_TEXT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "text/fold.h"
#include "text/hanja.h"
#include "text/site.h"
#include "text/voice.h"

#define RULES_MAX 8192u      /* rules of all files, choices multiplied out */
#define RULE_ELEMENTS_MAX 250u
#define RULES_BLOOM 32768u   /* bits */

enum rule_kind { RULE_DATELINE, RULE_BYLINE, RULE_PHOTO, RULE_RIGHTS, RULE_NOTICE, RULE_REPORT, RULE_READER, RULE_KINDS };
/* Words: of the last two kinds, no others. */
enum rule_place { RULE_HEAD, RULE_LINE, RULE_TAIL, RULE_END, RULE_WORD, RULE_PLACES };

enum element_type {
	ELEMENT_CHAR,
	ELEMENT_BLANK,  /* may be missing */
	ELEMENT_NAME,   /* of a person: two to five syllables, or one to four words */
	ELEMENT_NAMES,  /* several, with commas, middle dots or an `and` between them */
	ELEMENT_PLACE,  /* up to four words, commas between them */
	ELEMENT_CAPITALS, /* a place in capital letters */
	ELEMENT_WORDS,  /* up to 60 characters without the end of a sentence or a bracket */
	ELEMENT_NUMBER, /* digits */
	ELEMENT_EMAIL,
	ELEMENT_AGENCY, /* a name of the agency table */
	ELEMENT_ANY,    /* up to 200 characters; all that is left at the end of a rule */
	ELEMENT_SPACE,  /* a blank that must be there */
	ELEMENT_MARKS,  /* up to 4 characters that are no letters, digits or syllables; none, too */
	ELEMENT_INITIALS, /* two to four letters */
};

struct element {
	uint32_t type : 8;
	uint32_t cp : 24;
};

struct rule {
	uint64_t anchor;   /* 0: heads need none */
	uint64_t marks;    /* rules_mark of what must stand in the text */
	uint32_t elements; /* place of the first */
	uint32_t number;   /* in order of reading */
	uint16_t n;
	uint16_t before;   /* elements before the anchor's first */
	uint8_t kind, place;
	bool email, agency; /* it has such an element */
	bool somebody;      /* it names somebody, a number or an address */
	bool pair;          /* a byline of two agencies */
	bool bare;          /* it has names, and no word that says whose they are */
	bool to_the_end;    /* it says how the line ends, be it a full stop */
};

/* Rules of one anchor; heads: of one first character, 0 when they begin with a kind of word. */
struct rule_group {
	uint32_t tag; /* of the anchor; the character */
	uint16_t first, n;
};

struct agency_name {
	uint32_t cps, n; /* place and number of its folded characters */
	uint32_t key;
};

struct rules {
	struct rule *rules;
	size_t n, cap;
	struct element *elements;
	size_t n_elements, cap_elements;

	struct agency_name *names;
	size_t n_names, cap_names;
	uint32_t *cps;
	size_t n_cps, cap_cps;
	char **keys;
	size_t n_keys, cap_keys;
	uint32_t by_cp[64]; /* first name whose first character is this, modulo 64, + 1 */
	uint32_t *next_name;

	uint64_t anchors[RULES_BLOOM / 64], firsts[RULES_BLOOM / 64], finals[RULES_BLOOM / 64];
	uint64_t notices[RULES_BLOOM / 64];  /* anchors of whole lines that look like any sentence */
	uint64_t words[RULES_BLOOM / 64];    /* anchors and agencies */
	uint64_t agencies[RULES_BLOOM / 64]; /* anchors of their names: a first look, */
	uint64_t agency_slots[1024];         /* and all of them */
	struct rule_group *slots; /* by anchor; n 0: free */
	uint32_t slots_mask;
	uint64_t byte_marks[256]; /* rules_mark of characters that may have this byte */
	struct rule_group *heads;
	size_t n_heads;

	struct voice report, reader; /* words of reporters, words to the reader */
	struct hanja hanja;
	struct site site;
};

/* Where and why a file was not taken. */
struct rules_fault {
	const char *file; /* as it was given */
	unsigned line;
	const char *reason;
};

enum rules_kind { RULES_AGENCIES, RULES_CREDITS, RULES_HANJA, RULES_SITE, RULES_FILES };

struct rules_file {
	const char *name, *text;
	size_t len;
	enum rules_kind kind;
};

/* What a file of this kind is called. */
extern const char *const rules_file_names[RULES_FILES];

/*
 * Reads files, in order; names of agencies before the rules that use them. Errors: -EINVAL (*ret_fault tells),
 * -ENOMEM, those of fold_text.
 */
int rules_new(struct folder *f, const struct rules_file *files, size_t n, struct rules **ret,
	      struct rules_fault *ret_fault);
void rules_free(struct rules *r);

/* What is built in: RULES_FILES files. */
void rules_builtin_files(struct rules_file *ret);

/* The rules that are built in. Errors: as rules_new. */
int rules_builtin(struct folder *f, struct rules **ret, struct rules_fault *ret_fault);

static inline bool rules_bit(const uint64_t *bloom, uint64_t hash)
{
	uint64_t at = hash >> 40 & (RULES_BLOOM - 1);

	return bloom[at / 64] >> at % 64 & 1;
}

/* A bit of a character that is no letter, digit or syllable: a rule is not tried where a bit of it is missing. */
static inline uint64_t rules_mark(uint32_t cp)
{
	return (uint64_t)1 << (cp < 0x40 ? cp & 31 : 32 + (cp * 0x9E3779B1u >> 27));
}

/* Anchors of rules that have no other: an address is known by its @, an agency by its name, a copyright by
 * its sign. */
#define RULES_EMAIL 0x100000001u
#define RULES_AGENCY 0x300000003u
#define RULES_RIGHTS 0x500000005u

/* All rules of the end of a text have this one: they are tried there and nowhere else. */
#define RULES_END 0x700000007u

/* The anchor that the units from u on make: two syllables, or one word. */
static inline uint64_t rules_anchor(const struct unit *u, const struct unit *end)
{
	if (u->weight == UNIT_SYLLABLE && u + 1 < end && u[1].weight == UNIT_SYLLABLE)
		return (hash_rotate(u->hash, 37) + u[1].hash) | 1;
	return u->hash | 1;
}

/* The anchor of a line's beginning: rules that are known by it are looked for nowhere else. */
static inline uint64_t rules_first(const struct unit *u, const struct unit *end)
{
	return rules_anchor(u, end) ^ 0x5555555555555554u;
}

/* The same of its first two words, where the first tells little. */
static inline uint64_t rules_first_two(const struct unit *u, const struct unit *end)
{
	if (u->weight != UNIT_WORD || u + 1 >= end || u[1].weight != UNIT_WORD)
		return 0;
	return (hash_rotate(u->hash, 37) + u[1].hash) | 1;
}

/* The same of the units before end. */
static inline uint64_t rules_final(const struct unit *u, const struct unit *end)
{
	return rules_anchor(end - u > 1 && end[-2].weight == UNIT_SYLLABLE ? end - 2 : end - 1, end);
}

/* Whether a name of an agency has this anchor. */
static inline bool rules_agency(const struct rules *r, uint64_t anchor)
{
	size_t n = sizeof(r->agency_slots) / sizeof(*r->agency_slots), at = anchor % n;

	if (!rules_bit(r->agencies, anchor))
		return false;
	while (r->agency_slots[at] && r->agency_slots[at] != anchor)
		at = (at + 1) % n;
	return r->agency_slots[at] != 0;
}

/* The rules of an anchor; n 0: there are none. */
static inline struct rule_group rules_find(const struct rules *r, uint64_t anchor)
{
	uint32_t tag = (uint32_t)(anchor >> 32), at = (uint32_t)anchor & r->slots_mask;

	while (r->slots[at].n && r->slots[at].tag != tag)
		at = (at + 1) & r->slots_mask;
	return r->slots[at];
}

#endif
