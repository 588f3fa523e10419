#!/bin/sh
# samples.sh INCLINE - pictures and bare numbers from the command line: trained on, evaluated, predicted, inspected,
# refused. Runs on $INCLINE_TEST_DEVICE.
# shellcheck source=tests/strict.sh
. "$(dirname "$0")/strict.sh"

# ---- pictures: dark ones and light ones ----

for part in train test; do
    mkdir -p "set/$part/dark" "set/$part/light"
    for i in 1 2 3 4 5 6 7 8; do
        echo "P2 2 2 15 $((i % 3)) 0 1 2" >"set/$part/dark/$i.pgm"
        echo "P2 2 2 15 14 $((15 - i % 3)) 13 15" >"set/$part/light/$i.pgm"
    done
done
run 0 train set --epochs 60 --batch-size 4 --learning-rate 0.5 --validation 0 --output model \
    --device "$device" --quiet
run 0 evaluate model set --device "$device"
says 'accuracy  100.00 %'
says '^light '
run 0 predict model set/test/dark/1.pgm set/test/light/2.pgm --device "$device"
grep -q '^set/test/dark/1.pgm	0	dark	' out || fail "dark is not dark"
grep -q '^set/test/light/2.pgm	0	light	' out || fail "light is not light"
run 0 predict model set --format csv --device "$device"
grep -q '^set/test/light/8.pgm,15,light,' out || fail "the picture is not named"
run 0 predict model set/test/dark/1.pgm --invert --device "$device"
says 'light'
run 0 predict model - --device "$device" <set/test/light/2.pgm
says 'light'
mkfifo pipe
cat set/test/light/2.pgm >pipe &
run 0 predict model pipe --device "$device"
says 'light'
run 0 inspect set
says 'samples   16 to train on, 16 to test'
says 'features  4, images of 2x2'

# ---- another size: refused, with what to say, and then taken ----

echo 'P2 4 2 255 0 0 0 9 0 9 9 9' >wide.pgm
run 1 predict model wide.pgm --device "$device"
says 'wide.pgm: 2x4 pixels, the model takes 2x2; bring it to that size with --resize 2x2'
run 0 predict model wide.pgm --resize 2x2 --device "$device"
says 'dark'
run 0 train digits:200 --epochs 1 --output digits --device "$device" --quiet
run 1 predict digits wide.pgm --device "$device"
says 'with --resize 28x28'
run 0 predict digits wide.pgm --resize 28x28 --device "$device"
run 2 predict digits wide.pgm --resize 28 --device "$device"
says '--resize wants height and width'
cp wide.pgm set/train/dark/wide.pgm
run 1 train set --device "$device"
says 'set/train/dark/wide.pgm: 2x4 pixels, but set/train/dark/1.pgm has 2x2'
run 0 train set --resize 3x3 --epochs 1 --output again --device "$device" --quiet
run 0 evaluate again set --device "$device"
run 1 train set/train/dark --device "$device"
says 'no subfolder of them per class'
: >set/train/light/9.pgm
run 1 train set --resize 2x2 --device "$device"
says 'set/train/light/9.pgm: is no picture'

# ---- bare numbers ----

printf '\000\001\002\003abcdabceabcf' >set.u8
run 0 inspect set.u8 --raw u8:2x2
says 'samples   4'
says 'features  4, images of 2x2'
run 0 predict model set.u8 --raw u8:2x2 --device "$device"
grep -q '^set.u8	0	dark	' out || fail "bare numbers: dark is not dark"
run 1 inspect set.u8 --raw f32:3
says '16 bytes are no whole number of samples of 12 bytes'
run 2 inspect set.u8 --raw 2x2
says '--raw wants type and shape'
run 1 inspect set --raw u8:4
says 'no single file of bare numbers'
