"""What a scrape costs with so many series, and what they cost: time, CPU, bytes sent, heap; see bin/bench scrape."""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

import measure
from worlds import SERVER, Agent, World

SERIES_PER_PORT = 2  # packets and bytes of one source port
FORMATS = {
    "text": "text/plain;version=0.0.4",
    "OpenMetrics": "application/openmetrics-text;version=1.0.0",
    "protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
}


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


def get(agent, accept):
    """Bytes of a compressed scrape, as Prometheus asks for it."""
    headers = {"Accept-Encoding": "gzip", "Accept": accept}
    with urllib.request.urlopen(urllib.request.Request(agent.url + "/metrics", headers=headers), timeout=30) as answer:
        return len(answer.read())


def scrapes(agent, count, accept):
    times, used = [], measure.cpu_seconds(agent.pid)
    for _ in range(count):
        started = time.monotonic()
        size = get(agent, accept)
        times.append((time.monotonic() - started) * 1000)
    return times, (measure.cpu_seconds(agent.pid) - used) / count * 1000, size


def command(agent, *words):
    jcmd = os.path.join(os.environ["JAVA_HOME"], "bin", "jcmd")
    return subprocess.run([jcmd, str(agent.pid), *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def live_heap(agent):
    """Bytes that outlive a full collection."""
    command(agent, "GC.run")
    return sum(int(used) * 1024 for used in re.findall(r"used (\d+)K", command(agent, "GC.heap_info").split("Metaspace")[0]))


def made_heap(agent, accept, count):
    """Bytes that one scrape makes: collections of the young generation, each of its eden, and what is in eden now."""

    def made():
        text = agent.scrape()
        eden = re.search(r"eden space (\d+)K,\s+(\d+)% used", command(agent, "GC.heap_info"))
        size, part = int(eden[1]) * 1024, int(eden[2])
        return (measure.total(text, "jvm_gc_pause_seconds_count") or 0) * size + size * part / 100

    begin = made()
    between = made() - begin  # of the reading itself
    for _ in range(count):
        get(agent, accept)
    return max(0, made() - begin - 2 * between) / count


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    settings = [
        "--retina.pod-level.enabled=true", "--retina.pod-level.labels=ip+port", "--retina.metrics.max-series=1000000",
        "--retina.overhead.cpu-budget=0", "--retina.overhead.memory-budget=0",
    ]  # fmt: skip
    state = os.path.join(options.root, "target", "bench", "scrape-state")
    with World(options.root, options.prefix, state) as world, Agent(options.root, world, options.port, settings) as agent:
        for accept in FORMATS.values():
            scrapes(agent, 100, accept)  # compiles the path
        first, heap = measure.total(agent.scrape(), "retina_agent_series") or 0, live_heap(agent)
        head = ["series", "format", "ms: min / median / max", "CPU ms", "heap MB", "sent MB", "bytes a series", "RSS MiB"]
        print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
        for series in map(int, options.series.split(",")):
            now = grow(world, agent, series)
            each = (live_heap(agent) - heap) / max(1, now - first)
            for name, accept in FORMATS.items():
                scrapes(agent, 10, accept)
                times, cpu, size = scrapes(agent, options.scrapes, accept)
                made = made_heap(agent, accept, options.scrapes) / 1e6
                spread = f"{min(times):.1f} / {statistics.median(times):.1f} / {max(times):.1f}"
                rss = measure.rss_mb(agent.pid)
                print(f"| {now:,.0f} | {name} | {spread} | {cpu:.1f} | {made:.1f} | {size / 1e6:.2f} | {each:.0f} | {rss:.0f} |", flush=True)


main()
