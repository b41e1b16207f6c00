#include "daemon/talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/clean.h"
#include "daemon/command.h"

/* Nothing is to be had from there. */
static int no_daemon(const char *path, const char *why)
{
	fprintf(stderr, "newsdup: cannot reach the daemon at '%s': %s\n", path, why);
	return EXIT_NO_DAEMON;
}

int talk_fail(const struct nd_client *c, int err)
{
	switch (err) {
	case -ENOENT:
	case -ECONNREFUSED:
		return no_daemon(nd_client_socket(c), "nobody listens there");
	case -ECONNRESET:
		return no_daemon(nd_client_socket(c), "the connection was lost");
	case -ETIMEDOUT:
		return no_daemon(nd_client_socket(c), "no reply in time");
	case -EMSGSIZE:
		return no_daemon(nd_client_socket(c), "what it replies is not newsdup's protocol");
	default:
		return no_daemon(nd_client_socket(c), strerror(-err));
	}
}

const char *talk_complaint(const struct talk_options *o)
{
	return o->store && o->socket ? "--store and --socket exclude each other" : NULL;
}

int talk_open(const struct talk_options *o, struct nd_client **ret)
{
	const struct nd_client_options options = {
		.socket = o->socket,
		.reply_ms = (int)o->timeout * 1000,
		.retry_ms = o->retry ? (int)o->retry * 1000 : ND_CLIENT_NEVER,
	};
	struct nd_client *c;
	int err = nd_client_new(&options, &c), code;

	if (err == -ENAMETOOLONG) {
		fprintf(stderr, "newsdup: a socket's path has at most 107 bytes\n");
		return EXIT_USAGE;
	}
	if (err) {
		fprintf(stderr, "newsdup: %s\n", strerror(-err));
		return EXIT_IO;
	}
	err = nd_client_connect(c);
	if (err) {
		code = talk_fail(c, err);
		nd_client_free(c);
		return code;
	}
	*ret = c;
	return 0;
}

bool talk_refused_article(const struct nd_client_reply *reply)
{
	static const char *const codes[] = { "bad_json",    "bad_utf8",     "bad_request", "too_large",
					     "too_deep",    "missing_text", "bad_charset", "not_found" };
	char code[32];

	nd_client_code(reply, code, sizeof(code));
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!strcmp(code, codes[i]))
			return true;
	return false;
}

void talk_refusal(const char *where, const struct nd_client_reply *reply)
{
	char code[32], message[512] = "no reason was given";
	const char *error;
	size_t len;

	nd_client_code(reply, code, sizeof(code));
	if (nd_client_field(reply->at, reply->len, "error", &error, &len))
		nd_client_string(error, len, "message", message, sizeof(message));
	fprintf(stderr, "newsdup: %s%s%s: ", where ? where : "", where ? ": " : "", *code ? code : "refused");
	clean_print(stderr, (struct nd_str){ message, strlen(message) });
	fputc('\n', stderr);
}
