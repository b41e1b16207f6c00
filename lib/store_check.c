/*
 * The public check of a store: its pages and frames (store/check.h), and within these the records of this version
 * (index/inspect.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "index/inspect.h"
#include "index/pack.h"
#include "newsdup_store.h"
#include "store/check.h"
#include "base/dir.h"
#include "store/format.h"

struct checking {
	const struct nd_store_care *care;
	struct inspection records;
	struct buf record; /* unpacked */
	uint64_t articles;
	uint64_t faults; /* that the store's check does not know of */
	int err;
};

static void tell(void *arg, const struct check_fault *f)
{
	struct checking *c = arg;
	const struct nd_store_fault told = {
		.page = f->page,
		.seq = f->seq,
		.id = f->item ? record_packed_id(f->item->at, f->item->bytes) : (struct nd_str){ NULL, 0 },
		.what = f->what,
	};

	if (c->care->tell)
		c->care->tell(c->care->arg, &told);
}

static const char *look_into(void *arg, const struct store_item *item)
{
	struct checking *c = arg;
	struct store_item unpacked = *item;
	const char *what = "the record cannot be unpacked";
	int err;

	buf_clear(&c->record);
	err = record_unpack(item->at, item->bytes, &c->record);
	unpacked.at = c->record.at;
	unpacked.bytes = c->record.len;
	if (err == -ENOMEM && !c->err)
		c->err = err;
	if (!err)
		what = inspect_record(&unpacked);

	c->articles += !what && ((const struct record *)unpacked.at)->gone == RECORD_THERE;
	if (!c->err)
		c->err = inspection_note(&c->records, item->seq, what ? NULL : unpacked.at);
	return what;
}

static void progress(void *arg, uint64_t done, uint64_t total)
{
	struct checking *c = arg;

	if (c->care->progress)
		c->care->progress(c->care->arg, done, total);
}

/* Loading refuses a store whose stories do not fit. */
static void tell_misfits(struct checking *c)
{
	for (size_t i = 0; i < c->records.n; i++) {
		const struct nd_store_fault f = {
			.page = ND_NOWHERE, .seq = i, .what = "the record's story is led by one that is in another story"
		};

		if (inspection_fits(&c->records, (uint32_t)i))
			continue;
		c->faults++;
		if (c->care->tell)
			c->care->tell(c->care->arg, &f);
	}
}

/* Something that is called like a file of a store, and is none: a pipe, a folder. NULL: there is nothing of the kind. */
static const char *find_odd(const char *dir)
{
	static const struct {
		const char *name, *what;
	} files[] = {
		{ STORE_FILE, STORE_FILE " is no regular file" },
		{ STORE_LOCK, STORE_LOCK " is no regular file" },
		{ STORE_FILE STORE_READERS, STORE_FILE STORE_READERS " is no regular file" },
	};
	const char *ret = NULL;
	int at, fd, err = dir_open(dir, false, &at);

	if (err)
		return NULL;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !ret; i++) {
		err = dir_open_file(at, files[i].name, O_RDONLY, &fd);
		ret = err == -EBADMSG ? files[i].what : NULL;
		if (!err)
			close(fd);
	}
	close(at);
	return ret;
}

static int tell_odd(const struct nd_store_care *care, const char *what, struct nd_store_checked *ret)
{
	const struct nd_store_fault f = { .page = ND_NOWHERE, .seq = ND_NOWHERE, .what = what };

	if (care->tell)
		care->tell(care->arg, &f);
	*ret = (struct nd_store_checked){ .faults = 1 };
	return 0;
}

int nd_store_check(const char *dir, const struct nd_store_care *care, struct nd_store_checked *ret)
{
	struct checking c = { .care = care };
	const struct check_sink sink = { .tell = tell, .record = look_into, .progress = progress, .arg = &c };
	struct check_result core;
	const char *odd = find_odd(dir);
	int err;

	if (odd)
		return tell_odd(care, odd, ret);
	buf_init(&c.record, UINT32_MAX);
	err = store_check(dir, nd_profile(), &sink, &core);
	if (!err)
		err = c.err;
	if (!err) {
		tell_misfits(&c);
		*ret = (struct nd_store_checked){
			.records = core.records,
			.articles = c.articles,
			.pages = core.pages,
			.free_pages = core.free_pages,
			.page_bytes = core.page_bytes,
			.faults = core.faults + c.faults,
			.other_profile = core.other_profile,
			.in_use = core.in_use,
		};
	}
	inspection_done(&c.records);
	buf_done(&c.record);
	return err;
}
