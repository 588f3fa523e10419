#!/bin/sh
# interop.sh PYTHON SCRIPT INCLINE - a script of tests/interop where Python is there.
set -u

if ! command -v "$1" >/dev/null 2>&1; then
    echo "skipped: Python is not installed (Debian: python3-numpy)"
    exit 77
fi
exec "$1" "interop/$2" "$3"
