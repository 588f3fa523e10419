#!/bin/sh
# get.sh ROOT - data/get without a network: the mirrors are folders made from $INCLINE_DATA/mnist.
# What is right arrives under its name; what is damaged leaves nothing behind.
set -u

get=$1/data/get
source=${INCLINE_DATA:-}/mnist
if [ ! -e "$source" ]; then
    echo "skipped: no MNIST to make a mirror of; INCLINE_DATA is \"${INCLINE_DATA:-}\""
    exit 77
elif ! command -v curl >/dev/null 2>&1; then
    echo "skipped: curl is not installed, and wget reads no file:// addresses"
    exit 77
fi

names="train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte"
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/good" "$folder/cut" "$folder/swapped" || exit 1
for name in $names; do
    if [ -e "$source/$name.gz" ]; then
        cp "$source/$name.gz" "$folder/good/"
    else
        gzip -c "$source/$name" >"$folder/good/$name.gz"
    fi || exit 1
    head -c 3000 "$folder/good/$name.gz" >"$folder/cut/$name.gz"
done
cp "$folder/good/t10k-labels-idx1-ubyte.gz" "$folder/swapped/train-images-idx3-ubyte.gz"

failed=0

# expect STATUS TEXT MIRROR... - what data/get mnist --to $folder/to gives with these mirrors.
expect() {
    status=$1
    text=$2
    shift 2
    INCLINE_MIRRORS=$* "$get" mnist --to "$folder/to" >"$folder/out" 2>&1
    found=$?
    if [ $found -eq "$status" ]; then
        echo "ok: $text"
    else
        echo "failed: $text: status $status expected, $found found:"
        cat "$folder/out"
        failed=1
    fi
}

# expect_files COUNT: so many files in the folder, and nothing else in it.
expect_files() {
    found=$(find "$folder/to" -type f 2>/dev/null | wc -l)
    [ "$found" -eq "$1" ] && return
    echo "failed: $1 files expected, $found found:"
    ls -la "$folder/to"
    failed=1
}

expect 1 "no mirror answers" "file://$folder/nowhere/"
expect_files 0
expect 1 "files cut short are refused" "file://$folder/cut/"
expect_files 0
expect 1 "files under the wrong name are refused" "file://$folder/swapped/"
expect_files 0
expect 0 "the next mirror is tried" "file://$folder/nowhere/ file://$folder/cut/ file://$folder/good/"
expect_files 4
expect 0 "what is there is not fetched again" "file://$folder/nowhere/"
expect_files 4
for name in $names; do
    cmp "$folder/good/$name.gz" "$folder/to/$name.gz" || failed=1
done
head -c 3000 "$folder/good/t10k-images-idx3-ubyte.gz" >"$folder/to/t10k-images-idx3-ubyte.gz"
expect 0 "a file that was damaged later is fetched again" "file://$folder/good/"
cmp "$folder/good/t10k-images-idx3-ubyte.gz" "$folder/to/t10k-images-idx3-ubyte.gz" || failed=1
exit $failed
