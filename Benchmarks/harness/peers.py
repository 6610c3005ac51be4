"""Building the two peers, the server, and one run of a peer."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

PACKAGE = pathlib.Path(__file__).resolve().parent.parent
RUN_TIMEOUT = 120  # seconds; a peer that hangs must not hang CI
NOT_WRITTEN = 69  # the exit code of peer_not_written()


class PeerFailed(Exception):
    pass


class NotWritten(Exception):
    pass


class Peer:
    """A side of the comparison. The instructions are counted in a binary of their own, see build()."""

    def __init__(self, name, binary, options=()):
        self.name = name
        self.binary = binary
        self.options = options
        self.instruction_binary = None


# Without caching of the build plan, which does not notice files that are new in the library beside this package.
SWIFT_BUILD = ["swift", "build", "-c", "release", "--disable-index-store", "--disable-build-manifest-caching"]

DEBIAN_CRATES = pathlib.Path("/usr/share/cargo/registry")


def build(substitute, with_instructions):
    """The C and the Swift peer. `substitute` is a binary that stands in for the Swift one."""
    release = build_all(["--product", "c-peer"] if substitute else [])
    c_peer = Peer("C", release / "c-peer")
    swift_peer = Peer("Swift", pathlib.Path(substitute).resolve() if substitute else release / "swift-peer")
    if with_instructions:
        static = swift_peer.binary if substitute else build_static("swift-peer")
        for peer, binary in ((c_peer, c_peer.binary), (swift_peer, static)):
            peer.instruction_binary = strip(binary, peer.name)
    return c_peer, swift_peer


def build_all(arguments=(), package=PACKAGE):
    """Builds the programs of a package and returns where they are."""
    tool([*SWIFT_BUILD, "--package-path", str(package), *arguments])
    return package / ".build" / "release"


def build_cargo(package):
    """Builds the programs of a Rust package and returns where they are. With the packages of Debian, where it has them:
    `librust-tokio-dev`, for one."""
    command = ["cargo", "build", "--release", "--quiet", "--manifest-path", str(package / "Cargo.toml"),
               "--target-dir", str(package / ".build")]
    if any(DEBIAN_CRATES.glob("tokio-*")):
        command += ["--offline", "--config", "source.crates-io.replace-with='debian'",
                    "--config", f"source.debian.directory='{DEBIAN_CRATES}'"]
    tool(command)
    return package / ".build" / "release"


def build_static(product):
    """Builds a program without the shared libraries of Swift, on which valgrind (3.19 at least) crashes."""
    scratch = PACKAGE / ".build-static"
    scratch.mkdir(exist_ok=True)
    build_all(["--scratch-path", str(scratch), "--static-swift-stdlib", "--product", product])
    return scratch / "release" / product


def strip(binary, name):
    """Leaves out the debug information that the compilers write, on which valgrind crashes, too."""
    stripped = PACKAGE / ".build-static" / f"{name}-stripped"
    stripped.parent.mkdir(exist_ok=True)
    tool(["strip", "-o", str(stripped), str(binary)])
    return stripped


def python_peers(forms):
    """Python as a third side, for what the reference has and C has not: "bytes" and "text" are its two forms of a file."""
    program = pathlib.Path(__file__).with_name("python_peer.py")
    calls = {"bytes": "makefile('rb').readline()", "text": "makefile('r', encoding='utf-8').readline()"}
    return [Peer(f"Python's {calls[form]}", program, ("--form", form)) for form in forms]


def tool(command):
    """Runs a build step; its output is of interest only when it fails."""
    if shutil.which(command[0]) is None:
        sys.exit(f"{command[0]} is not installed, and Benchmarks cannot be built without it")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")


class Server:
    """The C server of all workloads; `addresses` has the options that lead a client to each."""

    def __init__(self, c_peer, cpu):
        self.folder = tempfile.TemporaryDirectory()
        command = [str(c_peer.binary), "serve", "--path", os.path.join(self.folder.name, "echo")] + on_cpu(cpu)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the server did not start")
        # What happens in the memory of one process needs no server.
        self.addresses = {"memory-pingpong": {}} | json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()


def on_cpu(cpu):
    return [] if cpu is None else ["--cpu", str(cpu)]


def run_peer(binary, case, server, operations, warmup, cpu, wrapper=(), environment=None, options=()):
    """One run; returns what the peer reported, and what it (or the tool around it) wrote to stderr."""
    workload, mode = case
    if workload not in server.addresses:
        raise NotWritten("the server does not serve it")
    command = [*wrapper, str(binary), workload, "--mode", mode]
    command += ["--operations", str(operations), "--warmup", str(warmup), *options] + on_cpu(cpu)
    for option, value in server.addresses[workload].items():
        command += [f"--{option}", str(value)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=RUN_TIMEOUT, env={**os.environ, **(environment or {})}
        )
    except subprocess.TimeoutExpired:
        raise PeerFailed(f"no end after {RUN_TIMEOUT} s") from None
    if done.returncode == NOT_WRITTEN:
        raise NotWritten("not written yet")
    if done.returncode != 0:
        messages = [line for line in done.stderr.splitlines() if line and not line.startswith("==")]  # == is valgrind
        last = (messages or ["no message"])[-1]
        code = done.returncode
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        raise PeerFailed(f"{how}: {last}")
    return json.loads(done.stdout.strip().splitlines()[-1]), done.stderr
