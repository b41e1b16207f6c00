#include "base/when.h"

#include <string.h>

/* Reads exactly n digits at *p; -1 when they are not there. */
static int digits(const char **p, const char *end, int n)
{
	int ret = 0;

	if (end - *p < n)
		return -1;
	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		ret = ret * 10 + (**p - '0');
	}
	return ret;
}

static bool take(const char **p, const char *end, const char *any)
{
	if (*p == end || !**p || !strchr(any, **p))
		return false;
	(*p)++;
	return true;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Howard Hinnant's
 * days_from_civil). */
static int32_t days_of(int y, int m, int d)
{
	int era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int days_in(int y, int m)
{
	static const int n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0) ? 29 : n[m - 1];
}

static bool parse_date(const char **p, const char *end, int32_t *ret)
{
	int y = digits(p, end, 4), m, d;

	if (y < 0 || !take(p, end, "-"))
		return false;
	m = digits(p, end, 2);
	if (m < 1 || m > 12 || !take(p, end, "-"))
		return false;
	d = digits(p, end, 2);
	if (d < 1 || d > days_in(y, m))
		return false;
	*ret = days_of(y, m, d);
	return true;
}

static bool parse_offset(const char **p, const char *end, int *ret)
{
	int sign, h, m = 0;

	*ret = 0;
	if (*p == end || take(p, end, "Zz"))
		return *p == end;
	sign = **p == '-' ? -1 : 1;
	if (!take(p, end, "+-"))
		return false;
	h = digits(p, end, 2);
	if (take(p, end, ":") || *p != end)
		m = digits(p, end, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || *p != end)
		return false;
	*ret = sign * (h * 3600 + m * 60);
	return true;
}

static bool parse_time(const char **p, const char *end, int *ret)
{
	int h = digits(p, end, 2), m, s = 0, offset;

	if (h < 0 || h > 23 || !take(p, end, ":"))
		return false;
	m = digits(p, end, 2);
	if (m < 0 || m > 59)
		return false;
	if (take(p, end, ":")) {
		s = digits(p, end, 2);
		if (s < 0 || s > 60)
			return false;
		if (take(p, end, ".,")) {
			if (digits(p, end, 1) < 0)
				return false;
			while (*p != end && **p >= '0' && **p <= '9')
				(*p)++;
		}
	}
	if (!parse_offset(p, end, &offset))
		return false;
	*ret = h * 3600 + m * 60 + s - offset;
	return true;
}

struct when when_parse(const char *text, size_t len)
{
	struct when ret = { 0, 0, WHEN_UNKNOWN };
	const char *p = text, *end = text ? text + len : NULL;
	int32_t day;
	int second;

	if (!text || !parse_date(&p, end, &day))
		return ret;
	if (p == end)
		return (struct when){ (int64_t)day * 86400, day, WHEN_DAY };
	if (!take(&p, end, "Tt ") || !parse_time(&p, end, &second))
		return ret;
	return (struct when){ (int64_t)day * 86400 + second, day, WHEN_INSTANT };
}

bool when_before(const struct when *a, const struct when *b)
{
	if (a->kind == WHEN_UNKNOWN || b->kind == WHEN_UNKNOWN)
		return a->kind != WHEN_UNKNOWN && b->kind == WHEN_UNKNOWN;
	if (a->kind == WHEN_INSTANT && b->kind == WHEN_INSTANT)
		return a->second < b->second;
	if (a->day != b->day)
		return a->day < b->day;
	return a->kind == WHEN_INSTANT && b->kind == WHEN_DAY;
}

int64_t when_days_apart(const struct when *a, const struct when *b)
{
	int64_t days;

	if (a->kind == WHEN_UNKNOWN || b->kind == WHEN_UNKNOWN)
		return 0;
	days = (int64_t)a->day - b->day;
	return days < 0 ? -days : days;
}

bool when_same_day(const struct when *a, const struct when *b)
{
	return a->kind != WHEN_UNKNOWN && b->kind != WHEN_UNKNOWN && a->day == b->day;
}
