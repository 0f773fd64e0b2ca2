#!/usr/bin/env bash
# Greps of one node with indexes and without, beside ripgrep over the same tree as files and as one
# packed file (its best case), and beside csearch where it is installed; then what indexing costs
# writes. Every time is a median, in microseconds.
#   GREPVINE_BINARY=… bench/index.sh TREE > bench/results/NAME.txt
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
tree=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
source Scripts/cluster.sh

patterns=(
    'no such text at all' 'unregister_shrinker' 'math/bits' '(?i)out of memory' 'func.*Reader'
    'foo|bar|needle' '^func main\(' 'привет' 'E0[0-9]{3}7' '\w+_init\w*\(void\)' 'qz' 'return'
    '[0-9]{3}-[0-9]{4}'
)
base=$(free_ports "${BENCH_PORT:-28946}" 8)

metric() {
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    sed -n "s/^grepvine_$2 \([0-9]*\).*/\1/p" <&3
    exec 3>&-
}

# serve NAME PORT on|off
serve() {
    start "$1" "$grepvine" serve --name "$1" --cluster "bench-$1" --replicas 1 --port "$2" \
        --resp-port $(($2 + 1)) --http-port $(($2 + 2)) --max-memory 4g --grep-index "$3"
    await 30 is_ready $(($2 + 2))
}

# The processor time of a node's index thread, in hundredths of a second.
index_ticks() {
    local task
    for task in /proc/"${pids[$1]}"/task/*; do
        [ "$(cat "$task/comm")" != "$1-index" ] || awk '{ print $14 + $15 }' "$task/stat"
    done
}

is_indexed() {
    local before after
    before=$(metric "$1" indexed_bytes_total)
    sleep 2
    after=$(metric "$1" indexed_bytes_total)
    [ "$before" = "$after" ] && [ "$after" -gt 0 ]
}

# best_of_three COMMAND…: microseconds.
best_of_three() {
    local best=999999999 start end
    for _ in 1 2 3; do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1 || true
        end=$(date +%s%N)
        ((end - start < best)) && best=$((end - start))
    done
    echo $((best / 1000))
}

greps=()
for pattern in "${patterns[@]}"; do greps+=(--grep "$pattern"); done

echo "machine: $(nproc) cores, $(uname -sr)"
"$grepvine" version
serve indexed "$base" on
serve plain $((base + 4)) off
for port in "$base" $((base + 4)); do
    "$grepvine" load "$tree" --server "127.0.0.1:$port" 2>&1 | tail -1
done
await 120 is_indexed $((base + 2))
bytes=$(metric $((base + 2)) indexed_bytes_total)
ticks=$(index_ticks indexed)
covered=$(metric $((base + 2)) grep_indexed_bytes)
size=$(metric $((base + 2)) grep_index_bytes)
echo "index: $((covered / 1000000)) MB covered by $((size / 1000000)) MB," \
    "$((1000 * size / covered)) thousandths;" \
    "built at $((bytes / 10000 / (ticks + 1))) MB/s of a core"
for name in indexed plain; do
    port=$base
    [ "$name" = indexed ] || port=$((base + 4))
    printf '\n== %s\n' "$name"
    "$grepvine" bench --seconds 1 "${greps[@]}" --server "127.0.0.1:$port"
done

packed="$scratch/packed"
find "$tree" -type f -print0 | LC_ALL=C sort -z | xargs -0 cat >"$packed"
printf '\n== ripgrep, best of three: packed file, files%s\n' \
    "$(command -v csearch >/dev/null && echo ', csearch')"
if command -v cindex >/dev/null; then
    export CSEARCHINDEX="$scratch/csearchindex"
    cindex "$tree" >/dev/null 2>&1
fi
for pattern in "${patterns[@]}"; do
    printf '%-24s %10s %10s' "$pattern" \
        "$(best_of_three rg --no-config -a -c -e "$pattern" "$packed")" \
        "$(best_of_three rg --no-config -a -uuu -c -e "$pattern" "$tree")"
    if command -v csearch >/dev/null; then
        printf ' %10s' "$(best_of_three csearch -c "$pattern")"
    fi
    echo
done

stop indexed
stop plain
printf '\n== SET of 64 bytes with indexing and without, taking turns\n'
serve on "$base" on
serve off $((base + 4)) off
loaded=()
for pipeline in 1 16 64; do
    for port in $((base + 1)) $((base + 5)); do
        "$grepvine" bench --resp "127.0.0.1:$port" --test set --pipeline "$pipeline" \
            "${loaded[@]}" 2>&1 | tail -1
    done
    loaded=(--skip-load)
done
