/*
 * The outlet that a url names: the registrable domain of its host (the one door to libpsl).
 */
#ifndef ND_TEXT_OUTLET_H
#define ND_TEXT_OUTLET_H

#include <stddef.h>

#include "newsdup.h"

#define OUTLET_MAX 256u

/*
 * Writes the outlet of a url into ret[OUTLET_MAX], with a NUL, and returns its length: the registrable
 * domain by the public suffix list, else the host itself (an address, a single label, a suffix), in lower
 * case of ASCII, without user, port and trailing dot. 0: the url has no host, or one that is too long.
 */
size_t outlet_of_url(struct nd_str url, char *ret);

/* The host alone, in the same way. */
size_t host_of_url(struct nd_str url, char *ret);

#endif
