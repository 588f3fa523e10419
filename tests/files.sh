#!/bin/sh
# files.sh INCLINE - data sets converted and split from the command line; what NumPy makes of them,
# where it is installed.
# shellcheck source=tests/strict.sh
. "$(dirname "$0")/strict.sh"

same() {
    cmp "$1" "$2" || fail "$1 and $2 differ"
}

# ---- converted ----

run 0 data convert digits:300 --to set/
says 'set/t10k-labels-idx1-ubyte: their labels'
run 0 data convert set --to one.csv.gz
says 'CSV has no place for height and width'
run 0 data convert one.csv.gz --image 28x28 --to again/ --json
says '"file":"again/train-images-idx3-ubyte"'
same set/train-images-idx3-ubyte again/train-images-idx3-ubyte
same set/train-labels-idx1-ubyte again/train-labels-idx1-ubyte
[ -e again/t10k-images-idx3-ubyte ] && fail "a single file has no test part"
run 0 data convert set --split test --to test.svm
run 0 data convert test.svm --image 28x28 --to t10k-images-idx3-ubyte
same set/t10k-images-idx3-ubyte t10k-images-idx3-ubyte
run 0 data convert set --to digits.npy
run 0 data convert digits.npy --target 785 --image 28x28 --to npy/
same set/train-images-idx3-ubyte npy/train-images-idx3-ubyte

# An archive has both parts, or the one that is asked for.
run 0 data convert set --to both.npz
says '^both.npz: NPZ, 350 samples'
run 0 data convert set --split test --to test.NPZ
if "$incline" inspect both.npz >out 2>err; then
    run 0 inspect both.npz
    says '300 to train on, 50 to test'
    run 0 data convert both.npz --to npz/
    for file in set/*; do same "$file" "npz/${file#set/}"; done
    run 0 data convert test.NPZ --to test/
    same set/t10k-images-idx3-ubyte test/train-images-idx3-ubyte
    run 0 data convert npz --to npz.npz
    same both.npz npz.npz
    # Standard input cannot be read twice, once for each part.
    "$incline" data convert - --to piped.npz <both.npz >out 2>err && fail "both parts of a pipe"
    says 'standard input has two parts and is read once'
    [ -e piped.npz ] && fail "half of it was written"
    "$incline" data convert - --split test --to piped.npz <both.npz >out 2>err || fail "one part of a pipe"
    same test.NPZ piped.npz
else
    says libzip
fi

printf 'size,"the, colour",price\n1.5,red,10.25\n,blue,20\n1e-9," x",30\n' >houses.csv
run 0 data convert houses.csv --target-type numbers --to houses.tsv
printf 'size\tthe, colour\tprice\n1.5\tred\t10.25\nNA\tblue\t20\n1e-09\t" x"\t30\n' >expected
same houses.tsv expected
run 0 data convert houses.tsv --target-type numbers --to houses.npy
says 'no place for names of columns, texts'
run 0 data convert houses.tsv --target-type numbers --to houses.npz
says 'NPZ has no place for names of columns, texts'
run 0 data convert houses.csv --target-type numbers --to HOUSES.TSV
same houses.tsv HOUSES.TSV

# What is read anew is not what was read, where nothing in the file says which column is the target.
sed 3d houses.csv >sized.csv
run 0 data convert sized.csv --target size --target-type numbers --to sizes.csv
says 'no place for a mark for the target (say --target size)'
run 0 data convert houses.csv --target price --target-type numbers --to prices.csv
[ -s err ] && fail "the last column is the target, and nothing is lost"
printf 'a,y,big\n0,1,16777216\n1,2,16777217\n0,3,33554434\n' >large.csv
run 0 data convert large.csv --to rounded.csv
says 'more digits than floats of 32 bits have (first in big)'
run 0 data convert large.csv --target y,big --target-type numbers --to targets.csv
says 'a mark for the targets (say --target)'
printf 'y,big\n1,16777216\n2,0.1\n3,33554436\n' >held.csv
run 0 data convert held.csv --to held.npy
grep -q digits err && fail "floats hold these numbers"

run 1 data convert houses.csv --to houses.tsv
says 'houses.tsv: is there already'
run 1 data convert houses.csv --to houses.doc
says 'no format goes by this name'
run 1 data convert nothing.csv --to some.csv
says 'no such data set'
run 1 data convert houses.csv --to nowhere/some.csv
run 2 data convert houses.csv
says '--to FILE says'
run 2 data convert set --split test --to more/
says 'a folder gets both parts'

# ---- split ----

# 40 rows of two classes, three to one; a comment of a cell over two lines, a last line without end.
awk 'BEGIN {
    printf "size,note,kind\r\n"
    for (i = 0; i < 40; i++)
        printf "%d.50,%s,%s%s", i, i % 5 ? "plain" : "\"two\nlines\"", i % 4 ? "often" : "rare",
            i < 39 ? "\r\n" : ""
}' >kinds.csv
run 0 data split kinds.csv --output kinds --test 0.2 --validation 0.1
says '^train  *28 samples'
says 'of each class its share'
[ "$(grep -c rare kinds/test.csv) $(grep -c often kinds/test.csv)" = "2 6" ] ||
    fail "two of eight to test are rare: $(cat kinds/test.csv)"
for part in train validation test; do
    [ "$(head -n 1 kinds/$part.csv)" = "$(head -n 1 kinds.csv)" ] || fail "$part has no header"
    sed 1d kinds/$part.csv
done | tr -d '\r' | sort >parts
sed 1d kinds.csv | tr -d '\r' | sort >whole
printf '\n' >>whole
sed '/^$/d' whole >expected
same parts expected
run 0 train kinds --epochs 1 --output trained-kinds --device "$device" --quiet
says 'kinds/validation.csv: is neither trained nor tested on'
run 2 data convert kinds.csv --split test --to part.csv
says 'has no parts, so no test part'
run 0 data convert kinds --split test --to part.csv
says 'kinds: that is its test part'
head -1 kinds.csv >only-header.csv
run 0 predict trained-kinds only-header.csv --device "$device" --format csv
[ "$(wc -l <out)" -eq 1 ] || fail "a header alone: nothing is predicted below that of the answer"
run 0 data split kinds.csv --output again-kinds --validation 0.1
same kinds/train.csv again-kinds/train.csv
run 0 data split kinds.csv --output other-kinds --validation 0.1 --seed 2
cmp -s kinds/train.csv other-kinds/train.csv && fail "another seed, and the same parts"
run 0 data split kinds.csv --target size --output sizes
says 'no place for a mark for the target (say --target size)'
# Nothing is lost where the parts are read the same without a word.
for target in kind 3; do
    run 0 data split kinds.csv --target $target --output "usual-$target"
    [ -s err ] && fail "the last column is the target of the parts: $(cat err)"
done
run 0 data split kinds.csv --target none --output nones
says 'no place for a mark that there is no target (say --target none)'
awk 'BEGIN { print "a,Class,\"red\rgreen\""; for (i = 0; i < 20; i++) print i "," i % 2 "," i / 4 }' >marked.csv
run 0 data split marked.csv --target Class --output marked
[ -s err ] && fail "a column of that name is the target: $(cat err)"
run 0 data split marked.csv --target "$(printf 'red\rgreen')" --output red
says 'say --target red?green)'
run 0 data split marked.csv --target a,Class --target-type numbers --output both
says 'a mark for the targets (say --target)'
run 0 inspect kinds
says '28 to train on, 8 to test'
run 1 data split kinds.csv --output kinds
says 'train.csv: is there already'
run 1 data split kinds.csv --output none --test 0.6 --validation 0.5
says 'some must be left to train on'
run 1 data split kinds.csv --output none --test 0.01
says 'one would be empty'
run 2 data split kinds.csv
says '--output DIR'
run 1 data split - --output none <kinds.csv
says 'standard input is read once'
[ -e none ] && fail "a folder for nothing"

run 0 data split set --output images --test 0.25 --json
says '"test": 75'
says '"test_file": "images/t10k-images-idx3-ubyte"'
run 0 inspect images
says '225 to train on, 75 to test'

# Parts of any format are a folder to train on; a file called - is not standard input; both parts of an
# archive go into a folder.
run 0 data convert digits:120 --to sheet.svm --image 28x28
run 0 data split sheet.svm --output parts_svm
run 0 data split sheet.svm --target 1 --output first_svm
[ -s err ] && fail "the label is the target of LIBSVM's rows: $(cat err)"
run 0 data split digits.npy --target 785 --output npy_parts
says 'a mark for the target (say --target 785)'
run 0 data split digits.npy --target none --output npy_none
[ -s err ] && fail "an array has no target: $(cat err)"
run 0 inspect parts_svm
printf 'a,b,y\n1,2,0\n3,4,1\n12345,6,0\n' >numbers.csv
: >./-
"$incline" data convert - --to copy.csv <numbers.csv >out 2>err || fail "standard input beside a file of its name"
rm ./-
same numbers.csv copy.csv
run 2 data show digits:20 --png -
mkdir -p pets/cat pets/dog
for i in 1 2 3 4 5; do
    for animal in cat dog; do echo "P2 1 2 9 $i 3" >pets/$animal/$i.pgm; done
done
run 0 data split pets --output pets_parts
says 'have no place for names of classes'
mkdir blocked && : >blocked/file
run 1 data split numbers.csv --output blocked/file/parts
says 'a file of that name is in the way'

# The feature that only one row has is one of both parts.
awk 'BEGIN {
    print "# a comment"
    for (i = 0; i < 20; i++)
        print i % 2, "1:" i, i == 7 ? "9:1" : "3:2 # of row " i
}' >sparse.svm
run 0 data split sparse.svm --output sparse
for part in train test; do
    run 0 inspect sparse/$part.svm --json
    says '"features": 9,'
done
cat sparse/*.svm | sed 's/ 9:0//' | sort >parts
sed 1d sparse.svm | sort >expected
same parts expected
# As it is where the first row of a part has nothing but its label, and that is a larger number.
awk 'BEGIN { for (i = 0; i < 20; i++) print i < 19 ? 40 + i % 2 : "40 9:1" }' >labels.svm
run 0 data split labels.svm --output labels
for part in train test; do
    run 0 inspect labels/$part.svm --json
    says '"features": 9,'
done

python=$(command -v /usr/bin/python3 || command -v python3)
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "skipped: everything but the comparison with NumPy passed; it is not installed"
    exit 77
fi
"$incline" data convert set --to floats.csv >/dev/null 2>&1
"$python" - <<'END' || fail "NumPy sees something else"
import gzip, struct
import numpy as np

images = np.frombuffer(open("set/train-images-idx3-ubyte", "rb").read()[16:], np.uint8)
labels = np.frombuffer(open("set/train-labels-idx1-ubyte", "rb").read()[8:], np.uint8)
whole = np.column_stack([images.reshape(300, 784), labels])
array = np.load("digits.npy")
assert array.dtype == np.uint8 and (array == whole).all()
assert (np.loadtxt("floats.csv", delimiter=",") == whole).all()
both, test = np.load("both.npz"), np.load("test.NPZ")
assert sorted(both) == ["x_test", "x_train", "y_test", "y_train"] and sorted(test) == ["x", "y"]
assert both["x_train"].dtype == both["y_train"].dtype == np.uint8
assert (both["x_train"].reshape(300, 784) == images.reshape(300, 784)).all()
assert (both["y_train"] == labels).all() and both["x_test"].shape == (50, 28, 28)
assert (test["x"] == both["x_test"]).all() and (test["y"] == both["y_test"]).all()
archive = np.load("houses.npz")
assert (archive["y"] == np.float32([10.25, 20, 30])).all() and archive["x"].shape == (3, 4)
assert archive["x"].dtype == np.float32 and np.isnan(archive["x"][1, 0])
houses = np.load("houses.npy")
assert houses.dtype == np.float32 and houses.shape == (3, 5), houses
assert np.isnan(houses[1, 0]) and houses[2, 0] == np.float32(1e-9)
assert (houses[:, 1:] == [[0, 0, 1, 10.25], [0, 1, 0, 20], [1, 0, 0, 30]]).all(), houses

rng = np.random.default_rng(1)
np.save("numbers.npy", np.asfortranarray(rng.standard_normal((50, 3, 4)).astype(">f8")))
floats = rng.standard_normal((64, 5)).astype(np.float32) * 10.0 ** rng.integers(-30, 30, (64, 5))
np.save("wide.npy", floats.astype(np.float32))
END
run 0 data split numbers.npy --output numbers
run 0 data convert numbers.npy --to narrow.npy
says 'more digits than floats of 32 bits have (first in column 1)'
run 0 data convert wide.npy --to wide.csv
"$python" - <<'END' || fail "NumPy sees something else in parts, or in decimals"
import numpy as np

whole = np.load("numbers.npy")
parts = [np.load(f"numbers/{part}.npy") for part in ("train", "test")]
assert all(part.dtype == whole.dtype and part.shape[1:] == (3, 4) for part in parts)
rows = lambda array: sorted(array.reshape(len(array), -1).tolist())
assert rows(np.concatenate(parts)) == rows(whole)
wide = np.load("wide.npy")
assert (np.loadtxt("wide.csv", delimiter=",").astype(np.float32) == wide).all()
END
echo "files: all passed"
