#!/bin/sh
# format.sh CLANG_FORMAT ROOT - every C file must look as .clang-format says. Other versions of
# clang-format than 14 lay some lines out differently, so only that one is asked.
set -u

tool=$1
root=$2
if ! "$tool" --version 2>/dev/null | grep -q 'version 14\.'; then
    echo "skipped: clang-format 14 is not installed (Debian: clang-format-14)"
    exit 77
fi

cd "$root" || exit 1
# shellcheck disable=SC2046 # no name of ours has a space
set -- $(find include host tests bench -name '*.[ch]' | sort)
echo "$# files"
[ $# -gt 0 ] || exit 1
if ! "$tool" --dry-run -Werror "$@"; then
    echo "To mend: $tool -i FILE..."
    exit 1
fi
