#!/bin/sh
# usage.sh - help, wrong usage, and things that are not there.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- help and version ------------------------------------------------------

run --help
check "help: exit status 0" ended 0
check "help: on standard output" prints "Usage: incline COMMAND"
check "help: lists exit statuses" prints "Exit status: 0 done, 1 failed, 2 wrong usage"
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' out)
check "help: names eleven commands" [ "$(echo "$commands" | wc -w)" -eq 11 ]
for command in $commands; do
    run "$command" --help
    check "help: $command, exit status 0" ended 0
    check "help: $command, usage and two examples" \
        [ "$(grep -c "^Usage: incline $command\|^  incline $command" out)" -eq 3 ]
    check "help: $command, nothing on standard error" [ ! -s err ]
    check "help: $command, at most 80 columns" [ -z "$(awk 'length > 80' out)" ]
done
run --version
check "version: one line on standard output" \
    [ "$(grep -c '^incline [0-9]*\.[0-9]*\.[0-9]*$' out) $(wc -l <out) $last" = "1 1 0" ]
run version
check "version: as a command" [ "$(grep -c '^incline [0-9.]*$' out) $last" = "1 0" ]
run help
check "help: as a command" eval 'ended 0 && prints "Usage: incline COMMAND"'
run help data show
check "help: of a command" eval 'ended 0 && prints "Usage: incline data show"'
refuses "no command: help on standard error" 2 "Usage: incline COMMAND"

# ---- wrong usage -----------------------------------------------------------

refuses "unknown command, nearest named" 2 'did you mean "train"?' trian
refuses "abbreviated command" 2 'did you mean "evaluate"?' eval
refuses "command like nothing" 2 'unknown command "xyzzyxyzzy"' xyzzyxyzzy
refuses "help offered" 2 'incline --help' xyzzyxyzzy
refuses "unknown option, nearest named" 2 'did you mean "--epochs"?' train --epocsh 3
refuses "abbreviated option" 2 'did you mean "--batch-size"?' train --batch 3
refuses "abbreviated option with =" 2 'did you mean "--learning-rate"?' train --learn=0.1
refuses "option of another command" 2 'unknown option "--epochs"' devices --epochs 3
refuses "help of the command offered" 2 'incline train --help' train --epocsh 3
refuses "short option" 2 'unknown option "-e"' train -e 3
refuses "option twice" 2 'given twice' train --epochs 1 --epochs=2
refuses "missing argument at the end" 2 '--epochs needs its argument' train --epochs
refuses "missing argument before an option" 2 '--output needs its argument' train --output --json
refuses "empty argument" 2 '--output is empty' train --output=
refuses "argument where none belongs" 2 '--json takes no argument' train --json=yes
for number in 0 -1 4294967296 1e3 3x ' 3' 0x10 '' nan; do
    refuses "epochs \"$number\"" 2 '--epochs wants a whole number' train "--epochs=$number"
done
for number in 0 -0.1 nan inf 1e999 0x1p3 1e-40 0.1f ' 0.1' ''; do
    refuses "learning rate \"$number\"" 2 '--learning-rate wants' train "--learning-rate=$number"
done
refuses "learning rate with a decimal comma" 2 'decimals follow a point' train --learning-rate 0,1
for list in ',' '10,' ',10' '10,,10' 0 '10,x' 'none,10' 1048577; do
    refuses "hidden \"$list\"" 2 '--hidden wants widths' train --hidden "$list"
done
refuses "batch of nothing" 2 '--batch-size wants' train --batch-size 0
refuses "activation, nearest named" 2 'did you mean "linear"?' train --activation liner
refuses "preset, nearest named" 2 'did you mean "notebook"?' train --preset notebok
refuses "gemm, choices listed" 2 'auto, own or clblast' train --gemm mkl
refuses "epochs beside steps" 2 'cannot stand beside' train --epochs 1 --steps 2
refuses "resume beside hidden" 2 '--hidden cannot stand beside --resume' train --resume x --hidden 3
refuses "resume beside seed" 2 '--seed cannot stand beside --resume' train --seed 3 --resume x
refuses "resume beside seeds" 2 '--seeds cannot stand beside --resume' train --seeds 3 --resume x
refuses "jobs of no seeds" 2 '--jobs says how many networks of --seeds' train --jobs 2
refuses "a single seed" 2 '--seeds wants a whole number from 2' train --seeds 1
refuses "schedule, nearest named" 2 'did you mean "cosine"?' train --schedule cosin
refuses "resume beside a file" 2 '--config cannot stand beside --resume' \
    train --config x --resume x
refuses "preset beside a file" 2 '--preset cannot stand beside --config' \
    train --config x --preset notebook
refuses "init beside hidden" 2 '--hidden cannot stand beside --init' train --init x --hidden 3
refuses "a data set without a name" 2 'DATA is empty' train ""
refuses "two data sets" 2 'one operand too many' train digits mnist
refuses "evaluate without a model" 2 'MODEL' evaluate
refuses "ensemble of one model" 2 'MODEL MODEL' ensemble model.safetensors
refuses "predict without files" 2 'FILE' predict model.safetensors
refuses "devices with an operand" 2 'takes no operand' devices here
refuses "verify with a lockstep device" 2 'check:' verify --device check:reference
refuses "tune with a lockstep device" 2 'leave check: away' tune --device check:reference
refuses "tune of no network" 2 '--network wants' tune --network 784
refuses "tune of a batch of nothing" 2 '--batch-size wants' tune --batch-size 0
refuses "tune in no time" 2 '--seconds wants' tune --seconds 0
refuses "tune: a reset of a network" 2 'cannot stand beside' tune --reset --network 784-10
refuses "tune with an operand" 2 'takes no operand' tune digits
refuses "bench with an empty device" 2 '--device wants' bench --device reference,,reference
for network in 784 784- -10 784,10 784-0-10 784--10 none; do
    refuses "bench of network \"$network\"" 2 '--network wants' bench "--network=$network"
done
refuses "bench of a batch of nothing known" 2 '--batch-size needs --network' bench --batch-size 64
refuses "bench of samples of nothing known" 2 '--samples needs --network' bench --samples 64
refuses "bench: a loss against nothing" 2 '--loss needs --against' bench --loss 5
refuses "bench: a part of one network" 2 'cannot stand beside' \
    bench --network 784-10 --only kernels
refuses "bench: parts listed" 2 'kernels, training or methods' bench --only gemm

# ---- things that are not there ---------------------------------------------

refuses "no such data set" 1 'no-such-set' train no-such-set --device "$device"
check "no such data set: no run folder left" [ ! -d runs ]
refuses "no such device" 1 'no-such-device' train digits:600 --device no-such-device
check "no such device: no run folder left" [ -z "$(ls runs 2>/dev/null)" ]
refuses "no such model" 1 'no-such-model' evaluate no-such-model digits:60
refuses "no such file of settings" 1 'no-such-file' train --config no-such-file
refuses "no such run to resume" 1 'no-such-run' train --resume no-such-run
refuses "no such thing to inspect" 1 'no-such-thing' inspect no-such-thing
refuses "verify: no such device" 1 'no-such-device' verify --device no-such-device
refuses "tune: no such device" 1 'no-such-device' tune --device no-such-device
refuses "bench: no such device" 1 'no-such-device' bench --device no-such-device
refuses "bench: no such earlier result" 1 'no-such-result' bench --against no-such-result
refuses "bench: no folder to save into" 1 'no-such-folder/' bench --save no-such-folder/file
refuses "bench: a folder to save as" 1 'cannot be written' bench --save .
refuses "bench: a device to save as" 1 'cannot be written' bench --save /dev/null

refuses "evaluate a wrong file" 1 garbage evaluate garbage digits:60
refuses "inspect a wrong file" 1 'no table: a single row of texts' inspect garbage
refuses "start from a wrong file" 1 garbage train digits:600 --init garbage --device "$device"

summary
