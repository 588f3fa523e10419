#!/bin/sh
# train.sh - a training run: its folder, its settings from a file, presets and schedules; images made upright.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- training --------------------------------------------------------------

train_run
check "train: exit status 0" ended 0
check "train: says what the data are" says "digits"
check "train: says what the network is" says "784-8-10"
check "train: a line per epoch" [ "$(grep -c '^epoch [12]/2 ' err)" -eq 2 ]
check "train: no control characters" [ -z "$(tr -d '\n -~' <err)" ]
check "train: a model of use is not spoken of" eval '! says "no better than"'
check "train: prints the test accuracy" prints "test accuracy"
check "train: prints where the model lies" prints "run/model.safetensors"
for file in config.json metrics.jsonl model.safetensors checkpoint.safetensors; do
    check "train: run/$file" [ -s "run/$file" ]
done
if [ "$device" != reference ]; then
    run evaluate run digits:600 --device auto
    check "evaluate: says nothing of the device that was taken" eval 'ended 0 && ! says taken'
fi
run train digits:600 --device "$device" --learning-rate 50 --epochs 2 --output blown
check "train: a model of no use is told, and what to try" eval \
    'ended 0 && says "no better than the most frequent class alone, which is right in 10.00 %: another"'
printf 'x,y\n1,2\n2,5\n3,1\n4,4\n5,2\n6,3\n' >scattered.csv
run train scattered.csv --test scattered.csv --device "$device" --learning-rate 1e-6 --epochs 1 \
    --output useless
check "train: so is one that predicts no better than a mean" says 'no better than the mean of'
refuses "train: a folder with a run in it" 1 'already holds a run' \
    train digits:600 --device "$device" --output run

# shellcheck disable=SC2086
run train $tiny --epochs 2 --device "$device" --output twin --json --quiet
check "train: quiet says nothing" [ "$last $(wc -c <err)" = "0 0" ]
check "train: JSON alone on standard output" [ "$(head -c 1 out)" = "{" ]
check "train: JSON counts epochs" [ "$(value out epochs)" = 2 ]
if command -v python3 >/dev/null; then
    check "train: JSON is JSON" is_json out
else
    skip "train: JSON is JSON" "no python3 here"
fi
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
refuses "plateau without validation" 1 'the schedule plateau looks at validation' \
    train digits:600 --schedule plateau --validation 0 --device "$device"
refuses "patience with the last epoch" 1 'set best-by to accuracy or loss' \
    train digits:600 --patience 3 --best-by last --device "$device"
refuses "plateau with the last epoch" 1 'the schedule plateau waits for a better epoch' \
    train digits:600 --schedule plateau --best-by last --device "$device"
refuses "plateau longer than the run" 1 'but the run has 3; take a smaller --plateau-patience' \
    train digits:600 --epochs 3 --schedule plateau --plateau-patience 3 --device "$device"
refuses "one-cycle over fewer epochs than it needs" 1 'let it change by step (--schedule-by step)' \
    train digits:600 --epochs 2 --schedule one-cycle --device "$device"
refuses "schedule: a warm-up as long as the run" 1 'a warm-up of 2 epochs' \
    train digits:600 --epochs 2 --warmup 2 --device "$device"
run train digits:600 --epochs 2 --schedule cosine --schedule-by step --device "$device" \
    --output cosine --quiet
check "schedule: metrics have the learning rate" \
    [ "$(grep -c '"learning_rate": [0-9.e-]*' cosine/metrics.jsonl)" -eq 2 ]

run train digits:600 --steps 3 --hidden none --device "$device"
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
awk 'BEGIN { print "a,b,c,d,y"; for (i = 0; i < 20; i++) print i / 40 ",0.5," i % 3 / 4 ",0.25," i % 2 }' >shades.csv
refuses "deskew: of pixels that are scaled one by one" 1 'take --input-scaling none' \
    train shades.csv --test shades.csv --image 2x2 --deskew --device "$device"
run train shades.csv --test shades.csv --image 2x2 --deskew --input-scaling none --epochs 1 --device "$device" \
    --output shades --quiet
check "deskew: of pixels as they are" ended 0
refuses "deskew: as the model to start from has it" 2 'cannot stand beside' \
    train digits:400 --init upright --deskew --device "$device"

summary
