#!/bin/sh
# jobs.sh - several networks from several seeds, several at a time.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- to the same bits as alone -----------------------------------------------

# timeless FOLDER: what its run says of each epoch, but for the time that it took.
timeless() { sed 's/"samples_per_second".*//' "$1/metrics.jsonl"; }

# same FOLDER FOLDER: two runs of the same bits.
same() {
    cmp -s "$1/model.safetensors" "$2/model.safetensors" &&
        cmp -s "$1/checkpoint.safetensors" "$2/checkpoint.safetensors" &&
        [ "$(timeless "$1")" = "$(timeless "$2")" ]
}

# shellcheck disable=SC2086
run train $tiny --seeds 5 --epochs 4 --jobs 1 --device "$device" --output one --json
# shellcheck disable=SC2086
run train $tiny --seeds 5 --epochs 4 --jobs 3 --device "$device" --output three
check "jobs: exit status 0" ended 0
check "jobs: says how many at a time" says "3 networks at a time"
check "jobs: no lines of epochs" eval '! says epoch'
check "jobs: results in the order of their seeds" \
    [ "$(sed -n 's/^seed \([0-9]*\) .*/\1/p' out | tr '\n' ' ')" = "7 8 9 10 11 " ]
for seed in 7 8 9 10 11; do
    check "jobs: seed $seed to the same bits" same "one/seed-$seed" "three/seed-$seed"
done
summary_of() { sed -e '/"seconds"/d' -e 's/one/three/' "$1/summary.json"; }
check "jobs: the same summary, but for times" [ "$(summary_of one)" = "$(summary_of three)" ]
# shellcheck disable=SC2086
run train $tiny --seeds 3 --epochs 2 --jobs 3 --device "$device" --output hushed --json --quiet
check "jobs: quiet is quiet" [ "$last $(wc -c <err)" = "0 0" ]
check "jobs: the summary is what is printed" cmp -s out hushed/summary.json
# shellcheck disable=SC2086
run train $tiny --seeds 2 --epochs 2 --jobs 256 --device "$device" --output many
check "jobs: no more than there are seeds" says "2 networks at a time"
# shellcheck disable=SC2086
run train $tiny --seeds 2 --epochs 2 --jobs 2 --device "check:$device" --output checked
check "jobs: each compared with the reference" ended 0

# One that has no place for its files.
mkdir lost
echo "no folder" >lost/seed-8
# shellcheck disable=SC2086
run train $tiny --seeds 3 --epochs 4 --jobs 3 --device "$device" --output lost
check "jobs: one that fails is a failure" ended 1
check "jobs: says which one" says "that was seed 8"
check "jobs: those beside it come to their end" same one/seed-7 lost/seed-7
check "jobs: and are kept" grep -q '"seed": "7"' lost/summary.json

# scarce WORD...: the program where the stacks of two threads fit into memory, and not of four.
# shellcheck disable=SC3045 # where sh has no such limits, this is skipped
scarce() { (ulimit -s 1000000 && ulimit -v 2500000 && exec "$incline" "$@") >out 2>err </dev/null; }
if [ "$device" = reference ] && scarce --version 2>/dev/null; then
    # shellcheck disable=SC2086
    scarce train $tiny --seeds 5 --epochs 4 --jobs 4 --device "$device" --output scarce
    last=$? words="train --jobs 4 in little memory"
    check "jobs: fewer threads than asked for will do" ended 0
    check "jobs: why" eval 'grep -q "[123] networks at a time instead of 4: " err'
    check "jobs: the number is that of the threads" \
        [ "$(sed -n 's/^jobs  *\([0-9]*\) .*/\1/p' err)" = \
            "$(sed -n 's/.*: \([0-9]*\) networks .*/\1/p' err)" ]
else
    skip "few threads" "no limits that leave room for some"
fi

# ---- signals -----------------------------------------------------------------

if env --default-signal=INT true 2>/dev/null; then
    # Three of four at a time.
    three() { [ -f beside/seed-7/metrics.jsonl ] && [ -f beside/seed-8/metrics.jsonl ] &&
        [ -f beside/seed-9/metrics.jsonl ]; }
    # shellcheck disable=SC2086
    start train $tiny --seeds 4 --epochs 1000000 --jobs 3 --device "$device" --output beside
    await 120 three
    sleep 0.5
    kill -s INT "$child"
    await 60 gone || kill -9 "$child"
    finish
    check "jobs: a signal ends them all" ended 130
    check "jobs: says that none is done" says "0 of 4 seeds are done"
    check "jobs: the fourth was not begun" [ ! -e beside/seed-10 ]
    check "jobs: and the list is said to be unfinished" \
        grep -q '"status": "unfinished"' beside/summary.json
    end=$(($(cat beside/seed-*/metrics.jsonl | sed -n 's/^{"epoch": \([0-9]*\),.*/\1/p' |
        sort -n | tail -n 1) + 2))
    check "jobs: says how to go on with each" \
        [ "$(grep -c '^  incline train --resume beside/seed-[789]$' err)" = 3 ]
    for seed in 7 8 9; do
        run train --resume beside/seed-$seed --epochs $end --device "$device" --quiet
        run train digits:600 --hidden 8 --batch-size 32 --seed $seed --epochs $end \
            --device "$device" --output "whole-$seed" --quiet
        check "jobs: seed $seed has the same bits as without a stop" \
            cmp -s "beside/seed-$seed/model.safetensors" "whole-$seed/model.safetensors"
    done
    # A summary that cannot be written from the first run on, at once: that may be a short one.
    blocked() {
        until [ -f "$1/seed-7/config.json" ] || gone; do :; done
        mkdir "$1/summary.json"
    }
    # shellcheck disable=SC2086
    start train $tiny --seeds 2 --epochs 200 --jobs 1 --device "$device" --output blocked
    blocked blocked
    finish
    check "jobs: no place for the summary is a failure" ended 1
    check "jobs: which a run that is done is not" \
        says "after seed 7, whose own run is saved; 1 of 2 seeds are done"
    # One that failed before the signal, and one that cannot be listed after it.
    mkdir failed
    echo "no folder" >failed/seed-8
    # shellcheck disable=SC2086
    start train $tiny --seeds 3 --epochs 1000000 --jobs 2 --device "$device" --output failed --json
    await 120 eval '[ -f failed/seed-7/metrics.jsonl ] && says "that was seed 8"'
    kill -s INT "$child"
    await 60 gone || kill -9 "$child"
    finish
    check "jobs: a signal after a failure ends them all" ended 130
    check "jobs: says how to go on with what was stopped" \
        says "0 of 3 seeds are done; go on with this one: incline train --resume failed/seed-7"
    check "jobs: prints what there is" prints '"status": "unfinished"'
    # shellcheck disable=SC2086
    start train $tiny --seeds 2 --epochs 1000000 --jobs 1 --device "$device" --output unlisted
    blocked unlisted
    await 120 [ -f unlisted/seed-7/metrics.jsonl ]
    kill -s INT "$child"
    await 60 gone || kill -9 "$child"
    finish
    check "jobs: what is stopped can go on without a summary, too" \
        says "go on with this one: incline train --resume unlisted/seed-7"
else
    skip "signals" "env here has no --default-signal"
fi

summary
