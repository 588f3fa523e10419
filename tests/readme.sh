#!/bin/sh
# readme.sh ROOT - run what README.md tells people to run, on a fresh copy of the tree.
#
# Each block fenced as ```sh is a script, run from the top of the copy, one block after the other;
# every command in it must succeed. Blocks with any other fence (```text, ```console) are shown
# only. The line "./run test" is left out: it is what runs this.
set -eu

root=$1
if [ ! -e "$root/README.md" ]; then
    echo "skipped: there is no README.md"
    exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tree"
(cd "$root" && tar cf - --exclude=./build --exclude=./runs --exclude=./.git .) |
    (cd "$folder/tree" && tar xf -)

awk -v folder="$folder" '
    /^```/ && inside { inside = 0; close(file); next }
    /^```sh$/ { inside = 1; file = sprintf("%s/block%02d.sh", folder, ++blocks); next }
    inside && $0 == "./run test" { next }
    inside { print > file }
' "$root/README.md"

ran=0
for block in "$folder"/block*.sh; do
    [ -e "$block" ] || continue
    echo "-- $(cat "$block")"
    (cd "$folder/tree" && sh -e "$block") || { echo "failed: $(cat "$block")"; exit 1; }
    ran=$((ran + 1))
done
echo "$ran blocks"
[ "$ran" -gt 0 ]
