# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Timers, and what tasks that never wait do to others."""

import asyncio
from typing import Any

from benchmarks.harness import Answer, Params, latency, lateness, lcg, now_ns, seconds_since, want

Queue = asyncio.Queue[Any]
spawn = asyncio.create_task


async def timers(name: str, p: Params) -> Answer:
    n, longest = p.integer("n", 1_000_000), p.integer("max_ms", 1000)
    loop = asyncio.get_running_loop()
    mailbox: Queue = Queue()
    t0 = now_ns()
    x, cancelled, left = 42, 0, n
    while left:
        handles = []
        for _ in range(min(left, 1000)):
            x = lcg(x)
            ms = (x >> 8) % longest + 1
            due = now_ns() + ms * 1_000_000
            handles.append(loop.call_later(ms / 1000, mailbox.put_nowait, due))
        left -= len(handles)
        for handle in handles[0 : len(handles) - 1 : 2]:
            handle.cancel()  # in the turn of the loop that made it, so it wins
            cancelled += 1
        await asyncio.sleep(0)
    started = seconds_since(t0)
    lates: list[int] = []
    while len(lates) < n - cancelled:
        due = await mailbox.get()
        lates.append(now_ns() - due)
    total = seconds_since(t0)
    metrics = [("timer_ops", "ops/s", (n + n // 2) / started), ("total", "s", total)]
    return metrics + lateness(lates), len(lates) + cancelled


async def fairness(name: str, p: Params) -> Answer:
    busy, pings = p.integer("busy", 100), p.integer("pings", 10_000)
    longest = p.integer("max_s", 5)

    async def loops() -> None:
        k = 0
        while True:
            for _ in range(1000):  # nobody else would run if it did not give way by itself
                k = (k + 1) & 0xFFFFFF
            await asyncio.sleep(0)

    async def ponger() -> None:
        while True:
            (await there.get()).put_nowait("pong")

    there: Queue = Queue()
    back: Queue = Queue()
    tasks = [spawn(loops()) for _ in range(busy)] + [spawn(ponger())]
    await asyncio.sleep(0.3)
    deadline = now_ns() + longest * 10**9
    times = []
    for _ in range(pings):
        t0 = now_ns()
        there.put_nowait(back)
        want(await back.get() == "pong", "pong")
        t1 = now_ns()
        times.append(t1 - t0)
        if t1 > deadline:
            break
    for task in tasks:
        task.cancel()
    return latency(times), "ok"
