#include "daemon/guard.h"

#include <elf.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "daemon/command.h"

#define STACK_WORDS 16u /* in which the caller of one of libc's functions is sought */

static char message[4608]; /* made beforehand: little may be called in a handler */
static size_t len;

/* The code of LMDB, which follows what damaged pages say wherever it leads. */
static struct {
	uintptr_t from, end;
} lmdb;

static void tell(void)
{
	if (write(STDERR_FILENO, message, len) < 0)
		_exit(EXIT_IO);
	_exit(EXIT_IO);
}

static void on_bus_error(int number)
{
	(void)number;
	tell();
}

/* dl_iterate_phdr's */
static int find_lmdb(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (!info->dlpi_name || !strstr(info->dlpi_name, "liblmdb"))
		return 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		lmdb.from = info->dlpi_addr + part->p_vaddr;
		lmdb.end = lmdb.from + part->p_memsz;
	}
	return 1;
}

static bool in_lmdb(uintptr_t at)
{
	return at >= lmdb.from && at < lmdb.end;
}

/* Whether the code at hand is LMDB's, or was called by it. */
static bool is_store(const ucontext_t *at)
{
	uintptr_t code, stack[STACK_WORDS];
	const void *top;
	bool ret;

#if defined(__x86_64__)
	code = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
	top = (const void *)(uintptr_t)at->uc_mcontext.gregs[REG_RSP];
	ret = in_lmdb(code);
#elif defined(__aarch64__)
	code = (uintptr_t)at->uc_mcontext.pc;
	top = (const void *)(uintptr_t)at->uc_mcontext.sp;
	ret = in_lmdb(code) || in_lmdb((uintptr_t)at->uc_mcontext.regs[30]);
#else
	return false;
#endif
	memcpy(stack, top, sizeof(stack));
	for (unsigned i = 0; i < STACK_WORDS && !ret; i++)
		ret = in_lmdb(stack[i]);
	return ret;
}

/* A fault of another kind comes again, and ends the process as it would have. */
static void on_wrong_address(int number, siginfo_t *info, void *context)
{
	(void)info;
	if (is_store(context))
		tell();
	signal(number, SIG_DFL);
}

void guard_store(const char *dir)
{
	struct sigaction bus = { .sa_handler = on_bus_error };
	struct sigaction address = { .sa_sigaction = on_wrong_address, .sa_flags = SA_SIGINFO };
	int n = snprintf(message, sizeof(message),
			 "newsdup: the store '%s' is damaged or was cut: a page of it is not in the file, is not what it should "
			 "be, or cannot be read; `newsdup check-store` tells more\n",
			 dir);

	len = (size_t)n < sizeof(message) ? (size_t)n : sizeof(message) - 1;
	dl_iterate_phdr(find_lmdb, NULL);
	sigaction(SIGBUS, &bus, NULL);
	if (lmdb.end)
		sigaction(SIGSEGV, &address, NULL);
}
