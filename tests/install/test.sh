#!/bin/sh
# test.sh CMAKE BUILD CC - install Incline into an empty folder, build a program against it once
# through pkg-config and once through find_package(), and run both.
set -eu

cmake=$1
build=$2
cc=$3
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$cmake" --install "$build" --prefix "$folder/prefix" >"$folder/log"
pc=$(find "$folder/prefix" -name incline.pc)
libraries=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH="${pc%/*}" LD_LIBRARY_PATH="$libraries"

echo "-- through pkg-config"
# shellcheck disable=SC2046 # the flags are words
"$cc" -std=c11 -Wall -Wextra -Werror "$here/app.c" -o "$folder/app" \
    $(pkg-config --cflags --libs incline)
(cd "$folder" && ./app)

echo "-- through find_package()"
"$cmake" -S "$here" -B "$folder/build" -D CMAKE_PREFIX_PATH="$folder/prefix" \
    -D CMAKE_C_COMPILER="$cc" >"$folder/log" || { cat "$folder/log"; exit 1; }
"$cmake" --build "$folder/build" >"$folder/log" || { cat "$folder/log"; exit 1; }
(cd "$folder" && build/app)

if [ -e "$folder/prefix/bin/incline" ]; then
    echo "-- the installed program"
    "$folder/prefix/bin/incline" --version
fi
