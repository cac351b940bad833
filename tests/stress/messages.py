# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A thousand million messages, or as many as asked, between processes that live on: memory stays flat.

    python tests/stress/messages.py --messages 1e9 --body compiled

Pairs of processes send each other values of all shapes, small and large, and keep the last hundred.
At marks, when all stand still, what the OS process has resident is looked at: behind the first
quarter of the way it may not grow.

Exit status: 0 if all was well, 1 with what was found otherwise.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvm
from pyvm import Pid, receive, send, spawn

PAIRS = 8
MARKS = 20
FLAT_KIB = 16_000
BODIES = ("compiled", "coroutine", "native")


class Growth(AssertionError):
    """Memory that did not stay flat, or a message that was lost or changed."""


class NoCompiler(Exception):
    """The native body cannot be built here."""


@dataclass(frozen=True)
class Ball:
    number: int
    tags: tuple[str, ...] = ()


def ball(n: int) -> Any:
    """The value that is sent with number n."""
    if n % 512 == 0:
        return b"x" * 20_000
    if n % 64 == 1:
        return [list(range(n % 300)), {"big": n * 2**80, "half": n / 2}]
    if n % 8 == 2:
        return {"number": n, "text": "text " * (n % 20), "items": [n, (n, None), 1.5]}
    if n % 8 == 3:
        return Ball(n, ("a", "b"))
    if n % 8 == 4:
        return frozenset([n, n + 1, "set"])
    return (n, "small")


@pyvm.process
def compiled_echo():
    while True:
        match receive():
            case ("echo", who, value):
                send(who, ("echo", value))
            case "stop":
                return


@pyvm.process
def compiled_player(partner, kept):
    while True:
        match receive():
            case ("play", rounds, who):
                for n in range(rounds):
                    value = ball(n)
                    send(partner, ("echo", pyvm.self(), value))
                    match receive():
                        case ("echo", same):
                            assert same == value
                            kept[n % 100] = same
                send(who, ("played", rounds))
            case "stop":
                send(partner, "stop")
                return


@pyvm.process
async def coroutine_echo() -> None:
    while True:
        match await receive():
            case ("echo", who, value):
                send(who, ("echo", value))
            case "stop":
                return


@pyvm.process
async def coroutine_player(partner: Pid, kept: dict[int, Any]) -> None:
    while True:
        match await receive():
            case ("play", rounds, who):
                for n in range(rounds):
                    value = ball(n)
                    send(partner, ("echo", pyvm.self(), value))
                    _, same = await receive(("echo", ...))
                    assert same == value
                    kept[n % 100] = same
                send(who, ("played", rounds))
            case "stop":
                send(partner, "stop")
                return


def mix() -> Any:
    """The module of the stress mix, for its native bodies and its look at memory."""
    spec = importlib.util.spec_from_file_location("stress_mix", Path(__file__).with_name("mix.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["stress_mix"] = module
    spec.loader.exec_module(module)
    return module


async def play(messages: int, player: Any, echo: tuple[Any, ...], quiet: bool) -> list[int]:
    rss_kib = mix().rss_kib
    rounds = max(1, messages // (2 * PAIRS * MARKS))
    players = [spawn(player, spawn(*echo), {}, link=True) for _ in range(PAIRS)]
    memory: list[int] = []
    begun = time.monotonic()
    for mark in range(1, MARKS + 1):
        for pid in players:
            send(pid, ("play", rounds, pyvm.self()))
        for _ in players:
            await receive(("played", rounds))
        gc.collect()
        memory.append(rss_kib())
        if not quiet:
            sent = 2 * PAIRS * rounds * mark
            print(f"{sent:>13,} messages, {time.monotonic() - begun:7.0f} s, {memory[-1]:,} KiB", flush=True)
    for pid in players:
        send(pid, "stop")
    return memory


def run(messages: int, body: str, *, quiet: bool = False) -> list[int]:
    """Sends that many messages; gives the memory at the marks.

    Raises:
        Growth: memory did not stay flat.
        NoCompiler: there is none for the native body.
    """
    with tempfile.TemporaryDirectory() as folder:
        player, echo = compiled_player, (compiled_echo,)
        if body == "coroutine":
            player, echo = coroutine_player, (coroutine_echo,)
        if body == "native":
            native = mix().build_native(Path(folder))
            if native is None:
                raise NoCompiler("no C++ compiler or no headers")

        async def main() -> list[int]:
            partner = (native, pyvm.self(), 1) if body == "native" else echo
            return await play(messages, player, partner, quiet)

        memory: list[int] = pyvm.run(main)
    if memory[-1] > max(memory[: MARKS // 4]) + FLAT_KIB:
        raise Growth(f"memory grew: {memory} KiB")
    return memory


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Messages that leave memory flat.")
    parser.add_argument("--messages", type=float, default=1e7, help="how many, about (1e7)")
    parser.add_argument("--body", choices=BODIES, default="compiled", help="of the processes (compiled)")
    return parser.parse_args(arguments)


def main() -> int:
    options = parse()
    try:
        run(int(options.messages), options.body)
    except (Growth, NoCompiler) as trouble:
        print(trouble)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
