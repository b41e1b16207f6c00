/*
 * How many requests a user sends: a bucket of tokens each, filled at the rate, a second's worth deep.
 */
#ifndef ND_DAEMON_RATES_H
#define ND_DAEMON_RATES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RATES_USERS 64u /* remembered; of more, the one not seen for the longest is forgotten */

struct rates_user {
	uid_t uid;
	uint64_t seen; /* ns; 0: a free row */
	double tokens;
};

struct rates {
	struct rates_user users[RATES_USERS];
};

/* Whether one more request is within the rate (a second); rate 0 is no limit. now: ns. */
bool rates_allow(struct rates *r, uid_t uid, uint64_t rate, uint64_t now);

#endif
