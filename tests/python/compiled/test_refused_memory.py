# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A process that asks for memory which the system refuses ends alone, with MemoryError."""

import os
import subprocess
import sys
import textwrap

import machine_kit
import pytest

pytestmark = pytest.mark.skipif(
    not machine_kit.HAS_MACHINE, reason="the native module is not built"
)
# The shadow memory of sanitizers fits under no limit: there no single piece may be larger than 8 MB.
# Their operator new does not throw, so that only what malloc is asked for can be refused: chunks.
_SANITIZERS = [name for name in ("ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ]

_HEAD = """
import os
import resource
from pathlib import Path

import pyvm
from pyvm import receive, send

MOST_BYTES = 200_000_000


def limit_memory():
    if any(name in os.environ for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")):
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@pyvm.process
def echo():
    while True:
        match receive():
            case (who, value):
                send(who, value)


async def main():
    other = pyvm.spawn(echo)
    limit_memory()
    for _ in range(2):
        pid, ref = pyvm.spawn(hog, other, monitor=True)
        down = await receive(("DOWN", ref, ..., ..., ...))
        print(type(down[4]).__name__, pid in pyvm.processes())
        send(other, (pyvm.self(), "lives"))
        print(await receive("lives"))


"""
_HOGS = {
    "a list of lists": """
        @pyvm.process
        def hog(other):
            items = []
            while True:
                items.append(list(range(1000)))
    """,
    "old and young": """
        @pyvm.process
        def hog(other):
            table = {}
            n = 0
            while True:
                n += 1
                table[n] = (n, [n] * 500, {"n": n})
                table[n // 2] = str(n)
    """,
    "bytes": """
        @pyvm.process
        def hog(other):
            parts = []
            size = 1000
            while True:
                parts.append(bytes(size))
                size *= 2
    """,
    "a text": """
        @pyvm.process
        def hog(other):
            text = "x" * 1000
            while True:
                text = text + text
    """,
    "a process for each": """
        @pyvm.process
        def holder(items, who):
            match receive():
                case "never":
                    return items

        @pyvm.process
        def hog(other):
            items = list(range(4_000_000))
            refs = []
            while True:
                refs.append(pyvm.spawn(holder, items, pyvm.self(), monitor=True))
                match receive(timeout=0):
                    case ("DOWN", _, "process", _, _):
                        break
                    case pyvm.TIMEOUT:
                        pass
            for pid, _ in refs:
                pyvm.exit(pid, "kill")
            return list(range(10**9))
    """,
    "messages to itself": """
        @pyvm.process
        def hog(other):
            items = list(range(4_000_000))
            while True:
                send(pyvm.self(), items)
    """,
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", _HOGS)
def test_ends_the_process_alone(what, tmp_path):
    if _SANITIZERS and what != "a list of lists":
        pytest.skip("the sanitizer's operator new does not throw")
    program = tmp_path / "program.py"
    program.write_text(_HEAD + textwrap.dedent(_HOGS[what]) + "\n\npyvm.run(main)\n")
    limit = ":allocator_may_return_null=1:max_allocation_size_mb=8:log_path=stderr"
    environment = os.environ | {name: os.environ[name] + limit for name in _SANITIZERS}
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines() == ["MemoryError False", "lives"] * 2
