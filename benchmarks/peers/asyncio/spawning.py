# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Birth and death of tasks, and what a waiting one takes."""

import asyncio
from typing import Any

from benchmarks.harness import Answer, Params, fib, now_ns, rss, seconds_since, want

Queue = asyncio.Queue[Any]
spawn = asyncio.create_task


async def spawn_exit(name: str, p: Params) -> Answer:
    n, alive = p.integer("n", 300_000), p.integer("alive", 10_000)
    done = 0

    async def nothing() -> None:
        nonlocal done
        done += 1

    t0 = now_ns()
    while done < n:
        await asyncio.gather(*[spawn(nothing()) for _ in range(min(alive, n - done))])
    return [("spawns", "spawns/s", n / seconds_since(t0))], done


async def spawn_alive(name: str, p: Params) -> Answer:
    n = p.integer("n", 200_000)
    pongs = 0
    all_came = asyncio.Event()

    async def idle(mailbox: Queue) -> None:
        nonlocal pongs
        while await mailbox.get():
            pongs += 1
            if pongs == n:
                all_came.set()

    before = rss()
    t0 = now_ns()
    mailboxes, tasks = [], []
    for _ in range(n):
        mailbox: Queue = Queue()
        mailboxes.append(mailbox)
        tasks.append(spawn(idle(mailbox)))
    await asyncio.sleep(0)
    s = seconds_since(t0)
    await asyncio.sleep(0.3)
    after = rss()
    for mailbox in mailboxes:
        mailbox.put_nowait(1)
    await all_came.wait()
    for mailbox in mailboxes:
        mailbox.put_nowait(0)
    await asyncio.gather(*tasks)
    size = (after - before) / n
    return [("spawns", "spawns/s", n / s), ("bytes", "B/process", size)], pongs


async def process_fib(name: str, p: Params) -> Answer:
    n = p.integer("n", 25)
    tasks: set[asyncio.Task[None]] = set()  # the loop itself holds only weak references

    def start(k: int, out: Queue) -> None:
        task = spawn(part(k, out))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def part(k: int, out: Queue) -> None:
        if k <= 2:
            out.put_nowait(1)
            return
        parts: Queue = Queue()
        start(k - 1, parts)
        start(k - 2, parts)
        out.put_nowait(await parts.get() + await parts.get())

    out: Queue = Queue()
    t0 = now_ns()
    start(n, out)
    f = await out.get()
    s = seconds_since(t0)
    want(f == fib(n), "fib")
    return [("processes", "processes/s", (2 * f - 1) / s)], f
