"""What the benchmark reads: a process's time and memory, BPF programs' time, packets at veths, an agent's counters."""

import collections
import ctypes
import gzip
import json
import os
import platform
import re
import struct
import subprocess
import time
import urllib.request

_SCHEDULED = 2  # CPUCLOCK_SCHED of include/linux/posix-timers.h
STATS_SWITCH = "/proc/sys/kernel/bpf_stats_enabled"

# bpf(2), with the layout of struct bpf_prog_info in include/uapi/linux/bpf.h
_SYSCALL = {"x86_64": 321, "aarch64": 280}.get(platform.machine())
_PROG_GET_FD_BY_ID, _OBJ_GET_INFO_BY_FD = 13, 15
_NAME_OFFSET, _RUN_TIME_OFFSET, _INFO_SIZE = 64, 192, 208
_libc = ctypes.CDLL(None, use_errno=True)


def cpu_seconds(pid):
    """User and system time of a process, all its threads, to the nanosecond: the clock of clock_getcpuclockid(3)."""
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


def rss_mb(pid, part="VmRSS"):
    """Resident memory in MiB, or a part of it such as RssAnon."""
    return int(re.search(rf"^{part}:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.M).group(1)) / 1024


def packets(namespace):
    """Packets that the pods have sent, at the host side of their veths; one between two pods counts once."""
    command = ["nsenter", "--net=" + namespace, "ip", "-j", "-s", "link", "show", "type", "veth"]
    links = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    veths = [link["stats64"] for link in links if link.get("ifname", "").startswith("veth-")]
    return sum(stats["rx"]["packets"] for stats in veths)


def scrape(url):
    """The text of a scrape, asked for as Prometheus does: compressed."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        body = answer.read()
        return (gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body).decode()


def total(text, name):
    """Sum over the series of a metric in a scrape's text; None where there is none."""
    values = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(name + r"[{ ]", line)]
    return sum(values) if values else None


def program_ids(pid):
    """Ids of the BPF programs that a process holds, itself or by links."""
    ids = set()
    folder = f"/proc/{pid}/fdinfo"
    for name in os.listdir(folder):
        try:
            match = re.search(r"^prog_id:\s+(\d+)", open(f"{folder}/{name}").read(), re.M)
        except OSError:
            continue
        if match:
            ids.add(int(match.group(1)))
    return ids


def run_time_ns(program_id):
    """A program's name, time and number of runs since the kernel counts them; zeros where it is gone."""
    attributes = ctypes.create_string_buffer(struct.pack("II", program_id, 0).ljust(128, b"\0"), 128)
    fd = _libc.syscall(_SYSCALL, _PROG_GET_FD_BY_ID, attributes, 128)
    if fd < 0:
        return "", 0, 0
    try:
        info = ctypes.create_string_buffer(_INFO_SIZE)
        packed = struct.pack("IIQ", fd, _INFO_SIZE, ctypes.addressof(info)).ljust(128, b"\0")
        attributes = ctypes.create_string_buffer(packed, 128)
        if _libc.syscall(_SYSCALL, _OBJ_GET_INFO_BY_FD, attributes, 128):
            return "", 0, 0
        name = info.raw[_NAME_OFFSET : _NAME_OFFSET + 16].split(b"\0")[0].decode()
        return name, *struct.unpack_from("QQ", info.raw, _RUN_TIME_OFFSET)
    finally:
        os.close(fd)


def bpf_time(ids):
    """Time in ns and number of runs of these programs, by name."""
    times = collections.defaultdict(lambda: (0, 0))
    for name, time, runs in map(run_time_ns, ids):
        times[name] = (times[name][0] + time, times[name][1] + runs)
    return dict(times)


class BpfStats:
    """Switches the kernel's accounting on for a while: it costs some 65 ns per run, so no throughput is taken meanwhile."""

    def __enter__(self):
        self._before = open(STATS_SWITCH).read()
        open(STATS_SWITCH, "w").write("1")

    def __exit__(self, *_):
        open(STATS_SWITCH, "w").write(self._before)
