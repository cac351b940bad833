# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Twenty workers share a limit of 50 tokens a second: pyvm run examples/native_cpp/demo.py."""

import time

import pyvm_limiter

import pyvm


@pyvm.process
async def worker(limiter, parent, number, jobs):
    """Asks for a token before each job."""
    for _ in range(jobs):
        await limiter.acall(("take", 1), timeout=None)
    pyvm.send(parent, ("done", number))


@pyvm.process
async def main():
    """100 tokens at 50 a second, 10 of them at once: 1.8 seconds."""
    limiter = pyvm.spawn(pyvm_limiter.limiter, 50, 10, link=True)
    start = time.monotonic()
    for number in range(20):
        pyvm.spawn(worker, limiter, pyvm.self(), number, 5, link=True)
    for _ in range(20):
        await pyvm.receive(("done", int))
    tokens, served, _ = await limiter.acall("status")
    print(f"{served} requests in {time.monotonic() - start:.2f} s; {tokens:.1f} tokens left")
