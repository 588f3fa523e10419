#!/bin/sh
# symbols.sh NM LIBRARY - what the library asks of the system, and what it shows to others.
# It must never end the process, print, or change the locale; and a shared one exports the public
# functions alone.
set -u

nm=$1
library=$2

symbols=$("$nm" -u "$library") || exit 1
[ -n "$symbols" ] || { echo "$library: no symbols found"; exit 1; }
if echo "$symbols" | grep -wE 'exit|_exit|_Exit|quick_exit|abort|printf|__printf_chk|vprintf|puts|putchar|perror|stdout|stderr|setlocale'; then
    echo "$library: calls what a library must not"
    exit 1
fi

case $library in
*.so* | *.dylib)
    exported=$("$nm" -D --defined-only "$library" | awk '{print $3}' | sed 's/@.*//') || exit 1
    echo "$exported" | grep -q '^incline_version$' || { echo "the public face is missing"; exit 1; }
    if echo "$exported" | grep -v '^incline_'; then
        echo "$library: exports more than the public face"
        exit 1
    fi
    ;;
esac
