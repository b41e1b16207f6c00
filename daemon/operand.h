/*
 * The two articles that explain is asked about: each a file, or an id in an archive.
 */
#ifndef ND_DAEMON_OPERAND_H
#define ND_DAEMON_OPERAND_H

#include "base/buf.h"
#include "daemon/work.h"
#include "wire/article.h"

struct operand {
	const char *name;           /* as it was given */
	struct wire_reader *reader; /* has what article points into, text apart */
	struct nd_article article;
	struct buf text;            /* decoded */
	nd_seq seq;                 /* in an index; ND_NONE: not found */
};

/* Errors: as wire_reader_new. */
int operand_init(struct operand *o, const char *name);
void operand_done(struct operand *o);

/*
 * Reads a line that is known to be an article into it. f decodes; its last results are lost.
 * Errors: -ENOMEM, -EBADMSG and those of nd_decode when it is none after all.
 */
int operand_parse(struct operand *o, struct nd_fingerprinter *f, const char *line, size_t len);

/* Reads the first article of the file that it names. Says on stderr what is wrong: -EBADMSG then;
 * else -ENOMEM, -ENOTSUP without ICU's data. */
int operand_read(struct operand *o, struct nd_fingerprinter *f);

#endif
