# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Four sources feed one statistics process, which reports: pyvm run examples/native_cython/demo.py."""

import random

import pyvm_statistics

import pyvm


@pyvm.process
async def source(stats, numbers):
    """Sends numbers around 100."""
    for number in range(numbers):
        pyvm.send(stats, ("add", random.gauss(100.0, 15.0)))
        if number % 100 == 0:
            await pyvm.sleep(0.002)


@pyvm.process
async def main():
    """Prints five reports, then the end result."""
    stats = pyvm.spawn(pyvm_statistics.statistics, link=True)
    pyvm.send(stats, ("every", pyvm.self(), 0.05))
    for _ in range(4):
        pyvm.spawn(source, stats, 10_000)
    for _ in range(5):
        _, (count, mean, deviation, _, _) = await pyvm.receive(("statistics", tuple))
        print(f"{count:7} numbers, mean {mean:.2f}, standard deviation {deviation:.2f}")
    print("at the end", await stats.acall("get"))
