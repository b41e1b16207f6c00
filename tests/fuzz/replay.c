/* Runs a fuzz target once over each file of the directories and files given: finds stay found. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each returns the number of inputs fed to the target, 0 after a message. */

static int complain(const char *path, const char *why)
{
	fprintf(stderr, "cannot replay '%s': %s\n", path, why);
	return 0;
}

/* The buffer is exactly as long as the input, so that a sanitizer sees the first byte beyond. */
static int replay_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);
	int ret = 0;

	errno = f && data ? 0 : errno;
	if (!f || !data || fread(data, 1, size, f) != size) {
		complain(path, errno ? strerror(errno) : "it changed");
		goto out;
	}
	LLVMFuzzerTestOneInput(data, size);
	ret = 1;
out:
	free(data);
	if (f)
		fclose(f);
	return ret;
}

static int replay(const char *path);

static int replay_dir(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	int ret = 0;
	int failed = 0;

	if (n < 0)
		return complain(path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			char child[4096];
			int fed;

			snprintf(child, sizeof(child), "%s/%s", path, names[i]->d_name);
			fed = replay(child);
			failed |= !fed;
			ret += fed;
		}
		free(names[i]);
	}
	free(names);
	if (failed)
		return 0;
	return ret ? ret : complain(path, "the directory is empty");
}

static int replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return complain(path, strerror(errno));
	return S_ISDIR(st.st_mode) ? replay_dir(path) : replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	int ret = EXIT_SUCCESS;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DIRECTORY|FILE...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		int fed = replay(argv[i]);

		if (!fed)
			ret = EXIT_FAILURE;
		printf("%s: %d inputs replayed\n", argv[i], fed);
	}
	return ret;
}
