#!/bin/sh
# threads.sh CMAKE SOURCE BUILD CC - networks trained side by side under ThreadSanitizer, on the
# reference: drivers are not built for it. A race changes the status that the program exits with.
set -eu

cmake=$1
source=$2
build=$3
cc=$4
flags=-fsanitize=thread
mkdir -p "$build"

echo 'int main(void) { return 0; }' >"$build/empty.c"
if ! "$cc" $flags "$build/empty.c" -o "$build/empty" || ! "$build/empty"; then
    echo "skipped: $cc has no ThreadSanitizer that runs here"
    exit 77
fi
{ "$cmake" -S "$source" -B "$build" -D CMAKE_C_COMPILER="$cc" -D CMAKE_BUILD_TYPE=Debug \
    -D CMAKE_C_FLAGS_DEBUG="-O1 -g $flags" &&
    "$cmake" --build "$build" --parallel 2 --target incline_cli; } >"$build/build.log" 2>&1 ||
    { cat "$build/build.log"; exit 1; }
exec sh "$source/tests/cli/jobs.sh" "$build/incline"
