#include "daemon/input_format.h"

static bool plain_recognises(const uint8_t *head, size_t n)
{
	(void)head;
	(void)n;
	return true;
}

static int plain_open(void **ret)
{
	*ret = NULL;
	return 0;
}

static long plain_read(void *state, struct raw *r, void *to, size_t room, char *reason)
{
	(void)state;
	(void)reason;
	return raw_read(r, to, room);
}

static void plain_close(void *state)
{
	(void)state;
}

const struct format format_plain = { plain_recognises, plain_open, plain_read, plain_close };
