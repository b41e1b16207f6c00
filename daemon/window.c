#include "daemon/window.h"

#include <stddef.h>

#include "base/buf.h"
#include "daemon/settings.h"

#define DAY_MS 86400000u

const char *window_read(const char *text, uint32_t *ret)
{
	uint64_t ms = 0;
	struct buf why;
	int err = 0;

	buf_init(&why, 4096);
	if (text)
		err = setting_read(settings_find("window"), text, &ms, &why);
	buf_done(&why);
	if (err)
		return "--window wants whole days, like 30d, up to 36500d";
	*ret = (uint32_t)(ms / DAY_MS);
	return NULL;
}
