"""What an operation costs in system calls, heap allocations and user instructions.

Each is counted for a run of N operations and one of 2N: the difference has no start-up in it.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness.peers import run_peer

WARMUP = 100  # the same in both runs, and enough for what is made lazily
# Swift seeds its hashes by chance, which would make two runs differ by some thousand instructions.
STEADY = {"SWIFT_DETERMINISTIC_HASHING": "1"}


class SystemCalls:
    figure = "syscalls"
    hint = "strace (apt-get install strace), and the right to use ptrace"

    def __init__(self, folder):
        self.file = os.path.join(folder, "strace")
        self.wrapper = ["strace", "-f", "-c", "-o", self.file]

    def available(self):
        return works([*self.wrapper, "true"])

    def count(self, peer, *run):
        run_peer(peer.binary, *run, wrapper=self.wrapper, environment=STEADY)
        return self.read()

    def read(self):
        totals = {}
        for line in pathlib.Path(self.file).read_text().splitlines():
            # % time, seconds, µs per call, calls, errors (often left out), name
            row = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
            if row and row[2] != "total":
                totals[row[2]] = int(row[1])
        return totals


class Allocations:
    figure = "allocations"
    hint = "a C compiler (apt-get install gcc, or CC=...) and glibc"

    def __init__(self, folder):
        self.library = os.path.join(folder, "allocations.so")
        self.file = os.path.join(folder, "allocations")
        self.environment = {"LD_PRELOAD": self.library, "ALLOCATION_COUNT_FILE": self.file}

    def available(self):
        source = pathlib.Path(__file__).with_name("allocations.c")
        compilers = [os.environ["CC"]] if "CC" in os.environ else ["cc", "clang"]
        return any(
            works([compiler, "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", self.library, str(source)])
            for compiler in compilers
        )

    def count(self, peer, *run):
        run_peer(peer.binary, *run, environment={**STEADY, **self.environment})
        return self.read()

    def read(self):
        return {"allocations": int(pathlib.Path(self.file).read_text())}


class Instructions:
    figure = "instructions"
    hint = "valgrind and strip (apt-get install valgrind binutils)"

    def __init__(self, _folder):
        self.wrapper = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]

    def available(self):
        return shutil.which("strip") is not None and works([*self.wrapper, "true"])

    def count(self, peer, *run):
        _, messages = run_peer(peer.instruction_binary, *run, wrapper=self.wrapper, environment=STEADY)
        return self.read(messages)

    def read(self, messages):
        return {"instructions": int(re.search(r"Collected : (\d+)", messages)[1])}


def works(command):
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


KINDS = (SystemCalls, Allocations, Instructions)


class Counters:
    """All that can be counted on this machine; `missing` says what cannot and how to change that."""

    def __init__(self, wanted):
        self.folder = tempfile.TemporaryDirectory()
        everything = [kind(self.folder.name) for kind in KINDS if wanted]
        self.usable = [counter for counter in everything if counter.available()]
        self.missing = {counter.figure: counter.hint for counter in everything if counter not in self.usable}

    def has(self, figure):
        return any(counter.figure == figure for counter in self.usable)


def per_operation(counter, peer, case, server, operations, cpu):
    """For example {"syscalls": 2.0, "syscallsByName": {"sendto": 1.0, "recvfrom": 1.0}}"""
    once = counter.count(peer, case, server, operations, WARMUP, cpu)
    twice = counter.count(peer, case, server, 2 * operations, WARMUP, cpu)
    each = {name: (twice.get(name, 0) - once.get(name, 0)) / operations for name in once.keys() | twice.keys()}
    figures = {counter.figure: sum(each.values())}
    if counter.figure == "syscalls":
        frequent = {name: count for name, count in each.items() if abs(count) >= 0.005}
        figures["syscallsByName"] = dict(sorted(frequent.items(), key=lambda item: (-item[1], item[0])))
    return figures


def held_each(peer, workload, server, connections, cpu):
    """What each further connection holds on to that is idle, as the peer itself reports it."""
    case = workload, "blocking"
    once, twice = (run_peer(peer.binary, case, server, number, WARMUP, cpu, environment=STEADY)[0] for number in (connections, 2 * connections))
    figures = ("heapBytes", "serverHeapBytes", "residentBytes")
    return {figure: (twice[figure] - once[figure]) / connections for figure in figures}
