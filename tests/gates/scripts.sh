#!/bin/sh
# scripts.sh SHELLCHECK ROOT - every shell script of the tree must pass shellcheck.
set -u

tool=$1
root=$2
if ! command -v "$tool" >/dev/null 2>&1; then
    echo "skipped: shellcheck is not installed (Debian: shellcheck)"
    exit 77
fi

cd "$root" || exit 1
scripts="run data/get .ci/run $(find tests bench -name '*.sh' | sort)"
found=0
for script in $scripts; do
    [ -e "$script" ] || continue
    "$tool" --external-sources --severity=warning "$script" || exit 1
    found=$((found + 1))
done
echo "$found scripts"
[ "$found" -gt 0 ]
