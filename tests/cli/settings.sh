#!/bin/sh
# settings.sh - data and settings that do not fit, weights of classes and initial ones, the search for a rate.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- settings: bad ones in one sentence, good ones repeated --------------------

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
refuses "one class only" 1 'are of class c; from one class only nothing can be learned, add samples' train same.csv --device "$device"
awk 'BEGIN { print "a,y"; for (i = 0; i < 30; i++) print i % 7 ",3.5" }' >flat.csv
refuses "one target only" 1 'all 30 samples have the same target' train flat.csv --device "$device"
refuses "numbers by a loss for classes" 1 'say that they are classes (--target-type classes)' \
    train pair.csv --target q --loss softmax --device "$device"
for word in --label-smoothing=0.1 --class-weights=balanced --huber-delta=2; do
    refuses "$word by another loss" 1 'not with mse; leave that away' \
        train pair.csv --target q "$word" --device "$device"
done
refuses "a square as large as the image" 1 'take a smaller one (--cutout)' \
    train digits:60 --cutout 28 --device "$device"
refuses "a penalty that turns weights over" 1 'the penalty l2 100 at learning rate 0.1 takes 10 of each' \
    train digits:60 --l2 100 --device "$device"
run train digits:60 --input-noise 1e6 --epochs 20 --hidden 8 --device "$device" --output noisy
check "noise that drowns the inputs: is blamed" says "take less input noise than 1e+06"
run train pair.csv --target p,q --target-type numbers --epochs 1 --device "$device" --output pair
check "a table by no recipe: says which is for tables" says "--preset tabular"
check "no test part: what validation says of numbers" prints "validation     loss "
refuses "targets of another width" 1 'has some of the targets, but not "q"; add that column' evaluate pair single.csv
refuses "more targets than outputs" 1 'single.csv: has some of the targets, but not "q"' \
    train single.csv --init pair --device "$device"
refuses "a table without the model's targets" 1 'yes.csv has no column that the model predicts' \
    train yes.csv --init pair --device "$device"
run train yes.csv --hidden 10 --epochs 1 --device "$device" --output yes
check "a table by a recipe: nothing is said of others" eval '! says "--preset"'
check "no test part: what validation says of classes" prints "validation     "
refuses "a class that the model does not know" 1 'a class that the table the model was trained on' \
    evaluate yes more.csv --device "$device"
refuses "a class that the test set alone has" 1 'a class that the table the model was trained on' \
    train yes.csv --test more.csv --device "$device"
refuses "more classes than outputs" 1 'the model is 2-10-2, but digits:60 has 784 features' \
    train digits:60 --init yes --device "$device"
refuses "a test set that does not fit" 1 'the model takes 2 features, digits:60 has 784' \
    train yes.csv --test digits:60 --epochs 1 --device "$device" --output unfit
check "a test set that does not fit: nothing was begun" [ ! -e unfit ]
run train yes.csv --test digits:60 --epochs 1 --seeds 2 --device "$device" --output unfit
check "a test set that does not fit: nor with seeds" [ "$last $(ls -d unfit 2>/dev/null)" = "1 " ]
cut -d , -f 1,2 yes.csv | tail -n +2 >bare.csv
cut -d , -f 1 yes.csv | tail -n +2 >barer.csv
tail -n +2 yes.csv >headless.csv
run train headless.csv --epochs 1 --device "$device" --output headless --quiet
refuses "a table of another width" 1 'give it these 3 columns in their order, or the features alone' \
    evaluate headless barer.csv --device "$device"
refuses "a table without labels" 1 'take incline predict, which needs none' \
    evaluate headless bare.csv --device "$device"

refuses "an initial value with he" 1 'an initial value goes with constant weights, not with he' \
    train digits:600 --init-value 0.1 --device "$device"
refuses "constant weights without a value" 1 'want a value other than 0 (--init-value)' \
    train digits:600 --init-weights constant --device "$device"
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

# 0 is a number, not what stands for a default.
run train digits:600 --hidden 8 --steps 20 --optimizer adam --device "$device" --output decayless --quiet
run train digits:600 --hidden 8 --steps 20 --optimizer adamw --weight-decay 0 --device "$device" \
    --output undecayed --quiet
check "adamw without decay is adam" cmp -s decayless/model.safetensors undecayed/model.safetensors
run train --config undecayed --device "$device" --output undecayed-too --quiet
check "adamw without decay: repeated by its file of settings" \
    cmp -s undecayed/model.safetensors undecayed-too/model.safetensors
run train digits:600 --hidden 8 --steps 20 --optimizer adam --beta1 0 --device "$device" \
    --output forgetful --quiet
check "a beta1 of 0 is not 0.9" \
    eval '! cmp -s decayless/model.safetensors forgetful/model.safetensors'
refuses "an epsilon of 0" 2 '--epsilon wants a number from 1e-30 to 1' train --epsilon 0

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


# ---- what goes with a choice goes with it --------------------------------------

# same_run NAME RUN OTHER: two runs made the same model; the other is removed.
same_run() {
    check "$1" cmp -s "$2/model.safetensors" "$3/model.safetensors"
    rm -rf "$3"
}
# shellcheck disable=SC2086
run train $tiny --epochs 1 --optimizer adam --beta1 0.8 --device "$device" --output by-adam --quiet
# shellcheck disable=SC2086
run train $tiny --epochs 1 --device "$device" --output by-sgd --quiet
# shellcheck disable=SC2086
run train $tiny --epochs 1 --optimizer adam --device "$device" --output adam --quiet
run train --config by-sgd/config.json --optimizer adam --device "$device" --output again --quiet
same_run "optimizer: another one than the file's has its own rate" adam again
run train --config by-adam/config.json --optimizer sgd --device "$device" --output again --quiet
same_run "optimizer: what the file's had beside its rate is dropped" by-sgd again
run train --config by-adam/config.json --optimizer adam --device "$device" --output again --quiet
same_run "optimizer: the file's named again keeps what it had" by-adam again
run train --config by-sgd/config.json --optimizer adam --learning-rate 0.002 --device "$device" --output again --quiet
check "optimizer: a rate given by hand holds" grep -q '"learning_rate": 0.002,' again/config.json
rm -rf again
# shellcheck disable=SC2086
run train $tiny --preset tabular --epochs 2 --validation 0 --device "$device" --output again --quiet
check "validation: none drops the preset's patience" [ "$last $(grep -c patience again/config.json)" = "0 0" ]
rm -rf again
# shellcheck disable=SC2086
run train $tiny --preset tabular --epochs 2 --best-by last --device "$device" --output again --quiet
check "best-by: last drops it, too" [ "$last $(grep -c patience again/config.json)" = "0 0" ]
rm -rf again
# shellcheck disable=SC2086
run train $tiny --preset tabular --epochs 2 --patience 0 --device "$device" --output again --quiet
check "patience: 0 is none" [ "$last $(grep -c patience again/config.json)" = "0 0" ]

# ---- what would do nothing is refused where somebody said it ----------------

# idle WHY WORD...: the run is refused, and says that the second word of it does nothing.
idle() {
    why=$1
    shift
    refuses "$2: $why" 1 "${2%%=*} would do nothing: $why" train "$@" --device "$device"
}
for word in --dropout=0.5 --normalize=batch --activation=tanh; do
    idle "there are no hidden layers" digits:60 "$word" --hidden none
done
idle "without --elastic-alpha" digits:60 --elastic-sigma=5 --shift 2
idle "without --schedule or --warmup" digits:60 --schedule-by=step
idle "the rate changes by epoch" digits:60 --schedule=cosine --epochs 1
idle "numbers have no accuracy" pair.csv --best-by=accuracy --target q --target-type numbers
idle "only numbers to predict are scaled" yes.csv --target-scaling=none
run train digits:60 --preset dropout --hidden none --epochs 1 --batch-size 10 --device "$device" --output quiet --quiet
check "a preset may say what does nothing" ended 0
run train --config quiet/config.json --device "$device" --output quieter --quiet
check "and so may a file of settings" ended 0
rm -rf quiet quieter

# ---- the search for a learning rate ------------------------------------------

train_run
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
for word in --steps=20 --epochs=3 --schedule=plateau --schedule-by=step --warmup=1 --decay=0.5 --learning-rate=0.1 \
    --patience=3; do
    refuses "find-rate beside $word" 2 'cannot stand beside' train digits:600 --find-rate "$word"
done
words="train digits:600 --hidden 800 --find-rate, stopped"
"$incline" train digits:600 --hidden 800 --find-rate --device reference >out 2>err </dev/null &
child=$!
# It says nothing before, but that it answers SIGTERM, 15, stands in a mask of 64 bits in hexadecimal.
if [ -e /proc/$child/status ]; then
    await 60 grep -q '^SigCgt:.*[4-7c-f]...$' /proc/$child/status
else
    sleep 3
fi
kill -s TERM $child
wait $child
last=$?
child=
check "find-rate: a stop is answered" eval 'ended 143 && says "the search for a rate keeps nothing" && silent'
refuses "find-rate: a folder with a run in it" 1 'already holds a run' \
    train digits:600 --find-rate --device "$device" --output run
refuses "find-rate: a folder that cannot be made" 1 'garbage/rate' \
    train digits:600 --find-rate --device "$device" --output garbage/rate

summary
