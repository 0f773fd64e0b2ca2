#!/usr/bin/env bash
# Counts the lines that match, on the tree that bench/corpus.sh made: grepvine over its files and
# over the tree packed into one file, beside ripgrep over both and codesearch's index. One thread,
# warm, medians of rounds that take turns; every count must be equal.
#   bench/grep.sh FOLDER [ROUNDS]
# To keep a table: make bench-grep CORPUS=FOLDER | tee bench/results/NAME.txt
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$1
rounds=${2:-5}
: "${GREPVINE_BINARY:?names the tool that is measured}"
grepvine=$GREPVINE_BINARY
unset "${!GREPVINE_@}"
packed=$folder/packed
tree=$folder/tree
times=$(mktemp -d)
trap 'rm -rf "$times"' EXIT

patterns=(
    'unregister_shrinker|rare literal' 'return|common literal' 'the|more common literal'
    'zqzqzqzq|no match' '-i out of memory|literal, any case' 'привет|Cyrillic'
    '-i привет|Cyrillic, any case' 'qz|two bytes' 'foo|bar|baz|quux|corge|alternation'
    'spin_.*_irqrestore|wildcard' '^int main\(|anchored'
    '[0-9]{3}-[0-9]{4}|no literal' '[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|address'
    '[A-Z][a-z]+[A-Z][a-z]+|no literal, common' '[A-Za-z]{50}|long class'
    '\w+_init\w*\(void\)|words and a literal' 'E0[0-9]{3}7|literal and digits'
    '[a-q][^u-z]{13}x|too many states' '\b.{200,400}\bfoo|too many states, too'
)

# Milliseconds that a command takes, appended to a file; its sum of counts on standard output.
measure() {
    local file=$1 start end
    shift
    start=$(date +%s%N)
    "$@" | awk -F: '{ sum += $NF } END { printf "%d", sum }'
    end=$(date +%s%N)
    echo $(((end - start) / 10000)) >>"$times/$file"
}

median() {
    sort -n "$times/$1" | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] / 100 }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

ours_files() { "$grepvine" grep -c --files "$@" "$tree" || [ $? -eq 1 ]; }
ours_packed() { "$grepvine" grep -ac --files "$@" "$packed" || [ $? -eq 1 ]; }
theirs_files() { rg --no-config -uu -j1 -E none -c "$@" "$tree" || [ $? -eq 1 ]; }
theirs_packed() { rg --no-config -a -j1 -E none -c "$@" "$packed" || [ $? -eq 1 ]; }
index() { csearch -c "$@" || [ $? -eq 1 ]; }

has_index=
if command -v cindex >/dev/null; then
    has_index=yes
    export CSEARCHINDEX=$folder/csearch
    [ -e "$CSEARCHINDEX" ] || cindex "$(realpath "$tree")" 2>/dev/null
fi
cat "$packed" >/dev/null

echo "machine: $(nproc) cores, $(uname -sr); $("$grepvine" version); $(rg --version | head -1)"
echo "tree: $(find "$tree" -type f | wc -l) files, $(($(stat -c %s "$packed") / 1000000)) MB;" \
    "milliseconds, medians of $rounds"
printf '%-26s %9s %9s %6s %9s %9s %6s %9s %9s\n' pattern 'rg files' ours ratio 'rg packed' ours \
    ratio csearch lines
for entry in "${patterns[@]}"; do
    name=${entry##*|}
    words=(-e "${entry%|*}")
    case $entry in -i\ *) words=(-i -e "${entry:3:$((${#entry} - ${#name} - 4))}") ;; esac
    rm -f "$times"/*
    for ((round = 0; round < rounds; round++)); do
        a=$(measure theirs_files theirs_files "${words[@]}")
        b=$(measure ours_files ours_files "${words[@]}")
        c=$(measure theirs_packed theirs_packed "${words[@]}")
        d=$(measure ours_packed ours_packed "${words[@]}")
        [ "$a" = "$b" ] && [ "$c" = "$d" ] || {
            echo "counts differ for $name: $a and $b over files, $c and $d packed" >&2
            exit 1
        }
        if [ -n "$has_index" ]; then
            case ${words[0]} in -i) found=$(measure index index -i "${words[2]}") ;;
            *) found=$(measure index index "${words[1]}") ;; esac
        fi
    done
    search=-
    if [ -n "$has_index" ]; then
        search=$(median index)
        # Its index leaves out files, so that its count may be too small.
        [ "$found" = "$a" ] || search="$search*"
    fi
    rf=$(median theirs_files) of=$(median ours_files)
    rp=$(median theirs_packed) op=$(median ours_packed)
    printf '%-26s %9s %9s %6s %9s %9s %6s %9s %9s\n' "$name" "$rf" "$of" "$(ratio "$rf" "$of")" \
        "$rp" "$op" "$(ratio "$rp" "$op")" "$search" "$d"
done
echo "ratio: ripgrep's time over ours. *: another count, because the index leaves out files"
