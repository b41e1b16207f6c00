#include "text/rules.h"
#include "text/rules_data.h"

const char *const rules_file_names[RULES_FILES] = {
	[RULES_AGENCIES] = "agencies.txt",
	[RULES_CREDITS] = "credits.txt",
	[RULES_HANJA] = "hanja.txt",
	[RULES_SITE] = "site.txt",
};

void rules_builtin_files(struct rules_file *ret)
{
	const struct {
		const unsigned char *at;
		size_t len;
	} data[RULES_FILES] = {
		[RULES_AGENCIES] = { rules_data_agencies, rules_data_agencies_len },
		[RULES_CREDITS] = { rules_data_credits, rules_data_credits_len },
		[RULES_HANJA] = { rules_data_hanja, rules_data_hanja_len },
		[RULES_SITE] = { rules_data_site, rules_data_site_len },
	};

	for (int i = 0; i < RULES_FILES; i++)
		ret[i] = (struct rules_file){ rules_file_names[i], (const char *)data[i].at, data[i].len, (enum rules_kind)i };
}

int rules_builtin(struct folder *f, struct rules **ret, struct rules_fault *ret_fault)
{
	struct rules_file files[RULES_FILES];

	rules_builtin_files(files);
	return rules_new(f, files, RULES_FILES, ret, ret_fault);
}
