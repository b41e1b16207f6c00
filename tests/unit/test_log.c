/* daemon/log: levels, priorities, lines that cannot be forged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"

static char text[4096];
static FILE *to;
static int old;

/* What is logged between the two goes to a file and then to text. */
static void divert(void)
{
	to = tmpfile();
	assert_non_null(to);
	old = dup(2);
	dup2(fileno(to), 2);
}

static const char *logged(void)
{
	size_t n;

	dup2(old, 2);
	close(old);
	rewind(to);
	n = fread(text, 1, sizeof(text) - 1, to);
	text[n] = 0;
	fclose(to);
	return text;
}

static void a_file_gets_priorities(void **state)
{
	divert();
	log_init(LOG_LEVEL_DEBUG);
	log_error("cannot open '%s'", "x");
	log_warning("b");
	log_info("%d", 7);
	log_debug("d");
	assert_string_equal(logged(), "<3>cannot open 'x'\n<4>b\n<6>7\n<7>d\n");
}

static void the_journals_stream_gets_priorities(void **state)
{
	char stream[60];
	struct stat st;

	divert();
	assert_int_equal(fstat(2, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init(LOG_LEVEL_INFO);
	log_info("a");
	assert_string_equal(logged(), "<6>a\n");
	unsetenv("JOURNAL_STREAM");
}

static void a_terminal_gets_the_programs_name(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), slave = -1, saved = dup(2);
	ssize_t n;

	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal) ||
	    (slave = open(ptsname(terminal), O_RDWR | O_NOCTTY)) < 0)
		skip();
	dup2(slave, 2);
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_init(LOG_LEVEL_INFO);
	log_error("a");
	dup2(saved, 2);
	unsetenv("JOURNAL_STREAM");
	n = read(terminal, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = 0;
	assert_string_equal(text, "newsdupd: a\r\n");
	close(terminal);
	close(slave);
	close(saved);
}

static void what_is_less_important_than_the_level_is_left_out(void **state)
{
	divert();
	log_init(LOG_LEVEL_WARNING);
	log_info("no");
	log_warning("yes");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("no");
	log_error("yes");
	assert_string_equal(logged(), "<4>yes\n<3>yes\n");
}

static void a_message_is_one_line_whatever_a_client_sent(void **state)
{
	divert();
	log_init(LOG_LEVEL_INFO);
	log_info("id '%s'", "a\n<0>forged\r\x1b[2J\x7f가");
	assert_string_equal(logged(), "<6>id 'a?<0>forged??[2J?가'\n");
}

static void an_endless_message_is_cut_and_still_ends_its_line(void **state)
{
	char *endless = malloc(3001);

	memset(endless, 'x', 3000);
	endless[3000] = 0;
	divert();
	log_init(LOG_LEVEL_INFO);
	log_info("%s", endless);
	log_info("next");
	logged();
	assert_int_equal(strchr(text, '\n') - text, 1000);
	assert_string_equal(text + 1001, "<6>next\n");
	free(endless);
}

static void each_line_of_a_text_is_a_message(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	divert();
	log_init(LOG_LEVEL_INFO);
	log_lines(LOG_LEVEL_ERROR, &b);
	buf_addf(&b, "a.conf:1: x\na.conf:2: %%s\nlast");
	log_lines(LOG_LEVEL_ERROR, &b);
	log_lines(LOG_LEVEL_DEBUG, &b);
	assert_string_equal(logged(), "<3>a.conf:1: x\n<3>a.conf:2: %s\n<3>last\n");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_gets_priorities),
		cmocka_unit_test(the_journals_stream_gets_priorities),
		cmocka_unit_test(a_terminal_gets_the_programs_name),
		cmocka_unit_test(what_is_less_important_than_the_level_is_left_out),
		cmocka_unit_test(a_message_is_one_line_whatever_a_client_sent),
		cmocka_unit_test(an_endless_message_is_cut_and_still_ends_its_line),
		cmocka_unit_test(each_line_of_a_text_is_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
