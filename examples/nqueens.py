# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Counts the ways to place N queens on a board, with compiled processes on every core.

    pyvm run examples/nqueens.py [N] [--depth 3] [--check]

The *master* places the first queens and has a list of boards to finish. Each *worker* asks for a
board, counts its completions, and asks again with the count: who is fast gets more, and no queue
grows. A worker that fails ends the master too, for they are linked. Everything under
`@pyvm.process`, and what it calls, runs on the machine without the GIL.
"""

from __future__ import annotations

import argparse
import sys
import time

import pyvm
from pyvm import Pid, receive, send, spawn

KNOWN = (1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596)

Board = tuple[int, ...]


def is_safe(queen: int, board: Board) -> bool:
    """Whether no queen of `board`, the nearest row first, attacks that column of the next row."""
    distance = 1
    for other in board:
        if other == queen or abs(other - queen) == distance:
            return False
        distance += 1
    return True


def completions(board: Board, rows: int, size: int) -> int:
    """How many full boards begin with these rows."""
    if rows == size:
        return 1
    return sum(
        completions((queen, *board), rows + 1, size)
        for queen in range(size)
        if is_safe(queen, board)
    )


def beginnings(depth: int, size: int) -> list[Board]:
    """All boards of the first `depth` rows on which no queen attacks another."""
    boards: list[Board] = [()]
    for _ in range(depth):
        boards = [
            (queen, *board) for board in boards for queen in range(size) if is_safe(queen, board)
        ]
    return boards


@pyvm.process
def worker(master: Pid, size: int) -> None:
    """Counts what the boards it gets come to, one after the other."""
    found = 0
    while True:
        send(master, ("done", found, pyvm.self()))
        match receive():
            case ("board", board):
                found = completions(board, len(board), size)
            case "no more":
                return


@pyvm.process
def master(size: int, depth: int, workers: int) -> None:
    """Has all boards finished, then answers ("result", who) with the number of solutions."""
    boards = beginnings(min(depth, size), size)
    for _ in range(workers):
        spawn(worker, pyvm.self(), size, link=True)
    total, idle = 0, 0
    while idle < workers:
        match receive():
            case ("done", found, who):
                total += found
                if boards:
                    send(who, ("board", boards.pop()))
                else:
                    send(who, "no more")
                    idle += 1
    match receive():
        case ("result", who):
            send(who, total)


def main(*arguments: str) -> int:
    """Counts, and with --check compares with the known number; 1 if they differ."""
    parser = argparse.ArgumentParser(prog="nqueens", description="Count ways to place N queens.")
    parser.add_argument("n", nargs="?", type=int, default=10, metavar="N")
    parser.add_argument("--depth", type=int, default=3, help="rows that the master places")
    parser.add_argument("--check", action="store_true", help="compare with the known number")
    options = parser.parse_args(arguments)
    if options.n < 0 or options.depth < 0:
        parser.error("N and --depth are at least 0")

    workers = 2 * pyvm.system_info()["schedulers_online"]
    begin = time.perf_counter()
    found = spawn(master, options.n, options.depth, workers).call("result", timeout=3600.0)
    seconds = time.perf_counter() - begin
    print(f"{found:,} solutions for {options.n} queens, {workers} workers, in {seconds:.2f} s")
    if not options.check or options.n >= len(KNOWN):
        return 0
    agrees = found == KNOWN[options.n]
    print("which is right" if agrees else f"WRONG: there are {KNOWN[options.n]:,}")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(pyvm.run(main, *sys.argv[1:]))
