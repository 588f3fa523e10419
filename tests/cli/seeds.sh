#!/bin/sh
# seeds.sh - several networks from several seeds.
# shellcheck source=tests/cli/tools.sh
. "$(dirname "$0")/tools.sh"

# ---- several seeds -----------------------------------------------------------

train_run
# shellcheck disable=SC2086
run train $tiny --seeds 3 --epochs 2 --device "$device" --output seeds --json --quiet
check "seeds: exit status 0, nothing said" [ "$last $(wc -c <err)" = "0 0" ]
check "seeds: the summary is what is printed" cmp -s out seeds/summary.json
check "seeds: the first is the run of that seed alone, to the bit" \
    cmp -s seeds/seed-7/model.safetensors run/model.safetensors
run train --config seeds/seed-9/config.json --device "$device" --output ninth --quiet
check "seeds: each repeats by its own file of settings" \
    cmp -s seeds/seed-9/model.safetensors ninth/model.safetensors
check "seeds: they differ" eval "! cmp -s seeds/seed-7/model.safetensors ninth/model.safetensors"
# shellcheck disable=SC2016 # t of 2 degrees of freedom at 97.5 %, from a table
check "seeds: mean, deviation and interval" awk -F '[:,]' '
    /"accuracy": [0-9]/ { x[n++] = $2; sum += $2 }
    /"mean"/ { mean = $2 }
    /"deviation"/ { deviation = $2 }
    interval == 1 { low = $1; interval++ }
    interval == 2 && $1 + 0 != low + 0 { high = $1; interval++ }
    /"interval_95"/ { interval = 1 }
    END {
        for (i in x) squares += (x[i] - sum / n) ^ 2
        d = sqrt(squares / (n - 1)); reach = 4.302652729911 * d / sqrt(n)
        e = 1e-9
        exit !(n == 3 && d > 0 && (mean - sum / n) ^ 2 < e ^ 2 && (deviation - d) ^ 2 < e ^ 2 &&
            (low - mean + reach) ^ 2 < e ^ 2 && (high - mean - reach) ^ 2 < e ^ 2)
    }' seeds/summary.json
# shellcheck disable=SC2086
refuses "seeds: a folder with a summary in it" 1 'seeds/summary.json is there already' \
    train $tiny --seeds 2 --device "$device" --output seeds
rm seeds/summary.json
# shellcheck disable=SC2086
refuses "seeds: a folder with one of the runs in it" 1 'seeds/seed-9 already holds a run' \
    train digits:600 --seed 9 --seeds 2 --device "$device" --output seeds
check "seeds: nothing was trained before that showed" [ ! -e seeds/seed-10 ]
refuses "seeds: past the last one" 1 'take a smaller one' \
    train digits:600 --seed 9007199254740991 --seeds 2 --device "$device"
run train digits:600 --hidden 8 --seeds 2 --steps 3 --jobs 1 --device "$device" --output default
check "seeds: from the default on" [ "$last $(ls default | tr '\n' ' ')" = "0 seed-1 seed-2 summary.json " ]
check "seeds: says which" says "seed 2 (2 of 2)"
check "seeds: prints the interval" prints "95 % interval"
# t of 1 degree of freedom is 12.7: what two seeds differ by is far below 0.
check "seeds: an accuracy's interval begins at 0" [ "$(tr -d ' \n' <default/summary.json |
    sed 's/.*"interval_95":\[\([^,]*\),.*/\1/')" = 0.0 ]
refuses "seeds: no test set" 1 '--seeds compares networks' \
    train slope.csv --target-type numbers --seeds 2 --device "$device"
run train slope.csv --target-type numbers --test slope.csv --validation 0 --seeds 2 --epochs 3 \
    --device "$device" --output slope --json
check "seeds: numbers by R2" eval 'ended 0 && prints "\"measure\": \"r2\""'

summary
