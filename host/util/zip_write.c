/* zip_write.c - archives of files stored as they are; see zip_write.h. */
#include "host/util/zip_write.h"

#include <inttypes.h>
#include <string.h>
#include <zlib.h>

enum { ZIP_VERSION = 20, FIRST_DAY = 1 << 5 | 1, LOCAL_BYTES = 30, NAME_AT = 26 };
#define ENTRIES_LIMIT 0xffffu
#define ARCHIVE_LIMIT ((uint64_t)UINT32_MAX)

/* What stands before a file and in the directory alike, from the version on. */
static void add_facts(struct bytes *out, uLong sum, size_t size, size_t name)
{
    bytes_little(out, ZIP_VERSION, 2);
    bytes_little(out, 0, 2); /* flags */
    bytes_little(out, 0, 2); /* stored */
    bytes_little(out, 0, 2); /* midnight */
    bytes_little(out, FIRST_DAY, 2);
    bytes_little(out, sum, 4);
    bytes_little(out, size, 4);
    bytes_little(out, size, 4);
    bytes_little(out, name, 2);
    bytes_little(out, 0, 2); /* nothing more */
}

void zip_begin(struct zip_archive *archive, const char *name)
{
    archive->begun = archive->files.count;
    bytes_add(&archive->files, "PK\3\4", 4);
    add_facts(&archive->files, 0, 0, strlen(name));
    bytes_add(&archive->files, name, strlen(name));
}

void zip_end(struct zip_archive *archive)
{
    struct bytes facts = {0};

    if (archive->files.failed)
        return;
    unsigned char *const local = archive->files.data + archive->begun;
    const size_t name = local[NAME_AT] | (size_t)local[NAME_AT + 1] << 8;
    const unsigned char *const held = local + LOCAL_BYTES + name;
    const size_t size = (size_t)(archive->files.data + archive->files.count - held);
    add_facts(&facts, crc32_z(0, held, size), size, name);

    bytes_add(&archive->directory, "PK\1\2", 4);
    bytes_little(&archive->directory, ZIP_VERSION, 2);
    bytes_add(&archive->directory, facts.data, facts.count);
    bytes_little(&archive->directory, 0, 2); /* comment */
    bytes_little(&archive->directory, 0, 2); /* disk */
    bytes_little(&archive->directory, 0, 2); /* kind of text */
    bytes_little(&archive->directory, 0, 4); /* permissions */
    bytes_little(&archive->directory, archive->begun, 4);
    bytes_add(&archive->directory, local + LOCAL_BYTES, name);
    archive->entries++;

    /* Sum and size were not known when the file began. */
    if (!facts.failed)
        memcpy(local + LOCAL_BYTES - facts.count, facts.data, facts.count);
    archive->directory.failed |= facts.failed;
    bytes_clear(&facts);
}

int zip_finish(struct zip_archive *archive, const char *path)
{
    const size_t at = archive->files.count, directory = archive->directory.count;

    const int rc = bytes_check(&archive->directory, path);
    if (rc != INCLINE_OK)
        return rc;
    bytes_add(&archive->files, archive->directory.data, directory);
    bytes_add(&archive->files, "PK\5\6", 4);
    bytes_little(&archive->files, 0, 4); /* disks */
    bytes_little(&archive->files, archive->entries, 2);
    bytes_little(&archive->files, archive->entries, 2);
    bytes_little(&archive->files, directory, 4);
    bytes_little(&archive->files, at, 4);
    bytes_little(&archive->files, 0, 2); /* comment */
    if (archive->files.count >= ARCHIVE_LIMIT || archive->entries >= ENTRIES_LIMIT)
        return FAIL(INCLINE_EARG,
                    "%s: %zu bytes in %" PRIu32
                    " arrays; plain ZIP files end at 4 GB and 65,535 entries, choose another "
                    "format",
                    path, archive->files.count, archive->entries);
    return bytes_check(&archive->files, path);
}

void zip_clear(struct zip_archive *archive)
{
    bytes_clear(&archive->files);
    bytes_clear(&archive->directory);
    *archive = (struct zip_archive){.entries = 0};
}
