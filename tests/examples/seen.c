/*
 * An example of newsdup_client.h: puts articles, a line of JSON each on standard input, and says of each
 * whether it has been seen before.
 *
 *     cc seen.c $(pkg-config --cflags --libs newsdup-client) && ./a.out <articles.jsonl
 */
#include <newsdup_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNDER_WAY 64u /* requests: enough to keep the daemon busy */

static void tell(const struct nd_client_reply *reply)
{
	char key[256] = "?", verdict[32] = "?", story[256] = "?";

	if (!nd_client_ok(reply)) {
		nd_client_code(reply, verdict, sizeof(verdict));
		printf("refused: %s\n", verdict);
		return;
	}
	nd_client_string(reply->at, reply->len, "key", key, sizeof(key));
	nd_client_string(reply->at, reply->len, "verdict", verdict, sizeof(verdict));
	nd_client_string(reply->at, reply->len, "story", story, sizeof(story));
	printf("%s: %s, story %s\n", key, verdict, story);
}

/* Takes replies until at most so many requests are under way. */
static int receive(struct nd_client *c, size_t under_way)
{
	struct nd_client_reply reply;
	int err = 0;

	while (!err && nd_client_waiting(c) > under_way) {
		err = nd_client_receive(c, &reply);
		if (!err)
			tell(&reply);
	}
	return err;
}

static int put_all(struct nd_client *c, FILE *from)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&line, &room, from)) > 0) {
		err = nd_client_send_put(c, line, (size_t)len);
		if (!err)
			err = receive(c, UNDER_WAY);
	}
	free(line);
	return err ? err : receive(c, 0);
}

int main(int argc, char **argv)
{
	const struct nd_client_options o = { .socket = argc > 1 ? argv[1] : NULL };
	struct nd_client *c;
	int err = nd_client_new(&o, &c);

	if (!err) {
		err = put_all(c, stdin);
		nd_client_free(c);
	}
	if (err)
		fprintf(stderr, "seen: %s\n", strerror(-err));
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
