#!/bin/sh
# kernels.sh CLANG FOLDER - every kernel must compile as OpenCL C 1.2 without a warning, behind
# common.cl as the library builds it, for each vector width. Kernels include nothing: drivers
# that cache programs do not see when an included file changes.
set -u

clang=$1
folder=$2
if ! command -v "$clang" >/dev/null 2>&1; then
    echo "skipped: clang is not installed (Debian: clang)"
    exit 77
fi

checked=0
failed=0
for file in "$folder"/*.cl; do
    [ -e "$file" ] || continue
    if grep -n '^[[:space:]]*#[[:space:]]*include' "$file"; then
        echo "$file: includes a file"
        failed=$((failed + 1))
    fi
    for width in 4 8 16; do
        # common.cl is a header to the others, which need not use all of it: the 3 behind its
        # name says so.
        if [ "$file" = "$folder/common.cl" ]; then
            allow=-Wno-unused-function
        else
            allow=
            printf '# 1 "%s" 3\n' "$folder/common.cl"
            cat "$folder/common.cl"
        fi >"$TMPDIR/kernel.$$"
        printf '# 1 "%s"\n' "$file" >>"$TMPDIR/kernel.$$"
        cat "$file" >>"$TMPDIR/kernel.$$"
        # shellcheck disable=SC2086 # $allow may be nothing
        "$clang" -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -Wall -Wextra -Werror $allow \
            -ferror-limit=5 -D VEC=$width -fsyntax-only - \
            <"$TMPDIR/kernel.$$" || failed=$((failed + 1))
        checked=$((checked + 1))
    done
done
rm -f "$TMPDIR/kernel.$$"

echo "$checked texts checked, $failed faults"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
