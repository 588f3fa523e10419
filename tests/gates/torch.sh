#!/bin/sh
# torch.sh PYTHON SCRIPT INCLINE DEVICE - a script of tests/torch where Python is there.
set -u

if ! command -v "$1" >/dev/null 2>&1; then
    echo "skipped: Python is not installed (Debian: python3-torch)"
    exit 77
fi
exec "$1" -B "torch/$2" "$3" "$4" # -B: nothing is written beside the scripts
