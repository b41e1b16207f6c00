#include "store/format.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

#define FORMAT_VERSION 3u

static const char format_magic[8] = "newsdup";

static uint64_t format_checksum(const struct format *f)
{
	return hash_bytes(f, offsetof(struct format, checksum));
}

struct format format_make(uint64_t profile)
{
	struct format ret = { .version = FORMAT_VERSION, .profile = profile };

	memcpy(ret.magic, format_magic, sizeof(ret.magic));
	ret.checksum = format_checksum(&ret);
	return ret;
}

int format_judge(const void *at, size_t bytes, uint64_t profile)
{
	struct format f = { .version = 0 };

	memcpy(&f, at, bytes < sizeof(f) ? bytes : sizeof(f));
	if (memcmp(f.magic, format_magic, sizeof(f.magic)))
		return -EBADMSG;
	if (f.version != FORMAT_VERSION)
		return -EPROTO;
	if (bytes != sizeof(f) || f.checksum != format_checksum(&f))
		return -EBADMSG;
	return f.profile == profile ? 0 : -ESTALE;
}
