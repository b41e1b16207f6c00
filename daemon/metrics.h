/*
 * What the daemon counts, and how Prometheus and `stats` are told.
 */
#ifndef ND_DAEMON_METRICS_H
#define ND_DAEMON_METRICS_H

#include "daemon/ops.h"
#include "newsdup.h"

#define METRICS_BUCKETS 15u /* of latency, the one without a limit included */
#define METRICS_CODES 20u

struct service;

struct metrics {
	uint64_t requests[OPS + 1];        /* by op; the last: unknown or unreadable */
	uint64_t verdicts[2][ND_RELATIONS]; /* of check, of put */
	uint64_t rejects[METRICS_CODES];   /* by code, see metrics_code */
	uint64_t latency[METRICS_BUCKETS];
	uint64_t latency_ns;
	uint64_t unchanged;                /* puts of what is there */
	uint64_t deleted, rulings[2];      /* articles; by enum nd_ruling */
	uint64_t alarms;                   /* of growth */
	uint64_t accepted, refused, dropped; /* connections */
};

/* Row i of the codes, NULL behind the last. */
const char *metrics_code(unsigned i);

void metrics_reject(struct metrics *m, const char *code);

/* From a request's arrival to its answer. */
void metrics_latency(struct metrics *m, uint64_t ns);

/* Everything, as Prometheus text, version 0.0.4. */
void metrics_print(const struct service *sv, struct buf *to);

#endif
