/* cache.c - entries of the cache folder: a header, the key, the data. */
#include "host/util/cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host/util/file.h"
#include "incline_status.h"

/* What an entry begins with. Numbers are in the machine's own order: entries do not travel. */
struct cache_header {
    char magic[8];
    uint64_t key_bytes;
    uint64_t data_bytes;
    uint64_t checksum; /* CRC-32 of key and data */
};

static const char cache_magic[8] = "INCLINE";
static const size_t cache_limit = (size_t)256 << 20;

uint64_t cache_hash(uint64_t hash, const void *data, size_t bytes)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static uint64_t checksum(const char *key, const void *data, size_t bytes)
{
    const uLong crc = crc32_z(0, (const unsigned char *)key, strlen(key));
    return crc32_z(crc, data, bytes);
}

/* path[FILE_PATH_MAX] of a key's entry; false where there is no place for a cache. */
static bool cache_path(const char *key, char *folder, char *path)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char name[32];
    int used;

    if (cache != NULL && cache[0] == '/')
        used = snprintf(folder, FILE_PATH_MAX, "%s/incline", cache);
    else if (home != NULL && home[0] == '/')
        used = snprintf(folder, FILE_PATH_MAX, "%s/.cache/incline", home);
    else
        return false;
    snprintf(name, sizeof name, "%016" PRIx64, cache_hash(CACHE_HASH_START, key, strlen(key)));
    return used > 0 && used < FILE_PATH_MAX && file_join(folder, name, path) == INCLINE_OK;
}

bool cache_load(const char *key, unsigned char **data, size_t *bytes)
{
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
    const size_t key_bytes = strlen(key);
    unsigned char *entry = NULL;
    struct cache_header header;
    size_t size;

    if (!cache_path(key, folder, path) || !file_exists(path) ||
        file_read(path, cache_limit, &entry, &size) != INCLINE_OK)
        return false;
    if (size < sizeof header)
        goto useless;
    memcpy(&header, entry, sizeof header);
    if (memcmp(header.magic, cache_magic, sizeof cache_magic) != 0 ||
        header.key_bytes != key_bytes || header.data_bytes > size ||
        size != sizeof header + key_bytes + header.data_bytes)
        goto useless;
    const unsigned char *stored_key = entry + sizeof header, *stored = stored_key + key_bytes;
    if (memcmp(stored_key, key, key_bytes) != 0 ||
        header.checksum != checksum(key, stored, (size_t)header.data_bytes))
        goto useless;
    memmove(entry, stored, (size_t)header.data_bytes);
    *data = entry;
    *bytes = (size_t)header.data_bytes;
    return true;
useless:
    free(entry);
    return false;
}

void cache_store(const char *key, const void *data, size_t bytes)
{
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct cache_header header = {.key_bytes = strlen(key), .data_bytes = bytes};

    if (!cache_path(key, folder, path) || file_make_folder(folder) != INCLINE_OK)
        return;
    memcpy(header.magic, cache_magic, sizeof cache_magic);
    header.checksum = checksum(key, data, bytes);
    const struct file_part parts[] = {{&header, sizeof header}, {key, strlen(key)}, {data, bytes}};
    (void)file_write(path, parts, sizeof parts / sizeof parts[0]);
}

void cache_forget(const char *key)
{
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];

    if (cache_path(key, folder, path) && file_exists(path))
        (void)remove(path);
}
