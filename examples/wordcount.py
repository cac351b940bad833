# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Counts the identifiers of a source tree with one process per file.

    pyvm run examples/wordcount.py [DIR] [--pattern '*.py'] [--workers 64] [--top 15] [--check]

Three kinds of process. A *worker* reads and counts one file, hands its counts to a *reducer*, and
ends. A reducer merges what its workers bring. The *parent* keeps a bounded number of workers alive
and watches each: a file that cannot be decoded ends its worker and nothing else, and the parent
reports it. An identifier here is a word shaped like one that is not a keyword, comments included.
`--check` counts again in a plain loop and compares. DIR is the standard library unless given.
"""

from __future__ import annotations

import argparse
import keyword
import logging
import re
import sys
import sysconfig
import time
import tokenize
from collections import Counter
from pathlib import Path

import pyvm
from pyvm import Pid, receive, send, spawn

REDUCERS = 4
WORD = re.compile(r"[^\W\d]\w*")

Counts = dict[str, int]
Failures = dict[str, str]


def count_file(path: str) -> Counts:
    """The identifiers of one file, decoded as the file itself declares."""
    with tokenize.open(path) as source:
        words = Counter(WORD.findall(source.read()))
    return {word: count for word, count in words.items() if not keyword.iskeyword(word)}


@pyvm.process
async def worker(path: str, reducer: Pid) -> None:
    """Counts one file; ends once the reducer has the counts, so a normal end means merged."""
    counts = await pyvm.offload(count_file, path)
    send(reducer, ("counts", counts, pyvm.self()))
    match await receive():
        case "merged":
            return


@pyvm.process
async def reducer() -> None:
    """Merges counts until it is asked for the total."""
    total: Counter[str] = Counter()
    while True:
        match await receive():
            case ("counts", counts, who):
                total.update(counts)
                send(who, "merged")
            case ("total", who):
                send(who, ("total", dict(total)))
                return


@pyvm.process
async def parent(paths: list[str], most_alive: int) -> None:
    """Keeps at most `most_alive` workers alive, then answers ("result", who) with the outcome."""
    reducers = [spawn(reducer, link=True) for _ in range(REDUCERS)]
    watched: dict[pyvm.Ref, str] = {}
    failures: Failures = {}
    for started, path in enumerate(paths):
        if len(watched) >= most_alive:
            await next_down(watched, failures)
            show_progress(started - len(watched), len(paths))
        _, ref = spawn(worker, path, reducers[started % REDUCERS], monitor=True)
        watched[ref] = path
    while watched:
        await next_down(watched, failures)
        show_progress(len(paths) - len(watched), len(paths))
    total: Counter[str] = Counter()
    for pid in reducers:
        send(pid, ("total", pyvm.self()))
        match await receive():
            case ("total", counts):
                total.update(counts)
    match await receive():
        case ("result", who):
            send(who, (dict(total), failures))


async def next_down(watched: dict[pyvm.Ref, str], failures: Failures) -> None:
    """Waits until one of the watched workers ends, and notes why if it failed."""
    _, ref, _, _, reason = await receive(("DOWN", ..., "process", ..., ...))
    path = watched.pop(ref)
    if reason != "normal":
        failures[path] = f"{type(reason).__name__}: {reason}"


def show_progress(done: int, total: int) -> None:
    """Draws a bar on a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        return
    filled = 40 * done // max(total, 1)
    end = "\n" if done == total else ""
    bar = "#" * filled + "." * (40 - filled)
    print(f"\r[{bar}] {done}/{total} files", end=end, file=sys.stderr, flush=True)


def count_in_a_loop(paths: list[str]) -> tuple[Counts, set[str]]:
    """The same count without processes: the totals, and the files that could not be decoded."""
    total: Counter[str] = Counter()
    failed = set()
    for path in paths:
        try:
            total.update(count_file(path))
        except (UnicodeError, SyntaxError):
            failed.add(path)
    return dict(total), failed


def find_files(directory: Path, pattern: str) -> list[str]:
    """The files of a tree in a fixed order, without what is installed into it."""
    found = sorted(path for path in directory.rglob(pattern) if path.is_file())
    return [str(path) for path in found if "site-packages" not in path.relative_to(directory).parts]


def show_result(total: Counts, failures: Failures, top: int) -> None:
    """The most frequent identifiers, then the files left out and why."""
    print(f"{'identifier':<24}{'count':>10}")
    for word, count in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:top]:
        print(f"{word:<24}{count:>10,}")
    print(f"{f'all ({len(total):,} different)':<24}{sum(total.values()):>10,}")
    if failures:
        print(f"\n{len(failures)} files could not be counted:")
        for path, reason in sorted(failures.items()):
            print(f"  {path}: {reason}")


def main(*arguments: str) -> int:
    """Counts, shows the table, and with --check compares; 1 if the counts differ."""
    parser = argparse.ArgumentParser(prog="wordcount", description="Count identifiers in files.")
    parser.add_argument("directory", nargs="?", default=sysconfig.get_path("stdlib"), type=Path)
    parser.add_argument("--pattern", default="*.py", help="which files to read")
    parser.add_argument("--workers", default=64, type=int, help="processes alive at most")
    parser.add_argument("--top", default=15, type=int, help="rows of the table")
    parser.add_argument("--check", action="store_true", help="compare with a plain loop")
    options = parser.parse_args(arguments)
    paths = find_files(options.directory, options.pattern)

    logging.getLogger("pyvm").setLevel(logging.CRITICAL)  # the parent reports what failed
    begin = time.perf_counter()
    pid = spawn(parent, paths, options.workers)
    total, failures = pid.call("result", timeout=3600.0)
    seconds = time.perf_counter() - begin
    show_result(total, failures, options.top)
    print(f"\n{len(paths):,} files, one process each, in {seconds:.1f} s")
    if not options.check:
        return 0

    begin = time.perf_counter()
    agrees = count_in_a_loop(paths) == (total, set(failures))
    print(f"a plain loop took {time.perf_counter() - begin:.1f} s and", end=" ")
    print("agrees" if agrees else "DISAGREES")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(pyvm.run(main, *sys.argv[1:]))
