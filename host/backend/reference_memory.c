/* reference_memory.c - buffers of the reference, which are memory of the host: nothing waits, and a
 * copy is made at once. */
#include <stdlib.h>
#include <string.h>

#include "host/backend/reference.h"
#include "host/util/status.h"

struct reference_buffer {
    size_t bytes;
    void *data;
    bool borrowed; /* of the host: only read, and not freed */
};

void *reference_data(struct span span, enum element element)
{
    struct reference_buffer *buffer = (struct reference_buffer *)span.buffer;
    return (unsigned char *)buffer->data + span.at * element_bytes(element);
}

int reference_buffer_create(struct incline_device *dev, size_t bytes, struct buffer **out)
{
    struct reference_buffer *buffer = malloc(sizeof *buffer);
    void *data = malloc(bytes > 0 ? bytes : 1);
    if (buffer == NULL || data == NULL) {
        free(buffer);
        free(data);
        return FAIL(INCLINE_ENOMEM, "%zu bytes of host memory for a buffer", bytes);
    }
    *buffer = (struct reference_buffer){.bytes = bytes, .data = data};
    dev->children++;
    *out = (struct buffer *)buffer;
    return INCLINE_OK;
}

int reference_buffer_wrap(struct incline_device *dev, const void *memory, size_t bytes,
                          struct buffer **out)
{
    struct reference_buffer *buffer = malloc(sizeof *buffer);

    if (buffer == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a buffer's handle", sizeof *buffer);
    *buffer = (struct reference_buffer){
        .bytes = bytes, .data = (void *)(uintptr_t)memory, .borrowed = true};
    dev->children++;
    *out = (struct buffer *)buffer;
    return INCLINE_OK;
}

void reference_buffer_destroy(struct incline_device *dev, struct buffer *buffer)
{
    if (buffer == NULL)
        return;
    dev->children--;
    if (!((struct reference_buffer *)buffer)->borrowed)
        free(((struct reference_buffer *)buffer)->data);
    free(buffer);
}

int reference_buffer_done(struct incline_device *dev, struct buffer *buffer)
{
    (void)dev;
    (void)buffer;
    return INCLINE_OK;
}

int reference_buffer_map(struct incline_device *dev, struct buffer *buffer, bool wait,
                         void **memory)
{
    (void)dev;
    (void)wait;
    *memory = ((struct reference_buffer *)buffer)->data;
    return INCLINE_OK;
}

int reference_buffer_unmap(struct incline_device *dev, struct buffer *buffer, void *memory)
{
    (void)dev;
    (void)buffer;
    (void)memory;
    return INCLINE_OK;
}

int reference_upload(struct incline_device *dev, struct span to, enum element element, size_t count,
                     const void *from)
{
    (void)dev;
    memcpy(reference_data(to, element), from, count * element_bytes(element));
    return INCLINE_OK;
}

int reference_download(struct incline_device *dev, struct span from, enum element element,
                       size_t count, void *to)
{
    (void)dev;
    memcpy(to, reference_data(from, element), count * element_bytes(element));
    return INCLINE_OK;
}

int reference_snapshot_ready(struct incline_device *dev, bool wait, bool *ready)
{
    (void)dev;
    (void)wait;
    *ready = true;
    return INCLINE_OK;
}

int reference_finish(struct incline_device *dev)
{
    (void)dev;
    return INCLINE_OK;
}
