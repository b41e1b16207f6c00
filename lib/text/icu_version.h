/*
 * Which ICU folds: its tables are part of what a fingerprint depends on.
 */
#ifndef ND_TEXT_ICU_VERSION_H
#define ND_TEXT_ICU_VERSION_H

#define ICU_VERSION_TEXT 24 /* bytes, with the NUL */

/* "72.1.0.0": the ICU that is loaded, not the one that was compiled against. */
void icu_version(char ret[ICU_VERSION_TEXT]);

#endif
