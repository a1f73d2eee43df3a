"""What the operator takes with thousands of pods that come and go, and what it asks of the API server; see bin/bench operator."""

import argparse
import concurrent.futures
import os
import re
import signal
import statistics
import subprocess
import sys
import time

import cluster
import measure

CALLS = r'retina_operator_api_requests_total\{code="(\w+)",method="(\w+)",resource="(\w+)"\} (\S+)'
PATIENCE_S = 300


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench operator", description=__doc__)
    parser.add_argument("--root", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pods", type=int, default=5000, help="that run all the time (default %(default)s)")
    parser.add_argument("--churn", type=float, default=50, help="pods a second that go, each followed by a new one (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=60, help="of churn (default %(default)s)")
    parser.add_argument("--warm", type=float, default=15, help="seconds of churn before, while compilers work (default %(default)s)")
    parser.add_argument("--steps", type=int, choices=[1, 2, 3], default=3, help="writes of a status by which a pod starts (default %(default)s)")
    parser.add_argument("--writers", type=int, default=32, help="pods that are replaced at a time (default %(default)s)")
    parser.add_argument("--port", type=int, default=10794, help="of the operator (default %(default)s)")
    parser.add_argument("--api-port", type=int, default=16591, help="of the API server; etcd takes the two after it (default %(default)s)")
    return parser.parse_args()


class Operator:
    """The operator as a process, between enter and exit."""

    def __init__(self, options, kubeconfig, log):
        self.url, self.log = f"http://127.0.0.1:{options.port}/actuator/", log
        self.command = [options.root + "/bin/retina", "operator", f"--retina.operator.port={options.port}"]
        self.environment = {**os.environ, "KUBECONFIG": kubeconfig}

    def __enter__(self):
        command = ["setpriv", "--pdeathsig", "TERM", *self.command]
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def until(self, what, condition, step=0.2):
        """Waits for it; the seconds that took."""
        began = time.monotonic()
        while not condition():
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                self.log.seek(0)
                sys.exit(f"no {what}:\n{self.log.read()[-3000:]}")
            time.sleep(step)
        return time.monotonic() - began

    def leads(self):
        """And has listed all there is: what answers at the port may be another program."""
        try:
            measure.scrape(self.url + "health/readiness")
            return measure.total(measure.scrape(self.url + "prometheus"), "retina_operator_leader") == 1
        except OSError:
            return False

    def calls(self):
        """Calls to the API server so far, by method, resource and code."""
        found = re.findall(CALLS, measure.scrape(self.url + "prometheus"))
        return {(method, resource, code): float(count) for code, method, resource, count in found}

    def used(self):
        return measure.cpu_seconds(self.process.pid)

    def rss(self):
        return measure.rss_mb(self.process.pid)


class Spent:
    """CPU seconds of each process that takes part, from its making on."""

    def __init__(self, server, operator):
        self._read = {
            "operator": operator.used,
            "API server": lambda: measure.cpu_seconds(server.pid()),
            "etcd": lambda: measure.cpu_seconds(server.pid("etcd")),
            "this bench": time.process_time,
        }
        self._began, self._before, self._idle = time.monotonic(), {name: read() for name, read in self._read.items()}, idle_seconds()

    def rows(self, turns):
        """Of each for 1,000 pods, and how much of the machine nobody wanted."""
        seconds = time.monotonic() - self._began
        idle = (idle_seconds() - self._idle) / seconds / os.cpu_count()
        rows = [(f"CPU seconds per 1,000 replaced pods: {name}", (read() - self._before[name]) / turns * 1000) for name, read in self._read.items()]
        return [(name, f"{used:.1f}") for name, used in rows] + [("of the machine idle meanwhile", f"{idle:.0%}")]


def idle_seconds():
    """Of all CPUs since the boot: idle, and waiting for a disk."""
    idle, waiting = open("/proc/stat").readline().split()[4:6]
    return (int(idle) + int(waiting)) / os.sysconf("SC_CLK_TCK")


def churn(server, operator, options, first, count):
    """Pods go and come at a rate; the rate that was reached, ms a pod took, and the largest memory meanwhile."""
    largest, took = operator.rss(), []

    def replace(turn):
        started = time.monotonic()
        server.delete(turn)
        server.start(options.pods + turn, cluster.statuses(options.pods + turn)[-options.steps :])
        took.append(time.monotonic() - started)

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.writers) as writers:
        turns = []
        for turn in range(count):
            time.sleep(max(0, began + turn / options.churn - time.monotonic()))
            turns.append(writers.submit(replace, first + turn))
            if turn % 50 == 0:
                largest = max(largest, operator.rss())
        for turn in turns:
            turn.result()
    return count / (time.monotonic() - began), statistics.median(took) * 1000, largest


def agree(server, operator):
    """Seconds until each pod has an endpoint, and no other is there."""
    wanted = server.names(cluster.PODS)
    return operator.until("agreement", lambda: server.names(cluster.ENDPOINTS) == wanted, 0.5)


def report(rows):
    print("| what | measured |\n|---|---|")
    for what, measured in rows:
        print(f"| {what} | {measured} |")


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    state = os.path.join(options.root, "target", "bench", "operator-state")
    with cluster.Cluster(options.root, state, options.api_port, light=True) as server, open(state + "/operator.log", "w+") as log:
        print(f"{options.pods} pods are made", file=sys.stderr)
        server.fill(options.pods)
        with Operator(options, server.kubeconfig, log) as operator:
            ready = operator.until("readiness", operator.leads)
            written = operator.until("endpoints", lambda: server.count(cluster.ENDPOINTS) >= options.pods)
            cpu, rss, calls = operator.used(), operator.rss(), operator.calls()
            warm, turns = int(options.churn * options.warm), int(options.churn * options.seconds)
            rows = [
                ("start to readiness, all pods and endpoints listed", f"{ready:.1f} s"),
                (f"from there to {options.pods:,} endpoints", f"{written:.1f} s"),
                ("CPU until then", f"{cpu:.1f} s"),
                ("RSS then", f"{rss:.0f} MiB"),
                ("calls until then", text(calls)),
            ]
            print(f"{options.churn:g} pods a second for {options.warm:g} and {options.seconds:g} s", file=sys.stderr)
            if warm:
                churn(server, operator, options, 0, warm)
                agree(server, operator)
            spent, calls, cpu = Spent(server, operator), operator.calls(), operator.used()
            rate, took, largest = churn(server, operator, options, warm, turns)
            cores = (operator.used() - cpu) * rate / turns
            behind = agree(server, operator)
            used, now = spent.rows(turns), operator.calls()
            after = {key: now[key] - calls.get(key, 0) for key in now}
            writes = sum(
                count
                for (method, resource, _), count in after.items()
                if resource == "retinaendpoints" and method in ("post", "put", "patch", "delete")
            )
            rows += [
                ("pods replaced a second, reached", f"{rate:.1f}"),
                (f"{options.steps + 2} writes of one pod, median", f"{took:.0f} ms"),
                ("operator: cores meanwhile", f"{cores:.2f}"),
                ("calls meanwhile", text(after)),
                (f"writes of endpoints per replaced pod, which is {options.steps + 2} writes of others", f"{writes / turns:.2f}"),
                ("from the last change until endpoints and pods agree", f"{behind:.1f} s"),
                *used,
                ("operator: largest RSS", f"{max(largest, operator.rss()):.0f} MiB"),
                *((f"operator: {part} at the end", f"{measure.rss_mb(operator.process.pid, part):.0f} MiB") for part in ("RssAnon", "RssFile")),
            ]
            report(rows)


def text(calls):
    ordered = sorted((item for item in calls.items() if item[1]), key=lambda item: -item[1])
    return ", ".join(f"{method} {resource} {code}: {count:,.0f}" for (method, resource, code), count in ordered)


main()
