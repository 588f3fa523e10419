/* cache.h - small files under $XDG_CACHE_HOME/incline (or ~/.cache/incline): what can be made
 * again, but not quickly. Losing an entry costs time, never a result.
 *
 * An entry is found by its key, a text that names everything the data depend on. The key is
 * stored with the data and compared, the data have a checksum: a damaged or foreign entry is as
 * good as none. Entries are replaced whole. */
#ifndef INCLINE_UTIL_CACHE_H
#define INCLINE_UTIL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if there is an entry: *data, to be freed by the caller, and its size. */
bool cache_load(const char *key, unsigned char **data, size_t *bytes);

/* Keep an entry. Where that is not possible it is not kept, and nothing else happens. */
void cache_store(const char *key, const void *data, size_t bytes);

/* Forget an entry, if there is one. */
void cache_forget(const char *key);

/* 64-bit FNV-1a of a run of bytes, going on from `hash` (CACHE_HASH_START to begin). */
#define CACHE_HASH_START UINT64_C(0xCBF29CE484222325)
uint64_t cache_hash(uint64_t hash, const void *data, size_t bytes);

#endif
