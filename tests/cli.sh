#!/bin/sh
# cli.sh - the command line as its users meet it: what it refuses, prints, writes and returns.
#
# Usage: tests/cli.sh PATH_TO_INCLINE. What trains runs on $INCLINE_TEST_DEVICE [reference].
# One line per check; the last line counts them; exit status 1 if one failed.
# What a machine lacks (python3, a German locale) is skipped with a reason.

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

# ---- tools -----------------------------------------------------------------

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

# refuses NAME STATUS TEXT WORD...: fails with that status and text, and without a result.
refuses() {
    name=$1 wanted=$2 text=$3
    shift 3
    run "$@"
    if ended "$wanted" && says "$text" && silent; then pass "$name"; else fail "$name"; fi
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

gone() { ! kill -0 "$child" 2>/dev/null; }

# ---- help and version ------------------------------------------------------

run --help
check "help: exit status 0" ended 0
check "help: on standard output" prints "Usage: incline COMMAND"
check "help: lists exit statuses" prints "Exit status: 0 done, 1 failed, 2 wrong usage"
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' out)
check "help: names eleven commands" [ "$(echo "$commands" | wc -w)" -eq 11 ]
for command in $commands; do
    run "$command" --help
    check "help: $command, exit status 0" ended 0
    check "help: $command, usage and two examples" \
        [ "$(grep -c "^Usage: incline $command\|^  incline $command" out)" -eq 3 ]
    check "help: $command, nothing on standard error" [ ! -s err ]
    check "help: $command, at most 80 columns" [ -z "$(awk 'length > 80' out)" ]
done
run --version
check "version: one line on standard output" \
    [ "$(grep -c '^incline [0-9]*\.[0-9]*\.[0-9]*$' out) $(wc -l <out) $last" = "1 1 0" ]
refuses "no command: help on standard error" 2 "Usage: incline COMMAND"

# ---- wrong usage -----------------------------------------------------------

refuses "unknown command, nearest named" 2 'did you mean "train"?' trian
refuses "abbreviated command" 2 'did you mean "evaluate"?' eval
refuses "command like nothing" 2 'unknown command "xyzzyxyzzy"' xyzzyxyzzy
refuses "help offered" 2 'incline --help' xyzzyxyzzy
refuses "unknown option, nearest named" 2 'did you mean "--epochs"?' train --epocsh 3
refuses "abbreviated option" 2 'did you mean "--batch-size"?' train --batch 3
refuses "abbreviated option with =" 2 'did you mean "--learning-rate"?' train --learn=0.1
refuses "option of another command" 2 'unknown option "--epochs"' devices --epochs 3
refuses "help of the command offered" 2 'incline train --help' train --epocsh 3
refuses "short option" 2 'unknown option "-e"' train -e 3
refuses "option twice" 2 'given twice' train --epochs 1 --epochs=2
refuses "missing argument at the end" 2 '--epochs needs its argument' train --epochs
refuses "missing argument before an option" 2 '--output needs its argument' train --output --json
refuses "empty argument" 2 '--output is empty' train --output=
refuses "argument where none belongs" 2 '--json takes no argument' train --json=yes
for number in 0 -1 4294967296 1e3 3x ' 3' 0x10 '' nan; do
    refuses "epochs \"$number\"" 2 '--epochs wants a whole number' train "--epochs=$number"
done
for number in 0 -0.1 nan inf 1e999 0x1p3 1e-40 0.1f ' 0.1' ''; do
    refuses "learning rate \"$number\"" 2 '--learning-rate wants' train "--learning-rate=$number"
done
refuses "learning rate with a decimal comma" 2 'decimals follow a point' train --learning-rate 0,1
for list in ',' '10,' ',10' '10,,10' 0 '10,x' 'none,10' 1048577; do
    refuses "hidden \"$list\"" 2 '--hidden wants widths' train --hidden "$list"
done
refuses "batch of nothing" 2 '--batch-size wants' train --batch-size 0
refuses "activation, nearest named" 2 'did you mean "linear"?' train --activation liner
refuses "preset, nearest named" 2 'did you mean "notebook"?' train --preset notebok
refuses "gemm, choices listed" 2 'auto, own or clblast' train --gemm mkl
refuses "epochs beside steps" 2 'cannot stand beside' train --epochs 1 --steps 2
refuses "resume beside hidden" 2 '--hidden cannot stand beside --resume' train --resume x --hidden 3
refuses "resume beside seed" 2 '--seed cannot stand beside --resume' train --seed 3 --resume x
refuses "resume beside data" 2 '--resume takes its data set from the run' train --resume x mnist
refuses "resume beside seeds" 2 '--seeds cannot stand beside --resume' train --seeds 3 --resume x
refuses "a single seed" 2 '--seeds wants a whole number from 2' train --seeds 1
refuses "schedule, nearest named" 2 'did you mean "cosine"?' train --schedule cosin
refuses "resume beside a file" 2 '--config cannot stand beside --resume' \
    train --config x --resume x
refuses "preset beside a file" 2 '--preset cannot stand beside --config' \
    train --config x --preset notebook
refuses "init beside hidden" 2 '--hidden cannot stand beside --init' train --init x --hidden 3
refuses "two data sets" 2 'one operand too many' train digits mnist
refuses "evaluate without a model" 2 'MODEL' evaluate
refuses "ensemble of one model" 2 'MODEL MODEL' ensemble model.safetensors
refuses "predict without files" 2 'FILE' predict model.safetensors
refuses "devices with an operand" 2 'takes no operand' devices here
refuses "verify with a lockstep device" 2 'check:' verify --device check:reference
refuses "tune with a lockstep device" 2 'leave check: away' tune --device check:reference
refuses "tune of no network" 2 '--network wants' tune --network 784
refuses "tune of a batch of nothing" 2 '--batch-size wants' tune --batch-size 0
refuses "tune in no time" 2 '--seconds wants' tune --seconds 0
refuses "tune: a reset of a network" 2 'cannot stand beside' tune --reset --network 784-10
refuses "tune with an operand" 2 'takes no operand' tune digits
refuses "bench with an empty device" 2 '--device wants' bench --device reference,,reference
for network in 784 784- -10 784,10 784-0-10 784--10 none; do
    refuses "bench of network \"$network\"" 2 '--network wants' bench "--network=$network"
done
refuses "bench of a batch of nothing known" 2 '--batch-size needs --network' bench --batch-size 64
refuses "bench of samples of nothing known" 2 '--samples needs --network' bench --samples 64
refuses "bench: a loss against nothing" 2 '--loss needs --against' bench --loss 5
refuses "bench: a part of one network" 2 'cannot stand beside' \
    bench --network 784-10 --only kernels
refuses "bench: parts listed" 2 'kernels, training or methods' bench --only gemm

# ---- things that are not there ---------------------------------------------

refuses "no such data set" 1 'no-such-set' train no-such-set --device "$device"
check "no such data set: no run folder left" [ ! -d runs ]
refuses "no such device" 1 'no-such-device' train digits:600 --device no-such-device
check "no such device: no run folder left" [ -z "$(ls runs 2>/dev/null)" ]
refuses "no such model" 1 'no-such-model' evaluate no-such-model digits:60
refuses "no such file of settings" 1 'no-such-file' train --config no-such-file
refuses "no such run to resume" 1 'no-such-run' train --resume no-such-run
refuses "no such thing to inspect" 1 'no-such-thing' inspect no-such-thing
refuses "verify: no such device" 1 'no-such-device' verify --device no-such-device
refuses "tune: no such device" 1 'no-such-device' tune --device no-such-device
refuses "bench: no such device" 1 'no-such-device' bench --device no-such-device
refuses "bench: no such earlier result" 1 'no-such-result' bench --against no-such-result
refuses "bench: no folder to save into" 1 'no-such-folder/' bench --save no-such-folder/file
refuses "bench: a folder to save as" 1 'cannot be written' bench --save .
refuses "bench: a device to save as" 1 'cannot be written' bench --save /dev/null

echo "neither a model nor images" >garbage
refuses "evaluate a wrong file" 1 garbage evaluate garbage digits:60
refuses "inspect a wrong file" 1 'no table: a single row of texts' inspect garbage
refuses "start from a wrong file" 1 garbage train digits:600 --init garbage --device "$device"

# ---- training --------------------------------------------------------------

tiny="digits:600 --hidden 8 --batch-size 32 --seed 7"
# shellcheck disable=SC2086 # the words of $tiny are words
run train $tiny --epochs 2 --device "$device" --output run
check "train: exit status 0" ended 0
check "train: says what the data are" says "digits"
check "train: says what the network is" says "784-8-10"
check "train: a line per epoch" [ "$(grep -c '^epoch [12]/2 ' err)" -eq 2 ]
check "train: no control characters" [ -z "$(tr -d '\n -~' <err)" ]
check "train: prints the test accuracy" prints "test accuracy"
check "train: prints where the model lies" prints "run/model.safetensors"
for file in config.json metrics.jsonl model.safetensors checkpoint.safetensors; do
    check "train: run/$file" [ -s "run/$file" ]
done
refuses "train: a folder with a run in it" 1 'already holds a run' \
    train digits:600 --device "$device" --output run

# shellcheck disable=SC2086
run train $tiny --epochs 2 --device "$device" --output twin --json --quiet
check "train: quiet says nothing" [ "$last $(wc -c <err)" = "0 0" ]
check "train: JSON alone on standard output" [ "$(head -c 1 out)" = "{" ]
check "train: JSON counts epochs" [ "$(value out epochs)" = 2 ]
cp out train.json
check "train: same seed, same bits" cmp -s run/model.safetensors twin/model.safetensors

run train --config run/config.json --device "$device" --output repeated --quiet
check "config: repeats a run to the bit" cmp -s run/model.safetensors repeated/model.safetensors
check "config: and writes the same file" cmp -s run/config.json repeated/config.json
run train digits:300 --config run/config.json --steps 3 --hidden none --device "$device" \
    --output other --json
check "config: explicit options and data override" \
    [ "$last $(value out steps) $(value out parameters) $(value out samples)" = "0 3 7850 300" ]
echo '{"learning_rte": 0.1}' >settings.json
refuses "config: a name that is none" 1 'settings.json: "learning_rte" is no setting' \
    train digits:600 --config settings.json --device "$device"

refuses "patience without validation" 1 'no samples are kept apart' \
    train digits:600 --patience 3 --validation 0 --device "$device"
# What cannot be trained on or tested on: one sentence, before anything is trained.
awk 'BEGIN { print "a,b,p,q"; for (i = 0; i < 30; i++) print i % 7 "," i % 5 "," i % 4 "," i / 8 }' >pair.csv
cut -d , -f 1-3 pair.csv >single.csv
awk 'BEGIN { print "a,b,y"; for (i = 0; i < 30; i++) print i % 7 "," i % 5 "," (i % 2 ? "c" : "d") }' >yes.csv
sed 's/,d$/,e/' yes.csv >more.csv
sed 's/,d$/,c/' yes.csv >same.csv
refuses "a rate below 0" 2 '--learning-rate wants a number' train digits:600 --learning-rate -1
refuses "a dropout of 1" 2 '--dropout wants a number from 0 to 0.999' train digits:600 --dropout 1
refuses "a step schedule past the end" 1 'fall after 5 epochs, but the run has 3' \
    train digits:600 --epochs 3 --schedule step --decay-every 5 --device "$device"
refuses "a patience without a plateau" 1 'goes with the schedule plateau, not with cosine' \
    train digits:600 --schedule cosine --plateau-patience 3 --device "$device"
refuses "one class only" 1 'same.csv has one class only' train same.csv --device "$device"
run train pair.csv --target p,q --target-type numbers --epochs 1 --device "$device" --output pair
refuses "targets of another width" 1 'has some of the targets, but not "q"' evaluate pair single.csv
refuses "more targets than outputs" 1 'single.csv: has some of the targets, but not "q"' \
    train single.csv --init pair --device "$device"
refuses "a table without the model's targets" 1 'yes.csv has no column that the model predicts' \
    train yes.csv --init pair --device "$device"
run train yes.csv --epochs 1 --device "$device" --output yes
refuses "a class that the model does not know" 1 'a class that the table the model was trained on' \
    evaluate yes more.csv --device "$device"
refuses "a class that the test set alone has" 1 'a class that the table the model was trained on' \
    train yes.csv --test more.csv --device "$device"
refuses "more classes than outputs" 1 'the model is 2-10-2, but digits:60 has 784 features' \
    train digits:60 --init yes --device "$device"
refuses "a test set that does not fit" 1 'the model takes 2 features, digits:60 has 784' \
    train yes.csv --test digits:60 --epochs 1 --device "$device" --output unfit
check "a test set that does not fit: nothing was trained" [ ! -e unfit/model.safetensors ]

refuses "an initial value with he" 1 'an initial value goes with constant weights, not with he' \
    train digits:600 --init-value 0.1 --device "$device"
refuses "a bias that is no number" 2 '--init-bias wants a number' train --init-bias inf
run train digits:600 --hidden 8 --init-weights constant --init-value -0.25 --init-bias 0.5 --steps 1 \
    --learning-rate 1e-30 --device "$device" --output constant --quiet
run export constant --to constant.c
check "constant weights and biases" \
    [ "$last $(grep -o -e '-0x1p-2f' constant.c | wc -l) $(grep -o ' 0x1p-1f' constant.c | wc -l)" = \
    "0 6352 18" ]
run train --config constant/config.json --device "$device" --output constant-too --quiet
check "constant weights: repeated by its file of settings" \
    cmp -s constant/model.safetensors constant-too/model.safetensors

for list in 1,2 1,2,3,4,5,6,7,8,9,10,11; do
    refuses "class weights: $list" 1 'has 10 classes; give one for each' \
        train digits:600 --class-weights $list --device "$device"
done
refuses "class weights: all 0" 2 'all 10 are 0, so that no sample would count' \
    train digits:600 --class-weights 0,0,0,0,0,0,0,0,0,0
refuses "class weights: a negative one" 2 '-1 is no weight' train digits:600 --class-weights 1,-1
for list in '1,' ,1 1,,2 1,x heavy 1,nan; do
    refuses "class weights \"$list\"" 2 'a number for each class' train --class-weights "$list"
done
run train digits:600 --hidden 8 --class-weights 1,2,3,4,5,0.1,7,8,0,10 --epochs 2 --device "$device" \
    --output weights --quiet
run train --config weights/config.json --device "$device" --output weights-too --quiet
check "class weights: repeated by its file of settings, to the bit" \
    cmp -s weights/model.safetensors weights-too/model.safetensors

run train digits:600 --hidden 8 --find-rate --device "$device"
check "find-rate: exit status 0, nothing said" [ "$last $(wc -c <err)" = "0 0" ]
check "find-rate: suggests a rate" [ "$(grep -c '^suggested rate  [0-9.e+-]*$' out)" -eq 1 ]
check "find-rate: a drawing of at most 80 columns" \
    [ "$(grep -c '|' out) $(awk 'length > 80' out | wc -l)" = "16 0" ]
check "find-rate: nothing is kept" [ -z "$(ls runs 2>/dev/null)" ]
run train digits:600 --hidden 8 --find-rate --device "$device" --json --output rate
check "find-rate: JSON has every point" \
    [ "$last $(($(value out count) > 100)) $(grep -c '"smoothed"' out)" = "0 1 $(value out count)" ]
check "find-rate: and is kept where a folder is named" cmp -s out rate/find-rate.json
check "find-rate: nothing else is" [ "$(ls rate)" = find-rate.json ]
refuses "find-rate beside resume" 2 'cannot stand beside' train --find-rate --resume x
refuses "find-rate beside seeds" 2 'cannot stand beside' train --find-rate --seeds 2
refuses "find-rate: a folder with a run in it" 1 'already holds a run' \
    train digits:600 --find-rate --device "$device" --output run
refuses "find-rate: a folder that cannot be made" 1 'garbage/rate' \
    train digits:600 --find-rate --device "$device" --output garbage/rate

refuses "plateau without validation" 1 'the schedule plateau looks at validation' \
    train digits:600 --schedule plateau --validation 0 --device "$device"
refuses "plateau longer than the run" 1 'but the run has 3; take a smaller --plateau-patience' \
    train digits:600 --epochs 3 --schedule plateau --plateau-patience 3 --device "$device"
refuses "schedule: a warm-up as long as the run" 1 'a warm-up of 2 epochs' \
    train digits:600 --epochs 2 --warmup 2 --device "$device"
run train digits:600 --epochs 2 --schedule cosine --schedule-by step --device "$device" \
    --output cosine --quiet
check "schedule: metrics have the learning rate" \
    [ "$(grep -c '"learning_rate": [0-9.e-]*' cosine/metrics.jsonl)" -eq 2 ]

run train digits:600 --steps 3 --hidden none --activation linear --device "$device"
check "train: a folder named by date" [ "$(find runs -name model.safetensors | wc -l)" -eq 1 ]
run train digits:600 --steps=3 --device "$device" --learning-rate 5e-2 --batch-size full
check "train: another folder in the same second" \
    [ "$(find runs -name model.safetensors | wc -l)" -eq 2 ]
run train --steps 2 --device "$device" --output dashed --init run -- digits:600
check "train: starts from a model, -- ends the options" ended 0
check "train: the network is that of the model" says "784-8-10"
run train digits:60 --preset notebook --device "$device" --output notebook
lines=$(grep -c '^epoch\|^step' err)
check "preset: 500 steps in about 20 lines" \
    [ "$last $((lines >= 19 && lines <= 21))" = "0 1" ]
run train digits:60 --preset notebook --steps 4 --device "$device" --output preset --json
check "preset: explicit steps override" [ "$last $(value out steps)" = "0 4" ]

: >file
refuses "train: a run folder that cannot be made" 1 'file' \
    train digits:600 --steps 2 --device "$device" --output file/run
mkdir elsewhere
: >elsewhere/runs
(cd elsewhere && run train digits:600 --steps 2 --device "$device" --quiet
 cp out err .. && exit "$last")
last=$?
check "train: runs is a file" ended 1
check "train: runs is a file, --output offered" says "--output"

# ---- weights as numbers and as a picture --------------------------------------

run export run --to weights.csv
check "export: CSV" eval 'ended 0 && [ "$(head -1 weights.csv)" = layer,neuron,input,value ]'
check "export: a line of CSV for each parameter" [ "$(wc -l <weights.csv)" -eq 6371 ]
run export run --to neurons.png
if [ "$last" -eq 1 ] && says 'without libpng'; then
    skip "export: PNG" "built without libpng"
else
    check "export: PNG" eval 'ended 0 && head -c 8 neurons.png | grep -q PNG'
fi

# ---- images made upright -------------------------------------------------------

run train digits:400 --hidden 8 --epochs 2 --deskew --device "$device" --output upright --quiet
check "deskew: trains" ended 0
run inspect upright
check "deskew: the model says so" prints '28x28, deskewed'
run evaluate upright digits:400 --device "$device" --json
check "deskew: evaluates" ended 0
refuses "deskew: no ONNX" 1 'deskewed' export upright --to upright.onnx
refuses "deskew: no C source" 1 'deskewed' export upright --to upright.c
run export upright --to upright.npz
check "deskew: weights for NumPy, with a word" eval 'ended 0 && says "deskewed images"'
printf 'a,y\n1,2.5\n2,4.5\n3,6.25\n4,8.5\n' >few.csv
refuses "deskew: of images alone" 1 'no images' train few.csv --test few.csv --target-type numbers --deskew \
    --validation 0 --device "$device"
refuses "deskew: as the model to start from has it" 2 'cannot stand beside' \
    train digits:400 --init upright --deskew --device "$device"

# ---- several seeds -----------------------------------------------------------

# shellcheck disable=SC2086
run train $tiny --seeds 3 --epochs 2 --device "$device" --output seeds --json --quiet
check "seeds: exit status 0, nothing said" [ "$last $(wc -c <err)" = "0 0" ]
check "seeds: the summary is what is printed" cmp -s out seeds/summary.json
check "seeds: the first is the run of that seed alone, to the bit" \
    cmp -s seeds/seed-7/model.safetensors run/model.safetensors
run train --config seeds/seed-9/config.json --device "$device" --output ninth --quiet
check "seeds: each repeats by its own file of settings" \
    cmp -s seeds/seed-9/model.safetensors ninth/model.safetensors
check "seeds: they differ" eval "! cmp -s seeds/seed-7/model.safetensors ninth/model.safetensors"
# shellcheck disable=SC2016 # t of 2 degrees of freedom at 97.5 %, from a table
check "seeds: mean, deviation and interval" awk -F '[:,]' '
    /"accuracy": [0-9]/ { x[n++] = $2; sum += $2 }
    /"mean"/ { mean = $2 }
    /"deviation"/ { deviation = $2 }
    interval == 1 { low = $1; interval++ }
    interval == 2 && $1 + 0 != low + 0 { high = $1; interval++ }
    /"interval_95"/ { interval = 1 }
    END {
        for (i in x) squares += (x[i] - sum / n) ^ 2
        d = sqrt(squares / (n - 1)); reach = 4.302652729911 * d / sqrt(n)
        e = 1e-9
        exit !(n == 3 && d > 0 && (mean - sum / n) ^ 2 < e ^ 2 && (deviation - d) ^ 2 < e ^ 2 &&
            (low - mean + reach) ^ 2 < e ^ 2 && (high - mean - reach) ^ 2 < e ^ 2)
    }' seeds/summary.json
# shellcheck disable=SC2086
refuses "seeds: a folder with a summary in it" 1 'seeds/summary.json is there already' \
    train $tiny --seeds 2 --device "$device" --output seeds
rm seeds/summary.json
# shellcheck disable=SC2086
refuses "seeds: a folder with one of the runs in it" 1 'seeds/seed-9 already holds a run' \
    train digits:600 --seed 9 --seeds 2 --device "$device" --output seeds
check "seeds: nothing was trained before that showed" [ ! -e seeds/seed-10 ]
refuses "seeds: past the last one" 1 'take a smaller one' \
    train digits:600 --seed 9007199254740991 --seeds 2 --device "$device"
run train digits:600 --hidden 8 --seeds 2 --steps 3 --device "$device" --output default
check "seeds: from the default on" [ "$last $(ls default | tr '\n' ' ')" = "0 seed-1 seed-2 summary.json " ]
check "seeds: says which" says "seed 2 (2 of 2)"
check "seeds: prints the interval" prints "95 % interval"
printf 'a,y\n1,2.5\n2,4.5\n3,6.25\n4,8.5\n5,10.5\n6,12.75\n' >slope.csv
refuses "seeds: no test set" 1 '--seeds compares networks' \
    train slope.csv --target-type numbers --seeds 2 --device "$device"
run train slope.csv --target-type numbers --test slope.csv --validation 0 --seeds 2 --epochs 3 \
    --device "$device" --output slope --json
check "seeds: numbers by R2" eval 'ended 0 && prints "\"measure\": \"r2\""'

# ---- evaluate, predict, inspect, devices, verify ---------------------------

run evaluate run --device "$device"
check "evaluate: a run folder, its own data" ended 0
check "evaluate: accuracy" prints "accuracy"
check "evaluate: confusion matrix" prints "Confusion"
run evaluate run/model.safetensors digits:300 --split train --device "$device" --json
check "evaluate: JSON" [ "$last $(value out samples)" = "0 300" ]
cp out evaluate.json

# ---- the mean over distorted copies --------------------------------------------

run evaluate run digits:300 --augment-copies 3 --device "$device"
check "copies: as the preset simard, where the run had no distortion" \
    eval 'ended 0 && prints "3 distorted copies: --rotate 10 --scale 0.1" && prints "without "'
run evaluate run digits:300 --device "$device" --json
cp out plain.json
run evaluate run digits:300 --augment-copies 3 --rotate 20 --device "$device" --json
cp out copies.json
check "copies: the samples as they are beside the mean" [ "$last $(value out loss)" = "0 $(value plain.json loss)" ]
check "copies: the mean is something else" [ "$(value out loss)" != "$(grep '"loss"' out | tail -n 1 | tr -dc '0-9.')" ]
check "copies: every sample once in the confusion matrix" \
    [ "$(sed -n '/"confusion"/,$p' out | tr -dc '0-9\n' | awk '{ n += $1 } END { print n }')" -eq "$(value out samples)" ]
run evaluate run digits:300 --augment-copies 3 --rotate 20 --device "$device" --json
check "copies: the same of the same seed" cmp -s out copies.json
run evaluate run digits:300 --augment-copies 3 --rotate 20 --seed 2 --device "$device" --json
check "copies: others of another seed" eval '! cmp -s out copies.json'
run train digits:200 --hidden 4 --epochs 1 --shift 2 --device "$device" --output shifted --quiet
run evaluate shifted/model.safetensors --augment-copies 2 --device "$device"
check "copies: distorted as in the run" prints '2 distorted copies: --shift 2'
refuses "copies: a distortion without copies" 2 '--augment-copies' evaluate run --rotate 10
refuses "copies: a seed without copies" 2 '--augment-copies' evaluate run --seed 3
refuses "copies: of what is no image" 1 'no images' \
    evaluate slope/seed-1 slope.csv --augment-copies 2 --device "$device"
refuses "copies: none" 2 'from 1 to' evaluate run --augment-copies 0

# ---- ensemble ----------------------------------------------------------------

# Of one model twice the mean is the model, so that both ways of counting must agree.
run ensemble run run --data digits:600 --device "$device" --json
check "ensemble: a model twice is the model" \
    [ "$last $(sed -n 's/.*"correct": //p' out | uniq -c | tr -s ' ,' ' ' | cut -d ' ' -f 2)" = "0 3" ]
# shellcheck disable=SC2016
near='/"NAME"/ { sub(",", ""); n++; if (n == 1) x = $2; d = $2 - x; if (d * d > 1e-12) bad = 1 }
    END { exit bad || n != 3 }'
check "ensemble: with its loss" awk "$(echo "$near" | sed 's/NAME/loss/')" out
run ensemble slope/seed-1 slope/seed-1 --data slope.csv --device "$device" --json
for score in rmse mae r2; do
    check "ensemble: of numbers, $score" awk "$(echo "$near" | sed "s/NAME/$score/")" out
done
printf 'x,p,q\n' >labels.csv
awk 'BEGIN { for (i = 0; i < 90; i++) printf "%.1f,%d,%d\n", i / 10, (i % 9 > 3), (i > 45) }' >>labels.csv
run train labels.csv --target p,q --target-type numbers --loss sigmoid --test labels.csv \
    --epochs 3 --device "$device" --output labels --quiet
run ensemble labels labels --data labels.csv --device "$device" --json
check "ensemble: of labels" \
    [ "$last $(sed -n 's/.*"correct": //p' out | uniq -c | tr -s ' ,' ' ' | cut -d ' ' -f 2)" = "0 3" ]

# Two models that differ: the mean by hand, from what each predicts.
run train digits:600 --hidden 8 --seed 8 --epochs 4 --device "$device" --output eight --quiet
for model in run eight; do
    run predict $model digits:600 --top 10 --device "$device"
    sort -t "$(printf '\t')" -k 2,2n -k 3,3 out >$model.tsv
done
# The built-in digits have their labels in turn.
paste run.tsv eight.tsv | awk -F '\t' '
    { p = ($4 + $8) / 2; if (!($2 in best) || p > best[$2]) { best[$2] = p; class[$2] = $3 } }
    END { for (row in class) hits += class[row] == row % 10; print hits }' >by_hand
run ensemble run eight --data digits:600 --device "$device" --json
check "ensemble: the mean of two models" \
    [ "$last $(sed -n 's/.*"correct": \([0-9]*\).*/\1/p' out | tail -n 1)" = "0 $(cat by_hand)" ]
run ensemble run eight --device "$device"
check "ensemble: the data of the first" prints "all 2 together"
check "ensemble: a line for each" [ "$(grep -c accuracy out)" -eq 3 ]
refuses "ensemble: other tasks" 1 'predict the same' ensemble run slope/seed-1 --device "$device"
awk 'BEGIN { print "a,class"; for (i = 0; i < 60; i++) print i % 6 "," (i % 2 ? "cat" : "dog") }' >pets.csv
sed 's/dog/emu/' pets.csv >birds.csv
for set in pets birds; do
    run train $set.csv --test $set.csv --epochs 1 --device "$device" --output $set --quiet
done
refuses "ensemble: other classes" 1 '"dog"' ensemble pets birds --device "$device"
refuses "ensemble: other inputs" 1 'inputs' ensemble run pets --device "$device"
refuses "ensemble: no such model" 1 'no-such-model' ensemble run no-such-model

# One hidden neuron cannot tell ten classes apart: some are never predicted.
run train digits:600 --hidden 1 --steps 1 --device "$device" --output poor --quiet
run evaluate poor digits:600 --device "$device" --json
check "evaluate: what is not a number is null" \
    eval "ended 0 && prints '\"precision\": null'"
cp out poor.json
run predict run digits:50 --device "$device"
rows=$(wc -l <out)
check "predict: four columns" [ "$last $(awk -F '\t' 'NF != 4' out | wc -l)" = "0 0" ]
check "predict: a row per sample" \
    [ "$(awk -F '\t' '{print $2}' out | sort -nu | wc -l)" -eq "$rows" ]
run predict run digits:50 --top 3 --device "$device"
check "predict: top 3, three lines a sample" [ "$(wc -l <out)" -eq $((3 * rows)) ]
# shellcheck disable=SC2016 # the dollars are those of awk
check "predict: probabilities fall" awk -F '\t' \
    'NR > 1 && $2 == row && $4 > p { bad = 1 } { row = $2; p = $4 } END { exit bad }' out
run predict run digits:50 --device "$device" --json
check "predict: JSON lines" [ "$last $(wc -l <out)" = "0 $rows" ]
cp out predict.jsonl
refuses "predict: more classes than there are" 1 '--top 11' predict run digits:50 --top 11

# Two images of 2x2 without labels.
printf '\000\000\010\003\000\000\000\002\000\000\000\002\000\000\000\002abcdefgh' >tiny.idx
refuses "predict: images that do not fit" 1 'images of 28 x 28' predict run tiny.idx --device "$device"
refuses "predict: a wrong file" 1 garbage predict run garbage --device "$device"
refuses "train: images without labels" 1 'labels' train tiny.idx --device "$device"
run inspect tiny.idx
check "inspect: an IDX file" [ "$last $(grep -c 'images of 2x2' out)" = "0 1" ]
run inspect run
check "inspect: a run folder" [ "$last $(grep -c 'layers.0.weight' out)" = "0 1" ]
run inspect run/model.safetensors --json
check "inspect: a model as JSON" [ "$last $(value out parameters)" = "0 6370" ]
cp out model.json
run inspect digits:600
check "inspect: a data set" [ "$last $(grep -c 'images of 28x28' out)" = "0 1" ]
run inspect digits:600 --json
check "inspect: a data set as JSON" ended 0
check "inspect: what a data set is like" [ \
    "$(value out maximum) $(value out repeated) $(value out shared)" = "255.0 0 0" ]
cp out data.json
run devices
check "devices: lists the reference" [ "$last $(grep -c '^reference' out)" = "0 1" ]
run devices --json
check "devices: as JSON" ended 0
cp out devices.json
run verify --device "$device" --quick --json
check "verify: $device passes" [ "$last $(value out failed)" = "0 0" ]
cp out verify.json

# ---- data show ---------------------------------------------------------------

run data show --help
check "data show: help of at most 80 columns" \
    eval 'ended 0 && prints "Usage: incline data show" && [ -z "$(awk "length > 80" out)" ]'
run data show digits:40 --first 17 --count 1
# A caption and 14 lines of 28 characters, each for two pixels.
check "data show: a sample as characters" \
    [ "$last $(head -n 1 out) $(awk 'NR > 1 && length == 28' out | wc -l)" = "0 17: 7 14" ]
check "data show: of different blackness" [ "$(tail -n +2 out | tr -d '\n ' | fold -w 1 | sort -u | wc -l)" -ge 5 ]
cp out plain
run data show digits:40 --first 17 --count 1 --rotate 10 --copies 1 --device "$device"
cut -c 1-28 out | sed 's/ *$//' >left
sed 's/ *$//' plain >right
check "data show: the sample beside its copy" cmp -s left right
check "data show: the copy is another image" eval 'ended 0 && ! cut -c 31- out | cmp -s - plain'
run data show digits:40 --first 17 --count 1 --deskew
check "data show: the sample beside itself upright" \
    eval 'ended 0 && ! cut -c 31- out | cmp -s - plain && cut -c 1-28 out | sed "s/ *$//" | cmp -s - right'
run data show digits:40 --seed 3
cp out third
run data show digits:40 --seed 3
check "data show: the same samples of the same seed" eval 'ended 0 && cmp -s out third'
check "data show: ten different samples" [ "$(grep -o '[0-9]*: [0-9]' out | sort -u | wc -l)" -eq 10 ]
run data show digits:40 --seed 4
check "data show: others of another seed" eval '! cmp -s out third'
run data show digits:40 --first 38
check "data show: up to the last sample" [ "$(grep -o '[0-9]*: [0-9]' out | wc -l)" -eq 2 ]
run data show tiny.idx --first 0
check "data show: images without labels" eval 'ended 0 && prints "1"'
run data show digits:40 --augment --count 2 --png sheet.png --device "$device"
if says "built without libpng"; then
    skip "data show: PNG" "this Incline was built without libpng"
else
    # Two lines of ten images of 28 pixels, each pixel twice, with gaps of 4.
    check "data show: a PNG file of 604 x 124" eval 'ended 0 &&
        [ "$(dd if=sheet.png bs=1 skip=16 count=8 2>/dev/null | od -An -tu1 | tr -s " ")" = " 0 0 2 92 0 0 0 124" ]'
    check "data show: captions beside the file" [ "$(grep -c ': ' out)" -eq 2 ]
    refuses "data show: a PNG file that cannot be written" 1 'nowhere' \
        data show digits:40 --png nowhere/sheet.png
fi
refuses "data show: a table" 1 'no images' data show slope.csv --target-type numbers
refuses "data show: a sample that is not there" 1 'samples 0 to 39' data show digits:40 --first 40
refuses "data show: copies that are like the sample" 2 '--augment' data show digits:40 --copies 2
refuses "data show: no such set" 1 'no-such-set' data show no-such-set
refuses "data: no command" 2 'Usage: incline data' data
refuses "data: another command, nearest named" 2 'did you mean "show"?' data shwo
refuses "data: a command like nothing" 2 'unknown command' data xyzzyxyzzy

if command -v python3 >/dev/null; then
    for file in train evaluate poor model data devices verify; do
        check "JSON of $file" is_json $file.json
    done
    split -l 1 predict.jsonl line.
    check "JSON of predict, each line" is_json line.*
else
    skip "JSON" "no python3 here"
fi

# ---- standard output that takes nothing -------------------------------------

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

# start WORD...: the program in the background, SIGINT as in a terminal.
start() {
    words=$*
    : >out
    : >err
    env --default-signal=INT "$incline" "$@" >out 2>err </dev/null &
    child=$!
}

finish() {
    wait "$child"
    last=$?
    child=
}

trains() { grep -q '^run ' err && [ -f "$1/metrics.jsonl" ]; }

if env --default-signal=INT true 2>/dev/null; then
    for signal in INT TERM; do
        wanted=$([ $signal = INT ] && echo 130 || echo 143)
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
    start train $tiny --seeds 3 --epochs 1000 --device "$device" --output several --json
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
refuses "bench: other JSON" 1 'holds no results' bench --against run/config.json
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

echo "cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
