#!/bin/sh
# repeat.sh - what a run keeps of how it was made: it is repeated, gone on with and evaluated by that alone,
# from any folder, and never on other data than its own.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

awk 'BEGIN {
    print "area;rooms;price;city"
    for (i = 0; i < 120; i++)
        printf "%d;%s;%d;%s\n", 40 + i * 7 % 90, i % 19 == 3 ? "NA" : i % 5 + 1, 100 + i * 13 % 70, i % 3 ? "a" : "b"
}' >homes.csv
mkdir elsewhere "a b"
sed '2,50d' homes.csv >fewer.csv
awk -F';' -v OFS=';' 'NR == 60 {$3 = 999} {print}' homes.csv >changed.csv
sed 's/^[^;]*;//' homes.csv >narrower.csv
on="--device $device --quiet"
as="--hidden 6 --batch-size 16 $on"

# same NAME RUN OTHER: two runs made the same model.
same() { check "$1" cmp -s "$2/model.safetensors" "$3/model.safetensors"; }

# ---- --config --------------------------------------------------------------------

# shellcheck disable=SC2086 # the words of $as are words
{
    run train homes.csv --target price --ignore rooms --separator semicolon --header yes \
        --test fewer.csv --epochs 4 $as --output first
    check "config.json holds the options of the data" eval 'grep -q "\"target\": \"price\"" first/config.json &&
        grep -q "\"ignore\": \"rooms\"" first/config.json && grep -q "\"separator\": \"semicolon\"" first/config.json'
    check "config.json names files by their whole path" eval 'grep -q "\"source\": \"/.*/homes.csv\"" first/config.json &&
        grep -q "\"test\": \"/.*/fewer.csv\"" first/config.json'
    cd elsewhere || exit 2
    run train --config ../first/config.json --device "$device" --output second
    check "config: repeats how a table was read, from another folder" [ "$last $(grep -c '^test R2' out)" = "0 1" ]
    cd .. || exit 2
    same "config: to the bit" first elsewhere/second
    check "config: and writes the same file" cmp -s first/config.json elsewhere/second/config.json
    run train --config first --device "$device" --output third --quiet
    same "config: a folder of a run is taken, too" first third
    run train --config first --target city --device "$device" --output fourth --quiet
    check "config: an explicit target overrides" grep -q '"target": "city"' fourth/config.json
    cp fewer.csv "a b/homes.csv"
    run train "a b/homes.csv" --config first --device "$device" --output fifth --quiet
    check "config: other data are read as those were" grep -q '"target": "price"' fifth/config.json
    check "config: but tested on what is theirs" [ "$(grep -c '"test"' fifth/config.json)" = 0 ]

    run train homes.csv --init first --epochs 1 $on --output begun
    check "init stands in config.json" grep -q '"init": "/.*/first"' begun/config.json
    run train --config begun --device "$device" --output begun-too --quiet
    same "config: begins from the same model" begun begun-too
    run train --config begun --target price --hidden 5 --device "$device" --output fresh --quiet
    check "config: another network begins anew" [ "$last $(grep -c '"init"' fresh/config.json)" = "0 0" ]
    refuses "init: the model knows its columns" 2 'knows the columns of its table' \
        train homes.csv --init first --target city --epochs 1 $on --output never

    run train homes.csv --target price --test homes.csv --epochs 2 $as --output short
    mv homes.csv kept.csv
    refuses "config: a data set that is gone is named" 1 '/homes.csv, is not there; name it where it is now' \
        train --config first --device "$device" --output never
    refuses "resume: as well" 1 'incline train DATA --resume short' train --resume short --epochs 3
    refuses "evaluate: as well" 1 'incline evaluate MODEL DATA' evaluate short --split train
    cp fewer.csv homes.csv
    refuses "config: another number of samples" 1 'so that it cannot be repeated; name DATA' \
        train --config first --device "$device" --output never
    cp narrower.csv homes.csv
    run train --config short --device "$device" --output never
    check "config: another number of features" eval 'ended 1 && says "so that it cannot be repeated"'
    rm homes.csv
    cp kept.csv homes.csv
}

# ---- --resume --------------------------------------------------------------------

# shellcheck disable=SC2086
{
    run train homes.csv --target price --test homes.csv --epochs 4 $as --output whole
    cd elsewhere || exit 2
    cp ../fewer.csv homes.csv
    run train --resume ../short --epochs 4 --device "$device"
    check "resume: on its own data, from another folder, tested on what it was" [ "$last $(grep -c '^test R2' out)" = "0 1" ]
    cd .. || exit 2
    same "resume: to the bit" short whole
    cp -r short copied
    cp changed.csv homes.csv
    refuses "resume: other contents of the same shape" 1 'has other samples' train --resume copied --epochs 5 --device "$device"
    cp kept.csv homes.csv
    mv homes.csv moved.csv
    run train moved.csv --resume copied --test moved.csv --epochs 5 --device "$device" --quiet
    check "resume: data that have moved" [ "$last $(grep -c '/moved.csv' copied/config.json)" = "0 1" ]
    cp kept.csv homes.csv
    refuses "resume: the model knows its columns" 2 'knows the columns of its table' \
        train --resume whole --target city --epochs 9 --device "$device"
}

# ---- nothing left, nothing there yet ---------------------------------------------

# shellcheck disable=SC2086
{
    run train --resume whole --device "$device"
    check "resume: says that nothing is left" eval 'ended 0 && says "nothing is left to do: all " && says "to go on"'
    run train homes.csv --target price --epochs 200 --patience 1 --learning-rate 0.5 --optimizer adam $as --output early
    run train --resume early --device "$device"
    check "resume: says that it stopped early" eval 'ended 0 && says "stopped early at epoch" && says "patience of 1"'
    cp -r whole "no model"
    rm "no model/model.safetensors"
    refuses "a run without a model says so" 1 "--resume 'no model'" evaluate "no model" homes.csv
    run train homes.csv --target price --test homes.csv --seeds 2 --epochs 1 $as --output seeds
    refuses "a folder of seeds says so" 1 'holds the runs of several seeds' evaluate seeds homes.csv
    refuses "paths in advice are words for a shell" 1 "go on with --resume 'no model'" \
        train homes.csv --epochs 1 $on --output "no model"
}

# ---- evaluate, ensemble ----------------------------------------------------------

run evaluate whole --device "$device"
check "evaluate: what a run was tested on" eval 'ended 0 && prints "homes.csv"'
cp out wanted
cd elsewhere || exit 2
run evaluate ../whole --device "$device"
check "evaluate: from another folder" cmp -s out ../wanted
run ensemble ../whole ../short --device "$device" --json
check "ensemble: from another folder" [ "$last $(value out samples)" = "0 120" ]
cd .. || exit 2
refuses "evaluate: the model knows its columns" 2 'knows the columns of its table' \
    evaluate whole homes.csv --target city --device "$device"
refuses "predict: the model knows its columns" 2 'knows the columns of its table' \
    predict whole homes.csv --ignore rooms --device "$device"
tr ';' '|' <homes.csv >bars.csv
run evaluate whole bars.csv --separator bar --header yes --device "$device"
check "evaluate: how a file is written can be said" ended 0

# ---- pictures ----------------------------------------------------------------

# shellcheck disable=SC2086
{
    for class in 0 1; do
        mkdir -p "shots/$class"
        for i in 1 2 3 4 5 6 7 8; do
            printf 'P2\n4 4\n255\n' >"shots/$class/$i.pgm"
            awk -v c=$class -v i=$i 'BEGIN { for (p = 0; p < 16; p++) print (c * 128 + p * i) % 256 }' >>"shots/$class/$i.pgm"
        done
    done
    run train shots --resize 3x3 --invert --epochs 2 --batch-size 4 $on --output shots-1
    run train --config shots-1 --device "$device" --output shots-2 --quiet
    same "config: pictures are resized and inverted again" shots-1 shots-2
    check "config: and the file says so" [ "$(grep -c '"resize": "3x3"\|"invert": "yes"' shots-2/config.json)" = 2 ]
    run train --resume shots-1 --epochs 3 --device "$device" --quiet
    check "resume: pictures" ended 0
    run evaluate shots-1 --split train --device "$device"
    check "evaluate: pictures" ended 0
}

summary
