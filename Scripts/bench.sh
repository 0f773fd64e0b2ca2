#!/usr/bin/env bash
# One node beside redis-server, then three nodes through one of them and straight to the owners.
# Servers run on the first core and the load on the last; every figure is a median of rounds.
# Arguments go to `grepvine bench`. To keep a table: make bench | tee bench/results/NAME.txt
set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/cluster.sh

last=$(($(nproc) - 1))
base=$(free_ports "${BENCH_PORT:-27946}" 10)

measure() { taskset -c "$last" timeout 900 "$grepvine" bench "$@"; }

echo "machine: $(nproc) cores, $(uname -sr)"
"$grepvine" version

start redis taskset -c 0 redis-server --port "$base" --bind 127.0.0.1 --save '' \
    --appendonly no --dir "$scratch"
start single taskset -c 0 "$grepvine" serve --name single --cluster bench-single --replicas 1 \
    --port $((base + 1)) --resp-port $((base + 2)) --http-port $((base + 3)) --max-memory 2g
await 30 is_open "$base"
await 30 is_ready $((base + 3))

printf '\n== one server: redis-server on %s, then grepvine on %s\n' "$base" $((base + 2))
measure --resp "127.0.0.1:$base,127.0.0.1:$((base + 2))" --pipeline 1,16,64 \
    --server-pid "${pids[redis]},${pids[single]}" "$@"
stop redis
stop single

seeds="127.0.0.1:$((base + 1)),127.0.0.1:$((base + 2)),127.0.0.1:$((base + 3))"
for node in 1 2 3; do
    start "n$node" taskset -c 0 "$grepvine" serve --name "n$node" --cluster bench --expect 3 \
        --seeds "$seeds" --port $((base + node)) --resp-port $((base + node + 3)) \
        --http-port $((base + node + 6)) --max-memory 2g
done
for node in 1 2 3; do await 30 is_ready $((base + node + 6)); done
# A core that is not busy, where the way decides, and one that is, where the work does.
for calls in 16 50; do
    printf '\n== three nodes on one core, QUORUM, %s calls: through one node, then direct\n' \
        "$calls"
    measure --server "$seeds" --mode both --consistency quorum --keys 100000 --clients "$calls" "$@"
done
