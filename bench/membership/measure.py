#!/usr/bin/env python3
"""Membership of Grepvine beside HashiCorp's memberlist: real processes, one network namespace each.

Prints one table. Needs root for the namespaces, which it makes and removes itself; ends only
processes that it started. See README.md beside it.
"""
import argparse
import datetime
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

KEY = "5a" * 32
PORT = 7946


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def in_namespace(name, *words):
    return ["ip", "netns", "exec", name, *words]


class Network:
    """Nodes hang on two bridges, which one link joins: without it there are two halves."""

    def __init__(self, count):
        self.prefix = f"gv{os.getpid()}"
        self.hub = f"{self.prefix}-hub"
        self.nodes = [f"{self.prefix}-{index}" for index in range(count)]
        self.made = []

    def __enter__(self):
        self.add(self.hub)
        for bridge in ("left", "right"):
            self.at_hub("link", "add", bridge, "type", "bridge", "forward_delay", "0")
            self.at_hub("link", "set", bridge, "up")
        self.at_hub("link", "add", "trunk0", "type", "veth", "peer", "name", "trunk1")
        for end, bridge in (("trunk0", "left"), ("trunk1", "right")):
            self.at_hub("link", "set", end, "master", bridge)
            self.at_hub("link", "set", end, "up")
        for index, node in enumerate(self.nodes):
            self.plug(index, node)
        return self

    def plug(self, index, node):
        self.add(node)
        half = "left" if index < len(self.nodes) // 2 else "right"
        self.at_hub("link", "add", f"p{index}", "type", "veth", "peer", "name", f"q{index}")
        self.at_hub("link", "set", f"p{index}", "master", half)
        self.at_hub("link", "set", f"p{index}", "up")
        self.at_hub("link", "set", f"q{index}", "netns", node)
        ip("-n", node, "link", "set", f"q{index}", "name", "eth0")
        ip("-n", node, "addr", "add", f"{self.host(index)}/24", "dev", "eth0")
        ip("-n", node, "link", "set", "eth0", "up")
        ip("-n", node, "link", "set", "lo", "up")

    def add(self, name):
        ip("netns", "add", name)
        self.made.append(name)

    def at_hub(self, *words):
        ip("-n", self.hub, *words)

    def __exit__(self, *error):
        for name in self.made:
            subprocess.run(["ip", "netns", "del", name], check=False)

    @staticmethod
    def host(index):
        return f"10.213.0.{index + 1}"

    def split(self, apart):
        self.at_hub("link", "set", "trunk0", "down" if apart else "up")

    def unplug(self, index, out):
        self.at_hub("link", "set", f"p{index}", "down" if out else "up")


class Grepvine:
    name = "grepvine"

    def __init__(self, binary, sealed):
        self.binary, self.sealed = binary, sealed

    def command(self, index, count):
        seeds = ",".join(f"{Network.host(seed)}:{PORT}" for seed in range(3))
        words = [
            self.binary, "serve", "--name", f"n{index}", "--listen", Network.host(index), "--port",
            str(PORT), "--resp-port", "0", "--http-port", "8379", "--seeds", seeds, "--expect",
            str(count), "--gossip-preset", "lan", "--log-format", "json",
        ]
        return words, {"GREPVINE_GOSSIP_KEY": KEY} if self.sealed else {}

    def gossip(self, network, index):
        """Datagrams of gossip, and the bytes of all gossip: what the node counts, over TCP, too,
        and 28 bytes of headers for each datagram."""
        code = (
            "import urllib.request;print(urllib.request.urlopen("
            f"'http://{Network.host(index)}:8379/metrics').read().decode())")
        words = in_namespace(network.nodes[index], sys.executable, "-c", code)
        text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        packets, size = 0, 0
        for line in text.splitlines():
            name = line.split("{")[0].split()[0] if line else ""
            if name.removeprefix("grepvine_gossip_sent_") in ("total", "packets_total") \
                    and "stream" not in line:
                packets += int(line.split()[1])
            elif name == "grepvine_gossip_sent_bytes_total":
                size += int(line.split()[1])
        return packets, size + 28 * packets


class Memberlist:
    name = "memberlist"

    def __init__(self, binary, sealed):
        self.binary, self.sealed = binary, sealed

    def command(self, index, count):
        seeds = ",".join(f"{Network.host(seed)}:{PORT}" for seed in range(3) if seed != index)
        key = [KEY] if self.sealed else []
        return [self.binary, f"n{index}", Network.host(index), str(PORT), seeds] + key, {}

    def gossip(self, network, index):
        return None


class Cluster:
    def __init__(self, system, network, directory):
        self.system, self.network, self.directory = system, network, directory
        self.count = len(network.nodes)
        self.processes = [None] * self.count
        self.offsets = [0] * self.count
        self.views = [{} for _ in range(self.count)]

    def path(self, index):
        return f"{self.directory}/{self.system.name}-{index}.log"

    def start(self, index):
        words, variables = self.system.command(index, self.count)
        self.views[index] = {}
        with open(self.path(index), "ab") as log:
            self.offsets[index] = log.tell()
            self.processes[index] = subprocess.Popen(
                in_namespace(self.network.nodes[index], *words), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={**os.environ, **variables})

    def kill(self, index):
        self.processes[index].kill()
        self.processes[index].wait()
        self.processes[index] = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for index, process in enumerate(self.processes):
            if process:
                self.kill(index)

    def read(self):
        """Takes what was logged since; gives (node, time, event, member) in no order."""
        news = []
        for index in range(self.count):
            with open(self.path(index), "rb") as log:
                log.seek(self.offsets[index])
                lines = log.read()
            end = lines.rfind(b"\n") + 1
            self.offsets[index] += end
            for line in lines[:end].splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                event, member = entry.get("event"), entry.get("member")
                if event in ("member-joined", "member-recovered", "member-restarted"):
                    self.views[index][member] = True
                elif event in ("member-died", "member-left"):
                    self.views[index][member] = False
                else:
                    continue
                when = datetime.datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))
                news.append((index, when.timestamp(), event, member))
        return news

    def sees(self, index):
        return sum(self.views[index].values()) - int(self.views[index].get(f"n{index}", False)) + 1

    def await_views(self, size, indexes, limit):
        """Seconds until all of them see so many members, themselves included; None if never."""
        began = time.time()
        while time.time() - began < limit:
            self.read()
            if all(self.sees(index) == size for index in indexes):
                return time.time() - began
            time.sleep(0.02)
        return None

    def octets(self):
        """IP packets and bytes sent in each namespace, whatever the protocol."""
        total = []
        for process in self.processes:
            facts = {}
            for name in ("netstat", "snmp"):
                with open(f"/proc/{process.pid}/net/{name}") as file:
                    lines = file.read().splitlines()
                for head, row in zip(lines[::2], lines[1::2]):
                    kind = head.split(":")[0]
                    facts.update(zip((f"{kind}.{word}" for word in head.split()[1:]),
                                     row.split()[1:]))
            total.append((int(facts["Ip.OutRequests"]), int(facts["IpExt.OutOctets"])))
        return total


def traffic(cluster, seconds):
    """Per node and second: packets and bytes on the wire, and of those the datagrams of gossip."""
    def gossip():
        each = [cluster.system.gossip(cluster.network, index) for index in range(cluster.count)]
        return None if None in each else [sum(part) for part in zip(*each)]

    # Asking a node sends bytes, too: before and after what is counted.
    own, before, began = gossip(), cluster.octets(), time.time()
    time.sleep(seconds)
    after, span, own_after = cluster.octets(), time.time() - began, gossip()
    scale = 1 / span / cluster.count
    rates = [sum(b[part] - a[part] for a, b in zip(before, after)) * scale for part in (0, 1)]
    if own:
        rates += [(b - a) * scale for a, b in zip(own, own_after)]
    return rates


def crash(cluster, victim, silently):
    """Seconds until the first and until the last survivor declares the victim dead."""
    others = [index for index in range(cluster.count) if index != victim]
    cluster.read()
    if silently:
        cluster.network.unplug(victim, True)
    else:
        os.kill(cluster.processes[victim].pid, signal.SIGKILL)
    began = time.time()
    died = {}
    while time.time() - began < 60 and len(died) < len(others):
        for index, when, event, member in cluster.read():
            if event == "member-died" and member == f"n{victim}" and index != victim:
                died.setdefault(index, when - began)
        time.sleep(0.02)
    cluster.kill(victim)
    cluster.network.unplug(victim, False)
    cluster.start(victim)
    if cluster.await_views(cluster.count, range(cluster.count), 60) is None:
        print(f"  n{victim} did not come back for all", file=sys.stderr)
    return (min(died.values()), max(died.values())) if len(died) == len(others) else None


def partition(cluster, seconds, patience):
    """Whether both halves noticed, and seconds from the return of the link to one view."""
    cluster.network.split(True)
    half = cluster.count // 2
    noticed = cluster.await_views(half, range(cluster.count), seconds)
    time.sleep(max(0, seconds - (noticed or seconds)))
    cluster.network.split(False)
    healed = cluster.await_views(cluster.count, range(cluster.count), patience)
    worst = min(cluster.sees(index) for index in range(cluster.count))
    return noticed, healed, worst


def show(name, value):
    print(f"  {name:<52}{value}", flush=True)


def spread(values):
    values = [value for value in values if value is not None]
    if not values:
        return "never"
    return f"median {statistics.median(values):.2f} s, longest {max(values):.2f} s"


def measure(system, options):
    how = "sealed" if system.sealed else "in clear"
    print(f"{system.name}, {options.nodes} nodes, gossip {how}")
    with tempfile.TemporaryDirectory() as directory, Network(options.nodes) as network, \
            Cluster(system, network, directory) as cluster:
        for index in range(options.nodes):
            cluster.start(index)
        everybody = range(options.nodes)
        joined = cluster.await_views(options.nodes, everybody, 60)
        show("everybody sees everybody after", "never" if joined is None else f"{joined:.1f} s")
        results = {}
        if "traffic" in options.what:
            time.sleep(options.settle)
            rates = traffic(cluster, options.window)
            results["bytes"] = rates[1]
            show("sent per node and second, all IP",
                 f"{rates[0]:.1f} packets, {rates[1]:.0f} bytes")
            if len(rates) > 2:
                results["gossip"] = rates[3]
                show("  of that gossip", f"{rates[2]:.1f} packets, {rates[3]:.0f} bytes")
        for what, silently in (("kill", False), ("unplug", True)):
            if what in options.what:
                # Not the seeds.
                victims = [3 + (5 * turn) % (options.nodes - 3) for turn in range(options.turns)]
                times = [crash(cluster, victim, silently) for victim in victims]
                how = "cable pulled" if silently else "kill -9"
                results[what] = statistics.median([t[1] for t in times if t] or [60])
                show(f"{how}: the first survivor knows", spread([t and t[0] for t in times]))
                show(f"{how}: the last survivor knows", spread([t and t[1] for t in times]))
        if "partition" in options.what:
            noticed, healed, worst = partition(cluster, options.apart, options.patience)
            show(f"{options.apart} s partition: both halves noticed after",
                 "never" if noticed is None else f"{noticed:.1f} s")
            show("links return: one view after",
                 f"never in {options.patience} s; somebody still sees {worst}"
                 if healed is None else f"{healed:.1f} s")
        return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grepvine", help="the binary of Grepvine")
    parser.add_argument("--memberlist", help="the binary made of memberlist.go")
    parser.add_argument("--what", default="traffic,kill,unplug,partition")
    parser.add_argument("--sealed", action="store_true", help="encrypt gossip on both sides")
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--turns", type=int, default=5, help="crashes of each kind")
    parser.add_argument("--settle", type=int, default=30, help="seconds of rest before traffic")
    parser.add_argument("--window", type=int, default=60, help="seconds of traffic; two of the"
                        " peer's full exchanges")
    parser.add_argument("--apart", type=int, default=60, help="seconds of the partition")
    parser.add_argument("--patience", type=int, default=60, help="seconds to wait for one view")
    options = parser.parse_args()
    options.what = options.what.split(",")
    results = {}
    for kind, binary in ((Memberlist, options.memberlist), (Grepvine, options.grepvine)):
        if binary:
            results[kind.name] = measure(kind(os.path.abspath(binary), options.sealed), options)
    if len(results) == 2:
        theirs, ours = results["memberlist"], results["grepvine"]
        print("grepvine / memberlist")
        for name, what in (("kill", "kill -9, last survivor"), ("unplug", "cable pulled, last"),
                           ("bytes", "bytes, all IP"), ("gossip", "bytes, gossip alone")):
            if name in ours:
                show(what, f"{ours[name] / theirs.get(name, theirs.get('bytes')):.2f} x")


if __name__ == "__main__":
    main()
