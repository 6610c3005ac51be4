"""Time and CPU time of an operation, Swift against C, in rounds that take turns."""

from statistics import median

from harness.peers import run_peer


def compare(peers, case, server, operations, rounds, cpu, progress):
    """The medians of each peer, and the medians of the rounds' ratios of Swift to C.

    The ratio is taken within a round: the two runs of a round are neighbours, so that a slow minute of the
    machine is in both. The order changes every round, so that neither always comes first.
    """
    samples = {peer.name: [] for peer in peers}
    pythons = [peer.name for peer in peers if peer.name not in ("C", "Swift")]
    for number in range(rounds):
        progress(f"{' '.join(case)}, round {number + 1} of {rounds}")
        for peer in peers if number % 2 == 0 else reversed(peers):
            report, _ = run_peer(peer.binary, case, server, operations, operations // 10 + 1, cpu, options=peer.options)
            samples[peer.name].append(report)
    result = {"operations": operations, "rounds": rounds}
    for name, reports in samples.items():
        result[name] = {
            "wallMicroseconds": spread(per_operation(reports, "wallNanoseconds")),
            "cpuMicroseconds": spread(per_operation(reports, "cpuNanoseconds")),
            "bytesPerSecond": median(report["bytes"] / report["wallNanoseconds"] * 1e9 for report in reports),
        }
    if pythons and "Swift" in samples:
        # The first is the like of what Swift does.
        result["pythonCPURatios"] = {
            name: spread(ratios(samples[name], samples["Swift"], "cpuNanoseconds")) for name in pythons
        }
    if "C" in samples and "Swift" in samples:
        theirs, ours = samples["C"], samples["Swift"]
        result["wallRatio"] = spread(ratios(ours, theirs, "wallNanoseconds"))
        result["cpuRatio"] = spread(ratios(ours, theirs, "cpuNanoseconds"))
    return result


def per_operation(reports, key):
    return [report[key] / report["operations"] / 1000 for report in reports]


def ratios(ours, theirs, key):
    return [mine[key] / max(other[key], 1) for mine, other in zip(ours, theirs)]


def spread(values):
    return {"median": median(values), "min": min(values), "max": max(values)}
