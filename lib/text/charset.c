#include "text/charset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include "text/utf8.h"

/*
 * Names that must not be taken at their word, as letters and digits in lower case. What is labelled EUC-KR is
 * CP949, which ICU's EUC-KR decodes wrongly without an error and whose "cp949" lacks; the rest as the WHATWG
 * Encoding Standard has it.
 */
static const struct alias {
	const char *name, *icu;
} aliases[] = {
	{ "euckr", "windows-949" },       { "cseuckr", "windows-949" },     { "korean", "windows-949" },
	{ "ksc5601", "windows-949" },     { "ksc56011987", "windows-949" }, { "ksc56011989", "windows-949" },
	{ "cp949", "windows-949" },       { "ms949", "windows-949" },       { "uhc", "windows-949" },
	{ "ibm949", "windows-949" },      { "xwindows949", "windows-949" }, { "gb2312", "gb18030" },
	{ "gbk", "gb18030" },             { "xgbk", "gb18030" },            { "cp936", "gb18030" },
	{ "shiftjis", "windows-31j" },    { "sjis", "windows-31j" },        { "xsjis", "windows-31j" },
	{ "cp932", "windows-31j" },       { "ms932", "windows-31j" },       { "iso88591", "windows-1252" },
	{ "latin1", "windows-1252" },     { "ascii", "windows-1252" },      { "usascii", "windows-1252" },
	{ "iso88599", "windows-1254" },   { "tis620", "windows-874" },      { "utf16", "UTF-16LE" },
};

/* The name under which ICU has what is meant; name itself when it is not in the table. */
static const char *icu_name(const char *name)
{
	char bare[64];
	size_t n = 0;

	for (const char *p = name; *p && n + 1 < sizeof(bare); p++) {
		if ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z'))
			bare[n++] = *p;
		else if (*p >= 'A' && *p <= 'Z')
			bare[n++] = (char)(*p + 32);
	}
	bare[n] = 0;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(aliases[i].name, bare))
			return aliases[i].icu;
	return name;
}

static int decode(const char *name, struct nd_str raw, struct buf *ret)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *from = ucnv_open(icu_name(name), &status), *to = ucnv_open("UTF-8", &status);
	size_t start = ret->len, room = 4 * raw.len + 16;
	const char *source = raw.at;
	char *target, *end;
	int err = 0;

	if (U_FAILURE(status)) {
		err = status == U_MEMORY_ALLOCATION_ERROR ? -ENOMEM : -ENOTSUP;
		goto out;
	}
	if (room > ret->max - start)
		room = ret->max - start;
	if (!room) {
		err = raw.len ? -E2BIG : 0;
		goto out;
	}
	err = buf_reserve(ret, room);
	if (err)
		goto out;
	ucnv_setToUCallBack(from, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	target = (char *)ret->at + start;
	end = target + room;
	ucnv_convertEx(to, from, &target, end, &source, raw.at + raw.len, NULL, NULL, NULL, NULL, true, true,
		       &status);
	if (status == U_BUFFER_OVERFLOW_ERROR)
		err = -E2BIG;
	else if (U_FAILURE(status))
		err = -EILSEQ;
	else
		ret->len = (size_t)((uint8_t *)target - ret->at);
out:
	ucnv_close(from);
	ucnv_close(to);
	return err;
}

static int detect(struct nd_str raw, struct buf *ret)
{
	UErrorCode status = U_ZERO_ERROR;
	UCharsetDetector *d = ucsdet_open(&status);
	const UCharsetMatch *match;
	const char *name = NULL;
	int err;

	if (U_FAILURE(status))
		return -ENOMEM;
	ucsdet_setText(d, raw.at, (int32_t)raw.len, &status);
	match = ucsdet_detect(d, &status);
	if (U_SUCCESS(status) && match)
		name = ucsdet_getName(match, &status);
	err = U_FAILURE(status) || !name ? -EILSEQ : decode(name, raw, ret);
	ucsdet_close(d);
	return err == -ENOTSUP ? -EILSEQ : err; /* the detector knows charsets that the converters do not */
}

/* The charset that a byte order mark tells; *ret_mark gets its length. */
static const char *by_mark(struct nd_str raw, size_t *ret_mark)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t mark = 0;
	const char *name = ucnv_detectUnicodeSignature(raw.at, (int32_t)raw.len, &mark, &status);

	*ret_mark = (size_t)mark;
	return U_FAILURE(status) ? NULL : name;
}

int charset_decode(struct nd_str raw, struct nd_str charset, struct buf *ret)
{
	char name[64];
	size_t mark;
	const char *marked;

	if (raw.len > INT32_MAX / 4)
		return -E2BIG;
	marked = raw.len ? by_mark(raw, &mark) : NULL;
	if (marked)
		return decode(marked, (struct nd_str){ raw.at + mark, raw.len - mark }, ret);
	if (charset.at && charset.len) {
		if (charset.len >= sizeof(name) || memchr(charset.at, 0, charset.len))
			return -ENOTSUP;
		memcpy(name, charset.at, charset.len);
		name[charset.len] = 0;
		return decode(name, raw, ret);
	}
	if (utf8_valid(raw.at, raw.len) == raw.len)
		return buf_add(ret, raw.at, raw.len);
	return detect(raw, ret);
}
