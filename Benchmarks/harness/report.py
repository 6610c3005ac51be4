"""Tables for people, and the gates."""

import os
import sys

FIGURES = ("syscalls", "allocations", "instructions")
CODES = {"red": 31, "green": 32, "yellow": 33, "bold": 1}


def colour(text, name):
    wanted = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\033[{CODES[name]}m{text}\033[0m" if wanted else text


def table(title, header, rows):
    """Prints aligned columns. A cell is a text, or a pair of a text and the name of its colour."""
    cells = [[cell if isinstance(cell, tuple) else (cell, None) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i][0]) for row in cells) for i in range(len(header))]
    print(f"\n{colour(title, 'bold')}\n")
    for row in cells:
        padded = [text.ljust(width) if i < 2 else text.rjust(width) for i, ((text, _), width) in enumerate(zip(row, widths))]
        print("  ".join(colour(text, name) if name else text for text, (_, name) in zip(padded, row)).rstrip())


def number(figure, value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if figure == "instructions" else f"{abs(value) if round(value, 2) == 0 else value:.2f}"


def print_counts(counts, gates):
    header = ["workload", "mode"]
    for figure in FIGURES:
        header += [figure, "C", "gate"]
    rows = []
    for case, peers in counts.items():
        row = list(case)
        for figure in FIGURES:
            ours, theirs = (peers.get(name, {}).get(figure) for name in ("Swift", "C"))
            gate = gates.limit(case, figure)
            over = gates.is_over(case, figure, ours)
            verdict = None if gate is None or ours is None else "red" if over else "green"
            row += [(number(figure, ours) + ("!" if over else ""), verdict), number(figure, theirs)]
            row += ["-" if gate is None else f"{gate:,}"]
        rows.append(row)
    table("Counts per operation: Swift, C, the most that Swift may have (! is over)", header, rows)
    print()
    for case, peers in counts.items():
        ours, theirs = (named(peers.get(name, {}).get("syscallsByName", {})) for name in ("Swift", "C"))
        if ours and theirs:
            print(f"{' '.join(case)}: {ours}" + (" (C the same)" if ours == theirs else f" (C {theirs})"))


def print_memory(memory, gates):
    header = ["workload", "", "Swift", "C", "ratio", "gate"]
    rows = []
    for workload, peers in memory.items():
        for figure, what in (("heapBytes", "heap, both ends"), ("serverHeapBytes", "heap, the server's"), ("residentBytes", "resident, both")):
            ours, theirs = (peers.get(name, {}).get(figure) for name in ("Swift", "C"))
            ratio = ours / theirs if ours and theirs else None
            gate = gates.memory_ratio if figure != "residentBytes" else None
            verdict = None if gate is None or ratio is None else "red" if ratio > gate else "green"
            cells = ["-" if bytes is None else f"{bytes:,.0f}" for bytes in (ours, theirs)]
            rows.append([workload, what, *cells, ("-" if ratio is None else f"{ratio:.2f}", verdict), "-" if gate is None else f"{gate:.2f}"])
    table("Bytes of each idle connection: Swift, C, the most that Swift may have of C's", header, rows)


def named(by_name):
    return ", ".join(f"{call} {count:.2f}" for call, count in by_name.items())


def print_times(times, gates):
    header = ["workload", "mode", "C µs", "min..max", "Swift µs", "min..max", "ratio", "C CPU µs", "Swift CPU µs", "CPU ratio"]
    rows = []
    for case, result in times.items():
        row = list(case)
        for peer in ("C", "Swift"):
            wall = result.get(peer, {}).get("wallMicroseconds")
            row += ["-", "-"] if wall is None else [f"{wall['median']:.2f}", f"{wall['min']:.2f}..{wall['max']:.2f}"]
        row.append(f"{result['wallRatio']['median']:.2f}" if "wallRatio" in result else "-")
        for peer in ("C", "Swift"):
            cpu = result.get(peer, {}).get("cpuMicroseconds")
            row.append("-" if cpu is None else f"{cpu['median']:.2f}")
        cpu_ratio = result.get("cpuRatio", {}).get("median")
        verdict = None if cpu_ratio is None else "yellow" if cpu_ratio > gates.cpu_ratio else "green"
        row.append(("-" if cpu_ratio is None else f"{cpu_ratio:.2f}", verdict))
        rows.append(row)
    table("Times per operation (medians; the noise is about 20 %, the counts are what is checked)", header, rows)
    for case, result in times.items():
        for name, ratio in result.get("pythonCPURatios", {}).items():
            theirs = result[name]["cpuMicroseconds"]["median"]
            print(f"\n{' '.join(case)}: {name} takes {theirs:.3f} µs of CPU, {ratio['median']:.1f} times as much as Swift")


class Gates:
    """What Gates.json allows."""

    def __init__(self, contents):
        self.cpu_ratio = contents["cpuRatio"]
        self.python_ratio = contents["pythonCPURatio"]
        self.memory_ratio = contents["memoryRatio"]
        self.tolerance = contents["tolerance"]
        self.limits = contents["limits"]

    def limit(self, case, figure):
        workload, mode = case
        return self.limits.get(workload, {}).get(mode, {}).get(figure)

    def is_over(self, case, figure, value):
        gate = self.limit(case, figure)
        return gate is not None and value is not None and value > gate + self.tolerance.get(figure, 0)

    def over(self, counts):
        """A sentence for each count over its gate."""
        for case, peers in counts.items():
            ours = peers.get("Swift", {})
            for figure in FIGURES:
                if self.is_over(case, figure, ours.get(figure)):
                    detail = f" ({named(ours['syscallsByName'])})" if figure == "syscalls" else ""
                    yield f"{' '.join(case)}: {number(figure, ours[figure])} {figure} per operation, at most {self.limit(case, figure):,}{detail}"

    def over_in_memory(self, memory):
        """A sentence for each end of an idle connection that holds more than it may."""
        for workload, peers in memory.items():
            for figure in ("heapBytes", "serverHeapBytes"):
                ours, theirs = (peers.get(name, {}).get(figure) for name in ("Swift", "C"))
                if ours and theirs and ours > self.memory_ratio * theirs:
                    yield f"{workload}: {figure} {ours / theirs:.2f} times those of C, at most {self.memory_ratio:.2f}"

    def count(self, cases):
        return sum(self.limit(case, figure) is not None for case in cases for figure in FIGURES)

    def not_counted(self, counts):
        """What has a gate but no count."""
        for case, peers in counts.items():
            for figure in FIGURES:
                if self.limit(case, figure) is not None and figure not in peers.get("Swift", {}):
                    yield f"{' '.join(case)}: {figure}"

    def warnings(self, times):
        for case, result in times.items():
            for name, python in list(result.get("pythonCPURatios", {}).items())[:1]:
                if python["median"] < self.python_ratio:
                    yield f"{' '.join(case)}: {name} takes {python['median']:.1f} times as much CPU; {self.python_ratio} is wished for"
            ratio = result.get("cpuRatio")
            if ratio and ratio["median"] > self.cpu_ratio:
                yield f"{' '.join(case)}: {ratio['median']:.2f} of C's CPU time per operation; {self.cpu_ratio:.2f} is wished for"
