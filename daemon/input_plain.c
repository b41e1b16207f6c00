#include "daemon/input_format.h"

static bool plain_recognises(const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return true;
}

static int plain_open(struct raw *r, void **ret)
{
	(void)r;
	*ret = NULL;
	return 0;
}

static long plain_read(void *state, struct raw *r, void *to, size_t room, const char **reason)
{
	(void)state;
	(void)reason;
	return raw_read(r, to, room);
}

static void plain_close(void *state)
{
	(void)state;
}

const struct format format_plain = { "plain", plain_recognises, plain_open, plain_read, plain_close };
