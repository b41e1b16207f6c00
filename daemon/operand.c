#include "daemon/operand.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/reject.h"

int operand_init(struct operand *o, const char *name)
{
	memset(o, 0, sizeof(*o));
	o->name = name;
	o->seq = ND_NONE;
	buf_init(&o->text, ND_TEXT_MAX);
	return wire_reader_new(&wire_limits_default, &o->reader);
}

void operand_done(struct operand *o)
{
	wire_reader_free(o->reader);
	o->reader = NULL;
	buf_done(&o->text);
}

int operand_parse(struct operand *o, struct nd_fingerprinter *f, const char *line, size_t len)
{
	struct wire_article in;
	struct wire_error wrong;
	struct nd_str text;
	int err = wire_read_article(o->reader, line, len, &in, &wrong);

	if (err)
		return err;
	text = in.article.text;
	if (in.raw.at)
		err = nd_decode(f, in.raw, in.charset, &text);
	buf_clear(&o->text);
	if (!err)
		err = buf_add(&o->text, text.at, text.len);
	if (err)
		return err;
	o->article = in.article;
	o->article.text = (struct nd_str){ o->text.len ? (const char *)o->text.at : "", o->text.len };
	return 0;
}

/* --- the first article of a file --- */

static bool blank(const char *at, size_t len)
{
	return strspn(at, " \t\r\n") >= len;
}

/* Leaves of the batch its first line that is not blank; false when there is none. */
static bool first_line(struct batch *b)
{
	while (b->len) {
		size_t len = (size_t)((const char *)memchr(b->at, '\n', b->len) - b->at) + 1;

		if (!blank(b->at, len)) {
			b->len = len;
			b->problem.code = NULL;
			return true;
		}
		memmove(b->at, b->at + len, b->len - len);
		b->len -= len;
		b->first_line++;
		b->offset += len;
	}
	return false;
}

/* The line as bulk mode would take it: what it would reject, this rejects with the same words. */
static int accept(const char *name, struct worker *w, struct job *j)
{
	worker_run(w, j);
	if (j->err || j->n_records)
		return j->err;
	reject_print(name, j->rejects);
	return -EBADMSG;
}

/* A line, or only a problem to tell. Errors: -EBADMSG when the file ends before. */
static int next_line(struct input *in, struct job *j, const char *name)
{
	int more;

	while ((more = input_next(in, &j->batch)) == 1)
		if (first_line(&j->batch) || j->batch.problem.code)
			return 0;
	if (more == 0)
		fprintf(stderr, "newsdup: %s: no article in it\n", name);
	return more ? more : -EBADMSG;
}

int operand_read(struct operand *o, struct nd_fingerprinter *f)
{
	struct input *in = NULL;
	struct worker *w = NULL;
	struct job j;
	int err;

	job_init(&j);
	err = input_new(&o->name, 1, NULL, &in);
	if (!err)
		err = worker_new(&w);
	if (!err)
		err = next_line(in, &j, input_name(in, 0));
	if (!err)
		err = accept(input_name(in, 0), w, &j);
	if (!err)
		err = operand_parse(o, f, j.batch.at, j.batch.len - 1);
	job_done(&j);
	worker_free(w);
	input_free(in);
	return err;
}
