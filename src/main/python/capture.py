"""What recording packets costs: datagrams as fast as they are sent, to disk; see bin/bench capture."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

import measure
from worlds import SERVER, World

PORT = "7000"
TARGET = 200_000  # packets a second


def arguments():
    parser = argparse.ArgumentParser(prog="bin/bench capture", description=__doc__)
    parser.add_argument("--root", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--jar", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=5, help="(default %(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="of a run (default %(default)s)")
    parser.add_argument("--rate", type=int, default=0, help="packets a second; 0: as fast as they go (default %(default)s)")
    parser.add_argument("--size", type=int, default=100, help="bytes of a datagram (default %(default)s)")
    parser.add_argument("--snap", type=int, default=96, help="bytes that are kept of a packet (default %(default)s)")
    parser.add_argument("--buffer", type=int, default=64, help="of the ring, MB (default %(default)s)")
    parser.add_argument("--prefix", default="retina-capbench-", help="of the namespaces (default %(default)s)")
    return parser.parse_args()


def record(options, world, folder):
    """One run: what is in the file or counted as dropped is what was sent."""
    os.makedirs(folder)
    command = [
        options.root + "/bin/retina", "capture-worker", "--name=bench", "--node=here", "--directory=" + folder, "--duration=10m",
        "--interfaces=eth0", f"--pcap-filter=udp dst port {PORT}", f"--packet-size={options.snap}", f"--buffer-size={options.buffer}",
        "--network-namespace=" + world.space("server"),
    ]  # fmt: skip
    environment = {**os.environ, "RETINA_JAR": options.jar}
    worker = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        while not any(name.endswith(".part") for name in os.listdir(folder)):
            if worker.poll() is not None:
                sys.exit("the worker does not record")
            time.sleep(0.02)
        sink = world.start("server", world.traffic, "udp-sink", PORT, "600")
        time.sleep(0.3)
        sink.send_signal(signal.SIGSTOP)  # somebody has the port, so that nothing is refused; reading is not measured
        began, before = time.monotonic(), measure.cpu_seconds(worker.pid)
        words = ["udp-send", SERVER, PORT, str(options.rate), str(options.size), str(options.seconds)]
        sender = world.start("client-1", world.traffic, *words)
        sent = json.loads(sender.communicate(timeout=options.seconds + 60)[0])["sent"]
        seconds = time.monotonic() - began
        time.sleep(0.5)  # the ring's last block
        cpu, memory = measure.cpu_seconds(worker.pid) - before, measure.rss_mb(worker.pid)
        sink.kill()
        worker.terminate()
        status = json.loads(worker.communicate(timeout=60)[0])
    finally:
        worker.kill()
    dropped = status["kernel"]["dropped"]
    if status["packets"] + dropped != sent:
        sys.exit(f"{sent} were sent, {status['packets']} are in the file and {dropped} counted as dropped")
    return {
        "packets/s sent": sent / seconds,
        "packets/s to disk": status["packets"] / seconds,
        "dropped by the kernel": dropped,
        "µs CPU a packet": cpu / sent * 1e6,
        "RSS MiB": memory,
        "MB on disk": sum(file["size"] for file in status["files"]) / 1e6,
    }


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    state = os.path.join(options.root, "target", "bench", "capture-state")
    with World(options.root, options.prefix, state) as world:
        runs = [record(options, world, os.path.join(state, str(number))) for number in range(options.runs)]
    print("| | min / median / max |\n|---|---|")
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"| {name} | {min(values):.6g} / {statistics.median(values):.6g} / {max(values):.6g} |")
    held = [run for run in runs if run["packets/s to disk"] >= TARGET]
    print(f"{len(held)} of {len(runs)} runs brought {TARGET:,} packets/s or more to disk; each sent packet is there or counted as dropped")


if __name__ == "__main__":
    main()
