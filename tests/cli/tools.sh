#!/bin/sh
# tools.sh - what the scripts of this folder share; each is the command line as its users meet it, and
# begins with this one.
#
# Usage: tests/cli/NAME.sh PATH_TO_INCLINE. What trains runs on $INCLINE_TEST_DEVICE [reference].
# One line per check; the last line counts them; exit status 1 if one failed.
# What a machine lacks (python3, a German locale) is skipped with a reason.
# shellcheck disable=SC2034 # variables of those that begin with this

[ $# -eq 1 ] || { echo "usage: $0 PATH_TO_INCLINE" >&2; exit 2; }
case $1 in
/*) incline=$1 ;;
*) incline=$PWD/$1 ;;
esac
[ -x "$incline" ] || { echo "$0: $incline is no program" >&2; exit 2; }
device=${INCLINE_TEST_DEVICE:-reference}
unset NO_COLOR INCLINE_DATA
work=$(mktemp -d) || exit 2
child=
trap '[ -z "$child" ] || kill -9 "$child" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 2

passed=0
failed=0
last=0
words=

# run WORD...: the program with its output in files `out` and `err`, its status in $last.
run() {
    words=$*
    "$incline" "$@" >out 2>err </dev/null
    last=$?
}

pass() {
    passed=$((passed + 1))
    echo "ok      $1"
}

fail() {
    failed=$((failed + 1))
    echo "FAILED  $1"
    echo "        incline $words"
    echo "        exit status $last"
    sed 's/^/        out: /' out | head -n 12
    sed 's/^/        err: /' err | head -n 12
}

skip() {
    echo "skipped $1: $2"
}

# check NAME TEST...: one check, passed if the test command succeeds.
check() {
    name=$1
    shift
    if "$@"; then pass "$name"; else fail "$name"; fi
}

# Test commands about the last run.
ended() { [ "$last" -eq "$1" ]; }
prints() { grep -q -F -e "$1" out; }
says() { grep -q -F -e "$1" err; }
silent() { [ ! -s out ]; }

# refuses NAME STATUS TEXT WORD...: fails with that status and text, and without a result; data and
# settings in one sentence that stands alone.
refuses() {
    name=$1 wanted=$2 text=$3
    shift 3
    run "$@"
    if ended "$wanted" && says "$text" && silent && { [ "$wanted" -ne 1 ] || [ "$(wc -l <err)" -eq 1 ]; }; then
        pass "$name"
    else
        fail "$name"
    fi
}

# is_json FILE...: each file is one JSON value.
is_json() {
    for file in "$@"; do
        python3 -m json.tool "$file" >/dev/null 2>&1 || return 1
    done
}

# value FILE KEY: the first number that stands behind a key.
value() {
    sed -n "s/^ *\"$2\": \([-0-9.eE+]*\),*\$/\1/p" "$1" | head -n 1
}

# await SECONDS TEST...: true as soon as the test command succeeds.
await() {
    tries=$(($1 * 10))
    shift
    while [ "$tries" -gt 0 ]; do
        "$@" && return 0
        sleep 0.1
        tries=$((tries - 1))
    done
    return 1
}

# start WORD...: the program in the background, SIGINT as in a terminal.
start() {
    words=$*
    : >out
    : >err
    env --default-signal=INT,HUP "$incline" "$@" >out 2>err </dev/null &
    child=$!
}

finish() {
    wait "$child"
    last=$?
    child=
}

gone() { ! kill -0 "$child" 2>/dev/null; }

# summary: the last line, and the exit status.
summary() {
    echo "$(basename "$0"): $passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# ---- what many of them are about -------------------------------------------

echo "neither a model nor images" >garbage
printf 'a,y\n1,2.5\n2,4.5\n3,6.25\n4,8.5\n5,10.5\n6,12.75\n' >slope.csv
tiny="digits:600 --hidden 8 --batch-size 32 --seed 7"

# train_run: a run of $tiny in the folder `run`.
train_run() {
    # shellcheck disable=SC2086 # the words of $tiny are words
    run train $tiny --epochs 2 --device "$device" --output run
}
