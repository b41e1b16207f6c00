/*
 * An archive in memory, for explain: an index of all articles of some files, and the texts of the two that
 * are asked about.
 */
#ifndef ND_DAEMON_ARCHIVE_H
#define ND_DAEMON_ARCHIVE_H

#include "daemon/operand.h"

struct archive {
	struct input *input;
	struct nd_index *index;
	struct nd_fingerprinter *fingerprinter; /* borrowed */
	struct operand *operands;               /* two; borrowed */
	struct operand line;                    /* at hand, while an operand is looked for */
	bool unreadable;
};

/*
 * Reads all of the files, rejects on stderr, and finds the operands by their ids: of an id that comes more
 * than once the newest counts. tmp: as nd_index_new. Errors: -EBADMSG (a file could not be read: stderr
 * tells which), those of nd_index_add and pipeline_run.
 */
int archive_read(struct archive *a, const char *const *files, unsigned n, const char *tmp, struct nd_rules *rules,
		 struct nd_fingerprinter *f, struct operand operands[2]);
void archive_done(struct archive *a);

#endif
