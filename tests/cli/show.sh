#!/bin/sh
# show.sh - incline data show: samples in the terminal and as a picture.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- data show ---------------------------------------------------------------

# Two images of 2x2 without labels.
printf '\000\000\010\003\000\000\000\002\000\000\000\002\000\000\000\002abcdefgh' >tiny.idx
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

summary
