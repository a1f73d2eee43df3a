"""What a start of the agent costs, with and without the AOT cache of bin/train: interleaved runs, medians and spread."""

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import time
import urllib.request

import measure


def status(pid, key):
    return int(re.search(rf"^{key}:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.M).group(1))


def is_ready(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/actuator/health/readiness", timeout=5).status == 200
    except OSError:
        return False


def start(root, jar, port, idle):
    """One start, some seconds of idling, a SIGTERM."""
    environment = dict(os.environ)
    if jar:
        environment["RETINA_JAR"] = jar
    else:
        environment.pop("RETINA_JAR", None)
    with tempfile.TemporaryDirectory() as folder, open(folder + "/log", "w+") as log:
        began = time.monotonic()
        command = [root + "/bin/retina", "agent", f"--retina.http.port={port}", f"--retina.journal.directory={folder}/j"]
        agent = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            while not is_ready(port):
                if agent.poll() is not None or time.monotonic() - began > 60:
                    log.seek(0)
                    raise SystemExit("the agent did not become ready: " + log.read())
                time.sleep(0.02)
            ready, cpu = time.monotonic() - began, measure.cpu_seconds(agent.pid)
            time.sleep(idle)
            return {
                "ready s": ready,
                "cpu s": cpu,
                "idle cores": (measure.cpu_seconds(agent.pid) - cpu) / idle if idle else 0,
                "rss MiB": status(agent.pid, "VmRSS") / 1024,
                "anon MiB": status(agent.pid, "RssAnon") / 1024,
                "file MiB": status(agent.pid, "RssFile") / 1024,
                "threads": status(agent.pid, "Threads"),
            }
        finally:
            agent.terminate()
            agent.wait(30)


def main():
    parser = argparse.ArgumentParser(prog="bin/bench start", description=__doc__)
    parser.add_argument("--root", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--jar", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=5, help="of each configuration (default %(default)s)")
    parser.add_argument("--idle", type=float, default=5, help="seconds after readiness (default %(default)s)")
    parser.add_argument("--port", type=int, default=10593, help="of the agent (default %(default)s)")
    options = parser.parse_args()
    rows = {"plain": [], "cache": []}
    for _ in range(options.runs):
        rows["plain"].append(start(options.root, options.jar, options.port, options.idle))
        rows["cache"].append(start(options.root, None, options.port, options.idle))
    names = list(rows["plain"][0])
    print("| median (lowest - highest) | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for kind, runs in rows.items():
        cells = []
        for name in names:
            values = [run[name] for run in runs]
            cells.append(f"{statistics.median(values):.3g} ({min(values):.3g} - {max(values):.3g})")
        print(f"| {kind} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
