/*
 * Any bytes as a configuration file: read or refused with a line for each fault, and what was read is told in
 * a form that reads the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each value as it is told, read again, is the same value. */
static void check_told(struct settings *s)
{
	struct settings again;
	struct buf told, say;

	buf_init(&told, 1 << 16);
	buf_init(&say, 1 << 16);
	if (settings_init(&again))
		abort();
	for (unsigned i = 0; i < SETTINGS; i++) {
		const struct setting *row = settings_row(i);

		buf_clear(&told);
		setting_print(row, settings_field(s, row), &told);
		buf_add(&told, "", 1);
		if (settings_set(&again, row->name, (char *)told.at, "told", &say) ||
		    !setting_same(row, settings_field(s, row), settings_field(&again, row)))
			abort();
	}
	settings_reload(s, &again, &say);
	if (say.len)
		abort();
	buf_done(&told);
	buf_done(&say);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("config", 0);
	struct settings s;
	struct config c;
	char path[40];
	int err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || settings_init(&s))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config_init(&c, path);
	err = config_read(&c, &s);
	if (!err != !c.say.len)
		abort();
	check_told(&s);
	config_done(&c);
	settings_done(&s);
	close(fd);
	return 0;
}
