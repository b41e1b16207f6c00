/*
 * When an article was published: an instant, or only a day.
 */
#ifndef ND_BASE_WHEN_H
#define ND_BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum when_kind { WHEN_UNKNOWN, WHEN_DAY, WHEN_INSTANT };

struct when {
	int64_t second; /* since 1970-01-01T00:00:00Z; of a day, its first second */
	int32_t day;    /* days since 1970-01-01, where it was written */
	uint32_t kind;
};

/*
 * Reads RFC 3339 ("2023-11-01T09:29:00+09:00"; seconds, their fraction and the offset may be missing:
 * then 0 and UTC; a blank may stand for T) or a date ("2023-11-01"). Anything else is WHEN_UNKNOWN.
 */
struct when when_parse(const char *text, size_t len);

/*
 * Whether a is before b. Two instants: by the clock. With a bare day on either side: by the day as
 * written where it was written; on the same day an instant is before a bare day (a bare date is never
 * earlier than a time on that day). A known time is before an unknown one.
 */
bool when_before(const struct when *a, const struct when *b);

/* Whether both are known, and of one day where each was written. */
bool when_same_day(const struct when *a, const struct when *b);

/* Days between two times, for windows; 0 when either is unknown. */
int64_t when_days_apart(const struct when *a, const struct when *b);

#endif
