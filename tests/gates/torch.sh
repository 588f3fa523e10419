#!/bin/sh
# torch.sh PYTHON INCLINE DEVICE - the programs in tests/torch/ where Python is there.
set -u

if ! command -v "$1" >/dev/null 2>&1; then
    echo "skipped: Python is not installed (Debian: python3-torch)"
    exit 77
fi
exec "$1" torch/losses.py "$2" "$3"
