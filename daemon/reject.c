#include "daemon/reject.h"

#include <inttypes.h>
#include <stdio.h>

void reject_print(const char *file, const struct reject *r)
{
	if (r->line)
		fprintf(stderr, "newsdup: %s:%" PRIu64 ": %s: %s\n", file, r->line, r->code, r->reason);
	else
		fprintf(stderr, "newsdup: %s: %s: %s\n", file, r->code, r->reason);
}
