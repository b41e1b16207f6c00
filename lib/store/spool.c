#include "store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPOOL_BLOCK ((size_t)1 << 20)
#define SPOOL_ASIDE ((size_t)64 << 20)
#define SPOOL_SPACE ((size_t)1 << 40)
#define SPOOL_SPACE_MIN ((size_t)1 << 32)

struct spool {
	int fd;
	const uint8_t *map;  /* SPOOL_SPACE bytes, the file's part of it readable */
	size_t space;
	uint64_t written;    /* bytes in the file */
	uint64_t room;       /* that the disk has set aside for it */
	uint8_t *tail;       /* what follows them */
	size_t tail_len, tail_cap;
};

static int open_unlinked(const char *dir)
{
	char path[4096];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd >= 0 ? fd : -errno;
	if ((size_t)snprintf(path, sizeof(path), "%s/.newsdup-XXXXXX", dir) >= sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int spool_new(const char *dir, struct spool **ret)
{
	struct spool *s = calloc(1, sizeof(*s));
	void *map = MAP_FAILED;
	int err;

	if (!s)
		return -ENOMEM;
	s->fd = open_unlinked(dir);
	if (s->fd < 0) {
		err = s->fd;
		free(s);
		return err;
	}
	for (s->space = SPOOL_SPACE; s->space >= SPOOL_SPACE_MIN; s->space /= 2) {
		map = mmap(NULL, s->space, PROT_READ, MAP_SHARED | MAP_NORESERVE, s->fd, 0);
		if (map != MAP_FAILED)
			break;
	}
	if (map == MAP_FAILED) {
		err = -errno;
		close(s->fd);
		free(s);
		return err;
	}
	s->map = map;
	*ret = s;
	return 0;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	munmap((void *)s->map, s->space);
	close(s->fd);
	free(s->tail);
	free(s);
}

/* Has the disk set room aside for as much again, which costs less than room for each page. It does without. */
static void set_aside(struct spool *s)
{
	uint64_t more = s->written < SPOOL_ASIDE ? s->written : SPOOL_ASIDE;

	if (s->written + s->tail_len <= s->room)
		return;
	s->room = s->written + s->tail_len + more;
	fallocate(s->fd, FALLOC_FL_KEEP_SIZE, (off_t)s->written, (off_t)(s->room - s->written));
}

static int spool_flush(struct spool *s)
{
	size_t done = 0;

	set_aside(s);

	while (done < s->tail_len) {
		ssize_t n = pwrite(s->fd, s->tail + done, s->tail_len - done, (off_t)(s->written + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		done += (size_t)n;
	}
	s->written += s->tail_len;
	s->tail_len = 0;
	return 0;
}

static int tail_reserve(struct spool *s, size_t n)
{
	size_t cap = n > SPOOL_BLOCK ? n : SPOOL_BLOCK;
	uint8_t *at;
	int err;

	if (s->tail_len && s->tail_len + n > SPOOL_BLOCK) {
		err = spool_flush(s);
		if (err)
			return err;
	}
	if (s->tail_len + n <= s->tail_cap)
		return 0;
	at = realloc(s->tail, cap);
	if (!at)
		return -ENOMEM;
	s->tail = at;
	s->tail_cap = cap;
	return 0;
}

int spool_append(struct spool *s, size_t n, void **ret, uint64_t *ret_at)
{
	int err;

	if (n > s->space - 7)
		return -EFBIG;
	n = (n + 7) & ~(size_t)7;
	if (s->written + s->tail_len > s->space - n)
		return -EFBIG;
	err = tail_reserve(s, n);
	if (err)
		return err;
	*ret = s->tail + s->tail_len;
	*ret_at = s->written + s->tail_len;
	s->tail_len += n;
	return 0;
}

void spool_drop(struct spool *s, uint64_t at)
{
	s->tail_len = (size_t)(at - s->written);
}

const void *spool_at(const struct spool *s, uint64_t at)
{
	if (at >= s->written)
		return s->tail + (at - s->written);
	return s->map + at;
}

uint64_t spool_bytes(const struct spool *s)
{
	return s->written + s->tail_len;
}
