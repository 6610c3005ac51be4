"""Echo servers, what asks them, and what is measured of a server."""

import contextlib
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import time

from harness.counts import STEADY
from harness.peers import PACKAGE, PeerFailed

RELEASE = PACKAGE / ".build" / "release"


class Server:
    """A server: how it is started, and the binary in which its instructions are counted."""

    def __init__(self, name, command, instruction_binary=None):
        self.name, self.command = name, [str(word) for word in command]
        self.instruction_command = instruction_binary and [str(instruction_binary), *self.command[1:]]


class Running:
    """A server that runs, under a tool or not."""

    def __init__(self, command, cpu=None, wrapper=(), environment=None):
        raise_limit()
        self.messages = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [*on_cpu(cpu), *wrapper, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages,
            text=True, env={**os.environ, **STEADY, **(environment or {})},
        )
        self.port = self.process.stdout.readline().strip()
        if not self.port:
            raise PeerFailed(f"{command[0]} does not serve: {self.end()[-500:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Ends the server, and returns what it or the tool around it wrote to stderr."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise PeerFailed("the server does not end") from None
            self.process.stdout.close()
        self.messages.seek(0)
        return self.messages.read()

    @property
    def memory(self):
        """The bytes of memory that the process has for itself."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024

    @property
    def cpu_nanoseconds(self):
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads)


class Load:
    """Connections to a server, each of which has been served once."""

    def __init__(self, port, connections, cpu=None):
        raise_limit()
        self.process = subprocess.Popen(
            [*on_cpu(cpu), str(RELEASE / "c-load"), port, str(connections)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        if self.process.stdout.readline() != "connected\n":
            raise PeerFailed(f"no {connections} connections to the server")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, questions):
        """Returns the time of all of it, the median latency and the 99th percentile, in nanoseconds."""
        self.process.stdin.write(f"{questions}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 3:
            raise PeerFailed("an answer is missing")
        return [int(word) for word in answer]


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def on_cpu(cpu):
    return [] if cpu is None else ["taskset", "-c", str(cpu)]


def count(counter, server, connections, questions):
    """What one run costs by a counter of `harness.counts`."""
    by_instructions = counter.figure == "instructions"
    command = server.instruction_command if by_instructions else server.command
    running = Running(
        command, wrapper=getattr(counter, "wrapper", ()), environment=getattr(counter, "environment", None)
    )
    with running, Load(running.port, connections) as load:
        # So that every connection has waited once: one that always finds the next question there, because the tool slows the
        # server down, would not begin to wait until some time in the midst.
        time.sleep(0.3)
        load.ask(questions)
    messages = running.end()
    return counter.read(messages) if by_instructions else counter.read()


def per_round_trip(counter, server, connections, questions):
    """Differences between a run of N and one of 2N questions, so that start and connections are not in them."""
    once, twice = (count(counter, server, connections, number) for number in (questions, 2 * questions))
    each = {name: (twice.get(name, 0) - once.get(name, 0)) / questions for name in once.keys() | twice.keys()}
    figures = {counter.figure: sum(each.values())}
    if counter.figure == "syscalls":
        frequent = {name: number for name, number in each.items() if abs(number) >= 0.005}
        figures["syscallsByName"] = dict(sorted(frequent.items(), key=lambda item: (-item[1], item[0])))
    return figures


def idle_memory(server, connections):
    """Bytes of an idle connection that has been served once."""
    with Running(server.command) as running:
        with Load(running.port, 1):
            before = running.memory
            with Load(running.port, connections):
                return (running.memory - before) / connections


def idle_system_calls(server, connections, seconds=1.0):
    """System calls that a server makes while all of its connections are idle."""
    with tempfile.NamedTemporaryFile("r") as log:
        running = Running(server.command, wrapper=["strace", "-f", "-qq", "-o", log.name])
        with running, Load(running.port, connections) as load:
            load.ask(connections)
            time.sleep(0.3)  # strace writes what was before
            log.seek(0, os.SEEK_END)
            time.sleep(seconds)
            return len(log.read().splitlines())


@contextlib.contextmanager
def everything(servers, connections, cpus):
    """All servers at once, each with its load: those that are not asked are idle."""
    with contextlib.ExitStack() as stack:
        pairs = {}
        for server in servers:
            running = stack.enter_context(Running(server.command, cpu=cpus[0]))
            pairs[server.name] = running, stack.enter_context(Load(running.port, connections, cpu=cpus[1]))
        yield pairs


def compare(servers, connections, questions, rounds, cpus, progress):
    """Rounds in which the servers take turns, the order changing every round. The first round is not counted."""
    samples = {server.name: [] for server in servers}
    with everything(servers, connections, cpus) as pairs:
        for number in range(rounds + 1):
            progress(f"round {number} of {rounds}")
            for name in list(pairs) if number % 2 else reversed(list(pairs)):
                running, load = pairs[name]
                before = running.cpu_nanoseconds
                elapsed, median, slowest = load.ask(questions)
                if number:
                    samples[name].append({
                        "rate": questions / elapsed * 1e9, "cpu": (running.cpu_nanoseconds - before) / questions / 1000,
                        "p50": median / 1000, "p99": slowest / 1000,
                    })
    return samples
