#include "wire/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int wire_fail(struct wire_error *e, const char *code, size_t offset, const char *format, ...)
{
	va_list ap;

	e->code = code;
	e->offset = offset;
	va_start(ap, format);
	vsnprintf(e->reason, sizeof(e->reason), format, ap);
	va_end(ap);
	return -EBADMSG;
}
