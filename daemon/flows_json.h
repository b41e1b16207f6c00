/*
 * Flows as JSON: the rows of outlets.json, which are also what the daemon tells.
 */
#ifndef ND_DAEMON_FLOWS_JSON_H
#define ND_DAEMON_FLOWS_JSON_H

#include "daemon/flows.h"
#include "wire/out.h"

/* The fields of an outlet, into an object that is open. Errors: -ENOMEM. */
int flows_json_outlet(struct out *o, const struct flows *f, const struct flow_outlet *x);

/* A pair, as an object. */
void flows_json_pair(struct out *o, const struct flows *f, const struct flow_pair *p);

#endif
