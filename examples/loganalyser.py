# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Finds the busiest and the slowest paths in a web server's log, streaming it through processes.

    pyvm run examples/loganalyser.py FILE [--status 2xx] [--top 10] [--check]
    pyvm run examples/loganalyser.py --generate FILE [--lines 1000000]

The file goes through in parts, however large it is: the *reader* gets a part from Python whenever
a parser has room, cut at the end of a line. Each *parser* turns lines into (path, status, time),
drops those whose status is not asked for, adds up what is left of its part, and hands the sums to
the *top* process, which merges them. What flows is bounded: a parser asks for its next part when it
is done, so a fast reader cannot fill anybody's mailbox. Lines that cannot be parsed are counted.

A line is as Apache and nginx write it by default, with the seconds it took at the end:

    10.0.0.7 - - [28/Nov/2026:10:00:00 +0000] "GET /shop/cart HTTP/1.1" 200 5123 0.042
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import pyvm
from pyvm import Pid, receive, send, spawn

PART = 1 << 20  # bytes of the file at a time

Sums = dict[bytes, tuple[int, float]]  # by path: requests, seconds


def read_part(path: str, start: int) -> bytes:
    """The bytes of a file from `start` to the end of a line, about `PART` of them; b"" at its end."""
    with open(path, "rb") as file:
        file.seek(start)
        return file.read(PART) + file.readline()


@pyvm.process
def reader(path: str, parsers: int) -> None:
    """Gives parts to whoever asks, then tells each that there are no more."""
    start = 0
    while parsers:
        match receive():
            case ("ready", who):
                part = pyvm.python(read_part, path, start)
                start += len(part)
                send(who, ("part", part))
                if not part:
                    parsers -= 1


@pyvm.process
def parser(source: Pid, top: Pid, status: bytes) -> None:
    """Adds up one part after the other."""
    while True:
        send(source, ("ready", pyvm.self()))
        match receive():
            case ("part", b""):
                send(top, ("done", pyvm.self()))
                return
            case ("part", part):
                sums, bad = add_up(part, status)
                send(top, ("sums", sums, bad))


def add_up(part: bytes, status: bytes) -> tuple[Sums, int]:
    """What the lines of a part come to, and how many are none."""
    sums: Sums = {}
    bad = 0
    for line in part.split(b"\n"):
        fields = line.split()
        if len(fields) != 11:
            bad += len(fields) > 0
            continue
        if not fields[8].startswith(status):
            continue
        try:
            seconds = float(fields[10])
        except ValueError:
            bad += 1
            continue
        requests, before = sums.get(fields[6], (0, 0.0))
        sums[fields[6]] = (requests + 1, before + seconds)
    return sums, bad


@pyvm.process
def top(parsers: int) -> None:
    """Merges what the parsers bring, then answers ("result", who)."""
    total: Sums = {}
    bad = 0
    while parsers:
        match receive():
            case ("sums", sums, more):
                bad += more
                for path, (requests, seconds) in sums.items():
                    known, before = total.get(path, (0, 0.0))
                    total[path] = (known + requests, before + seconds)
            case ("done", _):
                parsers -= 1
    match receive():
        case ("result", who):
            send(who, (total, bad))


def generate(path: Path, lines: int) -> None:
    """Writes a log with a few frequent paths, and a line in ten thousand that is none."""
    rng = random.Random(7)
    paths = [f"/{section}/{page}" for section in ("shop", "blog", "api") for page in range(300)]
    with path.open("w") as file:
        for number in range(lines):
            if number % 10_000 == 9_999:
                file.write("-- log turned over --\n")
                continue
            target = paths[min(int(rng.expovariate(0.02)), len(paths) - 1)]
            status = rng.choice((200, 200, 200, 304, 404, 500))
            seconds = rng.expovariate(20)
            file.write(
                f'10.0.{rng.randrange(256)}.{rng.randrange(256)} - - [28/Nov/2026:10:00:00 +0000] '
                f'"GET {target} HTTP/1.1" {status} {rng.randrange(100, 90_000)} {seconds:.3f}\n'
            )


def in_one_piece(path: Path, status: bytes) -> tuple[Sums, int]:
    """The same without processes."""
    return add_up(path.read_bytes(), status)


def agree(one: Sums, other: Sums) -> bool:
    """Whether two results are the same, but for the order in which seconds were added."""
    return one.keys() == other.keys() and all(
        one[path][0] == other[path][0] and abs(one[path][1] - other[path][1]) < 1e-6 * (1 + one[path][1])
        for path in one
    )


def show(total: Sums, bad: int, count: int) -> None:
    """Two tables."""
    busiest = sorted(total.items(), key=lambda item: (-item[1][0], item[0]))
    slowest = sorted(total.items(), key=lambda item: (-item[1][1] / item[1][0], item[0]))
    for title, rows in (("busiest", busiest), ("slowest", slowest)):
        print(f"{title:<32}{'requests':>10}{'mean ms':>10}")
        for path, (requests, seconds) in rows[:count]:
            name = path.decode("utf-8", "replace")
            print(f"  {name:<30}{requests:>10,}{1000 * seconds / requests:>10.1f}")
    print(f"{bad:,} lines could not be read")


def main(*arguments: str) -> int:
    """Analyses, or generates; with --check 1 if a plain loop comes to another result."""
    described = argparse.ArgumentParser(prog="loganalyser", description="Analyse a web log.")
    described.add_argument("file", type=Path)
    described.add_argument("--generate", action="store_true", help="write a log to FILE instead")
    described.add_argument("--lines", type=int, default=1_000_000, help="of the log to write")
    described.add_argument("--status", default="", help="only these: 2, 404; all unless given")
    described.add_argument("--top", type=int, default=10, help="rows of each table")
    described.add_argument("--check", action="store_true", help="compare with a plain loop")
    options = described.parse_args(arguments)
    if options.generate:
        generate(options.file, options.lines)
        return 0
    if not options.file.is_file():
        described.error(f"{options.file} is no file; --generate writes one")

    parsers = 2 * pyvm.system_info()["schedulers_online"]
    status = options.status.rstrip("x").encode()
    begin = time.perf_counter()
    source = spawn(reader, str(options.file), parsers)
    merger = spawn(top, parsers)
    for _ in range(parsers):
        spawn(parser, source, merger, status)
    total, bad = merger.call("result", timeout=3600.0)
    seconds = time.perf_counter() - begin
    show(total, bad, options.top)
    megabytes = options.file.stat().st_size / 1e6
    print(f"{megabytes:,.0f} MB in {seconds:.2f} s, {megabytes / seconds:,.0f} MB/s")
    if not options.check:
        return 0
    expected, expected_bad = in_one_piece(options.file, status)
    agrees = agree(total, expected) and bad == expected_bad
    print("a plain loop agrees" if agrees else "a plain loop DISAGREES")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(pyvm.run(main, *sys.argv[1:]))
