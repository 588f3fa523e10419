#!/bin/sh
# means.sh - the mean of distorted copies, and of several models.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- the mean over distorted copies --------------------------------------------

train_run
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
run train slope.csv --target-type numbers --test slope.csv --validation 0 --epochs 3 \
    --device "$device" --output slope --quiet
refuses "copies: of what is no image" 1 'no images' \
    evaluate slope slope.csv --augment-copies 2 --device "$device"
refuses "copies: none" 2 'from 1 to' evaluate run --augment-copies 0

# ---- ensemble ----------------------------------------------------------------

# Of one model twice the mean is the model, so that both ways of counting must agree.
run ensemble run run --data digits:600 --device "$device" --json
check "ensemble: a model twice is the model" \
    [ "$last $(sed -n 's/.*"correct": //p' out | uniq -c | tr -s ' ,' ' ' | cut -d ' ' -f 2)" = "0 3" ]
# shellcheck disable=SC2016
near='/"NAME"/ { sub(",", ""); n++; if (n == 1) x = $2; d = $2 - x; if (d * d > 1e-12) bad = 1 }
    END { exit bad || n != 3 }'
check "ensemble: says which part" prints '"part": "test"'
check "ensemble: with its loss" awk "$(echo "$near" | sed 's/NAME/loss/')" out
run ensemble slope slope --data slope.csv --device "$device" --json
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
refuses "ensemble: other tasks" 1 'predict the same' ensemble run slope --device "$device"
awk 'BEGIN { print "a,class"; for (i = 0; i < 60; i++) print i % 6 "," (i % 2 ? "cat" : "dog") }' >pets.csv
sed 's/dog/emu/' pets.csv >birds.csv
for set in pets birds; do
    run train $set.csv --test $set.csv --epochs 1 --device "$device" --output $set --quiet
done
refuses "ensemble: other classes" 1 '"dog"' ensemble pets birds --device "$device"
refuses "ensemble: other inputs" 1 'inputs' ensemble run pets --device "$device"
refuses "ensemble: no such model" 1 'no-such-model' ensemble run no-such-model

summary
