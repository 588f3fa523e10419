/* zip_write.h - archives of files stored as they are, as NumPy's savez() writes them. */
#ifndef INCLINE_UTIL_ZIP_WRITE_H
#define INCLINE_UTIL_ZIP_WRITE_H

#include <stdint.h>

#include "host/util/bytes.h"

/* An archive under way; all zero is empty. Dates are those of the first day that the format has, so
 * that the same files give the same bytes.
 * Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. */
struct zip_archive {
    struct bytes files;     /* so far; what a file holds is appended to them */
    struct bytes directory; /* what will stand behind them */
    size_t begun;           /* where the file under way begins */
    uint32_t entries;
};

/* Begin a file; what is appended to archive->files until zip_end() is what it holds. */
void zip_begin(struct zip_archive *archive, const char *name);
void zip_end(struct zip_archive *archive);

/* Put the directory behind the files: archive->files is the whole archive then. `path` is for
 * messages. Fails with INCLINE_EARG beyond the 4 GB and 65,535 files of plain archives, or with
 * INCLINE_ENOMEM. */
int zip_finish(struct zip_archive *archive, const char *path);

void zip_clear(struct zip_archive *archive);

#endif
