#include "daemon/printer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/command.h"

#define PRINTER_BLOCK ((size_t)256 << 10)
#define PRINTER_LINE_MAX ((size_t)1 << 31)

void printer_init(struct printer *p)
{
	buf_init(&p->buf, PRINTER_LINE_MAX);
	out_init(&p->out, &p->buf);
}

void printer_done(struct printer *p)
{
	buf_done(&p->buf);
}

int printer_flush(struct printer *p)
{
	size_t done = 0;

	if (p->out.err)
		return p->out.err;
	while (done < p->buf.len) {
		ssize_t n = write(STDOUT_FILENO, p->buf.at + done, p->buf.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	buf_clear(&p->buf);
	return 0;
}

int printer_line(struct printer *p)
{
	out_line(&p->out);
	return p->out.err || p->buf.len >= PRINTER_BLOCK ? printer_flush(p) : 0;
}

void printer_id(struct out *o, const struct nd_article *article)
{
	if (article->id_is_number)
		out_raw(o, article->id);
	else
		out_string(o, article->id);
}

int printer_fail(int err)
{
	fprintf(stderr, "newsdup: cannot write to standard output: %s\n", strerror(-err));
	return EXIT_IO;
}
