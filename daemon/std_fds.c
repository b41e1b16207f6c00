#include "daemon/std_fds.h"

#include <fcntl.h>
#include <unistd.h>

void std_fds_hold(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0) /* open takes the lowest that is free: this one */
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}
