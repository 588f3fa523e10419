#!/bin/sh
# strict.sh - what scripts share that stop at the first thing that is wrong: a folder of their own, the
# program $incline on $device, its output in the files `out` and `err`. Sourced, with the script's
# own arguments: PATH_TO_INCLINE.
set -u

incline=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder" || exit 1
# shellcheck disable=SC2034 # for those that begin with this
device=${INCLINE_TEST_DEVICE:-reference}

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    [ -f out ] && sed 's/^/  out: /' out >&2
    [ -f err ] && sed 's/^/  err: /' err >&2
    exit 1
}

# run STATUS ARGUMENT...: run the program; its output is then in out and err.
run() {
    wanted=$1
    shift
    "$incline" "$@" >out 2>err
    status=$?
    [ $status -eq "$wanted" ] || fail "incline $*: exit status $status, $wanted expected"
}

says() {
    grep -q -- "$1" out err || fail "nothing says \"$1\""
}
