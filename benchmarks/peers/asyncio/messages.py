# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Messages from one task to another through queues. Payloads go by reference."""

import asyncio
from typing import Any

from benchmarks import harness
from benchmarks.harness import Answer, Params, complement, lcg, now_ns, seconds_since, want

Queue = asyncio.Queue[Any]
spawn = asyncio.create_task


async def ring(name: str, p: Params) -> Answer:
    procs, hops = p.integer("procs", 1000), p.integer("hops", 500_000)
    mailboxes: list[Queue] = [Queue() for _ in range(procs)]
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def node(me: int, mailbox: Queue, following: Queue) -> None:
        while True:
            k = await mailbox.get()
            if k == 0:
                done.set_result(me)
                return
            following.put_nowait(k - 1)

    tasks = [spawn(node(i + 1, mailboxes[i], mailboxes[(i + 1) % procs])) for i in range(procs)]
    await asyncio.sleep(0.05)
    t0 = now_ns()
    mailboxes[0].put_nowait(hops)
    last = await done
    s = seconds_since(t0)
    want(last == hops % procs + 1, "the process it ended at")
    for task in tasks:
        task.cancel()
    return [("hops", "hops/s", hops / s)], last


async def pingpong(name: str, p: Params) -> Answer:
    n = p.integer("n", 300_000)
    there: Queue = Queue()
    back: Queue = Queue()

    async def ponger() -> None:
        while True:
            (await there.get()).put_nowait("pong")

    task = spawn(ponger())
    t0 = now_ns()
    count = 0
    for _ in range(n):
        there.put_nowait(back)
        if await back.get() == "pong":
            count += 1
    s = seconds_since(t0)
    want(count == n, "count")
    task.cancel()
    return [("round_trips", "round trips/s", n / s)], count


async def fan_in(name: str, p: Params) -> Answer:
    senders, each = p.integer("senders", 100), p.integer("each", 5000)
    mailbox: Queue = Queue()

    async def sender(me: int) -> None:
        for k in range(each, 0, -1):
            mailbox.put_nowait(("msg", me, k))
            if k % 1000 == 0:
                await asyncio.sleep(0)

    t0 = now_ns()
    tasks = [spawn(sender(i)) for i in range(senders)]
    total = 0
    for _ in range(senders * each):
        total += (await mailbox.get())[2]
    s = seconds_since(t0)
    await asyncio.gather(*tasks)
    want(total == senders * (each * (each + 1) // 2), "sum")
    return [("messages", "messages/s", senders * each / s)], total


async def counting(name: str, p: Params) -> Answer:
    n = p.integer("n", 1_000_000)
    mailbox: Queue = Queue()
    out: Queue = Queue()

    async def counter() -> None:
        count = 0
        while True:
            if await mailbox.get() is None:
                out.put_nowait(count)
            else:
                count += 1

    task = spawn(counter())
    t0 = now_ns()
    for _ in range(n):
        mailbox.put_nowait(1)
    mailbox.put_nowait(None)
    count = await out.get()
    s = seconds_since(t0)
    want(count == n, "count")
    task.cancel()
    return [("messages", "messages/s", n / s)], count


async def all_to_all(name: str, p: Params) -> Answer:
    n, rounds = p.integer("procs", 500), p.integer("rounds", 2)
    mailboxes: list[Queue] = [Queue() for _ in range(n)]
    starts: list[Queue] = [Queue() for _ in range(n)]
    done: Queue = Queue()

    async def node(start: Queue, me: Queue) -> None:
        while True:
            await start.get()
            for mailbox in mailboxes:
                if mailbox is not me:
                    mailbox.put_nowait((True, me))
            pings = pongs = n - 1
            while pings or pongs:
                ping, other = await me.get()
                if ping:
                    other.put_nowait((False, me))
                    pings -= 1
                else:
                    pongs -= 1
            done.put_nowait(1)

    tasks = [spawn(node(start, me)) for start, me in zip(starts, mailboxes, strict=True)]
    await asyncio.sleep(0.05)
    t0 = now_ns()
    for _ in range(rounds):
        for start in starts:
            start.put_nowait(1)
        for _ in range(n):
            await done.get()
    s = seconds_since(t0)
    for task in tasks:
        task.cancel()
    messages = 2 * n * (n - 1) * rounds
    return [("messages", "messages/s", messages / s)], messages


async def big(name: str, p: Params) -> Answer:
    pings, actors = p.integer("pings", 3000), p.integer("actors", 120)
    mailboxes: list[Queue] = [Queue() for _ in range(actors)]
    done: Queue = Queue()

    async def actor(number: int, me: Queue) -> None:
        x = lcg(number * 7919 + 1)
        left = pings
        mailboxes[(x >> 8) % actors].put_nowait(me)
        while True:
            sender = await me.get()
            if sender is not None:
                sender.put_nowait(None)
                continue
            left -= 1
            if left == 0:
                done.put_nowait(1)
            else:
                x = lcg(x)
                mailboxes[(x >> 8) % actors].put_nowait(me)

    t0 = now_ns()
    tasks = [spawn(actor(i, me)) for i, me in enumerate(mailboxes)]
    for _ in range(actors):
        await done.get()
    s = seconds_since(t0)
    for task in tasks:
        task.cancel()
    messages = 2 * pings * actors
    return [("messages", "messages/s", messages / s)], messages


MEET, CHANGE, LEAVE, COUNT = range(4)


async def chameneos(name: str, p: Params) -> Answer:
    n, meetings = p.integer("chameneos", 100), p.integer("meetings", 200_000)
    mall: Queue = Queue()

    async def creature(colour: int) -> None:
        me: Queue = Queue()
        count = 0
        mall.put_nowait((MEET, colour, me))
        while True:
            kind, other, sender = await me.get()
            if kind == LEAVE:
                mall.put_nowait((COUNT, count, None))
                return
            count += 1
            if kind == MEET:
                colour = complement(colour, other)
                sender.put_nowait((CHANGE, colour, None))
            else:
                colour = other
            mall.put_nowait((MEET, colour, me))

    t0 = now_ns()
    tasks = [spawn(creature(i % 3)) for i in range(n)]
    waiting: Queue | None = None
    left, faded, total = meetings, 0, 0
    while faded < n:
        message = await mall.get()
        if message[0] == COUNT:
            faded += 1
            total += message[1]
        elif left == 0:
            message[2].put_nowait((LEAVE, 0, None))
        elif waiting is None:
            waiting = message[2]
        else:
            waiting.put_nowait(message)
            waiting = None
            left -= 1
    s = seconds_since(t0)
    await asyncio.gather(*tasks)
    want(total == 2 * meetings, "meetings")
    return [("meetings", "meetings/s", meetings / s)], total


async def payload(name: str, p: Params) -> Answer:
    n = p.integer("n", 200_000)
    data, size = harness.payload(name)
    there: Queue = Queue()
    back: Queue = Queue()

    async def echo() -> None:
        while True:
            sender, received = await there.get()
            sender.put_nowait(received)

    task = spawn(echo())
    t0 = now_ns()
    for _ in range(n):
        there.put_nowait((back, data))
        want(len(await back.get()) == len(data), "size")
    s = seconds_since(t0)
    task.cancel()
    bandwidth = 2 * n * size / s / 1e6
    return [("round_trips", "round trips/s", n / s), ("bandwidth", "MB/s", bandwidth)], n
