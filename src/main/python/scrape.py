"""What a scrape costs with so many series: time until the text is there, CPU, bytes; see bin/bench scrape."""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time

import measure
from worlds import SERVER, Agent, World

SERIES_PER_PORT = 2  # packets and bytes of one source port


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench scrape", description=__doc__)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--series", default="1000,10000,50000", help="steps, each on top of the last (default %(default)s)")
    parser.add_argument("--scrapes", type=int, default=20, help="per step, after 10 that are not counted (default %(default)s)")
    parser.add_argument("--port", type=int, default=10592, help="of the agent (default %(default)s)")
    parser.add_argument("--prefix", default="retina-scrape-", help="of the namespaces (default %(default)s)")
    return parser.parse_args()


def grow(world, agent, series):
    """Datagrams from so many source ports, each a label; waits until the series are there."""
    ports = str(max(1, series // SERIES_PER_PORT))
    inside = ["nsenter", "--net=" + world.space("client-1"), world.traffic, "udp-ports", SERVER, "7000", ports, "16", ports]
    subprocess.run(inside, check=True, stdout=subprocess.DEVNULL, timeout=30)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        now = measure.total(agent.scrape(), "retina_agent_series") or 0
        if now >= series * 0.98:
            return now
        time.sleep(0.5)
    sys.exit(f"{now:.0f} series instead of {series}")


def scrapes(agent, count):
    times, used = [], measure.cpu_seconds(agent.pid)
    for _ in range(count):
        started = time.monotonic()
        size = len(agent.scrape())
        times.append((time.monotonic() - started) * 1000)
    return times, (measure.cpu_seconds(agent.pid) - used) / count * 1000, size


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    settings = [
        "--retina.pod-level.enabled=true", "--retina.pod-level.labels=ip+port", "--retina.metrics.max-series=1000000",
        "--retina.overhead.cpu-budget=0", "--retina.overhead.memory-budget=0",
    ]  # fmt: skip
    state = os.path.join(options.root, "target", "bench", "scrape-state")
    with World(options.root, options.prefix, state) as world, Agent(options.root, world, options.port, settings) as agent:
        world.run("conn-500", 5)
        scrapes(agent, 300)  # compiles the path
        print("| series | ms: min / median / max | CPU ms per scrape | MB of text | RSS MiB |\n|---|---|---|---|---|")
        for series in map(int, options.series.split(",")):
            now = grow(world, agent, series)
            scrapes(agent, 10)
            times, cpu, size = scrapes(agent, options.scrapes)
            spread = f"{min(times):.1f} / {statistics.median(times):.1f} / {max(times):.1f}"
            print(f"| {now:,.0f} | {spread} | {cpu:.1f} | {size / 1e6:.2f} | {measure.rss_mb(agent.pid):.0f} |")


main()
