/*
 * Words from outside on a terminal: no control character may reach it.
 */
#ifndef ND_DAEMON_CLEAN_H
#define ND_DAEMON_CLEAN_H

#include <stdio.h>

#include "newsdup.h"

/* Controls, C1 too, become blanks. */
void clean_print(FILE *to, struct nd_str s);

/* A text that is long is cut in the middle with an ellipsis, at borders of characters. */
void clean_print_cut(FILE *to, struct nd_str s);

#endif
