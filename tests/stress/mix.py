# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Everything at once, for as long as asked: spawn, kill, link, monitor, names, timers, floods.

    python tests/stress/mix.py --seconds 600 --seed 7

Rounds of random work. Every process, also one born to a process of a process, is told to the
director and monitored by it. A round ends with all of them killed; then each birth has had its
one DOWN, only the director is alive, no name is taken, and no message is left over. After a warm-up
the memory of the OS process stays flat from round to round. What a worker finds wrong (an early
timer, a timer twice, a wrong answer) is told to the director and fails the run.

With a C++ compiler at hand, native bodies (native_bodies.cc) take part: their signals
come from other threads. `--no-native` leaves them out.

Exit status: 0 if all was well, 1 with what was found otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import gc
import importlib.util
import logging
import os
import random
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

import pyvm
from pyvm import TIMEOUT, Pid, receive, send, spawn

NAMES = [f"stress {number}" for number in range(12)]
REASONS: list[Any] = ["boom", "shutdown", ("reason", [1, 2, {"k": b"v"}]), None, "x" * 300]
WORKERS = 60
FLAT_KIB = 24_000


class Trouble(AssertionError):
    """Something the runtime promised did not hold."""


def rss_kib() -> int:
    """What the OS process has resident."""
    text = Path("/proc/self/statm").read_text()
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


# --- Workers -------------------------------------------------------------------------------------


class Worker:
    """What one worker knows: its peers, what it waits for, what must not come."""

    def __init__(self, director: Pid, seed: int) -> None:
        self.director = director
        self.choose = random.Random(seed)
        self.peers: list[Pid] = []
        self.due: dict[int, float] = {}
        self.timers: dict[int, Any] = {}
        self.monitors: list[Any] = []
        self.aliases: list[Any] = []
        self.suspended: list[Pid] = []
        self.number = 0

    def peer(self) -> Pid:
        return self.choose.choice(self.peers)

    def trouble(self, text: str) -> None:
        send(self.director, ("trouble", f"{pyvm.self()}: {text}"))


def bear(worker: Worker, body: Any, *args: Any, **options: Any) -> Pid:
    """Spawns and tells the director in one step: there is no await between."""
    born = spawn(body, *args, **options)
    pid: Pid = born[0] if isinstance(born, tuple) else born
    send(worker.director, ("born", pid))
    return pid


async def do_spawn(w: Worker) -> None:
    options: dict[str, Any] = {}
    if w.choose.random() < 0.3:
        options["link"] = True
    if w.choose.random() < 0.3:
        options["monitor"] = True
    if w.choose.random() < 0.2:
        options["priority"] = w.choose.choice(("low", "normal", "high"))
    pid = bear(w, short_life, w.director, w.choose.randrange(2**32), **options)
    w.peers[w.choose.randrange(len(w.peers))] = pid


async def do_spawn_request(w: Worker) -> None:
    ref = pyvm.spawn_request(short_life, w.director, w.choose.randrange(2**32))
    reply = await receive(("spawn_reply", ref, ...), ("spawn_reply", ref, ..., ...), timeout=30)
    if reply[2] == "ok":
        send(w.director, ("born", reply[3]))


async def do_kill(w: Worker) -> None:
    pyvm.exit(w.peer(), "kill")


async def do_exit(w: Worker) -> None:
    pyvm.exit(w.peer(), w.choose.choice(REASONS))


async def do_link(w: Worker) -> None:
    pyvm.link(w.peer())


async def do_unlink(w: Worker) -> None:
    pyvm.unlink(w.peer())


async def do_monitor(w: Worker) -> None:
    w.monitors.append(pyvm.monitor(w.peer() if w.choose.random() < 0.8 else w.choose.choice(NAMES)))


async def do_demonitor(w: Worker) -> None:
    if not w.monitors:
        return
    ref = w.monitors.pop(w.choose.randrange(len(w.monitors)))
    pyvm.demonitor(ref, flush=True)
    if await receive(("DOWN", ref, ..., ..., ...), TIMEOUT, timeout=0) is not TIMEOUT:
        w.trouble("a DOWN after demonitor with flush")


async def do_names(w: Worker) -> None:
    name = w.choose.choice(NAMES)
    try:
        what = w.choose.randrange(4)
        if what == 0:
            pyvm.register(name, w.peer())
        elif what == 1:
            pyvm.unregister(name)
        elif what == 2:
            send(name, ("hello", "by name"))
        else:
            pyvm.whereis(name)
    except ValueError:
        pass  # taken, free, or its process has ended


async def do_timer(w: Worker) -> None:
    if len(w.timers) > 50:
        return
    w.number += 1
    delay = w.choose.choice((0.0, 0.001, 0.01, w.choose.random() / 20))
    w.due[w.number] = time.monotonic() + delay
    w.timers[w.number] = pyvm.send_after(delay, pyvm.self(), ("timer", w.number))


async def do_cancel(w: Worker) -> None:
    if not w.timers:
        return
    number = w.choose.choice(list(w.timers))
    if pyvm.cancel_timer(w.timers[number]) is not False:
        del w.timers[number], w.due[number]


async def do_flood(w: Worker) -> None:
    """To one of the bounded processes, which are registered."""
    sink = pyvm.whereis(w.choose.choice(("sink drop", "sink exit", "sink suspend")))
    if sink is not None:
        for number in range(w.choose.randrange(60)):
            send(sink, ("flood", number))


async def do_suspend(w: Worker) -> None:
    pid = w.peer()
    if pid != pyvm.self() and len(w.suspended) < 5:
        pyvm.suspend(pid)
        w.suspended.append(pid)


async def do_resume(w: Worker) -> None:
    if w.suspended:
        pyvm.resume(w.suspended.pop())


async def do_alias(w: Worker) -> None:
    if len(w.aliases) > 5:
        pyvm.unalias(w.aliases.pop(0))
    w.aliases.append(pyvm.alias(w.choose.choice(("explicit", "reply"))))
    send(w.peer(), ("alias", w.aliases[-1]))


async def do_big(w: Worker) -> None:
    size = w.choose.choice((100, 10_000, 200_000))
    send(w.peer(), ("big", b"b" * size, ["s" * (size // 10)] * 3, {"n": 2**100}))


async def do_call(w: Worker) -> None:
    server = pyvm.whereis("stress server")
    if server is None:
        return
    token = w.choose.randrange(2**40)
    try:
        answer = await server.acall(("echo", token), timeout=w.choose.choice((0.001, 0.1, 5)))
        if answer != ("echo", token):
            w.trouble(f"asked {token}, was answered {answer}")
    except (TimeoutError, pyvm.ProcessDown):
        pass


async def do_info(w: Worker) -> None:
    info = await pyvm.ainfo(w.peer(), ["status", "message_queue_len", "links", "monitors"])
    if info is not None and info["message_queue_len"] < 0:
        w.trouble("a mailbox of negative length")


async def do_trap(w: Worker) -> None:
    pyvm.process_flag("trap_exit", w.choose.random() < 0.6)


async def do_dictionary(w: Worker) -> None:
    pyvm.put(w.choose.randrange(10), ["value"] * w.choose.randrange(100))
    pyvm.erase(w.choose.randrange(10))


async def do_aio(w: Worker) -> None:
    await pyvm.aio(asyncio.sleep(w.choose.choice((0, 0.001))))


async def do_offload(w: Worker) -> None:
    if await pyvm.offload(divmod, 17, 5) != (3, 2):
        w.trouble("offload gave something else")


async def do_gossip(w: Worker) -> None:
    send(w.peer(), ("peers", *w.choose.sample(w.peers, min(8, len(w.peers)))))
    send(w.peer(), ("gossip", w.choose.randrange(30)))


async def do_fail(w: Worker) -> None:
    if w.choose.random() < 0.1:
        raise LookupError("as planned", [w.number])


ACTIONS = [
    (do_spawn, 12), (do_spawn_request, 3), (do_kill, 3), (do_exit, 3), (do_link, 8), (do_unlink, 8),
    (do_monitor, 8), (do_demonitor, 8), (do_names, 8), (do_timer, 12), (do_cancel, 6),
    (do_flood, 3),
    (do_suspend, 2), (do_resume, 4), (do_alias, 4), (do_big, 3), (do_call, 6), (do_info, 4),
    (do_trap, 3), (do_dictionary, 3), (do_aio, 2), (do_offload, 1), (do_gossip, 6), (do_fail, 1),
]  # fmt: skip


async def look(w: Worker) -> None:
    """Takes what has come and checks it."""
    for _ in range(50):
        message = await receive(TIMEOUT, ..., timeout=w.choose.choice((0, 0, 0, 0.001)))
        if message is TIMEOUT:
            return
        match message:
            case ("timer", int() as number):
                due = w.due.pop(number, None)
                if due is None:
                    w.trouble(f"timer {number} fired twice or was cancelled")
                elif time.monotonic() < due:
                    w.trouble(f"timer {number} fired early")
                w.timers.pop(number, None)
            case ("DOWN", ref, "process", _, _):
                if ref in w.monitors:
                    w.monitors.remove(ref)
            case ("alias", alias):
                send(alias, ("hello", "by alias"))
                send(alias, ("hello", "again"))
            case ("echo" | "gossip" | "peers" | "hello" | "big" | "EXIT" | "flood", *_):
                pass
            case _:
                w.trouble(f"unexpected message {message!r:.200}")


async def work(director: Pid, seed: int, steps: int, peers: list[Pid]) -> None:
    """A worker: random things to random peers until its steps are done."""
    w = Worker(director, seed)
    w.peers = peers or [pyvm.self()]
    actions = [action for action, _ in ACTIONS]
    weights = [weight for _, weight in ACTIONS]
    for _ in range(steps):
        await w.choose.choices(actions, weights)[0](w)
        await look(w)


async def short_life(director: Pid, seed: int) -> None:
    """A process of a process: at once dead, or a few steps long."""
    choose = random.Random(seed)
    if choose.random() < 0.5:
        return
    message = await receive(("peers", ...), TIMEOUT, timeout=choose.random() / 20)
    if message is TIMEOUT and choose.random() < 0.3:
        pyvm.exit(choose.choice(REASONS))


async def sink(pause: bool) -> None:
    """Takes from a bounded mailbox, sometimes slowly."""
    while True:
        await receive(...)
        if pause:
            await pyvm.yield_now()


async def server() -> None:
    """Answers calls."""
    while True:
        message = await receive(("echo", int, ...), TIMEOUT, timeout=0.05)
        if message is not TIMEOUT:
            send(message[2], ("echo", message[1]))


# --- The director --------------------------------------------------------------------------------


class Director:
    """Counts births and ends, keeps the population up, and says what was wrong."""

    def __init__(self, seed: int, native: Any) -> None:
        self.choose = random.Random(seed)
        self.native = native
        self.watched: dict[Any, Pid] = {}
        self.known: set[Pid] = set()
        self.ended: collections.Counter[str] = collections.Counter()
        self.births = 0
        self.troubles: list[str] = []
        self.workers: set[Pid] = set()

    def born(self, pid: Pid) -> None:
        self.births += 1
        self.known.add(pid)
        self.watched[pyvm.monitor(pid)] = pid

    def begin(self, body: Any, *args: Any, **options: Any) -> Pid:
        pid: Pid = spawn(body, *args, **options)
        self.born(pid)
        return pid

    def fixture(self, name: str, body: Any, *args: Any, **options: Any) -> None:
        """A named process that is there again when it was killed."""
        if pyvm.whereis(name) is None:
            self.begin(body, *args, name=name, **options)

    def populate(self) -> None:
        self.fixture("sink drop", sink, False, max_mailbox=20, on_full="drop")
        self.fixture("sink exit", sink, True, max_mailbox=30, on_full="exit")
        self.fixture("sink suspend", sink, True, max_mailbox=20, on_full="suspend")
        self.fixture("stress server", server)
        while len(self.workers) < WORKERS:
            seed, me = self.choose.randrange(2**32), pyvm.self()
            peers = self.choose.sample(sorted(self.known), min(10, len(self.known)))
            if self.native is not None and self.choose.random() < 0.3:
                pid = self.begin(self.native, me, seed)
                send(pid, ("peers", *peers))
                send(pid, ("gossip", 20))
            else:
                pid = self.begin(work, me, seed, self.choose.randrange(10, 200), peers)
            self.workers.add(pid)

    def handle(self, message: Any) -> None:
        match message:
            case ("born", pid):
                self.born(pid)
            case ("DOWN", ref, "process", pid, reason):
                if self.watched.pop(ref, None) != pid:
                    self.troubles.append(f"a DOWN nobody waits for: {message!r}")
                self.known.discard(pid)
                self.workers.discard(pid)
                kind = type(reason).__name__ if isinstance(reason, Exception) else repr(reason)
                self.ended[kind[:40]] += 1
                if isinstance(reason, Exception) and not isinstance(reason, LookupError):
                    self.troubles.append(f"{reason!r}: {getattr(reason, '__notes__', '')}")
            case ("trouble", text):
                self.troubles.append(text)
            case ("peers" | "gossip" | "hello" | "big" | "alias" | "flood", *_):
                pass  # the director is a process like any other
            case _:
                self.troubles.append(f"unexpected message {message!r:.200}")

    async def mix(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.troubles:
            self.populate()
            for _ in range(200):
                message = await receive(TIMEOUT, ..., timeout=0.01)
                if message is TIMEOUT:
                    break
                self.handle(message)

    async def wind_down(self) -> None:
        """Kills until nobody is left; whoever is born meanwhile is told and killed too."""
        limit = time.monotonic() + 30
        while self.watched:
            for pid in list(self.watched.values()):
                pyvm.exit(pid, "kill")
            while (message := await receive(TIMEOUT, ..., timeout=0.1)) is not TIMEOUT:
                self.handle(message)
            if time.monotonic() > limit:
                stuck = list(self.watched.values())[:5]
                infos = [(pid, await pyvm.ainfo(pid)) for pid in stuck]
                self.troubles.append(f"{len(self.watched)} did not end: {infos}")
                return
        await self.check_quiet()

    async def check_quiet(self) -> None:
        if pyvm.processes() != [pyvm.self()]:
            strangers = set(pyvm.processes()) - {pyvm.self()}
            infos = [(pid, await pyvm.ainfo(pid)) for pid in sorted(strangers)[:5]]
            self.troubles.append(f"{len(strangers)} processes nobody told of: {infos}")
        if pyvm.registered():
            self.troubles.append(f"names of the dead: {pyvm.registered()}")
        if pyvm.process_info(pyvm.self(), "monitors"):
            self.troubles.append("monitors of the dead are listed")
        if sum(self.ended.values()) != self.births:
            self.troubles.append(f"{self.births} births, {sum(self.ended.values())} ends")
        message = await receive(TIMEOUT, ..., timeout=0.06)  # the longest timer of a worker
        while message is not TIMEOUT:
            self.handle(message)
            message = await receive(TIMEOUT, ..., timeout=0)


async def direct(seconds: float, seed: int, native: Any, quiet: bool) -> dict[str, Any]:
    director = Director(seed, native)
    rounds = max(3, min(60, round(seconds / 2)))
    memory: list[int] = []
    for number in range(rounds):
        await director.mix(seconds / rounds)
        await director.wind_down()
        gc.collect()
        memory.append(rss_kib())
        if not quiet:
            print(f"round {number}: {director.births} births, {memory[-1]} KiB", flush=True)
        if director.troubles:
            break
    warm = memory[: max(1, len(memory) // 3)]
    if not director.troubles and memory[-1] > max(warm) + FLAT_KIB:
        director.troubles.append(f"memory grew: {memory} KiB")
    return {
        "births": director.births,
        "ends": dict(director.ended),
        "troubles": director.troubles,
        "memory": memory,
    }


def build_native(folder: Path) -> Any:
    """The native body, compiled into `folder`; None where there is no compiler or no headers."""
    compiler = shutil.which("c++") or shutil.which("g++")
    library = Path(pyvm.__file__).parent / "libpyvm.so"
    include = Path(pyvm.get_include())
    if compiler is None or not library.exists() or not (include / "proc" / "native.h").exists():
        return None
    module = folder / "native_bodies.so"
    source = Path(__file__).parent / "native_bodies.cc"
    python = sysconfig.get_path("include")
    command = [compiler, "-std=c++20", "-O1", "-fPIC", "-shared", f"-I{include}", f"-I{python}"]
    command += [str(source), "-o", str(module), str(library), f"-Wl,-rpath,{library.parent}"]
    preloaded = os.environ.get("LD_PRELOAD", "")  # a sanitizer's, if libpyvm was built with one
    command += ["-fsanitize=thread"] * ("libtsan" in preloaded)
    command += ["-fsanitize=address,undefined"] * ("libasan" in preloaded)
    command += shlex.split(os.environ.get("CXXFLAGS", ""))
    built = subprocess.run(command, capture_output=True, text=True)
    if built.returncode != 0:
        raise Trouble(f"native_bodies.cc does not compile:\n{built.stderr}")
    spec = importlib.util.spec_from_file_location("native_bodies", module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return pyvm.native(loaded.gossip)


def run(seconds: float, seed: int, *, native: bool = True, quiet: bool = False) -> dict[str, Any]:
    """Runs the mix and gives what was counted.

    Raises:
        Trouble: Something did not hold; the text says what, with the seed.
    """
    logging.disable(logging.CRITICAL)  # of processes that fail as planned
    try:
        with tempfile.TemporaryDirectory() as folder:
            body = build_native(Path(folder)) if native else None

            async def main() -> dict[str, Any]:
                return await direct(seconds, seed, body, quiet)

            result: dict[str, Any] = pyvm.run(main)
    finally:
        logging.disable(logging.NOTSET)
    result["native"] = body is not None
    if result["troubles"]:
        raise Trouble(f"seed {seed}: " + "\n".join(result["troubles"][:10]))
    return result


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The stress mix of pyvm.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, about (60)")
    parser.add_argument("--seed", type=int, default=None, help="of the random choices")
    parser.add_argument("--no-native", action="store_true", help="coroutine bodies only")
    return parser.parse_args(arguments)


def main() -> int:
    options = parse()
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    try:
        result = run(options.seconds, seed, native=not options.no_native)
    except Trouble as trouble:
        print(trouble)
        return 1
    print(f"{result['births']} processes, all accounted for; native bodies: {result['native']}")
    for reason, count in sorted(result["ends"].items(), key=lambda item: -item[1]):
        print(f"  {count:8} {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
