"""How long an agent takes to learn a cluster, and the memory that it holds of it; see bin/bench sync."""

import argparse
import os
import signal
import socket
import statistics
import sys
import threading
import time

import cluster
import measure
from worlds import Agent, World

KNOWN = r'retina_agent_context_objects\{[^}]*kind="pod"[^}]*\}'
PATIENCE_S = 120


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench sync", description=__doc__)
    parser.add_argument("--root", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pods", type=int, default=5000, help="of the cluster, on 100 nodes (default %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="with and without the cluster, in turns (default %(default)s)")
    parser.add_argument("--settle", type=float, default=20, help="seconds until memory is read (default %(default)s)")
    parser.add_argument("--port", type=int, default=10795, help="of the agent (default %(default)s)")
    parser.add_argument("--api-port", type=int, default=16595, help="of the API server; etcd takes the two after it (default %(default)s)")
    parser.add_argument("--prefix", default="retina-sync-", help="of the namespaces (default %(default)s)")
    return parser.parse_args()


class Gate:
    """A port that leads to another, and knows when somebody first came by."""

    def __init__(self, to):
        self.to, self.first = to, None
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listening.accept()
            self.first = self.first or time.monotonic()
            server = socket.create_connection(("127.0.0.1", self.to))
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client), daemon=True).start()

    @staticmethod
    def _carry(source, to):
        try:
            while piece := source.recv(1 << 18):
                to.sendall(piece)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end has gone; so does this one


def agent(options, world, settings):
    common = ["--retina.overhead.cpu-budget=0", "--retina.overhead.memory-budget=0", "--retina.node-name=node-0"]
    return Agent(options.root, world, options.port, [*common, *settings])


def memory(running, options):
    """RSS and its anonymous part in MiB, once the agent has settled."""
    time.sleep(options.settle)
    return measure.rss_mb(running.pid), measure.rss_mb(running.pid, "RssAnon")


def without(options, world):
    with agent(options, world, ["--retina.kubernetes.enabled=off"]) as running:
        rss, anonymous = memory(running, options)
        return {"RSS MiB": rss, "anon MiB": anonymous}


def following(options, world, server):
    """One cold sync: from the first connection to the API server until the metrics say that all pods are known."""
    gate = Gate(server.port)
    kubeconfig = os.path.join(world.state, "kubeconfig")
    with open(server.kubeconfig, encoding="utf-8") as text, open(kubeconfig, "w", encoding="utf-8") as through:
        through.write(text.read().replace(f"127.0.0.1:{server.port}", f"127.0.0.1:{gate.port}"))
    settings = ["--retina.pod-level.context=remote", "--retina.kubernetes.kubeconfig=" + kubeconfig]
    with agent(options, world, settings) as running:
        end = time.monotonic() + PATIENCE_S
        while (measure.total(running.scrape(), KNOWN) or 0) < options.pods:
            if time.monotonic() > end:
                sys.exit("the pods do not come:\n" + open(running.log.name).read()[-3000:])
            time.sleep(0.1)
        took = time.monotonic() - gate.first
        rss, anonymous = memory(running, options)
        return {"sync s": took, "RSS MiB": rss, "anon MiB": anonymous}


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    state = os.path.join(options.root, "target", "bench", "sync-")
    rows = {"no cluster": [], f"{options.pods:,} pods": []}
    none, some = rows.values()
    with cluster.Cluster(options.root, state + "api", options.api_port) as server, World(options.root, options.prefix, state + "state") as world:
        print(f"{options.pods} pods are made", file=sys.stderr)
        server.fill(options.pods)
        for number in range(options.runs):
            print(f"run {number + 1} of {options.runs}", file=sys.stderr)
            none.append(without(options, world))
            some.append(following(options, world, server))
    names = list(some[0])
    print("| min / median / max | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|")
    for mode, runs in rows.items():
        cells = []
        for name in names:
            values = [run[name] for run in runs if name in run]
            cells.append(f"{min(values):.3g} / {statistics.median(values):.3g} / {max(values):.3g}" if values else "")
        print(f"| {mode} | " + " | ".join(cells) + " |")


main()
