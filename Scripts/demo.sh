#!/usr/bin/env bash
# Three real nodes, real documents, one node killed. Prints each command and what it answered;
# fails when a step does.
set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/cluster.sh

base=$(free_ports "${DEMO_PORT:-17946}" 9)
rpc() { echo $((base + $1 - 1)); }
resp() { echo $((base + $1 + 2)); }
http() { echo $((base + $1 + 5)); }
seeds="127.0.0.1:$(rpc 1),127.0.0.1:$(rpc 2),127.0.0.1:$(rpc 3)"

say() { printf '\n# %s\n' "$*"; }

quoted() {
    local word line='$' words=("$@")
    (($# <= 24)) || words=("${@:1:4}" '…' "${@:$#-2}")
    for word in "${words[@]}"; do
        [[ $word == "$grepvine" ]] && word=grepvine
        [[ $word =~ ^[A-Za-z0-9_./:=,@%+…-]+$ ]] || word="'$word'"
        line+=" $word"
    done
    printf '%s\n' "$line"
}

# run COMMAND…: shows it, runs it for a minute at most, and keeps what it said in $output.
run() {
    quoted "$@"
    local status=0
    output=$(timeout 60 "$@" 2>&1 </dev/null) || status=$?
    printf '%s\n' "$output"
    return "$status"
}

fail() {
    echo "the demo failed: $*" >&2
    exit 1
}

expect() { [[ $output == *"$1"* ]] || fail "expected '$1'"; }

# cli NODE COMMAND…: the command line, pointed at one node.
cli() {
    local node=$1
    shift
    run "$grepvine" "$@" --server "127.0.0.1:$(rpc "$node")"
}

start_node() {
    local command=(
        "$grepvine" serve --name "n$1" --cluster demo --expect 3 --replicas 3 --seeds "$seeds"
        --port "$(rpc "$1")" --resp-port "$(resp "$1")" --http-port "$(http "$1")"
    )
    quoted "${command[@]}"
    start "n$1" "${command[@]}"
}

say "three nodes that know one another's addresses and nothing else"
for node in 1 2 3; do start_node "$node"; done
for node in 1 2 3; do await 30 is_ready "$(http "$node")"; done
cli 1 members

say "documents of this machine: licences and package documentation"
documents=(/usr/share/common-licenses)
if (($(du -sk /usr/share/doc | cut -f1) < 262144)); then
    documents+=(/usr/share/doc)
else
    mapfile -t -O 1 documents < <(
        find /usr/share/doc -mindepth 1 -maxdepth 1 -type d | sort | head -n 200)
fi
cli 1 load "${documents[@]}"

say "any node takes a write, every node reads it"
cli 1 set greeting 'hello from node one'
cli 2 get greeting
expect 'hello from node one'
if command -v redis-cli >/dev/null; then
    run redis-cli -p "$(resp 3)" get greeting
    expect 'hello from node one'
    run redis-cli -p "$(resp 3)" set counter 42 EX 600
    expect OK
    run redis-cli -p "$(resp 2)" ttl counter
fi
cli 2 explain greeting

say "grep every document in the cluster"
cli 3 grep -n --heading --limit 5 'WITHOUT WARRANT(Y|IES)'
expect WARRANT
cli 3 grep -c -i 'free software' --prefix /usr/share/common-licenses
whole=$output

say "node n3 dies without a word"
quoted kill -9 "${pids[n3]}"
stop n3 KILL

say "a QUORUM write and read go on, because two of three owners are enough"
cli 1 set --consistency quorum greeting 'hello without node three'
cli 2 get --consistency quorum greeting
expect 'hello without node three'

members_know() {
    "$grepvine" members --server "127.0.0.1:$(rpc 1)" 2>/dev/null | grep -q "n3.*$1"
}

say "gossip notices"
await 30 members_know dead
cli 1 members

say "ALL needs the missing owner, so it fails at once and names it"
if cli 1 set --consistency all greeting 'not possible now'; then
    fail "a write at ALL succeeded without one owner"
fi
expect n3

say "grep still covers every document: the other owners search for n3"
cli 1 grep -c -i 'free software' --prefix /usr/share/common-licenses
[[ $output == "$whole" ]] || fail "grep found something else without n3"

say "n3 comes back as itself and is filled again before it answers reads"
start_node 3
await 60 is_ready "$(http 3)"
cli 3 get greeting
expect 'hello without node three'
cli 3 members

say "all three stop"
for node in 1 2 3; do stop "n$node"; done
echo "the demo is over: every step did what it said"
