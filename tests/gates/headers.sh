#!/bin/sh
# headers.sh CC CXX FOLDER - each public header must compile by itself, in strict C11 and in C++,
# with the warnings others may have turned on.
set -u

cc=$1
cxx=$2
folder=$3
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror -fsyntax-only"
skipped=0

for header in incline.h incline_status.h; do
    for twice in "" "#include <$header>"; do
        text=$(printf '#include <%s>\n%s\nint nothing;\n' "$header" "$twice")
        # shellcheck disable=SC2086 # the warnings are words
        for standard in c99 c11; do
            echo "$text" | "$cc" -x c -std=$standard -pedantic-errors -Wstrict-prototypes \
                $warnings -I "$folder" - || exit 1
        done
        command -v "$cxx" >/dev/null 2>&1 || { skipped=1; continue; }
        # shellcheck disable=SC2086
        for standard in c++11 c++17; do
            echo "$text" | "$cxx" -x c++ -std=$standard -pedantic-errors -Wold-style-cast \
                $warnings -I "$folder" - || exit 1
        done
    done
done

[ $skipped -eq 0 ] && exit 0
echo "skipped: the headers are good C, but there is no C++ compiler to ask (Debian: g++)"
exit 77
