#!/bin/sh
# models.sh - models looked at: evaluate, predict, inspect, export; devices and verify.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- evaluate -----------------------------------------------------------

train_run
run evaluate run --device "$device"
check "evaluate: a run folder, its own data" ended 0
check "evaluate: accuracy" prints "accuracy"
check "evaluate: confusion matrix" prints "Confusion"
run evaluate run/model.safetensors digits:300 --split train --device "$device" --json
check "evaluate: JSON" [ "$last $(value out samples)" = "0 300" ]
cp out evaluate.json

# ---- predict, inspect, devices, verify ---------------------------------------

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
run train slope.csv --target-type numbers --epochs 2 --device "$device" --output numbers --quiet
refuses "predict: the most probable of numbers" 2 '--top ranks classes' \
    predict numbers slope.csv --top 2 --device "$device"
refuses "predict: model and data exchanged" 1 'slope.csv: is text, perhaps a table, and no model' \
    predict slope.csv run
refuses "predict: more classes than there are" 1 '--top 11' predict run digits:50 --top 11

# Two images of 2x2 without labels.
printf '\000\000\010\003\000\000\000\002\000\000\000\002\000\000\000\002abcdefgh' >tiny.idx
refuses "predict: images that do not fit" 1 'images of 28 x 28' predict run tiny.idx --device "$device"
# The header of an archive's first file: 26 bytes, two lengths, its name.
archive() {
    printf 'PK\003\004%022d' 0
    # shellcheck disable=SC2059 # the length is a byte
    printf "\\$(printf %03o "${#1}")\\000\\000\\000%s and more" "$1"
}
archive net/data.pkl >net.pt
refuses "predict: what torch.save() writes" 1 'net.pt: is an archive with a pickle' predict net.pt digits:20
printf '\200\002}q\000. and more' >old.pt
archive x_train.npy >net.npz
refuses "predict: an archive of arrays for a model" 1 'net.npz: is a ZIP archive, perhaps a data set' \
    predict net.npz digits:20
refuses "train: from what torch.save() wrote once" 1 'safetensors.torch.save_file(model.state_dict()' \
    train digits:60 --init old.pt --device "$device"
: >empty.png
refuses "predict: an empty picture" 1 'empty.png: is empty' predict run empty.png --device "$device"
refuses "predict: an empty picture to be resized" 1 'empty.png: is empty' \
    predict run empty.png --resize 28x28 --device "$device"
mkdir -p nothing loose
refuses "predict: an empty folder" 1 'nothing: holds no data set' predict run nothing --device "$device"
echo 'P2 1 2 9 3 3' >loose/a.pgm
refuses "predict: pictures of another size" 1 'loose has 2 x 1; pictures (PNG, PGM) are brought to that size with --resize' \
    predict run loose --device "$device"
run predict run loose --resize 28x28 --format csv --device "$device"
check "predict: a folder of pictures without classes" [ "$last $(grep -c '^loose/a.pgm,0,' out)" = "0 1" ]
run train slope.csv --epochs 1 --device "$device" --output slope --target-type numbers --quiet
head -1 slope.csv >header.csv
run predict slope header.csv --device "$device"
check "predict: nothing of a header alone" [ "$last $(wc -c <out)" = "0 0" ]
refuses "evaluate: a header alone" 1 'header.csv: has no rows below its header' \
    evaluate slope header.csv --device "$device"
refuses "train: a header alone" 1 'a single row of texts, or a header without rows' \
    train header.csv --device "$device"
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

if command -v python3 >/dev/null; then
    for file in evaluate poor model data devices verify; do
        check "JSON of $file" is_json $file.json
    done
    split -l 1 predict.jsonl line.
    check "JSON of predict, each line" is_json line.*
else
    skip "JSON" "no python3 here"
fi

# ---- weights as numbers and as a picture --------------------------------------

run export run --to weights.csv
check "export: CSV" eval 'ended 0 && [ "$(head -1 weights.csv)" = layer,neuron,input,value ]'
check "export: a line of CSV for each parameter" [ "$(wc -l <weights.csv)" -eq 6371 ]
refuses "export: what 8 bits cost on data that are not there" 1 'no-such-set' \
    export run --to bytes.c --quantize --data no-such-set --device "$device"
check "export: nothing was written before that showed" [ ! -e bytes.c ]
run export run --to neurons.png
if [ "$last" -eq 1 ] && says 'without libpng'; then
    skip "export: PNG" "built without libpng"
else
    check "export: PNG" eval 'ended 0 && head -c 8 neurons.png | grep -q PNG'
fi

# ---- as C source ----------------------------------------------------------------

run export slope --to slope.c
if command -v cc >/dev/null && cc -DSLOPE_MAIN slope.c -o slope_main -lm 2>/dev/null; then
    # answers NAME STATUS TEXT INPUT: what the program says of an input.
    answers() {
        words="slope_main of $4"
        printf '%s' "$4" | ./slope_main >out 2>err
        last=$?
        check "C source: $1" eval "ended $2 && says '$3'"
    }
    printf '1 2' | ./slope_main >out 2>err
    check "C source: numbers" [ "$? $(wc -l <out) $(wc -c <err)" = "0 2 0" ]
    answers "a comma" 1 'sample 1, number 1: ",5" is no number; 1 numbers' ',5'
    answers "a word behind a sample" 1 'sample 2, number 1: "two" is no number' '1 two'
else
    skip "C source as a program" "no compiler here"
fi

summary
