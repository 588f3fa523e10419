#!/bin/sh
# bench.sh - incline bench and incline tune.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- bench -------------------------------------------------------------------

step="--network 784-8-10 --batch-size 32 --samples 256 --seconds 0.005 --device $device"
# shellcheck disable=SC2086 # the words of $step are words
run bench $step --save base.json
check "bench: exit status 0" ended 0
check "bench: a row" prints "784-8-10 batch 32"
check "bench: peaks" [ "$(grep -c 'peak [0-9.]* GFLOP/s, [0-9.]* GB/s; data set' out)" -eq 1 ]
check "bench: at most 100 columns" [ -z "$(awk 'length > 100' out)" ]
check "bench: saved, and nothing else left" \
    [ "$(ls base.json*) $(value base.json samples)" = "base.json 32.0" ]
for key in flops median minimum spread share first flops_per_second samples_per_second peak_flops \
    peak_bytes open_seconds upload_bytes upload_seconds; do
    check "bench: saves $key" [ -n "$(value base.json $key)" ]
done
check "bench: saves the driver" grep -q '"driver": "..*"' base.json
cp base.json kept.json
run bench --network 784-8-10 --samples 256 --seconds 0.005 --device no-such-device --save base.json
check "bench: what fails replaces no file" \
    eval 'ended 1 && says "base.json: not written" && cmp -s base.json kept.json'

# A median of before: with it the same row has lost, or gained.
before() { sed "s/\"median\": .*/\"median\": $1,/" base.json; }
before 1e-12 >fast.json
before 1000 >slow.json
# shellcheck disable=SC2086
loses() { run bench $step "$@"; ended 1; }
check "bench: a loss is exit status 1" loses --against fast.json
check "bench: says what was lost" says "1 of 1 rows lost more than 10 % against fast.json"
check "bench: prints before and change" [ "$(grep -c '^784-8-10 batch 32 .* +[0-9]*.[0-9] %$' out)" -eq 1 ]
# shellcheck disable=SC2086
run bench $step --against slow.json --loss 0 --json
check "bench: a gain is exit status 0" ended 0
check "bench: JSON has before" [ "$(value out before)" = 1000.0 ]
check "bench: JSON has change" [ "$(value out change | cut -c 1-3)" = -0. ]
if command -v python3 >/dev/null 2>&1; then
    check "bench: JSON is JSON" is_json out base.json
else
    skip "bench: JSON is JSON" "python3 is not installed"
fi
sed 's/batch 32/batch 33/' base.json >other.json
# shellcheck disable=SC2086
refuses_rows() { run bench $step --against other.json; ended 1 && says "has none of these rows"; }
check "bench: earlier results without these rows" refuses_rows
refuses "bench: a damaged earlier result" 1 'damaged or no JSON, line' bench --against garbage
head -c 300 base.json >cut.json
refuses "bench: a cut earlier result" 1 'cut.json is damaged' bench --against cut.json
echo '{"learning_rate": 0.1}' >settings.json
refuses "bench: other JSON" 1 'holds no results' bench --against settings.json
before '"fast"' >text.json
refuses "bench: an earlier result with text for a number" 1 'holds no results' \
    bench --against text.json

# Everything on two devices, most of it too slow for so little time.
run bench --device reference,reference --seconds 0.001
check "bench: two devices, exit status 0" ended 0
check "bench: two devices, at most 100 columns" [ -z "$(awk 'length > 100' out)" ]
check "bench: two devices, one table" \
    [ "$(grep -c '^784-10-10 batch 64 .*  *[0-9.]*x$' out)" -eq 1 ]
check "bench: says what is too slow" prints "too slow: over 0.03 s a step"
for row in "784-10-10 batch 64" "784-10-10 batch 128" "784-10-10 batch 60000" \
    "784-128-10 batch 128" "784-500-10 batch 500" "784-800-800-10 batch 128" \
    "784-800-800-10 batch 1024" "784-2500-2000-1500-1000-500-10 batch 256" \
    "dense_forward 128x10x784" "dense_forward 128x128x784" "dense_forward 1024x1024x1024" \
    "dense_forward 2048x2048x2048" "dense_backward_weights 10x784x60000" \
    "dense_backward_input 1024x1024x1024"; do
    check "bench: $row" [ "$(grep -c "^$row " out)" -eq 3 ]
done

# ---- tuning ----------------------------------------------------------------

run tune --device reference
check "tune: nothing to tune is exit status 0" ended 0
check "tune: nothing to tune is one sentence" \
    [ "$(wc -l <out) $(grep -c 'reference has nothing that could be tuned' out)" = "1 1" ]
run tune --device reference --json
check "tune: JSON of a device without knobs" \
    [ "$last $(value out tried) $(grep -c '"knobs": \[\]' out)" = "0 0 1" ]
run tune --device reference --reset
check "tune: nothing to forget" prints "There was no tuning to forget."
if [ "$device" != reference ]; then
    tunes() {
        words="tune ... $*, with caches of its own"
        XDG_CACHE_HOME=$work/tuned "$incline" "$@" >out 2>err </dev/null
        last=$?
    }
    # Too large for whole steps, so that products are made one by one.
    tunes tune --device "$device" --network 2000-70-3 --batch-size 8 --seconds 0.001
    check "tune: no time, exit status 0" ended 0
    check "tune: says that the time was up" prints "the time was up before all were tried"
    check "tune: at most 100 columns" [ -z "$(awk 'length > 100' out)" ]
    tunes devices --json
    check "devices: JSON has the knobs" [ "$last $(grep -c '"name": "VEC"' out)" = "0 1" ]
    check "devices: JSON has the makers" prints '"product": "backward_weights"'
    check "devices: JSON says that nothing is tuned" prints '"made_for": null'
    if command -v python3 >/dev/null 2>&1; then
        check "devices: JSON is JSON" is_json out
    else
        skip "devices: JSON is JSON" "python3 is not installed"
    fi
fi

summary
