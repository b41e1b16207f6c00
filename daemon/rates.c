#include "daemon/rates.h"

static struct rates_user *find(struct rates *r, uid_t uid, uint64_t rate)
{
	struct rates_user *oldest = &r->users[0];

	for (unsigned i = 0; i < RATES_USERS; i++) {
		if (r->users[i].seen && r->users[i].uid == uid)
			return &r->users[i];
		if (r->users[i].seen < oldest->seen)
			oldest = &r->users[i];
	}
	*oldest = (struct rates_user){ .uid = uid, .tokens = (double)rate };
	return oldest;
}

bool rates_allow(struct rates *r, uid_t uid, uint64_t rate, uint64_t now)
{
	struct rates_user *u;

	if (!rate)
		return true;
	u = find(r, uid, rate);
	if (u->seen)
		u->tokens += (double)(now - u->seen) * 1e-9 * (double)rate;
	if (u->tokens > (double)rate)
		u->tokens = (double)rate;
	u->seen = now ? now : 1;
	if (u->tokens < 1)
		return false;
	u->tokens -= 1;
	return true;
}
