/* incline_status.h - every status that Incline returns, in one list. Includes nothing. */
#ifndef INCLINE_STATUS_H
#define INCLINE_STATUS_H

/* X(name, value, text): the text completes the sentence "failed: ...". */
#define INCLINE_STATUS_LIST(X)                                   \
    X(OK, 0, "success")                                          \
    X(EARG, 1, "argument outside its documented range")          \
    X(ENOMEM, 2, "not enough host memory")                       \
    X(EIO, 3, "a file cannot be read or written")                \
    X(EFORMAT, 4, "a file is damaged or of an unsupported kind") \
    X(ESHAPE, 5, "shapes do not agree")                          \
    X(ENODATA, 6, "no such data set")                            \
    X(ENODEVICE, 7, "no such device")                            \
    X(EDEVICE, 8, "the device or its driver failed")             \
    X(EBUILD, 9, "the device's compiler refused a kernel")       \
    X(EVERIFY, 10, "a result lies outside its error bound")      \
    X(EDIVERGED, 11, "a loss or weight is no longer finite")     \
    X(EINTERRUPTED, 12, "stopped on request")

enum incline_status {
#define X(name, value, text) INCLINE_##name = value,
    INCLINE_STATUS_LIST(X)
#undef X
};

#endif
