#include "daemon/data.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/command.h"

int data_open(const char *dir, struct nd_rules **ret)
{
	struct nd_rules_fault fault;
	int err = nd_rules_new(dir, ret, &fault);

	if (!err)
		return EXIT_DONE;
	if (err != -EINVAL)
		fprintf(stderr, "newsdup: cannot read rules: %s\n", strerror(-err));
	else if (fault.line)
		fprintf(stderr, "newsdup: %s:%u: %s\n", fault.file, fault.line, fault.reason);
	else
		fprintf(stderr, "newsdup: %s: %s\n", fault.file, fault.reason);
	return err == -EINVAL ? EXIT_USAGE : EXIT_IO;
}
