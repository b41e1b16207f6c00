/*
 * A server of a few lines in a thread of its own, which takes one connection after the other: what a daemon can do to its
 * clients. Requests and replies have numbers: {"n":7} is answered with "n":7.
 */
#ifndef ND_SERVING_H
#define ND_SERVING_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "newsdup_client.h"

struct server;

/* Serves a connection, the how manieth from 0; it is closed at its return. */
typedef void serve_fn(struct server *s, FILE *from, int to, unsigned connection);

struct server {
	char folder[32], path[64];
	int fd;
	serve_fn *serve;
	unsigned connections; /* that it takes, one behind the other */
	unsigned requests, counter;
	char *line; /* the request at hand */
	size_t room;
	pthread_t thread;
	sem_t closed; /* posted when a connection has been closed */
	sem_t said;   /* for a serve_fn: it has said what the test waits for */
	sem_t go_on;  /* for a serve_fn: the test has seen it */
};

void server_start(struct server *s, serve_fn *serve, unsigned connections);

/* Ends a server that may still wait for a connection. */
void server_stop(struct server *s);

/* The next line of the client, as s->line; false: it has closed. */
bool next_request(struct server *s, FILE *from);

void say_raw(int to, const char *text, size_t len);
void say(int to, const char *text);

/* That of the request at hand. */
unsigned number_of(const struct server *s);

/* Answers the request at hand with its number. */
void say_number(const struct server *s, int to);

/* A serve_fn: all requests. */
void serve_numbers(struct server *s, FILE *from, int to, unsigned connection);

/* A client of the server, with a pause of 2 ms unless o has another. To be freed. */
struct nd_client *client(const struct server *s, struct nd_client_options o);

void send_number(struct nd_client *c, unsigned n);

/* The next reply has this number; whether its request was sent again. */
bool expect_number(struct nd_client *c, unsigned n);

#endif
