#!/bin/sh
# tables.sh INCLINE - tables from the command line: trained on, evaluated, predicted, inspected, and
# scikit-learn's own tables where they are installed. Runs on $INCLINE_TEST_DEVICE.
# shellcheck source=tests/strict.sh
. "$(dirname "$0")/strict.sh"

train() {
    run 0 train "$@" --device "$device" --quiet
}

# ---- a table with everything: texts, missing values, a header, classes by name ----

awk 'BEGIN {
    print "size,colour,weight,animal"
    for (i = 0; i < 200; i++) {
        cat = i % 2
        printf "%s,%s,%.3f,%s\n", i % 17 == 5 ? "NA" : (cat ? 1 : -1) + (i % 7) / 10,
            i % 3 ? "red" : "blue", (i % 11) / 10, cat ? "cat" : "dog"
    }
}' >animals.csv
run 0 train animals.csv --epochs 20 --output run --device "$device"
says "one file, all of it to train on; --test FILE"

run 0 evaluate run animals.csv --device "$device"
says '^data      animals.csv, all, 200 samples'
says 'do not tell how good it is on samples that it has not seen'
says 'cat '
says 'dog '
run 0 evaluate run animals.csv --device "$device" --json
says '"samples": 200'
says '"part": "all"'

cp animals.csv other-animals.csv
run 0 evaluate run other-animals.csv --device "$device"
grep -q 'has not seen' err && fail "a table of another name is not what the model was trained on"
says '^data      other-animals.csv, all, 200 samples'
run 0 ensemble run run --data animals.csv --device "$device"
says '^animals.csv, all, 200 samples'
says 'has not seen'
run 0 ensemble run run --data animals.csv --device "$device" --json
says '"part": "all"'

# Standard input is gone after a run.
"$incline" train - --epochs 1 --output piped --device "$device" <animals.csv >out 2>err || fail "train from a pipe"
says 'standard input is read once'
run 1 train --resume piped --epochs 2 --device "$device"
says 'name the data set: incline train DATA --resume piped'
run 1 train --config piped/config.json --output again --device "$device"
says 'name the data set: incline train DATA --config piped/config.json'
run 0 train animals.csv --config piped/config.json --output again --device "$device" --quiet
"$incline" evaluate piped - --device "$device" <other-animals.csv >out 2>err || fail "evaluate from a pipe"
grep -q 'has not seen' err && fail "what is piped has no name that says what it is"
run 1 evaluate piped --device "$device"
says 'came on standard input and are gone; name the data set: incline evaluate MODEL DATA'
run 2 evaluate piped/model.safetensors --device "$device"
says 'was trained on standard input; name the data set'
sed '2s/cat/dog/; 2s/dog/cat/' animals.csv >changed.csv
run 1 train changed.csv --resume piped --epochs 2 --device "$device"
says 'changed.csv has other samples than standard input had'
run 0 train animals.csv --resume piped --epochs 2 --device "$device" --quiet
run 0 train animals.csv --epochs 2 --output unpiped --device "$device" --quiet
run 0 predict unpiped animals.csv --device "$device"
cp out wanted
run 0 predict piped animals.csv --device "$device"
cmp -s out wanted || fail "a run from a pipe goes on with a file"

# Columns in their own units, hundreds and units, targets in hundred thousands: learned as they come,
# and trained on with the scaling of the model.
awk 'BEGIN {
    print "area,rooms,city,price"
    for (i = 0; i < 300; i++) {
        area = 30 + (i * 37) % 170
        rooms = 1 + (i * 7) % 6
        city = (i % 3) ? "Oslo" : "Rome"
        print area "," rooms "," city "," area * (i % 3 ? 4500 : 3000) + rooms * 10000
    }
}' >houses.csv
run 0 train houses.csv --epochs 60 --output houses --device "$device"
tail -1 houses/metrics.jsonl | awk '{
    match($0, /"r2": *[-0-9.e]+/); r2 = substr($0, RSTART + 6, RLENGTH - 6) + 0
    exit !(r2 > 0.95)
}' || fail "R2 above 0.95 expected of houses.csv: $(tail -1 houses/metrics.jsonl)"
run 0 train houses.csv --init houses/model.safetensors --epochs 1 --output more --device "$device"
tail -1 more/metrics.jsonl | awk '{
    match($0, /"r2": *[-0-9.e]+/); r2 = substr($0, RSTART + 6, RLENGTH - 6) + 0
    exit !(r2 > 0.95)
}' || fail "a model trained on is as good as it was: $(tail -1 more/metrics.jsonl)"

# Other columns first, no target, other separators: the same predictions.
run 0 predict run animals.csv --device "$device"
cut -f 3 out >first
awk -F , 'BEGIN {OFS = ";"} {print $3, $2, $1}' animals.csv >other.csv
run 0 predict run other.csv --device "$device"
cut -f 3 out >second
cmp -s first second || fail "another order of the columns gives other predictions"
gzip -c other.csv >other.csv.gz
run 0 predict run other.csv.gz --device "$device"
cut -f 3 out | cmp -s - first || fail "a compressed table gives other predictions"
"$incline" predict run - --device "$device" <other.csv 2>err | cut -f 3 | cmp -s - first ||
    fail "standard input gives other predictions"

# The other formats say the same, and more numbers of it; columns of the target are not looked at.
run 0 predict run animals.csv --device "$device" --format csv --top 2
[ "$(head -1 out)" = file,row,class,probability,class_2,probability_2 ] || fail "header of CSV: $(head -1 out)"
tail -n +2 out | cut -d , -f 3 | cmp -s - first || fail "CSV gives other predictions"
tail -n +2 out | awk -F , '{d = $4 + $6 - 1; if (NF != 6 || d * d > 1e-12) exit 1}' ||
    fail "two probabilities that make 1 expected: $(sed -n 2p out)"
run 0 predict run animals.csv --device "$device" --format jsonl
sed 's/.*"row":[0-9]*,"class":"\([^"]*\)".*/\1/' out | cmp -s - first || fail "JSON gives other predictions"
cp out jsonl
run 0 predict run animals.csv --device "$device" --json
cmp -s out jsonl || fail "--json is --format jsonl"
sed '2,$s/[^,]*$/unicorn/' animals.csv >unicorns.csv
run 0 predict run unicorns.csv --device "$device"
cut -f 3 out | cmp -s - first || fail "another target gives other predictions"
run 0 predict houses houses.csv --device "$device" --format csv
head -1 out >err
says 'file,row,price'
run 1 predict run animals.csv --device "$device" --top 3
says 'has 2 classes'
run 2 predict run animals.csv --format xml
says 'text, csv or jsonl'

# A wrong line: what came before stays, and line and reason are said.
awk 'NR == 40 {print "1,red"} {print}' animals.csv >broken.csv
run 1 predict run broken.csv --device "$device"
says 'broken.csv: line 40 has 2 cells'
cut -f 3 out >before
head -38 first | cmp -s - before || fail "38 predictions before a wrong line: $(wc -l <before)"

# Line by line: each is answered before the next is written.
mkfifo questions
"$incline" predict run questions --device "$device" 2>err >answers &
predicting=$!
exec 4>questions
head -2 animals.csv >&4
waited=0
until [ -s answers ] || [ $waited -eq 300 ]; do
    sleep 0.1
    waited=$((waited + 1))
done
[ "$(wc -l <answers)" -eq 1 ] || fail "an answer to each line expected"
sed -n 3p animals.csv >&4
until [ "$(wc -l <answers)" -eq 2 ] || [ $waited -eq 300 ]; do
    sleep 0.1
    waited=$((waited + 1))
done
exec 4>&-
wait $predicting || fail "predict from a pipe: $(cat err)"
[ "$(cut -f 3 answers)" = "$(head -2 first)" ] || fail "other answers line by line"

# A run that was killed before it wrote a model reads its table as it did.
run 0 train animals.csv --target colour --epochs 4 --output colours --device "$device" --quiet
run 0 train animals.csv --target colour --epochs 2 --output killed --device "$device" --quiet
rm killed/model.safetensors
run 0 train --resume killed --epochs 4 --device "$device" --quiet
cmp -s colours/model.safetensors killed/model.safetensors || fail "a killed run went on with another target"

run 0 train --resume run --epochs 22 --device "$device" --quiet
run 0 train animals.csv --test animals.csv --epochs 2 --output tested --device "$device" --quiet
says 'test accuracy'
mkdir both
cp animals.csv both/train.csv
cp other.csv both/test.csv
run 1 evaluate run both --device "$device"
cp animals.csv both/test.csv
run 0 train both --epochs 2 --output parts --device "$device"
says 'test accuracy'

# ---- summed up ----

mkdir sums
printf 'size,colour,same,animal\n1,red,7,cat\n,red,7,dog\n1,red,7,dog\n2,,7,dog\n1,red,7,cat\n' \
    >sums/train.csv
printf 'size,colour,same,animal\n2,red,7,dog\n1,red,7,cat\n' >sums/test.csv
run 0 inspect sums
says '^missing   2 values, in 2 of 3 columns'
says '^constant  2 columns:'
says '^repeated  2, 1 of them with another answer than the first, of those to train on'
says '^shared    1 to test are among those to train on'
says '^dog  *3   60.00 %  *1   50.00 %'
says '^size  *1  *1  *2  *1.25  *0.43301$'
says '^colour  *1  1 texts, "red" in 4  constant$'
run 0 inspect sums --json
says '"commonest": "red"'
says '"shared": 1'

# ---- refusals ----

echo 'size,colour,animal
1,red,cat' >short.csv
run 1 predict run short.csv --device "$device"
says 'no column "weight"'
run 1 train animals.csv --target nothing --output none --device "$device"
says 'there are size, colour, weight, animal'
run 2 train animals.csv --separator ab
says 'comma, semicolon, tab, bar or space'
run 2 inspect animals.csv --image 28
says 'as in 28x28'
printf '1,2\n3\n' >odd.csv
run 1 inspect odd.csv
says 'odd.csv: line 2 has 1 cells, but line 1 has 2'
run 0 inspect animals.csv --json
says '"classes": 2'

# ---- scikit-learn's tables ----

tables=$(/usr/bin/python3 -c 'import os, sklearn.datasets as d; print(os.path.join(os.path.dirname(d.__file__), "data"))' 2>/dev/null)
if [ ! -f "$tables/iris.csv" ]; then
    echo "skipped: everything but scikit-learn's tables passed; these are not installed (Debian: python3-sklearn)"
    exit 77
fi

# expect FILE SAMPLES FEATURES CLASSES OPTION...
expect() {
    file=$tables/$1 samples=$2 features=$3 classes=$4
    shift 4
    run 0 inspect "$file" --json "$@"
    says "\"samples\": $samples,"
    says "\"features\": $features,"
    says "\"classes\": $classes,"
}
expect iris.csv 150 4 3
expect breast_cancer.csv 569 30 2
expect wine_data.csv 178 13 3
expect digits.csv.gz 1797 64 10 --image 8x8
expect diabetes_data_raw.csv.gz 442 10 0 --target none
expect linnerud_exercise.csv 20 3 0 --target none

train "$tables/iris.csv" --hidden 16 --batch-size 10 --epochs 60 --output iris
run 0 evaluate iris "$tables/iris.csv" --device "$device"
says 'versicolor'
accuracy=$(sed -n 's/^accuracy *\([0-9]*\).*/\1/p' out)
[ "$accuracy" -ge 95 ] || fail "iris: $accuracy % of the training table, 95 % expected"
train "$tables/digits.csv.gz" --image 8x8 --hidden 32 --epochs 30 --output digits
run 0 evaluate digits "$tables/digits.csv.gz" --device "$device"
accuracy=$(sed -n 's/^accuracy *\([0-9]*\).*/\1/p' out)
[ "$accuracy" -ge 95 ] || fail "digits: $accuracy % of the training table, 95 % expected"
exit 0
