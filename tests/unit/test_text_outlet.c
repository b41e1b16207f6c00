#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/outlet.h"

static void a_url_names_its_registrable_domain(void **state)
{
	static const char *const rows[][2] = {
		{ "https://news.example.co.kr/a?b#c", "example.co.kr" },
		{ "http://n.News.Naver.com/article/1", "naver.com" },
		{ "https://blog.blogspot.com/x", "blog.blogspot.com" },
		{ "http://user:pw@www.bbc.co.uk:8080/", "bbc.co.uk" },
		{ "//cdn.example.com", "example.com" },
		{ "http://example.com./x", "example.com" },
		{ "http://co.uk/", "co.uk" },
		{ "http://localhost:80/", "localhost" },
		{ "http://192.0.2.7/x", "192.0.2.7" },
		{ "http://[::1]:80/x", "[::1]" },
		{ "mailto:a@example.com", "" },
		{ "no-host", "" },
		{ "http://", "" },
		{ "http:///path", "" },
		{ "a//b", "" },
		{ "", "" },
	};
	char ret[OUTLET_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nd_str url = { rows[i][0], strlen(rows[i][0]) };

		assert_int_equal(outlet_of_url(url, ret), strlen(rows[i][1]));
		if (*rows[i][1])
			assert_string_equal(ret, rows[i][1]);
	}
}

static void a_host_that_is_too_long_is_none(void **state)
{
	char url[400] = "http://", ret[OUTLET_MAX];

	memset(url + 7, 'a', sizeof(url) - 7);
	assert_int_equal(outlet_of_url((struct nd_str){ url, sizeof(url) }, ret), 0);
	assert_true(outlet_of_url((struct nd_str){ url, 7 + OUTLET_MAX - 1 }, ret) == OUTLET_MAX - 1);
}

static void its_host_stands_alone(void **state)
{
	const char *url = "https://User@News.Example.co.uk:8080/a?b", *bare = "mailto:someone";
	char ret[OUTLET_MAX];

	assert_int_equal(host_of_url((struct nd_str){ url, strlen(url) }, ret), strlen("news.example.co.uk"));
	assert_string_equal(ret, "news.example.co.uk");
	assert_int_equal(host_of_url((struct nd_str){ bare, strlen(bare) }, ret), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_names_its_registrable_domain),
		cmocka_unit_test(its_host_stands_alone),
		cmocka_unit_test(a_host_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
