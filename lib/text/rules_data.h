/*
 * The files of lib/text/data as they were when newsdup was built; the Makefile makes them.
 */
#ifndef ND_TEXT_RULES_DATA_H
#define ND_TEXT_RULES_DATA_H

#include <stddef.h>

extern const unsigned char rules_data_agencies[], rules_data_credits[], rules_data_hanja[], rules_data_site[];
extern const size_t rules_data_agencies_len, rules_data_credits_len, rules_data_hanja_len, rules_data_site_len;

#endif
