"""Pods come and go and connections churn while the agent's memory, threads and files are watched; see bin/soak."""

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

import measure

SPACES = 10  # pods share namespaces: what churns is their interface and their addresses
READ_EACH_S, ROLL_EACH_S = 5, 5
GROWTH_RATIO, GROWTH_MB = 1.03, 4  # beyond both of which memory counts as grown


def arguments():
    parser = argparse.ArgumentParser(prog="bin/soak", description=__doc__)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=30, help="(default %(default)s)")
    parser.add_argument("--pods", type=int, default=250, help="at most 300 (default %(default)s)")
    parser.add_argument("--connections", type=int, default=500, help="new ones per second (default %(default)s)")
    parser.add_argument("--series", type=int, default=20000, help="bound of the pods' series, reached in some minutes (default %(default)s)")
    parser.add_argument("--port", type=int, default=10594, help="of the agent (default %(default)s)")
    parser.add_argument("--prefix", default="retina-soak-", help="of the namespaces (default %(default)s)")
    return parser.parse_args()


class Pods:
    """A world with more pods: namespaces with a veth each and many addresses, which are removed and made anew in turn."""

    def __init__(self, options):
        self.options = options
        self.tool = os.path.join(options.root, "bin", "world")
        self.traffic = os.path.join(options.root, "target", "traffic")
        self.state = os.path.join(options.root, "target", "soak", options.prefix + "state")
        self.each = -(-options.pods // SPACES)
        self.servers = {}

    def __enter__(self):
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state)
        self.file = os.path.join(self.state, "world.yaml")
        subprocess.run([self.tool, "--prefix", self.options.prefix, "up", "--file", self.file], check=True)
        with open(self.file, "a") as out:
            for space in range(SPACES):
                for number in range(self.each):
                    name = f"pool-{space}-{number}"
                    out.write(
                        f"  - kind: pod\n    namespace: pool\n    name: {name}\n"
                        f"    workload: {{kind: ReplicaSet, name: pool-{space}}}\n    node: demo-node\n"
                        f'    labels: {{app: pool}}\n    ips: ["{self.address(space, number)}"]\n'
                    )
        for space in range(SPACES):
            self.make(space)
        return self

    def __exit__(self, *_):
        for space in range(SPACES):
            self.remove(space)
        subprocess.run([self.tool, "--prefix", self.options.prefix, "down"], check=False)
        shutil.rmtree(self.state, ignore_errors=True)

    def path(self, name):
        return "/run/netns/" + self.options.prefix + name

    @staticmethod
    def address(space, number):
        return f"198.18.{80 + space // 8}.{space % 8 * 32 + number + 1}"

    def inside(self, name, commands):
        """Runs lines of shell in a namespace."""
        subprocess.run(["nsenter", "--net=" + self.path(name), "sh", "-ec", commands], check=True)

    def make(self, space):
        name, device, whole = f"pool{space}", f"veth-pool{space}", self.options.prefix + f"pool{space}"
        subprocess.run(["ip", "netns", "add", whole], check=True)
        net = f"198.18.{80 + space // 8}.{space % 8 * 32}/27"
        self.inside(
            "node",
            f"ip link add {device} type veth peer name eth0 netns {whole}\n"
            f"ip addr add 169.254.1.1/32 dev {device}\nip link set {device} up\nip route add {net} dev {device}",
        )
        own = "\n".join(f"ip addr add {self.address(space, n)}/32 dev eth0" for n in range(self.each))
        self.inside(
            name, f"ip link set eth0 up\n{own}\nip route add 169.254.1.1 dev eth0\nip route add default via 169.254.1.1"
        )
        self.servers[space] = self.start(name, "tcp-serve", "8080", "86400")

    def remove(self, space):
        server = self.servers.pop(space, None)
        if server:
            server.kill()
            server.wait()
        # A namespace ends in the background; its interface must be gone before the next one has its name.
        self.inside("node", f"ip link del veth-pool{space} 2> /dev/null || :")
        subprocess.run(["ip", "netns", "del", self.options.prefix + f"pool{space}"], check=False)

    def start(self, name, *command):
        inside = ["setpriv", "--pdeathsig", "KILL", "nsenter", "--net=" + self.path(name), self.traffic, *command]
        return subprocess.Popen(inside, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def roll(self, stop):
        """Removes and makes one namespace after the other."""
        space = 0
        while not stop.wait(ROLL_EACH_S):
            self.remove(space)
            self.make(space)
            space = (space + 1) % SPACES

    def churn(self, client, stop):
        """Connects to one pod after the other, a second each."""
        rate = str(max(1, self.options.connections // 2))
        pods = [(space, number) for space in range(SPACES) for number in range(self.each)]
        while not stop.is_set():
            random.shuffle(pods)
            for space, number in pods:
                if stop.is_set():
                    return
                process = self.start(client, "tcp-churn", self.address(space, number), "8080", rate, "1", "2")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)  # its server may just have gone
                process.kill()
                process.wait()


def agent(options, pods):
    command = [
        "setpriv", "--pdeathsig", "TERM", os.path.join(options.root, "bin", "retina"), "agent",
        "--retina.plugins=packetparser,dropreason", "--retina.pod-level.enabled=true", "--retina.pod-level.context=remote",
        "--retina.network-namespace=" + pods.path("node"), "--retina.context.file=" + pods.file,
        "--retina.journal.directory=" + os.path.join(pods.state, "journal"),
        f"--retina.metrics.max-series={options.series}",
        "--retina.overhead.cpu-budget=0", "--retina.overhead.memory-budget=0",  # what it costs at full detail
        f"--retina.http.port={options.port}", "--retina.node-name=demo-node",
    ]  # fmt: skip
    log = open(os.path.join(options.root, "target", "soak", options.prefix + "agent.log"), "w")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"http://127.0.0.1:{options.port}/actuator/health/readiness", timeout=2).status == 200:
                return process
        time.sleep(0.25)
    process.kill()
    sys.exit("the agent ended or is not ready: " + log.name)


def reading(options, pid, started):
    status = open(f"/proc/{pid}/status").read()
    memory = {key: int(re.search(rf"^{key}:\s+(\d+)", status, re.M).group(1)) / 1024 for key in ("VmRSS", "RssAnon", "RssFile")}
    text = measure.scrape(f"http://127.0.0.1:{options.port}/metrics")
    return {
        "minute": (time.monotonic() - started) / 60,
        "rss_mb": memory["VmRSS"], "anon_mb": memory["RssAnon"], "file_mb": memory["RssFile"],
        "threads": int(re.search(r"^Threads:\s+(\d+)", status, re.M).group(1)),
        "fds": len(os.listdir(f"/proc/{pid}/fd")),
        "cpu_s": measure.cpu_seconds(pid),
        "series": measure.total(text, "retina_agent_series"),
        "events": measure.total(text, r'retina_agent_events_total\{[^}]*stage="aggregated"[^}]*\}'),
        "lost": measure.total(text, "retina_agent_lost_events_total"),
    }  # fmt: skip


def median(rows, key):
    values = [row[key] for row in rows if row[key] is not None]
    return statistics.median(values) if values else 0


def verdict(rows):
    """What grew between the second and the last fifth of the time; the first is the start."""
    fifth = max(1, len(rows) // 5)
    early, late = rows[fifth : 2 * fifth] or rows, rows[-fifth:]
    faults = []
    for key in ("rss_mb", "anon_mb"):
        before, after = median(early, key), median(late, key)
        if after > before * GROWTH_RATIO and after > before + GROWTH_MB:
            faults.append(f"{key} grew from {before:.0f} to {after:.0f}")
    for key, slack in (("threads", 2), ("fds", 12)):  # an interface that is just made anew has 2 links of each plugin
        before, after = median(early, key), median(late, key)
        if after > before + slack:
            faults.append(f"{key} grew from {before:.0f} to {after:.0f}")
    return faults


def report(rows):
    keys = ("rss_mb", "anon_mb", "file_mb", "threads", "fds", "series")
    print("\n" + f"{'minute':>10}" + "".join(f"{key:>10}" for key in keys) + f"{'cores':>10}{'events/s':>10}{'lost':>10}")
    size = max(1, len(rows) // 10)
    for start in range(0, len(rows) - 1, size):
        part = rows[start : start + size + 1]
        first, last = part[0], part[-1]
        seconds = (last["minute"] - first["minute"]) * 60 or 1
        cells = "".join(f"{median(part, key):>10,.0f}" for key in keys)
        rate = ((last["events"] or 0) - (first["events"] or 0)) / seconds
        print(f"{last['minute']:>10.1f}{cells}{(last['cpu_s'] - first['cpu_s']) / seconds:>10.3f}{rate:>10,.0f}{last['lost'] or 0:>10,.0f}")


def soak(options, out):
    rows, stop = [], threading.Event()
    with Pods(options) as pods:
        process = agent(options, pods)
        workers = [threading.Thread(target=pods.churn, args=(client, stop)) for client in ("client-1", "client-2")]
        workers.append(threading.Thread(target=pods.roll, args=(stop,)))
        try:
            for worker in workers:
                worker.start()
            started = time.monotonic()
            while time.monotonic() - started < options.minutes * 60:
                time.sleep(READ_EACH_S)
                if process.poll() is not None:
                    sys.exit(f"the agent ended with {process.returncode}: {options.root}/target/soak/{options.prefix}agent.log")
                rows.append(reading(options, process.pid, started))
                out.write(json.dumps(rows[-1]) + "\n")
                out.flush()
        finally:
            stop.set()
            for worker in workers:
                worker.join()
            process.terminate()
            process.wait(30)
    return rows


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = os.path.join(options.root, "target", "soak")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, time.strftime("%Y%m%d-%H%M%S") + ".jsonl")
    try:
        with open(path, "w") as out:
            rows = soak(options, out)
    except KeyboardInterrupt:
        sys.exit(130)
    report(rows)
    print("readings: " + os.path.relpath(path))
    faults = verdict(rows)
    print("\n".join(faults) if faults else "flat: between the second and the last fifth of the time nothing grew")
    sys.exit(1 if faults else 0)


main()
