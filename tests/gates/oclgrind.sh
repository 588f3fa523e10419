#!/bin/sh
# oclgrind.sh ICD LAYER PROGRAM [ARG...] - run a program on the Oclgrind simulator and fail if it found
# anything: a race, memory read before it was written, an access out of bounds, a wrong call.
#
# Oclgrind ends with the program's own status whatever it found, so its log decides. Each process
# of a test program opens the log afresh and would erase what another wrote; a pipe keeps it all.
# OCLGRIND_DATA_RACES=0 and OCLGRIND_UNINITIALIZED=0 leave out what takes many times as long.
set -u

icd=$1
layer=$2
shift 2
if [ ! -e "$icd" ]; then
    echo "skipped: Oclgrind is not installed (Debian: oclgrind)"
    exit 77
fi

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/pipe" || exit 1
# Both ends are opened here: a writer that stays, so that the reader sees the end only when we say
# so, and the reader's own, which would wait for ever if the writer went before it was opened.
# shellcheck disable=SC2094 # a pipe, read and written on purpose
exec 3<>"$folder/pipe" 4<"$folder/pipe"
cat <&4 >"$folder/log" 3>&- &
reader=$!
exec 4<&-

# By its name, so that no other device can be taken by mistake. Not optimised: Oclgrind 21.10 knows
# not all that LLVM's optimiser writes, and its messages then name the lines as they stand. Compiled
# kernels are kept by the options, which Oclgrind adds unseen: elsewhere the same names mean others.
options=${OCLGRIND_BUILD_OPTIONS--cl-opt-disable}
XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}/oclgrind$options \
    OCL_ICD_VENDORS=$icd OPENCL_LAYERS=$layer INCLINE_TEST_DEVICE='Oclgrind Simulator' \
    INCLINE_TEST_REQUIRE=1 INCLINE_TEST_QUICK=1 OCLGRIND_CHECK_API=1 \
    OCLGRIND_DATA_RACES="${OCLGRIND_DATA_RACES:-1}" \
    OCLGRIND_UNINITIALIZED="${OCLGRIND_UNINITIALIZED:-1}" \
    OCLGRIND_BUILD_OPTIONS=$options OCLGRIND_LOG="$folder/pipe" "$@" 3>&-
status=$?

exec 3>&-
wait "$reader"
# A call of a built-in with a vector made from one scalar counts as control flow for Oclgrind. That
# is none; an uninitialised value that matters shows again where it is stored or branched on.
awk '
    function settle() { if (!(control && called)) printf "%s", text; text = ""; control = called = 0 }
    /^[^\t]/ { settle() }
    /^Controlflow depends on uninitialized value/ { control = 1 }
    /^\t *(%[^ ]* = )?(tail )?call / { called = 1 }
    NF { text = text $0 "\n" }
    END { settle() }
' "$folder/log" >"$folder/found"
if [ -s "$folder/found" ]; then
    echo "Oclgrind found, in $(wc -l <"$folder/found") lines of which these are the first:"
    head -n 60 "$folder/found"
    exit 1
fi
exit "$status"
