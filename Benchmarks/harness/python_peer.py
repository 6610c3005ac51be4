#!/usr/bin/env python3
"""Python's side of the workloads that it is compared in: readline() of a socket's file over a long stream."""

import json
import os
import resource
import socket
import sys
import time


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    if not sys.argv[1].startswith("tcp-lines") or options["--mode"] != "blocking":
        sys.exit(69)
    if "--cpu" in options and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(options["--cpu"])})
    operations = int(options["--operations"])
    form = {"mode": "rb"} if options["--form"] == "bytes" else {"mode": "r", "encoding": "utf-8"}
    with socket.create_connection(("127.0.0.1", int(options["--port"]))) as connection, connection.makefile(**form) as file:
        readline = file.readline
        for _ in range(int(options["--warmup"])):
            readline()
        began, cpu_began = time.monotonic(), cpu()
        for _ in range(operations):
            readline()
        wall, used = time.monotonic() - began, cpu() - cpu_began
    print(json.dumps({
        "workload": sys.argv[1], "mode": "blocking", "operations": operations,
        "wallNanoseconds": round(wall * 1e9), "cpuNanoseconds": round(used * 1e9), "bytes": operations * 40,
    }))


main()
