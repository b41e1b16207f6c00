/*
 * The order of rules: those that are tried together stand side by side, found by their anchor.
 */
#ifndef ND_TEXT_RULES_INDEX_H
#define ND_TEXT_RULES_INDEX_H

#include "text/rules.h"

/* Once, behind the last rule and name. Errors: -ENOMEM. */
int rules_index(struct rules *r);

#endif
