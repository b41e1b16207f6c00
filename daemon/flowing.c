#include "daemon/flowing.h"

#include <string.h>

void flowing_done(struct flowing *w)
{
	flows_release(w->whole);
	flows_release(w->made);
	memset(w, 0, sizeof(*w));
}

static int go_on(struct flowing *w, struct nd_index *ix)
{
	int ret = w->made ? 0 : flows_new(&w->made);

	if (ret)
		return ret;
	if (!w->stepped) {
		ret = flows_step(w->made, ix);
		w->stepped = true;
	} else {
		ret = 1;
	}
	if (ret > 0)
		return ret;
	flows_release(ret ? w->made : w->whole);
	if (!ret) {
		w->whole = w->made;
		w->whole_at = w->made_at;
	}
	w->made = NULL;
	return ret;
}

int flowing_get(struct flowing *w, struct nd_index *ix, uint64_t since, struct flows **ret)
{
	int err = 0;

	if (!w->whole || w->whole_at < since) {
		if (!w->made)
			w->made_at = w->changes;
		err = go_on(w, ix);
	}
	if (err)
		return err;
	if (!w->whole || w->whole_at < since)
		return 1;
	*ret = flows_hold(w->whole);
	return 0;
}
