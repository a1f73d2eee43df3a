"""Alternates traffic without an agent (A) and with it (B) on the same veths; see bin/bench."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

import measure

SERVER = "198.18.77.21"
UNITS = {"tcp": "Gbit/s", "udp": "packet/s", "conn": "conn/s", "idle": ""}
CASES = "idle,tcp,udp-10000,udp-100000,udp-0,conn-500,conn-0"
LOST, EVENTS = "retina_agent_lost_events_total", "retina_agent_events_total"


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, default=5, help="runs without and with the agent (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of traffic per case and run (default %(default)s)")
    parser.add_argument("--cases", default=CASES, help="idle, tcp, udp-RATE, conn-RATE; rate 0 is unpaced (default %(default)s)")
    parser.add_argument("--aggregation", choices=("high", "low"), default="high", help="the agent's (default %(default)s)")
    parser.add_argument("--agent", help="another command instead of ours; {netns} and {port} are replaced")
    parser.add_argument("--ready", default="/actuator/health/readiness", help="path that answers 200 once the agent works")
    parser.add_argument("--port", type=int, default=10593, help="of the agent (default %(default)s)")
    parser.add_argument("--prefix", default="retina-bench-", help="of the namespaces (default %(default)s)")
    return parser.parse_args()


class World:
    """The namespaces and the generators in them."""

    def __init__(self, options):
        self.options = options
        self.tool = os.path.join(options.root, "bin", "world")
        self.traffic = os.path.join(options.root, "target", "traffic")
        self.state = os.path.join(options.root, "target", "bench", "state")

    def __enter__(self):
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state)
        file = os.path.join(self.state, "world.yaml")
        subprocess.run([self.tool, "--prefix", self.options.prefix, "up", "--file", file], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run([self.tool, "--prefix", self.options.prefix, "down"], check=False)
        shutil.rmtree(self.state, ignore_errors=True)

    def space(self, name):
        return "/run/netns/" + self.options.prefix + name

    def start(self, name, *command):
        command = ["setpriv", "--pdeathsig", "KILL", "nsenter", "--net=" + self.space(name), *command]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def run(self, case, seconds):
        """Runs one case; its throughput in the case's unit, and what the generators lost themselves."""
        kind, _, rate = case.partition("-")
        if kind == "idle":
            time.sleep(seconds)
            return 0.0, 0
        longer = str(seconds + 1.5)
        if kind == "tcp":
            server = self.start("server", "iperf3", "-s", "-1", "-p", "5201")
            client = ["iperf3", "-c", SERVER, "-p", "5201", "-t", str(max(1, round(seconds))), "-J"]
        elif kind == "udp":
            server = self.start("server", self.traffic, "udp-sink", "7000", longer)
            client = [self.traffic, "udp-send", SERVER, "7000", rate, "64", str(seconds)]
        elif kind == "conn":
            server = self.start("server", self.traffic, "tcp-serve", "8080", longer)
            client = [self.traffic, "tcp-churn", SERVER, "8080", rate, str(seconds), "4"]
        else:
            sys.exit(f"unknown case: {case}")
        time.sleep(0.4)  # until the server listens
        try:
            sent = json.loads(self.start("client-1", *client).communicate(timeout=seconds + 30)[0])
            received = server.communicate(timeout=30)[0]
        finally:
            server.kill()
            server.wait()
        if kind == "tcp":
            return sent["end"]["sum_received"]["bits_per_second"] / 1e9, sent["end"]["sum_sent"].get("retransmits", 0)
        if kind == "udp":
            count = json.loads(received)["received"]
            return count / sent["secs"], sent["sent"] - count
        return sent["cps"], sent["failed"]


class Agent:
    """The agent under measurement, running between enter and exit."""

    def __init__(self, options, world):
        self.options, self.world = options, world
        self.url = f"http://127.0.0.1:{options.port}"

    def command(self):
        netns, state, options = self.world.space("node"), self.world.state, self.options
        if options.agent:
            return ["sh", "-c", "exec " + options.agent.format(netns=netns, port=options.port)]
        return [
            os.path.join(options.root, "bin", "retina"), "agent",
            "--retina.plugins=packetparser,dropreason", "--retina.pod-level.enabled=true",
            "--retina.data-aggregation-level=" + options.aggregation, "--retina.network-namespace=" + netns,
            "--retina.context.file=" + os.path.join(state, "world.yaml"),
            "--retina.journal.directory=" + os.path.join(state, "journal"),
            f"--retina.http.port={options.port}", "--retina.node-name=demo-node",
        ]  # fmt: skip

    def __enter__(self):
        shutil.rmtree(os.path.join(self.world.state, "journal"), ignore_errors=True)
        self.log = open(os.path.join(self.world.state, "agent.log"), "w+")
        command = ["setpriv", "--pdeathsig", "TERM", *self.command()]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.pid = self.process.pid
        end = time.monotonic() + 60
        try:
            while not self.ready():
                if self.process.poll() is not None or time.monotonic() > end:
                    sys.exit("the agent ended or is not ready:\n" + open(self.log.name).read()[-3000:])
                time.sleep(0.25)
        except BaseException:
            self.__exit__()
            raise
        return self

    def ready(self):
        try:
            return urllib.request.urlopen(self.url + self.options.ready, timeout=2).status == 200
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def readings(self):
        metrics = self.url + "/metrics"
        return {
            "cpu": measure.cpu_seconds(self.pid),
            "lost": measure.counter(metrics, LOST),
            "events": measure.counter(metrics, EVENTS + r'\{[^}]*stage="decoded"[^}]*\}'),
        }


def run(world, case, seconds, agent=None):
    """One measurement: throughput, and with an agent what it took."""
    node = world.space("node")
    packets, before = measure.packets(node), agent.readings() if agent else None
    value, lost = world.run(case, seconds)
    row = {"case": case, "value": value, "traffic_lost": lost, "packets": measure.packets(node) - packets}
    if agent:
        time.sleep(0.5)  # what was reported last is read by now
        after = agent.readings()
        for key, reading in after.items():
            row["agent_" + key] = None if reading is None or before[key] is None else reading - before[key]
        row["rss_mb"] = measure.rss_mb(agent.pid)
    return row


def bpf_run(world, case, seconds, agent):
    """The time inside the agent's BPF programs, taken in a run of its own."""
    ids = measure.program_ids(agent.pid)
    node = world.space("node")
    with measure.BpfStats():
        packets, before = measure.packets(node), measure.bpf_time(ids)
        world.run(case, seconds)
        packets, after = measure.packets(node) - packets, measure.bpf_time(ids)
    return {"case": case, "packets": packets, "bpf_s": (after[0] - before[0]) / 1e9, "bpf_runs": after[1] - before[1]}


def per_million(seconds, packets):
    return None if seconds is None or packets < 1000 else seconds / packets * 1e6


def shown(value, digits=3):
    return "-" if value is None else f"{value:,.{digits}f}"


def median(rows, key):
    values = [row[key] for row in rows if row.get(key) is not None]
    return statistics.median(values) if values else None


def spread(rows, digits):
    values = [row["value"] for row in rows]
    return f"{shown(statistics.median(values), digits)} ({shown(min(values), digits)}..{shown(max(values), digits)})"


def report(rows, cases):
    print(f"\n{'case':<11} {'unit':<9} {'A without: median (min..max)':<34} {'B with: median (min..max)':<34} {'B/A':>6}"
          f" {'user s/Mpkt':>11} {'BPF s/Mpkt':>10} {'cores':>7} {'RSS MB':>7} {'lost':>8}")
    for case in cases:
        a, b, c = ([row for row in rows if row["case"] == case and row["run"] == kind] for kind in "ABC")
        if not a or not b:
            continue
        digits = 2 if case == "tcp" else 0
        for row in b:
            row["user"] = per_million(row["agent_cpu"], row["packets"])
            row["cores"] = row["agent_cpu"] / row["wall"]
        for row in c:
            row["bpf"] = per_million(row["bpf_s"], row["packets"])
        base, lost = median(a, "value"), [row["agent_lost"] for row in b if row["agent_lost"] is not None]
        ratio = median(b, "value") / base if base else None
        print(f"{case:<11} {UNITS[case.split('-')[0]]:<9} {spread(a, digits):<34} {spread(b, digits):<34} {shown(ratio):>6}"
              f" {shown(median(b, 'user')):>11} {shown(median(c, 'bpf')):>10} {shown(median(b, 'cores')):>7}"
              f" {shown(median(b, 'rss_mb'), 0):>7} {shown(sum(lost), 0) if lost else '-':>8}")
    print("\nA and B alternate, and which comes first. Packets: what the pods send, counted at their veths."
          "\nuser: CPU time of the agent. BPF: time in its programs, from a run of its own. lost: retina_agent_lost_events_total.")


def measured(options, world, out):
    """All pairs; yields the rows that the report wants."""
    cases = options.cases.split(",")

    def record(kind, pair, row, started):
        row.update(run=kind, pair=pair, wall=time.monotonic() - started)
        out.write(json.dumps(row) + "\n")
        out.flush()
        return row

    def series(kind, pair):
        with Agent(options, world) if kind == "B" else contextlib.nullcontext() as agent:
            world.run("conn-500" if agent else "idle", 2 if agent else 0)  # the first events compile the path
            for case in cases:
                started = time.monotonic()
                yield record(kind, pair, run(world, case, options.seconds, agent), started)
            if agent and pair == options.pairs - 1:
                for case in cases:
                    started = time.monotonic()
                    yield record("C", pair, bpf_run(world, case, options.seconds, agent), started)

    for pair in range(options.pairs):
        for kind in "AB" if pair % 2 == 0 else "BA":
            print(f"pair {pair + 1} of {options.pairs}: {'without' if kind == 'A' else 'with'} the agent", file=sys.stderr)
            yield from series(kind, pair)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = os.path.join(options.root, "target", "bench")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, time.strftime("%Y%m%d-%H%M%S") + f"-{options.aggregation}.jsonl")
    try:
        with World(options) as world, open(path, "w") as out:
            report(list(measured(options, world, out)), options.cases.split(","))
    except KeyboardInterrupt:
        sys.exit(130)
    print("runs: " + os.path.relpath(path))


main()
