#include "text/outlet.h"

#include <libpsl.h>
#include <stdbool.h>
#include <string.h>

/* The authority of a url (RFC 3986, section 3.2): between // and the next / ? or #. */
static struct nd_str authority(struct nd_str url)
{
	const char *end = url.at + url.len, *at = url.at, *stop;

	while (at < end && *at != '/' && *at != '?' && *at != '#')
		at++;
	if (end - at < 2 || at[0] != '/' || at[1] != '/' || (at > url.at && at[-1] != ':'))
		return (struct nd_str){ NULL, 0 };
	at += 2;
	for (stop = at; stop < end && *stop != '/' && *stop != '?' && *stop != '#'; stop++)
		;
	return (struct nd_str){ at, (size_t)(stop - at) };
}

/* Without user and port; an address keeps its brackets. */
static struct nd_str host(struct nd_str a)
{
	const char *at = a.len ? memrchr(a.at, '@', a.len) : NULL, *end;

	if (at) {
		a.len -= (size_t)(at + 1 - a.at);
		a.at = at + 1;
	}
	end = a.len && a.at[0] == '[' ? memchr(a.at, ']', a.len) : NULL;
	if (end)
		a.len = (size_t)(end - a.at) + 1;
	else if (a.len && (end = memchr(a.at, ':', a.len)))
		a.len = (size_t)(end - a.at);
	while (a.len && a.at[a.len - 1] == '.')
		a.len--;
	return a;
}

static bool is_address(const char *h)
{
	return *h == '[' || strspn(h, "0123456789.") == strlen(h);
}

size_t host_of_url(struct nd_str url, char *ret)
{
	struct nd_str h = host(authority(url));

	if (!h.len || h.len >= OUTLET_MAX || memchr(h.at, 0, h.len))
		return 0;
	for (size_t i = 0; i < h.len; i++)
		ret[i] = (char)(h.at[i] >= 'A' && h.at[i] <= 'Z' ? h.at[i] + 32 : h.at[i]);
	ret[h.len] = 0;
	return h.len;
}

size_t outlet_of_url(struct nd_str url, char *ret)
{
	const char *domain;

	if (!host_of_url(url, ret))
		return 0;
	domain = is_address(ret) ? NULL : psl_registrable_domain(psl_builtin(), ret);
	if (domain)
		memmove(ret, domain, strlen(domain) + 1);
	return strlen(ret);
}
