# Sourced by the scripts that start nodes on loopback. Everything that is started here is stopped
# here, by its process id, however the script ends.

grepvine=${GREPVINE_BINARY:-.build/release/grepvine}
[[ -x $grepvine ]] || {
    echo "no executable at $grepvine: run 'make release' or set GREPVINE_BINARY" >&2
    exit 2
}
scratch=$(mktemp -d)
declare -A pids=()

stop() {
    local name=$1 signal=${2:-TERM} pid=${pids[$1]:-}
    [[ -n $pid ]] || return 0
    unset "pids[$name]"
    kill -s "$signal" "$pid" 2>/dev/null || true
    local deadline=$((SECONDS + 10))
    while kill -0 "$pid" 2>/dev/null; do
        ((SECONDS < deadline)) || kill -s KILL "$pid" 2>/dev/null || true
        sleep 0.05
    done
}

at_exit() {
    local status=$? name
    if ((status)); then
        for name in "${!pids[@]}"; do
            echo "--- last lines of $name" >&2
            tail -n 15 "$scratch/$name.log" >&2 || true
        done
    fi
    for name in "${!pids[@]}"; do stop "$name"; done
    rm -rf "$scratch"
    exit "$status"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

# start NAME COMMAND…: runs it in the background with its output in a log.
start() {
    local name=$1
    shift
    "$@" >>"$scratch/$name.log" 2>&1 </dev/null &
    pids[$name]=$!
    disown "$!"
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_ports BASE COUNT: the first of COUNT ports in a row that nobody listens on.
free_ports() {
    local base=$1 count=$2 port
    while ((base < 60000)); do
        for ((port = base; port < base + count; port++)); do is_open "$port" && break; done
        ((port < base + count)) || { echo "$base" && return; }
        base=$((base + count))
    done
    echo "no free ports" >&2
    return 1
}

is_ready() {
    local status
    status=$(
        exec 2>/dev/null
        exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
        IFS= read -r -t 2 line <&3 && printf '%s' "$line"
    ) || return 1
    [[ $status == *' 200'* ]]
}

# await SECONDS COMMAND…: until the command succeeds.
await() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || {
            echo "waited too long for: $*" >&2
            return 1
        }
        sleep 0.1
    done
}
