#!/usr/bin/env python3
"""What replication promises, measured on three real processes and printed as one table.

    make bench-replication                  the short form, about six minutes
    bench/replication/kpi.py ROW…           some rows: outage crash loss divergence idle loaded
    bench/replication/kpi.py long ROW…      an outage of five minutes, soaks of thirty

Rows, and what each must keep:

    outage       a node is stopped under steady writes and goes on: hints drained in < 2 min
    crash        a node is killed under steady writes and starts anew: the same
                 (both: fewer than 0.1 % of the writes fail meanwhile)
    loss         every node loses a tenth of what it sends: < 0.5 % of QUORUM writes fail
    divergence   10,000 keys that one owner missed and that no hint holds: equal within one
                 interval of anti-entropy after that owner can be reached again
    idle         nothing happens: no epoch, repair or hint counter moves, memory stays
    loaded       writes, packet loss and pauses by turns: memory as after the warm-up, within 5 %

GREPVINE_BINARY names the tool, .build/release/grepvine unless it is set. Exit code 1 when a row
misses its goal.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BINARY = os.environ.get("GREPVINE_BINARY", ".build/release/grepvine")
INTERVAL = 10.0  # --repair-interval, the default


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def until(what, limit, condition, pause=0.05):
    """The seconds that it took."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > limit:
            raise SystemExit(f"not within {limit} s: {what}")
        time.sleep(pause)
    return time.monotonic() - start


class Cluster:
    """Three nodes on loopback; ends exactly those that it started."""

    def __init__(self, *words, preset="local"):
        ports = free_ports(9)
        self.rpc, self.resp, self.http = ports[:3], ports[3:6], ports[6:]
        self.words = ["--gossip-preset", preset, *words]
        self.directory = tempfile.mkdtemp(prefix="grepvine-kpi-")
        self.processes = [None] * 3

    def __enter__(self):
        for node in range(3):
            self.start(node)
        for node in range(3):
            until(f"n{node + 1} is ready", 30, lambda: self.is_ready(node))
        return self

    def __exit__(self, error, *_):
        for node in range(3 if error else 0):
            code = self.processes[node].poll()
            print(f"--- n{node + 1}, exit code {code}\n{self.log(node)[-2000:]}", file=sys.stderr)
        for process in self.processes:
            if process and process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory)

    def start(self, node):
        seeds = ",".join(f"127.0.0.1:{port}" for port in self.rpc)
        with open(f"{self.directory}/n{node + 1}.log", "a") as log:
            self.processes[node] = subprocess.Popen(
                [BINARY, "serve", "--name", f"n{node + 1}", "--port", str(self.rpc[node]),
                 "--resp-port", str(self.resp[node]), "--http-port", str(self.http[node]),
                 "--seeds", seeds, "--expect", "3", "--enable-chaos", *self.words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self, node):
        self.processes[node].kill()
        self.processes[node].wait()

    def signal(self, node, number):
        self.processes[node].send_signal(number)

    def get(self, node, path):
        url = f"http://127.0.0.1:{self.http[node]}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()

    def is_ready(self, node):
        try:
            return bool(self.get(node, "/readyz"))
        except OSError:
            return False

    def metrics(self, node):
        pairs = re.findall(r"^grepvine_(\S+) (\S+)$", self.get(node, "/metrics"), re.M)
        return {name: float(value) for name, value in pairs}

    def metric(self, node, name):
        return self.metrics(node)[name]

    def memory(self, node):
        """Resident bytes."""
        with open(f"/proc/{self.processes[node].pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) << 10

    def tool(self, node, *words):
        return subprocess.run(
            [BINARY, *words, "--server", f"127.0.0.1:{self.rpc[node]}"],
            capture_output=True, text=True)

    def chaos(self, node, *words):
        for _ in range(5):
            done = self.tool(node, "chaos", *words)
            # A machine with other things to do may keep a node waiting for a while.
            if done.returncode != 4:
                break
        if done.returncode:
            raise SystemExit(done.stderr)

    def sync(self, limit=300):
        done = self.tool(0, "await-sync", "--timeout", f"{limit}s")
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)

    def alive(self, node):
        """Members that one node takes for alive."""
        return self.metric(node, 'members{state="alive"}')

    def log(self, node):
        with open(f"{self.directory}/n{node + 1}.log") as log:
            return log.read()


class Face:
    """A Redis connection that sends commands in pipelines."""

    def __init__(self, port, level=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.reader = self.socket.makefile("rb")
        if level:
            self.send([("CONSISTENCY", level)])
            self.reply()

    def send(self, commands):
        text = bytearray()
        for words in commands:
            text += b"*%d\r\n" % len(words)
            for word in words:
                word = word.encode()
                text += b"$%d\r\n%s\r\n" % (len(word), word)
        self.socket.sendall(text)

    def reply(self):
        line = self.reader.readline()
        if not line:
            raise ConnectionError("the node closed the connection")
        if line[:1] == b"$" and line != b"$-1\r\n":
            return self.reader.read(int(line[1:]) + 2)[:-2].decode()
        return line[:-2].decode()

    def close(self):
        self.socket.close()


class Writer(threading.Thread):
    """Writes at a steady rate through one node and counts what fails. When answers come late, what
    was due meanwhile is written as soon as they are there."""

    def __init__(self, port, rate, keys, prefix, size=100):
        super().__init__(daemon=True)
        self.port, self.rate, self.keys, self.prefix = port, rate, keys, prefix
        self.value = "x" * size
        self.done = self.failed = 0
        self.reasons = {}
        self.over = threading.Event()

    def run(self):
        face = Face(self.port)
        start, sent = time.monotonic(), 0
        while not self.over.is_set():
            due = int((time.monotonic() - start) * self.rate)
            if due == sent:
                time.sleep(0.002)
                continue
            batch = range(sent, min(due, sent + 500))
            face.send([("SET", f"{self.prefix}:{n % self.keys}", f"{n}{self.value}")
                       for n in batch])
            for _ in batch:
                self.count(face.reply())
            sent = batch.stop
        face.close()

    def count(self, reply):
        self.done += 1
        if reply != "+OK":
            self.failed += 1
            reason = reply[:60]
            self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def finish(self):
        self.over.set()
        self.join()


def write(cluster, nodes, rate, keys, prefix="k"):
    """Started writers, one a node, which share the rate and have keys of their own."""
    writers = [
        Writer(cluster.resp[node], rate / len(nodes), keys // len(nodes), f"{prefix}{node}")
        for node in nodes]
    for each in writers:
        each.start()
    return writers


def finish(writers):
    for each in writers:
        each.finish()
    for each in writers:
        for reason, count in each.reasons.items():
            print(f"  {count} × {reason}", file=sys.stderr)
    return sum(each.done for each in writers), sum(each.failed for each in writers)


def total(metrics, name):
    """The sum over some nodes' metrics."""
    return sum(each.get(name, 0) for each in metrics)


def share(part, whole):
    return f"{100 * part / max(1, whole):.3f} %"


# Rows: each gives (what was done, [(what, measured, goal, kept)]).


def outage(options, kill=False):
    seconds, rate = (300, 1000) if options.long else (30, 10_000)
    with Cluster() as cluster:
        writers = write(cluster, [0, 1], rate, rate * seconds)
        time.sleep(3)
        before = sum(each.done for each in writers), sum(each.failed for each in writers)
        if kill:
            cluster.kill(2)
        else:
            cluster.signal(2, signal.SIGSTOP)
        time.sleep(seconds)
        during = sum(each.done for each in writers) - before[0]
        failed = sum(each.failed for each in writers) - before[1]
        queued = [cluster.metrics(node) for node in (0, 1)]
        hints = sum(each["hints"] for each in queued)
        dropped = total(queued, 'hints_total{owner="n3",event="dropped"}')
        replayed = -total(queued, 'hints_total{owner="n3",event="replayed"}')
        start = time.monotonic()
        if kill:
            cluster.start(2)
        else:
            cluster.signal(2, signal.SIGCONT)
        # Writes go on at the same rate meanwhile.
        until("hints are drained", 600,
              lambda: all(cluster.metric(node, "hints") == 0 for node in (0, 1)), 0.1)
        drained = time.monotonic() - start
        replayed += total(
            [cluster.metrics(node) for node in (0, 1)],
            'hints_total{owner="n3",event="replayed"}')
        finish(writers)
        cluster.sync()
        synced = time.monotonic() - start
        stale = differing(cluster, [(0, 20_000), (1, 20_000)])
    scale = 300 / seconds
    how = "killed and started anew" if kill else "stopped"
    return (
        f"n3 {how} after {seconds} s under {rate:,} writes/s of 100 bytes"
        + ("" if options.long else
           f": as many writes as in 5 min at {rate / scale:,.0f}/s ({scale:.0f}× the rate)"),
        [(f"{hints:,.0f} hints drained ({replayed:,.0f} handed over since its return)",
          f"{drained:.1f} s", "< 120 s", drained < 120),
         (f"await-sync ended ({dropped:,.0f} more had found no room)", f"{synced:.1f} s", "",
          True),
         ("of 40,000 keys n3 reads otherwise than n1", f"{stale}", "0", stale == 0),
         (f"writes failed while it was away, of {during:,}", share(failed, during), "< 0.1 %",
          failed < during / 1000)])


def crash(options):
    return outage(options, kill=True)


def loss(options):
    seconds, rate = (300, 2000) if options.long else (30, 2000)
    with Cluster() as cluster:
        for node in range(3):
            cluster.chaos(node, "set", "--drop", "10%", "--direction", "out")
        writers = [each for number in range(4)
                   for each in write(cluster, [0, 1, 2], rate / 4, 3000, f"k{number}")]
        time.sleep(seconds)
        done, failed = finish(writers)
        lost = sum(cluster.metric(node, "chaos_dropped_total") for node in range(3))
        died = sum(cluster.log(node).count("member-died") for node in range(3))
        for node in range(3):
            cluster.chaos(node, "heal")
        start = time.monotonic()
        cluster.sync()
        synced = time.monotonic() - start
    return (
        f"each node loses 10 % of the datagrams and frames that it sends, {seconds} s",
        [(f"QUORUM writes failed, of {done:,} ({lost:,.0f} packets lost)", share(failed, done),
          "< 0.5 %", failed < done / 200),
         ("members given up meanwhile", f"{died}", "", True),
         ("await-sync after the healing", f"{synced:.1f} s", "", True)])


def divergence(options):
    count = 10_000
    words = ["--hints-memory", "0", "--hints-memory-per-node", "0"]
    with Cluster(*words) as cluster:
        cluster.sync()
        cluster.chaos(2, "partition")
        until("n3 is given up", 60, lambda: all(cluster.alive(node) == 2 for node in (0, 1)))
        writers = write(cluster, [0, 1], 5000, count)
        until("keys are written", 60, lambda: sum(each.done for each in writers) >= count)
        finish(writers)
        missed = cluster.metric(0, "keys") - cluster.metric(2, "keys")
        cluster.chaos(2, "heal")
        start = time.monotonic()
        until("all see one another", 60,
              lambda: all(cluster.alive(node) == 3 for node in range(3)))
        seen = time.monotonic() - start
        until("all hold the same number of keys", 120,
              lambda: len({cluster.metric(node, "keys") for node in range(3)}) == 1)
        equal = time.monotonic() - start
        stale = differing(cluster, [(0, count // 2), (1, count // 2)])
        repaired = sum(
            cluster.metrics(node).get('repairs_total{cause="anti-entropy"}', 0)
            for node in range(3))
    return (
        f"n3 cut off while {count:,} keys are written, no memory for hints",
        [("all see one another after the healing", f"{seen:.1f} s", "", True),
         (f"all owners equal ({missed:,.0f} keys missed, {repaired:,.0f} records repaired)",
          f"{equal:.1f} s, {equal - seen:.1f} s later", f"< {INTERVAL:.0f} s later",
          equal - seen < INTERVAL),
         ("keys that n3 reads otherwise than n1", f"{stale}", "0", stale == 0)])


def differing(cluster, groups):
    """Keys whose copy on n3 is not that on n1: both are asked for what they hold themselves."""
    keys = [f"k{node}:{number}" for node, count in groups for number in range(count)]
    answers = []
    for node in (0, 2):
        face = Face(cluster.resp[node], "ONE")
        found = []
        for first in range(0, len(keys), 500):
            batch = keys[first:first + 500]
            face.send([("GET", key) for key in batch])
            found += [face.reply() for _ in batch]
        face.close()
        answers.append(found)
    return sum(one != other for one, other in zip(*answers))


# What must not move while nothing happens. Comparing goes on and finds nothing.
QUIET = re.compile(
    r"topology_epoch|repairs_total|repair_exchanges|repair_differences|read_repairs|hints|restamps"
    r"|recovering|sync_sent|write_failures|read_failures|outbox_dropped|fenced_|purged"
    r"|versions_reused|invalid_frames|clock_refused|members\{|chaos_")


def quiet_counters(cluster):
    return {
        f"n{node + 1} {name}": value for node in range(3)
        for name, value in cluster.metrics(node).items() if QUIET.match(name)}


def incarnations(cluster):
    shown = cluster.tool(0, "members", "--json").stdout
    return re.findall(r'"name":"(\w+)".*?"incarnation":(\d+),"bootEpoch":(\d+)', shown)


def memory(cluster, samples=5):
    """Resident bytes of each node, the middle one of some samples."""
    taken = []
    for _ in range(samples):
        taken.append([cluster.memory(node) for node in range(3)])
        time.sleep(1)
    return [statistics.median(each) for each in zip(*taken)]


def growth(before, after):
    worst = max((b - a) / a for a, b in zip(before, after))
    shown = ", ".join(
        f"{a / (1 << 20):.1f}→{b / (1 << 20):.1f} MiB" for a, b in zip(before, after))
    return worst, f"{100 * worst:+.1f} % ({shown})"


def idle(options):
    seconds, settling = (options.minutes * 60, 60) if options.long else (60, 20)
    # A pace of probes that forgives a machine with other things to do.
    with Cluster(preset="lan") as cluster:
        writers = write(cluster, [0], 10_000, 20_000)
        until("keys are written", 60, lambda: writers[0].done >= 20_000)
        finish(writers)
        cluster.sync()
        time.sleep(settling)
        before, names, held = quiet_counters(cluster), incarnations(cluster), memory(cluster)
        time.sleep(seconds)
        after, grown = quiet_counters(cluster), memory(cluster)
        moved = sorted(name for name in before.keys() | after.keys()
                       if before.get(name) != after.get(name))
        stable = incarnations(cluster) == names and len(names) == 3
        events = sum(cluster.log(node).count(word) for node in range(3)
                     for word in ("member-suspected", "member-died"))
    worst, shown = growth(held, grown)
    return (
        f"20,000 keys and nothing to do, {seconds} s",
        [(f"of {len(before)} counters of epochs, repair, hints and failures, moved",
          ", ".join(moved) or "none", "none", not moved),
         ("incarnations and boot epochs", "as before" if stable else "changed", "as before",
          stable),
         ("members suspected or given up since the start", f"{events}", "0", events == 0),
         ("memory, the node that grew most", shown, "within 5 %", worst < 0.05)])


def loaded(options):
    seconds = options.minutes * 60 if options.long else 60
    rate = 1000 if options.long else 2000
    with Cluster("--repair-purge", "5s", preset="lan") as cluster:
        writers = write(cluster, [0, 1], rate, 20_000)

        def cycle():
            """Faults of about 20 seconds: loss, a cut, a pause, and some peace."""
            for node in range(3):
                cluster.chaos(node, "set", "--drop", "10%", "--delay", "2ms", "--jitter", "1ms",
                              "--duplicate", "1%", "--for", "5s")
            time.sleep(6)
            cluster.chaos(2, "partition", "--direction", "in", "--for", "4s")
            time.sleep(6)
            cluster.signal(2, signal.SIGSTOP)
            time.sleep(3)
            cluster.signal(2, signal.SIGCONT)
            time.sleep(5)

        def rest():
            cluster.sync()
            time.sleep(3)
            return memory(cluster)

        for _ in range(3 if options.long else 2):
            cycle()
        before, cycles, start = rest(), 0, time.monotonic()
        while time.monotonic() - start < seconds:
            cycle()
            cycles += 1
        after = rest()
        done, failed = finish(writers)
        cluster.sync()
        left = sum(cluster.metric(node, name) for node in range(3) for name in
                   ("hints", "pending_writes", "pending_reads", "chaos_held_bytes"))
        stale = differing(cluster, [(0, 10_000), (1, 10_000)])
    worst, shown = growth(before, after)
    return (
        f"{rate:,} writes/s of 20,000 keys; {cycles} times 10 % loss with delays, one node deaf"
        f" for 4 s, one node stopped for 3 s; {time.monotonic() - start:.0f} s",
        [("memory, the node that grew most", shown, "within 5 %", worst < 0.05),
         (f"writes failed, of {done:,}", share(failed, done), "", True),
         ("left waiting at the end", f"{left:.0f}", "0", left == 0),
         ("keys that n3 reads otherwise than n1", f"{stale}", "0", stale == 0)])


ROWS = {row.__name__: row for row in (outage, crash, loss, divergence, idle, loaded)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="long, " + ", ".join(ROWS))
    parser.add_argument("--minutes", type=int, default=30, help="length of a long soak")
    options = parser.parse_args()
    options.long = "long" in options.rows
    options.rows = [row for row in options.rows if row != "long"]
    unknown = [row for row in options.rows if row not in ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]}; there are {', '.join(ROWS)}")
    if not os.access(BINARY, os.X_OK):
        raise SystemExit(f"no executable at {BINARY}: run 'make release' or set GREPVINE_BINARY")
    print(time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "·", os.cpu_count(), "cores ·",
          "three processes on loopback, three owners, QUORUM")
    missed = 0
    for name in options.rows or ROWS:
        what, results = ROWS[name](options)
        print(f"\n{name}: {what}")
        for claim, measured, goal, kept in results:
            verdict = "" if not goal else "ok" if kept else "MISSED"
            missed += not kept
            print(f"  {claim:<62}  {measured:<28}  {goal:<12}  {verdict}".rstrip())
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
