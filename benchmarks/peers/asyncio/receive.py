# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Selective receive with a mailbox written by hand, and calls through futures."""

import asyncio
import collections
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.harness import Answer, Params, now_ns, seconds_since, want

spawn = asyncio.create_task


class Mailbox:
    """A selective mailbox as a library in plain Python would have it."""

    __slots__ = ("messages", "waiter")

    def __init__(self) -> None:
        self.messages: collections.deque[Any] = collections.deque()
        self.waiter: asyncio.Future[None] | None = None

    def put(self, message: Any) -> None:
        self.messages.append(message)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    async def receive(self, accepts: Callable[[Any], bool], wait: bool = True) -> Any:
        """The oldest message that is accepted; None when there is none and `wait` is false."""
        seen = 0
        while True:
            for i, message in enumerate(self.messages):
                if i >= seen and accepts(message):
                    del self.messages[i]
                    return message
            if not wait:
                return None
            seen = len(self.messages)
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
            self.waiter = None


def carries(ref: object, message: Any) -> bool:
    return message[0] is ref


def is_tagged(i: int, message: Any) -> bool:
    return bool(message[0] == "tag" and message[1] == i)


async def selective_marker(name: str, p: Params) -> Answer:
    preload, n = p.integer("preload", 10_000), p.integer("calls", 5000)
    server: asyncio.Queue[Any] = asyncio.Queue()

    async def echo() -> None:
        while True:
            sender, ref, x = await server.get()
            sender.put((ref, x))

    async def calls() -> float:
        t0 = now_ns()
        for i in range(n):
            ref = object()
            server.put_nowait((mailbox, ref, i))
            _, x = await mailbox.receive(partial(carries, ref))
            want(x == i, "reply")
        return seconds_since(t0)

    task = spawn(echo())
    mailbox = Mailbox()
    empty = await calls()
    for i in range(preload):
        mailbox.put(("junk", i))
    full = await calls()
    want(len(mailbox.messages) == preload, "junk left")
    task.cancel()
    return [("calls", "calls/s", n / full), ("calls_empty_mailbox", "calls/s", n / empty)], n


async def selective_reverse(name: str, p: Params) -> Answer:
    n, rounds = p.integer("n", 10_000), p.integer("rounds", 1)
    t0 = now_ns()
    count = 0
    for _ in range(rounds):
        mailbox = Mailbox()
        for i in range(1, n + 1):
            mailbox.put(("tag", i))
        for i in range(n, 0, -1):
            await mailbox.receive(partial(is_tagged, i))
            count += 1
    s = seconds_since(t0)
    want(count == n * rounds, "count")
    scans = rounds * n * (n + 1) / 2
    return [("messages", "messages/s", count / s), ("scans", "scans/s", scans / s)], count


async def selective_prio(name: str, p: Params) -> Answer:
    n, rounds = p.integer("n", 10_000), p.integer("rounds", 1)
    t0 = now_ns()
    count = 0
    for _ in range(rounds):
        mailbox = Mailbox()
        for i in range(1, n + 1):
            mailbox.put(("high" if i % 100 == 0 else "low", i))
        high = low = 0
        for _ in range(n):
            if await mailbox.receive(lambda m: bool(m[0] == "high"), wait=False) is not None:
                want(low == 0, "high before low")
                high += 1
            else:
                await mailbox.receive(lambda m: bool(m[0] == "low"))
                low += 1
        want(high == n // 100, "high")
        count += high + low
    s = seconds_since(t0)
    return [("messages", "messages/s", count / s)], count


async def call(name: str, p: Params) -> Answer:
    clients, each = p.integer("clients", 1), p.integer("each", 200_000)
    mailbox: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    total = 0

    async def server() -> None:
        nonlocal total
        while True:
            future, x = await mailbox.get()
            total += 1
            future.set_result(x)

    async def client() -> None:
        for k in range(each):
            future = loop.create_future()
            mailbox.put_nowait((future, k))
            want(await future == k, "reply")

    task = spawn(server())
    t0 = now_ns()
    await asyncio.gather(*[spawn(client()) for _ in range(clients)])
    s = seconds_since(t0)
    task.cancel()
    want(total == clients * each, "total")
    return [("calls", "calls/s", total / s)], total
