# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The systems that can be measured: pyvm with each kind of body, and its peers."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from benchmarks import build
from benchmarks.build import Unavailable
from benchmarks.catalog import COMPUTE, MIXED, SELECTIVE, WORKLOADS


class System(ABC):
    """One system.

    Attributes:
        name: "pyvm", or the peer's.
        body: "native", "coroutine" or "compiled" of pyvm, otherwise empty.
        event_loop: True when it gets the smaller parameters.
    """

    name: str
    body = ""
    event_loop = False

    @property
    def label(self) -> str:
        """How tables call it."""
        return f"{self.name} {self.body}".strip()

    @abstractmethod
    def prepare(self) -> None:
        """Builds what it needs, once.

        Raises:
            Unavailable: It cannot run here; the text says what to do.
        """

    def has(self, workload: str) -> bool:
        """Whether it can do that workload."""
        return True

    @abstractmethod
    def command(self, workload: str, schedulers: int) -> list[str]:
        """The program and its first arguments; the parameters follow."""

    def environment(self, schedulers: int) -> dict[str, str]:
        """Additions to the environment."""
        return {}


class PyvmNative(System):
    """pyvm with bodies in C++ against libpyvm."""

    name = "pyvm"
    body = "native"

    def has(self, workload: str) -> bool:
        return workload not in COMPUTE | MIXED

    def prepare(self) -> None:
        self._program = build.native_workloads()

    def command(self, workload: str, schedulers: int) -> list[str]:
        return [str(self._program), workload, f"schedulers={schedulers}"]


class _Python(System):
    """A program in a directory, run by the Python under test."""

    event_loop = True
    directory: Path
    left_out: frozenset[str] = frozenset()

    def __init__(self, python: str) -> None:
        self._python = python

    def has(self, workload: str) -> bool:
        return workload not in self.left_out

    def command(self, workload: str, schedulers: int) -> list[str]:
        return [self._python, str(self.directory), workload]

    def _run(self, code: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run([self._python, "-c", code], capture_output=True, text=True)
        except OSError as error:
            raise Unavailable(f"{self._python} cannot be run: {error}; see --python") from error


class _PyvmPython(_Python):
    """pyvm with bodies written in Python."""

    name = "pyvm"

    def prepare(self) -> None:
        # As the workloads find it: an installed package goes before the sources beside this file.
        paths = f"import sys; sys.path.remove(''); sys.path.append({str(build.ROOT)!r})"
        result = self._run(f"{paths}; import pyvm; pyvm.run")
        if result.returncode != 0:
            why = result.stderr.strip().splitlines()[-1:]
            raise Unavailable(
                f"body {self.body} needs pyvm installed for {self._python} ({' '.join(why)}): run "
                f"`{self._python} -m pip install {build.ROOT}` or name another with --python"
            )

    def command(self, workload: str, schedulers: int) -> list[str]:
        return [*super().command(workload, schedulers), f"schedulers={schedulers}"]


class PyvmCoroutine(_PyvmPython):
    """pyvm with `async def` bodies. One thread runs them: no work on several schedulers."""

    body = "coroutine"
    directory = build.HERE / "workloads"
    left_out = frozenset({"spawn_alive_1m", "compute_par", *COMPUTE})


class PyvmCompiled(_PyvmPython):
    """pyvm with plain `def` bodies on its machine."""

    body = "compiled"
    directory = build.HERE / "compiled"
    event_loop = False
    left_out = frozenset({"idle"})


class Otp(System):
    """Erlang/OTP."""

    name = "otp"

    def has(self, workload: str) -> bool:
        return workload not in {"idle"} | MIXED

    def prepare(self) -> None:
        self._modules = build.otp_modules()

    def command(self, workload: str, schedulers: int) -> list[str]:
        flags = ["+S", f"{schedulers}:{schedulers}", "-noshell", "-pa", str(self._modules)]
        if workload == "spawn_alive_1m":
            flags += ["+P", "2000000"]
        return ["erl", *flags, "-run", "bench", "main", workload]


class Go(System):
    """Go: goroutines and channels."""

    name = "go"

    def prepare(self) -> None:
        self._program = build.go_program()

    def has(self, workload: str) -> bool:
        return workload not in {"call_junk", "idle"} | SELECTIVE | MIXED

    def command(self, workload: str, schedulers: int) -> list[str]:
        return [str(self._program), workload]

    def environment(self, schedulers: int) -> dict[str, str]:
        return {"GOMAXPROCS": str(schedulers)}


class Asyncio(_Python):
    """asyncio on the Python under test."""

    name = "asyncio"
    directory = build.HERE / "peers" / "asyncio"
    left_out = frozenset({"spawn_alive_1m", "compute_par", "call_junk", "idle", *MIXED, *COMPUTE})

    def prepare(self) -> None:
        result = self._run("import asyncio")
        if result.returncode != 0:
            raise Unavailable(f"{self._python} has no asyncio; see --python: {result.stderr}")


class CPython(_Python):
    """The functions of the compute workloads without any runtime, on some version of CPython."""

    event_loop = False
    directory = build.HERE / "peers" / "cpython"

    def __init__(self, python: str, version: str = "") -> None:
        super().__init__(python)
        self.name = f"cpython{version}"

    def has(self, workload: str) -> bool:
        return workload in COMPUTE

    def prepare(self) -> None:
        result = self._run("import sys")
        if result.returncode != 0:
            raise Unavailable(f"peer {self.name} needs {self._python}: {result.stderr.strip()}")


class Limits(System):
    """Plain C++ without a scheduler: what the machine can do."""

    name = "limits"
    _has = frozenset(
        {"ring", "threadring", "pingpong", "counting", "fan_in_1", "payload_tuple", "compute_par"}
    )

    def prepare(self) -> None:
        self._program = build.limits_program()

    def has(self, workload: str) -> bool:
        return workload in self._has

    def command(self, workload: str, schedulers: int) -> list[str]:
        return [str(self._program), workload]


BODIES: dict[str, Callable[[str], System]] = {
    "native": lambda python: PyvmNative(),
    "coroutine": PyvmCoroutine,
    "compiled": PyvmCompiled,
}
PEERS: dict[str, Callable[[str], System]] = {
    "otp": lambda python: Otp(),
    "go": lambda python: Go(),
    "asyncio": Asyncio,
    "cpython": CPython,
    "cpython3.13": lambda python: CPython("python3.13", "3.13"),
    "limits": lambda python: Limits(),
}


def choose(bodies: list[str], peers: list[str], python: str) -> list[System]:
    """The systems of those names, prepared.

    Raises:
        Unavailable: A name is unknown, or that system cannot run here.
    """
    chosen = []
    for body in bodies:
        if body not in BODIES:
            raise Unavailable(f"no body {body!r}: choose from {', '.join(BODIES)}")
        chosen.append(BODIES[body](python))
    for peer in peers:
        if peer not in PEERS:
            hint = " (workloads go before the options)" if peer in WORKLOADS else ""
            raise Unavailable(f"no peer {peer!r}{hint}: choose from {', '.join(PEERS)}")
        chosen.append(PEERS[peer](python))
    for system in chosen:
        system.prepare()
    return chosen
