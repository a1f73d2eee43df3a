"""Namespaces with traffic generators in them, and agents that watch them; see bin/world."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import measure

SERVER, RESOLVER = "198.18.77.21", "198.18.77.31"
READY_S = 60


class World:
    """One set of namespaces, between enter and exit."""

    def __init__(self, root, prefix, state):
        self.prefix, self.state = prefix, state
        self.tool = os.path.join(root, "bin", "world")
        self.traffic = os.path.join(root, "target", "traffic")
        self.file = os.path.join(state, "world.yaml")

    def __enter__(self):
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state)
        subprocess.run([self.tool, "--prefix", self.prefix, "up", "--file", self.file], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run([self.tool, "--prefix", self.prefix, "down"], check=False)
        shutil.rmtree(self.state, ignore_errors=True)

    def space(self, name):
        return "/run/netns/" + self.prefix + name

    def packets(self):
        return measure.packets(self.space("node"))

    def start(self, name, *command):
        inside = ["setpriv", "--pdeathsig", "KILL", "nsenter", "--net=" + self.space(name), *command]
        return subprocess.Popen(inside, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def run(self, case, seconds):
        """Runs one case; its throughput in the case's unit, and what the generators lost themselves."""
        kind, _, rate = case.partition("-")
        if kind == "idle":
            time.sleep(seconds)
            return 0.0, 0
        longer, space = str(seconds + 1.5), "server"
        if kind == "tcp":
            server = ["iperf3", "-s", "-1", "-p", "5201"]
            client = ["iperf3", "-c", SERVER, "-p", "5201", "-t", str(max(1, round(seconds))), "-J"]
        elif kind == "udp":
            server = [self.traffic, "udp-sink", "7000", longer]
            client = [self.traffic, "udp-send", SERVER, "7000", rate, "64", str(seconds)]
        elif kind == "conn":
            server = [self.traffic, "tcp-serve", "8080", longer]
            client = [self.traffic, "tcp-churn", SERVER, "8080", rate, str(seconds), "4"]
        elif kind == "dns":
            space, server = "dns", [self.traffic, "dns-serve", "53", longer]
            client = [self.traffic, "dns-query", RESOLVER, rate, str(seconds)]
        else:
            sys.exit(f"unknown case: {case}")
        serving = self.start(space, *server)
        time.sleep(0.4)  # until the server listens
        try:
            sent = json.loads(self.start("client-1", *client).communicate(timeout=seconds + 30)[0])
            received = serving.communicate(timeout=30)[0]
        finally:
            serving.kill()
            serving.wait()
        if kind == "tcp":
            return sent["end"]["sum_received"]["bits_per_second"] / 1e9, sent["end"]["sum_sent"].get("retransmits", 0)
        if kind == "udp":
            count = json.loads(received)["received"]
            return count / sent["secs"], sent["sent"] - count
        if kind == "dns":
            return sent["qps"], sent["queries"] - sent["answers"] - sent["nxdomain"]
        return sent["cps"], sent["failed"]


class Agent:
    """An agent that watches a world, running between enter and exit; `options` are further arguments of it."""

    def __init__(self, root, world, port, options=(), command=None, ready="/actuator/health/readiness"):
        self.world, self.ready_path, self.ours = world, ready, command is None
        self.url = f"http://127.0.0.1:{port}"
        if command:
            self.command = ["sh", "-c", "exec " + command.format(netns=world.space("node"), port=port)]
        else:
            chosen = any(option.startswith("--retina.plugins=") for option in options)
            plugins = [] if chosen else ["--retina.plugins=packetparser,dropreason"]
            self.command = [
                os.path.join(root, "bin", "retina"), "agent",
                "--retina.network-namespace=" + world.space("node"), "--retina.context.file=" + world.file,
                "--retina.journal.directory=" + os.path.join(world.state, "journal"),
                f"--retina.http.port={port}", "--retina.node-name=demo-node", *plugins, *options,
            ]  # fmt: skip

    def __enter__(self):
        self.log = open(os.path.join(self.world.state, "agent.log"), "w+")
        command = ["setpriv", "--pdeathsig", "TERM", *self.command]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.pid = self.process.pid
        end = time.monotonic() + READY_S
        try:
            ready = False
            while not ready:
                time.sleep(0.25)
                ready = self.ready()
                # What answers may be another agent at the same port.
                if self.process.poll() is not None or time.monotonic() > end:
                    sys.exit("the agent ended or is not ready:\n" + open(self.log.name).read()[-3000:])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.resume()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def ready(self):
        try:
            return urllib.request.urlopen(self.url + self.ready_path, timeout=2).status == 200
        except OSError:
            return False

    def pause(self):
        """It takes no CPU until it is resumed; its programs are in its own world's way only."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def scrape(self):
        """The text of /metrics."""
        return measure.scrape(self.url + "/metrics")
