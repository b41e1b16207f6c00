/*
 * JSON lines on standard output, in large blocks.
 */
#ifndef ND_DAEMON_PRINTER_H
#define ND_DAEMON_PRINTER_H

#include "base/buf.h"
#include "wire/out.h"

struct printer {
	struct buf buf;
	struct out out; /* append here, then printer_line */
};

void printer_init(struct printer *p);
void printer_done(struct printer *p);

/* Ends a line; writes once there is a block. Errors: those of write, and what out.err has caught. */
int printer_line(struct printer *p);

/* Writes the rest. Errors: as printer_line. */
int printer_flush(struct printer *p);

/* An id as it came: a number stays one. */
void printer_id(struct out *o, const struct nd_article *article);

/* "newsdup: cannot write to standard output: ..."; returns EXIT_IO. */
int printer_fail(int err);

#endif
