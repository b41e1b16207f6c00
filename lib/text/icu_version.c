#include "text/icu_version.h"

#include <stdio.h>
#include <unicode/uversion.h>

void icu_version(char ret[ICU_VERSION_TEXT])
{
	UVersionInfo v;

	u_getVersion(v);
	snprintf(ret, ICU_VERSION_TEXT, "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
}
