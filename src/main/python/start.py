"""What a start of the agent costs, with and without the AOT cache of bin/train: interleaved runs; see bin/bench start."""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import measure
from worlds import SERVER, World

DECODED = r'retina_agent_events_total\{[^}]*stage="decoded"[^}]*\}'


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench start", description=__doc__)
    parser.add_argument("--root", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--jar", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=5, help="of each configuration (default %(default)s)")
    parser.add_argument("--modes", default="plain,cache", help="the jar, the jar with its cache (default %(default)s)")
    parser.add_argument("--settle", type=float, default=20, help="seconds from the first event to idling (default %(default)s)")
    parser.add_argument("--idle", type=float, default=10, help="seconds of it (default %(default)s)")
    parser.add_argument("--port", type=int, default=10593, help="of the agent (default %(default)s)")
    parser.add_argument("--prefix", default="retina-start-", help="of the namespaces (default %(default)s)")
    return parser.parse_args()


def status(pid, key):
    return int(re.search(rf"^{key}:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.M).group(1))


def answer(port, path):
    """The text of an answer; None where there is none yet."""
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read().decode()
    except OSError:
        return None


def start(options, world, jar):
    """One start under a little traffic until its first event is a metric, some seconds of idling, a SIGTERM."""
    environment = {**os.environ, "RETINA_JAR": jar} if jar else {key: os.environ[key] for key in os.environ if key != "RETINA_JAR"}
    traffic = world.start("client-1", world.traffic, "udp-send", SERVER, "7000", "1000", "64", "60")
    with tempfile.TemporaryDirectory() as folder, open(folder + "/log", "w+") as log:
        began = time.monotonic()
        command = [
            options.root + "/bin/retina", "agent", f"--retina.http.port={options.port}", f"--retina.journal.directory={folder}/j",
            "--retina.network-namespace=" + world.space("node"), "--retina.context.file=" + world.file, "--retina.plugins=packetparser,dropreason",
        ]  # fmt: skip
        agent = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], env=environment, stdout=log, stderr=log)

        def wait(path, wanted):
            while not wanted(answer(options.port, path) or ""):
                if agent.poll() is not None or time.monotonic() - began > 60:
                    log.seek(0)
                    raise SystemExit("the agent did not start: " + log.read())
                time.sleep(0.02)
            return time.monotonic() - began

        try:
            ready = wait("/actuator/health/readiness", bool)
            event, cpu = wait("/metrics", lambda text: (measure.total(text, DECODED) or 0) > 0), measure.cpu_seconds(agent.pid)
            traffic.kill()
            time.sleep(options.settle)
            settled = measure.cpu_seconds(agent.pid)
            time.sleep(options.idle)
            return {
                "ready s": ready,
                "first event s": event,
                "cpu s to it": cpu,
                "idle cores": (measure.cpu_seconds(agent.pid) - settled) / options.idle if options.idle else 0,
                "RSS MiB": status(agent.pid, "VmRSS") / 1024,
                "anon MiB": status(agent.pid, "RssAnon") / 1024,
                "file MiB": status(agent.pid, "RssFile") / 1024,
                "threads": status(agent.pid, "Threads"),
            }
        finally:
            traffic.kill()
            agent.terminate()
            agent.wait(30)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    jars = {"plain": options.jar, "cache": None}
    rows = {mode: [] for mode in options.modes.split(",")}
    with World(options.root, options.prefix, os.path.join(options.root, "target", "bench", "start-state")) as world:
        for number in range(options.runs):
            print(f"run {number + 1} of {options.runs}", file=sys.stderr)
            for mode, runs in rows.items():
                runs.append(start(options, world, jars[mode]))
    names = list(next(iter(rows.values()))[0])
    print("| min / median / max | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for mode, runs in rows.items():
        cells = []
        for name in names:
            values = [run[name] for run in runs]
            cells.append(f"{min(values):.3g} / {statistics.median(values):.3g} / {max(values):.3g}")
        print(f"| {mode} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
