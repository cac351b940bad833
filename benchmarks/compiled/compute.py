# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Work without messages. The functions are plain Python: CPython runs the same ones as a peer."""

import pyvm
from benchmarks.harness import Answer, lcg, now_ns, seconds_since
from pyvm import Pid, receive, send, spawn


def fib(n: int) -> int:
    return 1 if n <= 2 else fib(n - 1) + fib(n - 2)


def recursion(p: dict[str, int]) -> Answer:
    n = p.get("n", 27)
    t0 = now_ns()
    value = fib(n)
    s = seconds_since(t0)
    return [("calls", "calls/s", (2 * value - 1) / s)], value


def is_safe(queen: int, board: tuple[int, ...]) -> bool:
    distance = 1
    for other in board:
        if other == queen or other == queen + distance or other == queen - distance:
            return False
        distance += 1
    return True


def solutions(board: tuple[int, ...], depth: int, size: int) -> int:
    if depth == size:
        return 1
    found = 0
    for queen in range(size, 0, -1):
        if is_safe(queen, board):
            found += solutions((queen, *board), depth + 1, size)
    return found


def nqueens(p: dict[str, int]) -> Answer:
    size = p.get("size", 8)
    t0 = now_ns()
    found = solutions((), 0, size)
    s = seconds_since(t0)
    return [("solutions", "solutions/s", found / s)], found


def mandelbrot(p: dict[str, int]) -> Answer:
    size, iterations = p.get("size", 200), p.get("iters", 100)
    t0 = now_ns()
    total = 0
    for y in range(size):
        cy = 2.0 * y / size - 1.0
        for x in range(size):
            cx = 2.0 * x / size - 1.5
            zr = zi = 0.0
            k = 0
            while k < iterations:
                a = zr * zr
                b = zi * zi
                if a + b > 4.0:
                    break
                zi = 2.0 * zr * zi + cy
                zr = a - b + cx
                k += 1
            total += k
    s = seconds_since(t0)
    return [("iterations", "iterations/s", total / s)], total


def sort(p: dict[str, int]) -> Answer:
    n = p.get("n", 200_000)
    x = 42
    numbers = []
    for _ in range(n):
        x = lcg(x)
        numbers.append(x)
    t0 = now_ns()
    ordered = sorted(numbers)
    s = seconds_since(t0)
    check = 0
    for i, number in enumerate(ordered):
        check = (check + number * (i % 7)) & 0x7FFFFFFF
    return [("sorted", "numbers/s", n / s)], check


def text(size: int) -> bytes:
    """Ten thousand words, of which some are frequent; a line break behind each twelfth."""
    x = 42
    words = []
    for _ in range(10_000):
        x = lcg(x)
        letters = []
        for _ in range(3 + (x >> 8) % 8):
            x = lcg(x)
            letters.append(97 + (x >> 8) % 26)
        words.append(bytes(letters))
    parts = []
    i = 0
    while size > 0:
        x = lcg(x)
        a = (x >> 8) % 10_000
        x = lcg(x)
        b = (x >> 8) % 10_000
        word = words[a * b // 10_000]
        parts.append(word)
        parts.append(b"\n" if i % 12 == 11 else b" ")
        size -= len(word) + 1
        i += 1
    return b"".join(parts)


def word_count(p: dict[str, int]) -> Answer:
    data = text(p.get("bytes", 1_000_000))
    t0 = now_ns()
    counts: dict[bytes, int] = {}
    for word in data.split():
        counts[word] = counts.get(word, 0) + 1
    s = seconds_since(t0)
    check = f"w{len(counts)}_{sum(counts.values())}_{max(counts.values())}"
    return [("bandwidth", "MB/s", len(data) / s / 1e6)], check


ALONE = ("compute_fib", "compute_nqueens", "compute_mandel", "compute_sort", "compute_wordcount")


@pyvm.process
def alone(name: str, p: dict[str, int]) -> Answer:
    if name == "compute_fib":
        return recursion(p)
    if name == "compute_nqueens":
        return nqueens(p)
    if name == "compute_mandel":
        return mandelbrot(p)
    if name == "compute_sort":
        return sort(p)
    return word_count(p)


@pyvm.process
def part(n: int, main: Pid) -> None:
    send(main, ("f", fib(n)))


@pyvm.process
def compute_par(procs: int, n: int) -> int:
    for _ in range(procs):
        spawn(part, n, pyvm.self())
    total = 0
    for _ in range(procs):
        match receive():
            case ("f", value):
                total += value
    return total
