#include "daemon/archive.h"

#include <errno.h>
#include <string.h>

#include "daemon/pipeline.h"
#include "daemon/reject.h"
#include "daemon/threads.h"

static bool named(const struct operand *o, const struct nd_str *id)
{
	return strlen(o->name) == id->len && !memcmp(o->name, id->at, id->len);
}

/* Whether the line at hand is the article that o asks for: its id may be one that only a fingerprint has. */
static int is_wanted(struct archive *a, const struct operand *o, bool *ret)
{
	struct nd_contents c;
	struct nd_fingerprint fp;
	int err = nd_fingerprint(a->fingerprinter, &a->line.article, &fp);

	if (!err)
		err = nd_fingerprint_contents(&fp, &c);
	if (!err)
		*ret = named(o, &c.article.id);
	return err;
}

/* Errors of a line mean that it was rejected; only memory ends the search. */
static int keep_text(struct archive *a, struct operand *o, const char *line, size_t len)
{
	bool wanted = false;
	int err = operand_parse(&a->line, a->fingerprinter, line, len);

	if (!err)
		err = is_wanted(a, o, &wanted);
	if (!err && wanted) {
		buf_clear(&o->text);
		err = buf_add(&o->text, a->line.text.at, a->line.text.len);
	}
	return err == -ENOMEM ? err : 0;
}

/*
 * The index keeps no texts, and the pipeline does not say which line an article came from. So the few
 * batches that hold an operand are read again.
 */
static int find_text(struct archive *a, struct operand *o, const struct batch *b)
{
	int err = 0;

	for (size_t at = 0; at < b->len && !err;) {
		size_t len = (size_t)((const char *)memchr(b->at + at, '\n', b->len - at) - (b->at + at));

		err = keep_text(a, o, b->at + at, len);
		at += len + 1;
	}
	return err;
}

static int add(struct archive *a, const struct nd_fingerprint *fp, bool found[2])
{
	struct nd_report r;
	int err = nd_index_add(a->index, fp, &r);

	for (int i = 0; i < 2 && !err; i++)
		if (named(&a->operands[i], &r.article.id)) {
			a->operands[i].seq = r.seq;
			found[i] = true;
		}
	return err;
}

/* pipeline_sink */
static int take(void *arg, const struct job *j)
{
	struct archive *a = arg;
	const char *at = (const char *)j->records.at, *name = input_name(a->input, j->batch.file);
	bool found[2] = { false, false };
	int err = 0;

	for (size_t i = 0; i < j->n_records && !err; i++) {
		err = add(a, &(struct nd_fingerprint){ at, j->sizes[i] }, found);
		at += j->sizes[i];
	}
	for (int i = 0; i < 2 && !err; i++)
		if (found[i])
			err = find_text(a, &a->operands[i], &j->batch);
	for (size_t i = 0; i < j->n_rejects; i++) {
		reject_print(name, &j->rejects[i]);
		a->unreadable |= !strcmp(j->rejects[i].code, "unreadable");
	}
	return err;
}

int archive_read(struct archive *a, const char *const *files, unsigned n, const char *tmp, struct nd_rules *rules,
		 struct nd_fingerprinter *f, struct operand operands[2])
{
	int err;

	*a = (struct archive){ .fingerprinter = f, .operands = operands };
	err = operand_init(&a->line, NULL);
	if (!err)
		err = input_new(files, n, NULL, &a->input);
	if (!err)
		err = nd_index_new(tmp, &a->index);
	if (!err)
		err = pipeline_run(a->input, (unsigned)threads_default(), &(struct work_options){ .rules = rules }, take,
				   a);
	if (!err)
		err = nd_index_again(a->index, SIZE_MAX);
	return err ? err : a->unreadable ? -EBADMSG : 0;
}

void archive_done(struct archive *a)
{
	nd_index_free(a->index);
	input_free(a->input);
	if (a->fingerprinter) /* else it is zeroed */
		operand_done(&a->line);
}
