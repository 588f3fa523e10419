#!/bin/sh
# numpy.sh PYTHON INCLINE DEVICE STEPS - tests/numpy/notebook.py where Python and MNIST are there.
set -u

if ! command -v "$1" >/dev/null 2>&1; then
    echo "skipped: Python is not installed (Debian: python3-numpy)"
    exit 77
fi
exec "$1" numpy/notebook.py "$2" "${INCLINE_DATA:-../data}/mnist" "$3" "$4"
