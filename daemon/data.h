/*
 * --data DIR: the rules that a command fingerprints by.
 */
#ifndef ND_DAEMON_DATA_H
#define ND_DAEMON_DATA_H

#include "newsdup.h"

/* The option's row. */
#define DATA_ROW(o) \
	{ "data", OPTION_TEXT, "DIR", "rules of credits, agencies, titles from here: credits.txt, agencies.txt, hanja.txt, site.txt", 0, 0, &(o) }

/* dir NULL: those that are built in. Returns EXIT_DONE, or what to exit with after a message. */
int data_open(const char *dir, struct nd_rules **ret);

#endif
