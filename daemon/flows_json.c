#include "daemon/flows_json.h"

#include <stdlib.h>

static void put_count(struct out *o, const char *key, uint64_t count)
{
	out_key(o, key);
	out_u64(o, count);
}

static void put_share(struct out *o, const char *key, uint32_t part, uint32_t all)
{
	out_key(o, key);
	out_fixed4(o, all ? (double)part / all : 0);
}

static int put_agencies(struct out *o, const struct flows *f, const struct flow_outlet *x)
{
	struct flow_agencies agencies;
	int err = flows_agencies(f, x, &agencies);

	if (err)
		return err;
	out_key(o, "agencies");
	out_begin_array(o);
	for (size_t i = 0; i < agencies.n; i++) {
		out_begin_object(o);
		out_key(o, "agency");
		out_string(o, flows_agency_name(f, agencies.at[i]));
		put_count(o, "articles", agencies.at[i]->articles);
		out_end_object(o);
	}
	out_end_array(o);
	free(agencies.at);
	return 0;
}

int flows_json_outlet(struct out *o, const struct flows *f, const struct flow_outlet *x)
{
	out_key(o, "outlet");
	out_string(o, flows_name(f, x));
	put_count(o, "articles", x->articles);
	put_count(o, "original", x->original);
	put_count(o, "copied", x->copied);
	put_count(o, "repeated", x->repeated);
	put_share(o, "original_share", x->original, x->articles);
	put_share(o, "copied_share", x->copied, x->articles);
	return put_agencies(o, f, x);
}

/* Twice the seconds: a median may lie in the middle between two. */
static void put_halves(struct out *o, uint64_t halves)
{
	out_u64(o, halves / 2);
	if (halves % 2 && !o->err)
		o->err = buf_add(o->b, ".5", 2);
}

void flows_json_pair(struct out *o, const struct flows *f, const struct flow_pair *p)
{
	out_begin_object(o);
	out_key(o, "from");
	out_string(o, flows_name(f, flows_from(f, p)));
	out_key(o, "to");
	out_string(o, flows_name(f, flows_to(f, p)));
	put_count(o, "copies", p->copies);
	put_count(o, "timed", p->timed);
	out_key(o, "delay_median_s");
	p->timed ? put_halves(o, (uint64_t)(2 * p->delay_median)) : out_null(o);
	out_key(o, "delay_p90_s");
	p->timed ? out_u64(o, p->delay_p90) : out_null(o);
	out_key(o, "containment_median");
	p->shared ? out_fixed4(o, p->containment_median) : out_null(o);
	out_end_object(o);
}
