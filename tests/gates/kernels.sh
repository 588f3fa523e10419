#!/bin/sh
# kernels.sh CLANG FOLDER - every kernel must compile as OpenCL C 1.2 without a warning, behind
# common.cl as the library builds it, for each vector width, for CPUs and GPUs, and without what
# compilers of clang's kind alone have. Kernels include nothing: drivers that cache programs do not
# see when an included file changes.
set -u

clang=$1
folder=$2
if ! command -v "$clang" >/dev/null 2>&1; then
    echo "skipped: clang is not installed (Debian: clang)"
    exit 77
fi

checked=0
failed=0
before=$TMPDIR/before.$$
text=$TMPDIR/kernel.$$
: >"$before"
# The order of a program: common.cl, then the others by name.
for file in "$folder/common.cl" "$folder"/*.cl; do
    [ "$file" != "$folder/common.cl" ] || [ ! -s "$before" ] || continue
    if grep -n '^[[:space:]]*#[[:space:]]*include' "$file"; then
        echo "$file: includes a file"
        failed=$((failed + 1))
    fi
    allow=
    case $file in # what only other files use
    */common.cl | */descent.cl | */gemm_block.cl | */gemm_pack.cl | */shape.cl | */step_*.cl) allow=-Wno-unused-function ;;
    esac
    { cat "$before" && printf '# 1 "%s"\n' "$file" && cat "$file"; } >"$text"
    for defines in '-D VEC=4 -D ROW_WG=1' '-D VEC=8' '-D VEC=16' '-D VEC=16 -D ROW_WG=1' \
        '-D VEC=8 -U __clang__' '-D VEC=4 -D ROW_WG=1 -U __clang__'; do
        # shellcheck disable=SC2086 # $allow may be nothing, $defines are several words
        "$clang" -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -Wall -Wextra -Werror $allow \
            -ferror-limit=5 $defines -fsyntax-only - <"$text" || failed=$((failed + 1))
        checked=$((checked + 1))
    done
    # A header to the files behind it, which need not use all of it: the 3 says so.
    { printf '# 1 "%s" 3\n' "$file" && cat "$file"; } >>"$before"
done
rm -f "$before" "$text"

echo "$checked texts checked, $failed faults"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
