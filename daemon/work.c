#include "daemon/work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "wire/article.h"

struct worker {
	struct wire_reader *reader;
	struct nd_fingerprinter *fingerprinter;
	struct nd_packer *packer; /* NULL: no texts are kept */
};

void job_init(struct job *j)
{
	memset(j, 0, sizeof(*j));
	buf_init(&j->records, SIZE_MAX / 2);
	buf_init(&j->texts, SIZE_MAX / 2);
}

void job_done(struct job *j)
{
	if (!j)
		return;
	batch_done(&j->batch);
	buf_done(&j->records);
	buf_done(&j->texts);
	free(j->sizes);
	free(j->text_sizes);
	free(j->rejects);
}

int worker_new(struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	err = wire_reader_new(&wire_limits_default, &w->reader);
	if (!err)
		err = nd_fingerprinter_new(&w->fingerprinter);
	if (err) {
		worker_free(w);
		return err;
	}
	*ret = w;
	return 0;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	wire_reader_free(w->reader);
	nd_fingerprinter_free(w->fingerprinter);
	nd_packer_free(w->packer);
	free(w);
}

int worker_use(struct worker *w, const struct work_options *o)
{
	nd_fingerprinter_use(w->fingerprinter, o->rules);
	nd_fingerprinter_simhash(w->fingerprinter, o->simhash);
	return o->keep ? nd_packer_new(o->keep, &w->packer) : 0;
}

static int reject(struct job *j, uint64_t line, uint64_t offset, const char *code, const char *reason)
{
	struct reject *r;
	int err = array_reserve(&j->rejects, &j->cap_rejects, j->n_rejects + 1, sizeof(*j->rejects));

	if (err)
		return err;
	r = &j->rejects[j->n_rejects++];
	r->line = line;
	r->offset = offset;
	r->code = code;
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	return 0;
}

/* What an error of the library says of the line. */
static int refuse(struct job *j, uint64_t line, uint64_t offset, int err, bool decoding)
{
	switch (err) {
	case -EILSEQ:
		return decoding ? reject(j, line, offset, "bad_charset", "the text is no text in its charset")
				: reject(j, line, offset, "bad_utf8", "a field is no UTF-8");
	case -ENOTSUP:
		return reject(j, line, offset, "bad_charset", "the charset is unknown");
	case -E2BIG:
		return reject(j, line, offset, "too_large", "the article is over a limit");
	default:
		return err;
	}
}

static int add_record(struct job *j, const struct nd_fingerprint *fp)
{
	int err = array_reserve(&j->sizes, &j->cap_records, j->n_records + 1, sizeof(*j->sizes));

	if (!err)
		err = buf_add(&j->records, fp->at, fp->bytes);
	if (!err)
		j->sizes[j->n_records++] = fp->bytes;
	return err;
}

/* The text of the record that was added last. */
static int add_text(struct worker *w, struct job *j, const struct nd_article *a)
{
	static const char zeros[8];
	struct nd_packed packed;
	int err = array_reserve(&j->text_sizes, &j->cap_texts, j->n_records, sizeof(*j->text_sizes));

	if (!err)
		err = nd_pack(w->packer, a, &packed);
	if (!err)
		err = buf_add(&j->texts, packed.at, packed.bytes);
	if (!err)
		err = buf_add(&j->texts, zeros, -packed.bytes & 7); /* the next one is aligned */
	if (!err)
		j->text_sizes[j->n_records - 1] = packed.bytes;
	return err;
}

static int run_line(struct worker *w, struct job *j, const char *at, size_t len, uint64_t line, uint64_t offset)
{
	struct wire_article in;
	struct wire_error wrong;
	struct nd_fingerprint fp;
	int err = wire_read_article(w->reader, at, len, &in, &wrong);

	if (err == -EBADMSG)
		return reject(j, line, offset + wrong.offset, wrong.code, wrong.reason);
	if (err)
		return err;
	if (in.raw.at) {
		err = nd_decode(w->fingerprinter, in.raw, in.charset, &in.article.text);
		if (err)
			return refuse(j, line, offset, err, true);
	}
	err = nd_fingerprint(w->fingerprinter, &in.article, &fp);
	if (err)
		return refuse(j, line, offset, err, false);
	err = add_record(j, &fp);
	return err || !w->packer ? err : add_text(w, j, &in.article);
}

static bool blank(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != ' ' && at[i] != '\t' && at[i] != '\r')
			return false;
	return true;
}

void worker_run(struct worker *w, struct job *j)
{
	const struct batch *b = &j->batch;
	uint64_t line = b->first_line;
	size_t at = 0;

	buf_clear(&j->records);
	buf_clear(&j->texts);
	j->n_records = j->n_rejects = 0;
	j->bytes = b->len;
	j->err = 0;
	for (; at < b->len && !j->err; line++) {
		const char *newline = memchr(b->at + at, '\n', b->len - at);
		size_t len = newline ? (size_t)(newline - b->at) - at : b->len - at;

		if (!blank(b->at + at, len))
			j->err = run_line(w, j, b->at + at, len, line, b->offset + at);
		at += len + 1;
	}
	if (!j->err && b->problem.code)
		j->err = reject(j, b->problem.line, b->problem.offset, b->problem.code, b->problem.reason);
}
