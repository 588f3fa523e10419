# Turns the kernels into a C file of byte arrays, so that the library carries them with it.
#
#   cmake -D LIST=FILE -D OUTPUT=FILE.c -P embed.cmake
#
# LIST names one .cl file per line. Each text begins with a #line directive, so that a compiler's
# message names our file and line, and ends with a zero byte that `bytes` does not count.
file(STRINGS ${LIST} kernels)

set(arrays "")
set(table "")
foreach(kernel IN LISTS kernels)
    get_filename_component(name ${kernel} NAME)
    string(MAKE_C_IDENTIFIER ${name} symbol)

    string(HEX "#line 1 \"kernels/${name}\"\n" head)
    file(READ ${kernel} text HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${head}${text}")
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
           "\\1\n    " bytes "${bytes}")

    string(APPEND arrays "static const unsigned char ${symbol}[] = {\n    ${bytes}0x00};\n\n")
    string(APPEND table
           "    {\"${name}\", (const char *)${symbol}, sizeof ${symbol} - 1},\n")
endforeach()

file(WRITE ${OUTPUT} "/* Made from kernels/ by kernels/embed.cmake. */
#include \"host/opencl/kernels.h\"

${arrays}const struct kernel_source kernel_sources[] = {
${table}    {NULL, NULL, 0},
};
")
