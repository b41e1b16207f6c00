#include "text/listing.h"

#include <string.h>

#define WORDS_MAX 3u     /* besides links, of a line that says nothing of them */
#define NAME_WEIGHT 20u  /* less than this, a line of a menu: three words, six syllables */
#define NAMES_WEIGHT 15u /* the most of one of several in a line, on average */
#define NAMES_MIN 4u     /* of a line */

static bool begins(const char *at, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - at) > n && !memcmp(at, with, n);
}

/* Whether what stands between two blanks is an address of a page: with a scheme, or a host and a path. */
static bool is_address(const char *at, const char *end)
{
	const char *slash;

	while (at < end && strchr("([<\"'", *at))
		at++;
	if (begins(at, end, "http://") || begins(at, end, "https://") || begins(at, end, "www."))
		return true;
	slash = memchr(at, '/', (size_t)(end - at));
	if (!slash || slash == at || slash + 1 == end)
		return false;
	for (const char *dot = at + 1; dot + 2 < slash; dot++)
		if (*dot == '.' && (unsigned char)(dot[1] - 'a') < 26 && (unsigned char)(dot[2] - 'a') < 26)
			return true;
	return false;
}

bool listing_is_links(const char *at, const char *end)
{
	size_t links = 0, all = (size_t)(end - at);
	unsigned words = 0;

	if (!memchr(at, '.', all))
		return false;
	for (const char *stop; at < end; at = stop + 1) {
		stop = memchr(at, ' ', (size_t)(end - at));
		stop = stop ? stop : end;
		if (is_address(at, stop))
			links += (size_t)(stop - at);
		else
			words += stop > at;
	}
	return 2 * links > all && words <= WORDS_MAX;
}

static bool has_digit(const char *at, const char *end)
{
	for (; at < end; at++)
		if (*at >= '0' && *at <= '9')
			return true;
	return false;
}

bool listing_is_numbers(const char *at, const char *end)
{
	bool any = false;

	for (; at < end; at++) {
		unsigned char c = (unsigned char)*at;

		if (c >= 0x80 || (c >= 'a' && c <= 'z'))
			return false;
		any |= c >= '0' && c <= '9';
	}
	return any;
}

/* What parts the names of a line: a bar, an angle, a middle dot between blanks. */
static unsigned names_of(const char *at, const char *end)
{
	unsigned n = 1;

	for (; at < end; at++)
		n += *at == '|' || *at == '>' || (end - at > 4 && !memcmp(at, " \xc2\xb7 ", 4));
	return n;
}

unsigned listing_names(const char *at, const char *end, const struct unit *u, uint32_t n_units)
{
	unsigned names;

	if (has_digit(at, end))
		return 0;
	names = names_of(at, end);
	return units_weigh(u, n_units, names >= NAMES_MIN ? names * NAMES_WEIGHT + 1 : NAME_WEIGHT) ? 0 : names;
}
