# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What an installed pyvm carries besides its Python names."""

from __future__ import annotations

import importlib.metadata
from importlib.resources import files
from pathlib import Path

import pytest

import pyvm


def test_the_version_is_that_of_the_distribution() -> None:
    assert pyvm.__version__ == importlib.metadata.version("pyvm-runtime")


@pytest.mark.parametrize(
    "name", ["base/atomic.h", "term/term.h", "proc/native.h", "sched/timers.h", "pyvm.pxd"]
)
def test_headers_for_native_bodies_are_installed(name: str) -> None:
    assert (Path(pyvm.get_include()) / name).is_file()


def test_the_package_says_that_it_is_typed() -> None:
    assert (files("pyvm") / "py.typed").is_file()
