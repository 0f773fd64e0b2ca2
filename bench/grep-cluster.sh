#!/usr/bin/env bash
# Three nodes on this machine with every document on all of them: greps while documents are written,
# and reads while greps run. Times are microseconds.
#   GREPVINE_BINARY=… bench/grep-cluster.sh TREE [COPIES] > bench/results/NAME.txt
# The tree is loaded COPIES times, under other keys each time (default 3).
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
tree=$(cd "$1" && pwd)
copies=${2:-3}
cd "$(dirname "$0")/.."
source Scripts/cluster.sh

base=$(free_ports "${BENCH_PORT:-29946}" 9)
seeds="127.0.0.1:$base,127.0.0.1:$((base + 1)),127.0.0.1:$((base + 2))"
resp="127.0.0.1:$((base + 3))"
for node in 0 1 2; do
    start "n$node" "$grepvine" serve --name "n$node" --cluster bench-grep --expect 3 \
        --seeds "$seeds" --port $((base + node)) --resp-port $((base + node + 3)) \
        --http-port $((base + node + 6)) --max-memory 5g --read-consistency one
done
for node in 0 1 2; do await 60 is_ready $((base + node + 6)); done

metric() {
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    sed -n "s/^grepvine_$2 \([0-9]*\).*/\1/p" <&3
    exec 3>&-
}

is_indexed() {
    local before after
    before=$(metric "$1" indexed_bytes_total)
    sleep 3
    after=$(metric "$1" indexed_bytes_total)
    [ "$before" = "$after" ] && [ "$after" -gt 0 ]
}

echo "machine: $(nproc) cores, $(uname -sr)"
"$grepvine" version
for ((copy = 1; copy <= copies; copy++)); do
    "$grepvine" load "$tree" --server "$seeds" --prefix "copy$copy:" --timeout 30s 2>&1 | tail -1
done
"$grepvine" bench --resp "$resp" --keys 100000 --size 1024 --test get --rounds 1 --seconds 1 \
    >/dev/null 2>&1
for node in 0 1 2; do await 300 is_indexed $((base + node + 6)); done
echo "documents: $(metric $((base + 6)) keys) keys," \
    "$(($(metric $((base + 6)) memory_live_bytes) / 1000000)) MB live on each node"

patterns=(--grep unregister_shrinker --grep 'no such text at all' --grep 'func.*Reader')
printf '\n== greps, nothing else going on\n'
"$grepvine" bench --server "$seeds" --seconds 5 "${patterns[@]}"

printf '\n== the same while 2,000 values of 1 KiB a second are set at QUORUM\n'
start writer "$grepvine" bench --resp "$resp" --test set --size 1024 --keys 100000 --rate 2000 \
    --rounds 1 --seconds 40 --skip-load
"$grepvine" bench --server "$seeds" --seconds 5 "${patterns[@]}"
stop writer

reads() {
    "$grepvine" bench --resp "$resp" --test get --keys 100000 --size 1024 --skip-load --clients 8 \
        --rate 5000 --rounds 5 --seconds 2 2>/dev/null
}
printf '\n== 5,000 reads a second, nothing else going on\n'
reads
# One grep after the other that has to look at every byte.
cat >"$scratch/greps.sh" <<EOF
while :; do
    "$grepvine" grep -c --server "$seeds" '[0-9]{3}-[0-9]{4}' >/dev/null || true
done
EOF
start greps bash "$scratch/greps.sh"
sleep 1
printf '\n== the same while greps read every document, one after the other\n'
reads
stop greps
