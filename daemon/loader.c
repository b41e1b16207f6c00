#include "daemon/loader.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

struct loader {
	struct nd_index *index;
	struct loader_options o;
	uint64_t n; /* slices in all; an empty store has one */
	struct nd_slice *slices[LOADER_SLICES];
	bool midst; /* of the slice whose turn it is */
	bool threaded;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t room;
	/* under lock, slices by number: */
	uint64_t taken;      /* the first that the index has not taken */
	uint64_t next;       /* the first that nobody has begun to read */
	bool read[LOADER_SLICES];
	bool waits;          /* the loop's thread wants to be woken */
	bool stop;
};

static bool may_read(const struct loader *l)
{
	return l->next < l->n && l->next < l->taken + LOADER_SLICES;
}

/* The slice that has been claimed by ++next. */
static void read_slice(struct loader *l, uint64_t number)
{
	bool wanted;

	nd_slice_read(l->slices[number % LOADER_SLICES], (nd_seq)(number * l->o.slice), l->o.slice);
	pthread_mutex_lock(&l->lock);
	l->read[number % LOADER_SLICES] = true;
	wanted = l->waits && number == l->taken;
	l->waits = l->waits && !wanted;
	pthread_mutex_unlock(&l->lock);
	if (wanted)
		l->o.wake(l->o.arg);
}

static bool claim(struct loader *l, uint64_t *ret)
{
	bool more;

	pthread_mutex_lock(&l->lock);
	while (!l->stop && l->next < l->n && !may_read(l))
		pthread_cond_wait(&l->room, &l->lock);
	more = !l->stop && l->next < l->n;
	if (more)
		*ret = l->next++;
	pthread_mutex_unlock(&l->lock);
	return more;
}

static void *thread_main(void *arg)
{
	uint64_t number;

	while (claim(arg, &number))
		read_slice(arg, number);
	return NULL;
}

int loader_new(struct nd_store *store, struct nd_index *ix, const struct loader_options *o, struct loader **ret)
{
	struct loader *l = calloc(1, sizeof(*l));
	int err = 0;

	if (!l)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->room, NULL);
	l->index = ix;
	l->o = *o;
	if (!l->o.slice)
		l->o.slice = LOADER_ARTICLES;
	l->n = o->articles ? (o->articles + l->o.slice - 1) / l->o.slice : 1;
	for (unsigned i = 0; i < LOADER_SLICES && !err; i++)
		err = nd_slice_new(store, &l->slices[i]);
	if (!err && o->threaded && l->n > 1) {
		err = -pthread_create(&l->thread, NULL, thread_main, l);
		l->threaded = !err;
	}
	if (err)
		loader_free(l);
	else
		*ret = l;
	return err;
}

static void stop_thread(struct loader *l)
{
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->room);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
}

void loader_free(struct loader *l)
{
	if (!l)
		return;
	if (l->threaded)
		stop_thread(l);
	for (unsigned i = 0; i < LOADER_SLICES; i++)
		nd_slice_free(l->slices[i]);
	pthread_cond_destroy(&l->room);
	pthread_mutex_destroy(&l->lock);
	free(l);
	malloc_trim(0); /* what slices took would stay with malloc, up to M_TRIM_THRESHOLD */
}

/* A step of the slice whose turn it is. */
static int take(struct loader *l)
{
	unsigned slot = (unsigned)(l->taken % LOADER_SLICES);
	int ret = nd_index_take(l->index, l->slices[slot]);

	l->midst = ret > 0;
	if (ret < 0)
		return ret;
	if (ret == 0) {
		pthread_mutex_lock(&l->lock);
		l->read[slot] = false;
		l->taken++;
		pthread_cond_signal(&l->room);
		pthread_mutex_unlock(&l->lock);
	}
	return nd_index_is_loaded(l->index) ? LOADER_DONE : LOADER_GOES_ON;
}

bool loader_is_between(const struct loader *l)
{
	return !l->midst;
}

int loader_step(struct loader *l)
{
	enum { TAKE, READ, WAIT } what = WAIT;
	uint64_t number = 0;

	pthread_mutex_lock(&l->lock);
	if (l->read[l->taken % LOADER_SLICES]) {
		what = TAKE;
	} else if (may_read(l)) {
		what = READ;
		number = l->next++;
	}
	l->waits = what == WAIT;
	pthread_mutex_unlock(&l->lock);
	if (what == TAKE)
		return take(l);
	if (what == READ)
		read_slice(l, number);
	return what == READ ? LOADER_GOES_ON : LOADER_WAITS;
}
