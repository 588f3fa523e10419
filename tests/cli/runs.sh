#!/bin/sh
# runs.sh - standard output that takes nothing, signals and going on, other locales, starting up.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- standard output that takes nothing -------------------------------------

train_run
words="... >/dev/full"
if [ -c /dev/full ]; then
    for command in "--help" "train --help" "devices" "inspect run" "predict run digits:600"; do
        # shellcheck disable=SC2086
        "$incline" $command >/dev/full 2>err
        last=$?
        : >out
        check "/dev/full: $command" eval "ended 1 && says 'standard output'"
    done
else
    skip "/dev/full" "no such device here"
fi
"$incline" --help >&- 2>err
last=$?
check "closed standard output" ended 1
"$incline" predict run digits:60000 --device "$device" 2>err | head -n 1 >out
check "a reader that leaves gets no message" [ "$(wc -l <out) $(grep -c output err)" = "1 0" ]
"$incline" train digits:600 --epochs 30 --device "$device" --output unread 2>&1 | head -n 1 >out
check "a reader that leaves does not end training" [ "$(wc -l <unread/metrics.jsonl)" -eq 30 ]

# ---- signals and going on --------------------------------------------------

trains() { grep -q '^run ' err && [ -f "$1/metrics.jsonl" ]; }

if env --default-signal=INT true 2>/dev/null; then
    for signal in INT TERM HUP; do
        case $signal in INT) wanted=130 ;; TERM) wanted=143 ;; HUP) wanted=129 ;; esac
        # shellcheck disable=SC2086
        start train $tiny --epochs 1000000 --device "$device" --output "stop$signal"
        await 60 trains "stop$signal"
        sleep 0.5
        kill -s $signal "$child"
        await 60 gone || kill -9 "$child"
        finish
        check "SIG$signal: exit status" ended "$wanted"
        check "SIG$signal: answers at once" says "stopping after this step"
        check "SIG$signal: says how to go on" says "incline train --resume stop$signal"
        check "SIG$signal: a checkpoint" [ -s "stop$signal/checkpoint.safetensors" ]
    done
    end=$(($(wc -l <stopTERM/metrics.jsonl) + 2))
    run train --resume stopTERM --epochs $end --device "$device" --json
    check "resume: goes on to a new end" [ "$last $(value out epochs)" = "0 $end" ]
    # shellcheck disable=SC2086
    run train $tiny --epochs $end --device "$device" --output whole --quiet
    check "resume: the same bits as without a stop" \
        cmp -s stopTERM/model.safetensors whole/model.safetensors

    # Stopped in the second of three.
    second() { [ -f several/seed-8/metrics.jsonl ] && grep -q '^seed 8 ' err; }
    # shellcheck disable=SC2086
    start train $tiny --seeds 3 --epochs 1000 --jobs 1 --device "$device" --output several --json
    await 120 second
    kill -s INT "$child"
    await 60 gone || kill -9 "$child"
    finish
    check "seeds: a signal ends them all" ended 130
    check "seeds: says how to go on with the one" says "incline train --resume several/seed-8"
    check "seeds: what is done is kept" [ "$(grep -c '"seed": "7"' several/summary.json)" -eq 1 ]
    check "seeds: and is said to be unfinished" grep -q '"status": "unfinished"' several/summary.json
    check "seeds: the third was not begun" [ ! -e several/seed-9 ]
    run train --resume several/seed-8 --device "$device" --quiet
    check "seeds: the one goes on" ended 0

    # One step of this takes the reference seconds: the second signal comes within it.
    start train digits:6000 --hidden 2000 --batch-size full --steps 100 --device reference \
        --output twice
    await 60 grep -q '^run ' err
    sleep 0.5
    kill -s INT "$child"
    await 10 says "stopping after this step"
    kill -s INT "$child" 2>/dev/null
    sleep 1.2
    check "SIGINT sent twice: is one" eval "! gone"
    kill -s INT "$child" 2>/dev/null
    check "second SIGINT: ends at once" await 3 gone
    gone || kill -9 "$child"
    finish
    check "second SIGINT: exit status 130" ended 130
else
    skip "signals" "env here has no --default-signal"
fi

cp -r run damaged
head -c 100 run/checkpoint.safetensors >damaged/checkpoint.safetensors
refuses "resume: a cut checkpoint" 1 'damaged/checkpoint.safetensors' \
    train --resume damaged --epochs 3 --device "$device"
echo "{ not JSON" >damaged/config.json
refuses "resume: a damaged config" 1 'damaged/' train --resume damaged --device "$device"
mkdir empty
refuses "resume: an empty folder" 1 'empty' train --resume empty --device "$device"

# ---- numbers in another locale ---------------------------------------------

if locale -a 2>/dev/null | grep -qi '^de_DE\.utf-\?8$'; then
    LC_ALL=de_DE.UTF-8
    export LC_ALL
    run train digits:600 --steps 3 --learning-rate 0.05 --device "$device" --output german --json
    check "German locale: numbers with a point" \
        [ "$last $(grep -c '"loss": [0-9]*\.[0-9]' out)" = "0 2" ]
    refuses "German locale: no decimal comma" 2 '--learning-rate wants' train --learning-rate 0,05
    unset LC_ALL
else
    skip "German locale" "de_DE.UTF-8 is not installed"
fi

# ---- start-up --------------------------------------------------------------

# start NAME: a short training with caches of its own. Leaks are looked for elsewhere: a compiler
# that really compiles leaves some behind.
start() {
    words="train ... --output $1, with caches of its own"
    ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 POCL_CACHE_DIR=$work/pocl \
        XDG_CACHE_HOME=$work/cache "$incline" train digits:300 --steps 2 \
        --device "$device" --output "$1" >out 2>err </dev/null
    last=$?
}

# built PATTERN: how many kernels PoCL has compiled so far, by path.
built() { find pocl -name '*.so' -path "$1" | wc -l; }

if [ "$device" != reference ]; then
    mkdir pocl
    start cold
    check "start-up: without caches" ended 0
    first=$(built '*')
    if [ "$first" -gt 0 ]; then
        check "start-up: no kernel is compiled for sizes that none is launched with" \
            [ "$(built '*/0-0-0/*')" -eq 0 ]
        start warm
        check "start-up: a second start compiles nothing" [ "$last $(built '*')" = "0 $first" ]
    else
        skip "start-up" "the driver keeps no compiled kernels that can be counted"
    fi
fi

summary
