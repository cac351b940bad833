# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The native bodies of examples/: each is built by its own pyproject.toml, as a stranger would, and run.

Left out of sanitizer builds: the examples are built without, so what they do would look like races.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest

import pyvm
from pyvm import receive, send, spawn

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

pytestmark = [
    pytest.mark.unsanitized,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        shutil.which((sysconfig.get_config_var("CXX") or "g++").split()[0]) is None, reason="no C++ compiler"
    ),
    pytest.mark.skipif(importlib.util.find_spec("setuptools") is None, reason="no setuptools"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Installs an example into a folder of its own, and gives its package."""
    folder = tmp_path_factory.mktemp("examples")

    def build(example: str, package: str) -> Any:
        if not (folder / package).exists():
            source = tmp_path_factory.mktemp(example) / example  # so that nothing is written beside the sources
            shutil.copytree(EXAMPLES / example, source)
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation"]
            command += ["--no-deps", "--no-index", "--target", str(folder), str(source)]
            # Not this process's own state: setup.py must find pyvm where this process did.
            environment = {**os.environ, "PYTHONPATH": str(Path(pyvm.__file__).parents[1])}
            result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            assert result.returncode == 0, result.stdout + result.stderr
            importlib.invalidate_caches()
        return importlib.import_module(package)

    sys.path.insert(0, str(folder))
    yield build
    sys.path.remove(str(folder))


@pytest.fixture
def limiter(built: Any) -> Any:
    return built("native_cpp", "pyvm_limiter").limiter


@pytest.fixture
def statistics(built: Any) -> Any:
    if importlib.util.find_spec("Cython") is None:
        pytest.skip("no Cython")
    return built("native_cython", "pyvm_statistics").statistics


def test_the_limiter_serves_at_its_rate(limiter: Any) -> None:
    async def main() -> float:
        pid = spawn(limiter, 1000, 10, link=True)
        start = time.monotonic()
        for _ in range(110):
            assert await pid.acall(("take", 1)) == "ok"
        return time.monotonic() - start

    assert 0.099 < pyvm.run(main) < 5


def test_takes_are_served_in_order_and_others_meanwhile(limiter: Any) -> None:
    async def main() -> None:
        pid = spawn(limiter, 20, 4)
        refs = [pyvm.alias("reply") for _ in range(4)]
        for ref, tokens in zip(refs, (4, 2, 1, 1), strict=True):
            send(pid, ("take", tokens, ref))
        assert await receive("ok") == "ok"
        tokens, served, waits = await pid.acall("status")  # while a take waits
        assert served == 1
        assert waits
        assert tokens < 2
        send(pid, ("rate", 10_000, 100))  # and this ends the wait
        for _ in range(3):
            assert await receive("ok") == "ok"
        assert (await pid.acall("status"))[1:] == (4, False)

    pyvm.run(main)


def test_the_limiter_refuses(limiter: Any) -> None:
    async def main() -> None:
        for arguments in ((), (1,), (0, 5), ("fast", 5)):
            with pytest.raises(ValueError, match=r"spawn: pyvm_limiter\.limiter: .*arguments"):
                spawn(limiter, *arguments)
        pid, ref = spawn(limiter, 5, 2.5, monitor=True)
        assert (await pid.acall(("take", 3)))[0] == "error"
        assert (await pid.acall(("take", -1)))[0] == "error"
        assert await pid.acall(("take", 2.5)) == "ok"
        for junk in (None, 17, (), ("take",), ("take", 1), ("rate", 0, 1), {"a": [1]}):
            send(pid, junk)
        send(pid, ("take", 1, "nobody"))
        send(pid, "stop")
        assert await receive(("DOWN", ref, "process", pid, ...)) == ("DOWN", ref, "process", pid, "normal")

    pyvm.run(main)


def test_the_limiter_in_virtual_time(limiter: Any) -> None:
    async def main() -> float:
        pid = spawn(limiter, 0.01, 1)
        start = pyvm.testing.virtual_time()
        for _ in range(101):
            assert await pid.acall(("take", 1), timeout=None) == "ok"
        return pyvm.testing.virtual_time() - start

    start = time.monotonic()
    assert 10_000 <= pyvm.testing.seeded(main, seed=1) < 10_001
    assert time.monotonic() - start < 10


def test_the_statistics_count(statistics: Any) -> None:
    async def main() -> None:
        pid = spawn(statistics, link=True)
        assert await pid.acall("get") == (0, None, None, None, None)
        for number in (2, 4, 4, 4, 5, 5, 7.0, 9):
            send(pid, ("add", number))
        for junk in ("more", ("add", "x"), ("add",), (1, 2, 3), None):
            send(pid, junk)
        count, mean, deviation, least, most = await pid.acall("get")
        assert (count, least, most) == (8, 2, 9)
        assert mean == pytest.approx(5)
        assert deviation == pytest.approx(2)
        send(pid, "reset")
        assert (await pid.acall("get"))[0] == 0

    pyvm.run(main)


def test_the_statistics_report_by_timer(statistics: Any) -> None:
    async def main() -> list[float]:
        me = pyvm.self()
        early = spawn(statistics, me, 30.0)
        pid = spawn(statistics)
        send(pid, ("add", 1))
        send(pid, ("every", me, 10))
        start = pyvm.testing.virtual_time()
        times = []
        for _ in range(6):
            await receive(("statistics", (1, 1.0, 0.0, 1.0, 1.0)))
            times.append(pyvm.testing.virtual_time() - start)
        for _ in range(2):
            assert await receive(("statistics", tuple)) == ("statistics", (0, None, None, None, None))
        pyvm.exit(early, "kill")
        send(pid, ("every", me, 0))
        send(pid, "stop")
        with pytest.raises(pyvm.ReceiveTimeout):
            await receive(("statistics", ...), timeout=100)
        assert not pyvm.is_alive(pid)
        return times

    times = pyvm.testing.seeded(main, seed=2)
    assert times == pytest.approx([10, 20, 30, 40, 50, 60], abs=0.02)


def test_the_statistics_refuse_and_end_with_what_they_hold(statistics: Any) -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="whom to tell"):
            spawn(statistics, 1)
        for _ in range(100):
            pid, ref = spawn(statistics, ("a", "boxed", "listener that is no address"), 0.001, monitor=True)
            pyvm.exit(pid, "kill")
            assert (await receive(("DOWN", ref, "process", pid, ...)))[4] == "killed"
        assert repr(statistics) == "<native body pyvm_statistics.statistics>"

    pyvm.run(main)


@pytest.mark.parametrize(
    ("example", "package", "expected"),
    [("native_cpp", "pyvm_limiter", "100 requests in"), ("native_cython", "pyvm_statistics", "at the end (")],
)
def test_the_demos_run(built: Any, example: str, package: str, expected: str) -> None:
    folder = Path(built(example, package).__file__).parents[1]
    paths = os.pathsep.join([str(folder), str(Path(pyvm.__file__).parents[1])])
    command = [sys.executable, "-m", "pyvm", "run", str(EXAMPLES / example / "demo.py")]
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
