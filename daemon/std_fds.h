/*
 * Standard input, output and error are never the descriptors of something else.
 */
#ifndef ND_DAEMON_STD_FDS_H
#define ND_DAEMON_STD_FDS_H

/* Call it first in main: whichever of the three the caller has closed is opened so that its use is an error, and no
 * file or socket that is opened later gets what was meant for it. */
void std_fds_hold(void);

#endif
