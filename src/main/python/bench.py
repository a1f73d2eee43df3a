"""Runs the same traffic with no agent and with agents that watch, in turns, and compares; see bin/bench."""

import argparse
import contextlib
import json
import os
import signal
import statistics
import sys
import time

import measure
from worlds import Agent, World

UNITS = {"tcp": "Gbit/s", "udp": "packet/s", "conn": "conn/s", "dns": "query/s", "idle": ""}
CASES = "tcp,udp-10000,udp-100000,udp-500000,udp-0,conn-500,conn-0,dns-1000,dns-0"
LOST, EVENTS = "retina_agent_lost_events_total", "retina_agent_events_total"
WARM_UP = ("conn-0", "udp-0", "dns-1000")
NONE, OTHER = "none", "other"


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help="each runs every case once per mode (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=4, help="of traffic per run (default %(default)s)")
    parser.add_argument("--warm-up", type=float, default=20, help="seconds of traffic before an agent is measured (default %(default)s)")
    parser.add_argument("--cases", default=CASES, help="idle, tcp, udp-RATE, conn-RATE, dns-RATE; rate 0 is unpaced (default %(default)s)")
    parser.add_argument("--modes", default="none,high,low", help="no agent, the agent's levels, a level with its plugins such as high:packetparser+dns (default %(default)s)")
    parser.add_argument("--option", action="append", default=[], help="of the agent, such as retina.plugins=packetparser")
    parser.add_argument("--agent", help="another command as a further mode; {netns} and {port} are replaced")
    parser.add_argument("--ready", default="/actuator/health/readiness", help="where that one answers 200 once it works")
    parser.add_argument("--port", type=int, default=10593, help="of the first agent (default %(default)s)")
    parser.add_argument("--prefix", default="retina-bench-", help="of the namespaces (default %(default)s)")
    return parser.parse_args()


class Mode:
    """A world of its own and, but for NONE, the agent that watches it; agents rest while another mode has its turn."""

    def __init__(self, name, world, agent=None):
        self.name, self.world, self.agent = name, world, agent

    def counters(self):
        text = self.agent.scrape() if self.agent.ours else ""
        decoded = EVENTS + r'\{[^}]*stage="decoded"[^}]*\}'
        return {"lost": measure.total(text, LOST), "events": measure.total(text, decoded)}

    def run(self, case, seconds):
        """One measurement: throughput, and with an agent what it took."""
        if not self.agent:
            return self.timed(case, seconds)
        with self.awake():
            before, used = self.counters(), measure.cpu_seconds(self.agent.pid)
            row = self.timed(case, seconds)
            time.sleep(0.5)  # what was reported last is read by now
            row["agent_cpu"] = measure.cpu_seconds(self.agent.pid) - used
            for key, count in self.counters().items():
                row["agent_" + key] = None if count is None or before[key] is None else count - before[key]
            row["rss_mb"] = measure.rss_mb(self.agent.pid)
        return row

    def timed(self, case, seconds):
        packets, started = self.world.packets(), time.monotonic()
        value, lost = self.world.run(case, seconds)
        wall = time.monotonic() - started
        return {"case": case, "value": value, "traffic_lost": lost, "packets": self.world.packets() - packets, "wall": wall}

    def run_bpf(self, case, seconds):
        """The time inside the agent's BPF programs, taken in a run of its own."""
        ids = measure.program_ids(self.agent.pid)
        with self.awake(), measure.BpfStats():
            before = measure.bpf_time(ids)
            row = self.timed(case, seconds)
            after = measure.bpf_time(ids)
        spent = {name: (ns - before.get(name, (0, 0))[0], runs - before.get(name, (0, 0))[1]) for name, (ns, runs) in after.items()}
        row.update(bpf_s=sum(ns for ns, _ in spent.values()) / 1e9, bpf_runs=sum(runs for _, runs in spent.values()), programs=spent)
        return row

    @contextlib.contextmanager
    def awake(self):
        self.agent.resume()
        try:
            time.sleep(0.3)
            yield
        finally:
            self.agent.pause()


@contextlib.contextmanager
def modes(options):
    """The worlds and agents, warmed up and at rest."""
    state = os.path.join(options.root, "target", "bench", "state")
    levels = options.modes.split(",") + ([OTHER] if options.agent else [])
    with contextlib.ExitStack() as stack:
        made = []
        for number, name in enumerate(levels):
            level, _, plugins = name.partition(":")
            place = level + str(number) if plugins else level
            world = stack.enter_context(World(options.root, f"{options.prefix}{place}-", os.path.join(state, place)))
            agent = None
            if name != NONE:
                # At full detail: the overhead guard would take away what is to be measured.
                settings = [
                    "--retina.pod-level.enabled=true", "--retina.data-aggregation-level=" + level,
                    "--retina.overhead.cpu-budget=0", "--retina.overhead.memory-budget=0",
                    *(["--retina.plugins=" + plugins.replace("+", ",")] if plugins else []),
                    *("--" + option for option in options.option),
                ]  # fmt: skip
                command, ready = (options.agent, options.ready) if name == OTHER else (None, "/actuator/health/readiness")
                agent = stack.enter_context(Agent(options.root, world, options.port + number, settings, command, ready))
                for case in WARM_UP:
                    world.run(case, options.warm_up / len(WARM_UP))
                time.sleep(2)  # the compilers' queue
                agent.pause()
            made.append(Mode(name, world, agent))
        yield made


def measured(options, turns, out):
    """All rounds; yields the rows that the report wants."""

    def record(kind, turn, number, row):
        row.update(run=kind, mode=turn.name, round=number)
        out.write(json.dumps(row) + "\n")
        out.flush()
        return row

    cases = options.cases.split(",")
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for case in cases:
            shift = number % len(turns)
            for turn in turns[shift:] + turns[:shift]:
                if turn.agent or case != "idle":
                    yield record("traffic", turn, number, turn.run(case, options.seconds))
    for case in cases:
        for turn in turns:
            if turn.agent and case != "idle":
                yield record("bpf", turn, 0, turn.run_bpf(case, min(2, options.seconds)))


def per_million(seconds, packets):
    return None if seconds is None or packets < 1000 else seconds / packets * 1e6


def shown(value, digits=3):
    return "-" if value is None else f"{value:,.{digits}f}"


def spread(values, digits):
    values = [value for value in values if value is not None]
    if not values:
        return "-"
    return f"{shown(min(values), digits)} / {shown(statistics.median(values), digits)} / {shown(max(values), digits)}"


def cells(rows, base, case):
    """What the table says of one case in one mode; `base` is the throughput without an agent, by round."""
    traffic = [row for row in rows if row["run"] == "traffic"]
    ratios = [row["value"] / base[row["round"]] for row in traffic if base.get(row["round"])]
    with_agent = [row for row in traffic if row.get("agent_cpu") is not None]
    user = [per_million(row["agent_cpu"], row["packets"]) for row in with_agent]
    bpf = [per_million(row["bpf_s"], row["packets"]) for row in rows if row["run"] == "bpf"]
    lost = [row["agent_lost"] for row in with_agent if row["agent_lost"] is not None]
    return [
        spread([row["value"] for row in traffic], 2 if case == "tcp" else 0),
        spread(ratios, 3) if with_agent else "",
        spread(user, 2) if with_agent else "",
        shown(bpf[0], 2) if bpf else "",
        spread([row["agent_cpu"] / row["wall"] for row in with_agent], 4) if with_agent else "",
        spread([row["rss_mb"] for row in with_agent], 0) if with_agent else "",
        shown(sum(lost), 0) if lost else "",
        shown(sum(row["traffic_lost"] for row in traffic), 0),
    ]


def report(rows, cases):
    heads = ["case", "mode", "throughput", "of none", "user s/Mpkt", "BPF s/Mpkt", "cores", "RSS MiB", "lost events", "lost traffic"]
    print("\nmin / median / max over the rounds\n\n| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for case in cases:
        here = [row for row in rows if row["case"] == case]
        base = {row["round"]: row["value"] for row in here if row["mode"] == NONE}
        for mode in dict.fromkeys(row["mode"] for row in here):
            name = case + " " + UNITS[case.split("-")[0]] if mode == here[0]["mode"] else ""
            print("| " + " | ".join([name, mode, *cells([row for row in here if row["mode"] == mode], base, case)]) + " |")
    print(
        "\nof none: throughput against that of no agent in the same round. Packets: what the pods send, counted at their veths."
        "\nuser: CPU time of the agent. BPF: time in its programs with the kernel's accounting on (some 65 ns per run of it), a run of its own."
        "\nlost events: retina_agent_lost_events_total. lost traffic: of the generators, agent or not."
    )


def report_programs(rows):
    """What a run of each program took, and how often it ran per packet that the pods sent."""
    print("\n| case | mode | program | runs per packet | ns a run |\n" + "|---" * 5 + "|")
    for row in rows:
        for name, (ns, runs) in sorted(row.get("programs", {}).items()):
            if runs and row["packets"]:
                print(f"| {row['case']} | {row['mode']} | `{name}` | {runs / row['packets']:.3f} | {ns / runs:,.0f} |")


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = os.path.join(options.root, "target", "bench")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, time.strftime("%Y%m%d-%H%M%S") + ".jsonl")
    rows = []
    try:
        with open(path, "w") as out, modes(options) as turns:
            try:
                for row in measured(options, turns, out):
                    rows.append(row)
            finally:
                report(rows, options.cases.split(","))  # what there is of it, when it is ended early
                report_programs(rows)
    except KeyboardInterrupt:
        sys.exit(130)
    print("runs: " + os.path.relpath(path))


main()
