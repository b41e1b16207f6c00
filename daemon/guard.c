#include "daemon/guard.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/command.h"

static char message[4608]; /* made beforehand: little may be called in a handler */
static size_t len;

static void on_bus_error(int number)
{
	(void)number;
	if (write(STDERR_FILENO, message, len) < 0)
		_exit(EXIT_IO);
	_exit(EXIT_IO);
}

void guard_store(const char *dir)
{
	struct sigaction how = { .sa_handler = on_bus_error };
	int n = snprintf(message, sizeof(message),
			 "newsdup: the store '%s' is damaged or was cut: a page of it is not in the file, is not what it should "
			 "be, or cannot be read; `newsdup check-store` tells more\n",
			 dir);

	len = (size_t)n < sizeof(message) ? (size_t)n : sizeof(message) - 1;
	sigaction(SIGBUS, &how, NULL);
}
