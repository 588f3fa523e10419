#!/bin/sh
# names.sh - names of classes and columns that are long, wide, alike, or no text for a terminal.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# train_on FILE RUN: a network on a table, in a run folder.
train_on() { run train "$1" --epochs 2 --device "$device" --output "$2" --quiet; }

# samples NAME...: ten samples of each class.
samples() {
    printf 'x1,x2,class\n'
    for class in "$@"; do
        for i in 1 2 3 4 5 6 7 8 9 10; do
            printf '%d.%d,0.%d,"%s"\n' "${#class}" $i $i "$class"
        done
    done
}

# ---- the mean of the scores ----------------------------------------------------

samples a bb ccc >three.csv
head -n 21 three.csv >two.csv
run train three.csv --epochs 30 --device "$device" --output three --quiet
run evaluate three two.csv --device "$device" --json
# A class that is neither there nor predicted counts for nothing; one that is predicted counts as 0.
if command -v python3 >/dev/null 2>&1; then
    check "evaluate: the mean is over the classes that occur" python3 -c '
import json
e = json.load(open("out"))
m, n = e["confusion"], range(3)
rows, cols = [sum(m[i]) for i in n], [sum(m[j][i] for j in n) for i in n]
there = [i for i in n if rows[i] + cols[i]]
f1 = sum(2 * m[i][i] / (rows[i] + cols[i]) for i in there) / len(there)
recall = sum(m[i][i] / rows[i] for i in there if rows[i]) / len(there)
assert rows[2] == 0 and abs(e["macro"]["f1"] - f1) < 1e-9, (e["macro"], f1)
assert abs(e["macro"]["recall"] - recall) < 1e-9, (e["macro"], recall)'
else
    skip "evaluate: the mean is over the classes that occur" "python3 is not installed"
fi

# ---- alignment ---------------------------------------------------------------------

# Two columns for each of the first name's characters, none for the second's accent.
e=$(printf 'e\314\201')
samples 猫犬 "caf$e" >wide.csv
train_on wide.csv wide
run evaluate wide wide.csv --device "$device"
check "evaluate: wide names are filled up by their columns" prints "猫犬  "
check "evaluate: combining accents take no column" prints "caf$e  "
check "evaluate: heads above their columns" grep -q '^ *caf  猫$' out

samples alpha_1 alpha_2 beta >alike.csv
train_on alike.csv alike
run evaluate alike alike.csv --device "$device"
check "evaluate: numbers where heads would be alike" grep -q '^ *0   1   2$' out
check "evaluate: the numbers' names" eval 'prints "  0 alpha_1" && prints "  2 beta"'

# ---- what the columns and the target are called ------------------------------------------

{
    printf 'Unnamed: 0,"si""ze",colour,"kind, or\nsort"\n'
    for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
        printf '%d,%d.5,%s,%s\n' $i $((i * 7 % 5)) "$([ $((i % 2)) = 0 ] && echo red || echo '"b,""lue"')" \
            "$([ $((i % 3)) = 0 ] && echo cat || echo dog)"
    done
} >columns.csv
run inspect columns.csv
check "inspect: the target" eval 'prints "target    kind, or\nsort"'
check "inspect: a column that numbers the samples" prints '--ignore "Unnamed: 0"'
sed '1s/Unnamed: 0//' columns.csv >index.csv
run inspect index.csv
check "inspect: such a column without a name" prints '--ignore "1"'
run train columns.csv --epochs 2 --device "$device" --output columns
check "train: the target" says '2 classes of kind, or\nsort'
run inspect columns
check "inspect: columns of a model" eval \
    "prints 'si\"ze                number, where missing ' && prints '2 texts: \"b,\"lue\", \"red\"'"
if command -v python3 >/dev/null 2>&1; then
    run inspect columns --json
    check "inspect: JSON of a model's columns" python3 -c '
import json
m = json.load(open("out"))
assert m["target"] == "kind, or\nsort" and m["classes"] == ["cat", "dog"], m
assert [c["name"] for c in m["columns"]] == ["Unnamed: 0", "si\"ze", "colour"], m
assert m["columns"][2]["values"] == ["b,\"lue", "red"] and "mean" in m["columns"][0], m
assert m["scale"] is None and len(m["scales"]) == len(m["shifts"]) == m["widths"][0], m'
    for command in "inspect columns.csv" "evaluate columns columns.csv --device $device"; do
        # shellcheck disable=SC2086 # the words of $command are words
        run $command --json
        check "${command%% *}: JSON of such names" is_json out
    done
else
    skip "inspect: JSON of a model's columns" "python3 is not installed"
fi
printf 'x,row\n' >row.csv
for i in 0 1 2 3 4 5 6 7 8 9; do printf '%d,%d.25\n' $i $((2 * i)) >>row.csv; done
run train row.csv --target row --epochs 2 --device "$device" --output row --quiet
run inspect row
check "inspect: the target of a model of numbers, once" [ "$(grep -c '^target.* row$' out)" -eq 1 ]
run inspect row.csv --target row
check "inspect: the target of data with numbers, once" [ "$(grep -c '^target' out)" -eq 1 ]
run predict row row.csv --format csv --device "$device"
check "predict: a target called like a column of its own" [ "$(head -n 1 out)" = file,row,predicted_row ]
printf 'x,y\n' >bits.csv
for i in 0 1 2 3 4 5 6 7 8 9; do printf '%d,%d\n' $i $((i % 2)) >>bits.csv; done
run train bits.csv --target-type numbers --epochs 2 --device "$device" --output bits
check "train: targets of 0 and 1 are said to be" says "--loss sigmoid"

# ---- control characters --------------------------------------------------------------

samples "$(printf 'one\ntwo')" "$(printf 'one\ttwo')" >control.csv
train_on control.csv control
for command in "evaluate control control.csv --device $device" \
    "predict control control.csv --device $device" "inspect control.csv" "inspect control"; do
    # shellcheck disable=SC2086 # the words of $command are words
    run $command
    # shellcheck disable=SC1003 # a backslash
    check "${command%% *}: control characters as escapes" eval 'prints "one\ntwo" && prints "one\ttwo"'
done

summary
