/*
 * Whether bytes from outside are a record, so that whoever reads it stays within it. Records of the store are known by
 * their checksums instead.
 */
#ifndef ND_INDEX_SOUND_H
#define ND_INDEX_SOUND_H

#include "index/record.h"

/* at: 8-byte aligned. As record number seq; what other records say of each other, loading tells. */
bool record_is_sound(const void *at, size_t bytes, uint32_t seq);

/* The same of what all versions from RECORD_HEAD_FROM on have in common: `gone`, the verdict, the revision, the strings. */
#define RECORD_HEAD_FROM 7u
bool record_head_is_sound(const void *at, size_t bytes);

#endif
