/*
 * The operations of the protocol: a row each.
 */
#ifndef ND_DAEMON_OPS_H
#define ND_DAEMON_OPS_H

#include "daemon/access.h"
#include "newsdup.h"

struct call;

/* What a request must have. */
enum op_needs { OP_NOTHING, OP_ARTICLE, OP_KEY, OP_PAIR, OP_EVENTS, OP_PAGE, OP_SELECTION };

struct op {
	const char *name;
	enum role role;
	enum op_needs needs;
	bool early; /* answered while the index is being loaded, too */
	void (*run)(struct call *c);
};

#define OPS 15u

/* Row i, below OPS. */
const struct op *ops_row(unsigned i);
unsigned ops_number(const struct op *op);

/* NULL: there is none. */
const struct op *ops_find(struct nd_str name);

#endif
