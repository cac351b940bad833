# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Builds the programs that are measured, in a cache directory outside of the checkout."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


class Unavailable(Exception):
    """A system cannot be measured here; the text says what to do about it."""


def cache_dir() -> Path:
    """`$XDG_CACHE_HOME/pyvm-benchmarks`, or one in the temporary directory; per checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or tempfile.gettempdir()
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    path = Path(base) / "pyvm-benchmarks" / checkout
    path.mkdir(parents=True, exist_ok=True)
    return path


def need(program: str, what: str, cure: str) -> str:
    """The path of `program`.

    Raises:
        Unavailable: It is not installed.
    """
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"{what} needs `{program}`, which is not on PATH: {cure}")
    return path


def quietly(
    command: Sequence[str], cwd: Path | None = None, extra: Mapping[str, str] | None = None
) -> str:
    """Runs a build step and gives its output.

    Raises:
        Unavailable: It failed; the text ends with what it printed.
    """
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(extra or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if result.returncode != 0:
        raise Unavailable(f"`{shlex.join(command)}` failed:\n{result.stdout[-4000:]}")
    return result.stdout


def native_workloads() -> Path:
    """The workloads as native bodies, linked with libpyvm."""
    cmake = need("cmake", "the native body", "install cmake and a C++20 compiler")
    build = cache_dir() / "native"
    configure = [cmake, "-S", str(ROOT), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release"]
    if shutil.which("ninja"):
        configure += ["-G", "Ninja"]
    # Boost's headers may be a package of this Python (pip install boost-headers).
    quietly([*configure, "-DPYVM_BUILD_BENCHMARKS=ON", f"-DPython_EXECUTABLE={sys.executable}"])
    jobs = str(len(os.sched_getaffinity(0)))
    quietly([cmake, "--build", str(build), "--target", "pyvm_workloads", "-j", jobs])
    return build / "pyvm_workloads"


def otp_modules() -> Path:
    """The Erlang modules, compiled."""
    erlc = need("erlc", "peer otp", "install Erlang/OTP (Debian: apt install erlang-base)")
    need("erl", "peer otp", "install Erlang/OTP (Debian: apt install erlang-base)")
    out = cache_dir() / "otp"
    out.mkdir(exist_ok=True)
    quietly([erlc, "-o", str(out), *map(str, sorted((HERE / "peers" / "otp").glob("*.erl")))])
    return out


def go_program() -> Path:
    """The Go program."""
    go = need("go", "peer go", "install Go 1.19 or later (Debian: apt install golang-go)")
    out = cache_dir() / "go-workloads"
    environment = {"CGO_ENABLED": "0", "GOCACHE": str(cache_dir() / "go-cache")}
    quietly([go, "build", "-o", str(out), "."], cwd=HERE / "peers" / "go", extra=environment)
    return out


def limits_program() -> Path:
    """The plain C++ program."""
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    need(compiler[0], "peer limits", "install a C++20 compiler or set CXX")
    out = cache_dir() / "limits"
    source = HERE / "peers" / "limits" / "main.cc"
    if not out.exists() or out.stat().st_mtime < source.stat().st_mtime:
        quietly([*compiler, "-std=c++20", "-O3", str(source), "-o", str(out), "-lpthread"])
    return out
