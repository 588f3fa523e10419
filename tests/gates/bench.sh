#!/bin/sh
# bench.sh PYTHON INCLINE BENCH - tests/gates/bench.py where there is Python.
set -u

if ! command -v "$1" >/dev/null 2>&1; then
    echo "skipped: Python is not installed (Debian: python3)"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PYTHONDONTWRITEBYTECODE=1 "$1" -W error -X pycache_prefix="$folder" -m compileall -q "$3" || exit 1
PYTHONDONTWRITEBYTECODE=1 "$1" gates/bench.py "$2" "$3" "$folder"
