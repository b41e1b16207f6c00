#include "rules_face.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FILE_MAX ((size_t)4 << 20)
#define PATH_BYTES 4096u

/* The files of a directory; one that is absent is the one that is built in. */
struct sources {
	struct rules_file files[RULES_FILES];
	char paths[RULES_FILES][PATH_BYTES];
	struct buf texts[RULES_FILES];
	unsigned found;
};

static void tell(struct nd_rules_fault *ret, const char *file, unsigned line, const char *reason)
{
	size_t n = strlen(file), room = sizeof(ret->file) - 1;

	snprintf(ret->file, sizeof(ret->file), "%s", n > room ? file + (n - room) : file);
	snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
	ret->line = line;
}

static int read_all(FILE *f, struct buf *to)
{
	int err = 0;

	while (!err && !feof(f) && !ferror(f)) {
		err = buf_reserve(to, 1 << 16);
		if (!err)
			to->len += fread(to->at + to->len, 1, 1 << 16, f);
	}
	if (err)
		return -EFBIG;
	return ferror(f) ? -errno : 0;
}

static int read_file(struct sources *s, const char *dir, int i, struct nd_rules_fault *ret_fault)
{
	FILE *f;
	int err;

	snprintf(s->paths[i], PATH_BYTES, "%s/%s", dir, rules_file_names[i]);
	f = fopen(s->paths[i], "re");
	if (!f && errno == ENOENT)
		return 0;
	err = f ? read_all(f, &s->texts[i]) : -errno;
	if (f)
		fclose(f);
	if (err) {
		tell(ret_fault, s->paths[i], 0, strerror(-err));
		return -EINVAL;
	}
	s->files[i].name = s->paths[i];
	s->files[i].text = s->texts[i].len ? (const char *)s->texts[i].at : "";
	s->files[i].len = s->texts[i].len;
	s->found++;
	return 0;
}

static int read_dir(struct sources *s, const char *dir, struct nd_rules_fault *ret_fault)
{
	int err = 0;

	for (int i = 0; i < RULES_FILES && !err; i++)
		err = read_file(s, dir, i, ret_fault);
	if (!err && !s->found) {
		tell(ret_fault, dir, 0, "no agencies.txt, credits.txt or hanja.txt is there");
		err = -EINVAL;
	}
	return err;
}

static uint64_t hash_of(const struct rules_file *files)
{
	uint64_t ret = 0;

	for (int i = 0; i < RULES_FILES; i++)
		ret = hash_step(ret, hash_bytes(files[i].text, files[i].len));
	return hash_finish(ret);
}

uint64_t rules_face_builtin(void)
{
	struct rules_file files[RULES_FILES];

	rules_builtin_files(files);
	return hash_of(files);
}

static int build(const struct sources *s, struct nd_rules *r, struct nd_rules_fault *ret_fault)
{
	struct rules_fault fault = { 0 };
	struct folder *f;
	int err = folder_new(&f);

	if (err)
		return err;
	err = rules_new(f, s->files, RULES_FILES, &r->core, &fault);
	folder_free(f);
	if (err == -EINVAL)
		tell(ret_fault, fault.file, fault.line, fault.reason);
	r->hash = hash_of(s->files);
	atomic_init(&r->held, 1);
	return err;
}

int nd_rules_new(const char *dir, struct nd_rules **ret, struct nd_rules_fault *ret_fault)
{
	struct sources *s = calloc(1, sizeof(*s));
	struct nd_rules *r = calloc(1, sizeof(*r));
	int err = s && r ? 0 : -ENOMEM;

	if (!err) {
		rules_builtin_files(s->files);
		for (int i = 0; i < RULES_FILES; i++)
			buf_init(&s->texts[i], FILE_MAX);
		err = dir ? read_dir(s, dir, ret_fault) : 0;
	}
	if (!err)
		err = build(s, r, ret_fault);
	for (int i = 0; s && i < RULES_FILES; i++)
		buf_done(&s->texts[i]);
	free(s);
	if (err)
		free(r);
	else
		*ret = r;
	return err;
}

struct nd_rules *nd_rules_keep(struct nd_rules *r)
{
	atomic_fetch_add(&r->held, 1);
	return r;
}

void nd_rules_free(struct nd_rules *r)
{
	if (!r || atomic_fetch_sub(&r->held, 1) > 1)
		return;
	rules_free(r->core);
	free(r);
}

uint64_t nd_rules_hash(const struct nd_rules *r)
{
	return r->hash;
}
