# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The stress mix, for 5 seconds: every process accounted for, memory flat."""

import contextlib
import importlib.util
from pathlib import Path

import pytest

import pyvm


def load_mix():
    path = Path(__file__).parents[2] / "stress" / "mix.py"
    spec = importlib.util.spec_from_file_location("stress_mix", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.unsanitized
@pytest.mark.timeout(90)
def test_mix_of_everything_leaves_nothing_behind():
    """Acceptance 4: with native bodies where they can be built."""
    result = load_mix().run(5.0, seed=4, quiet=True)
    assert result["births"] > 100


def test_mix_on_a_slow_build():
    """Acceptance 4: shorter, coroutine bodies only, also under sanitizers."""
    result = load_mix().run(1.0, seed=5, native=False, quiet=True)
    assert result["births"] > 10


@pytest.mark.unsanitized
def test_names_of_native_processes_that_end_meanwhile(tmp_path):
    """E18: taking a name from a process that is just ending answers, and holds nobody up."""
    mix = load_mix()

    async def main(rounds):
        for number in range(rounds):
            pid = pyvm.spawn(native, pyvm.self(), number, name="passing")
            pyvm.send(pid, "stop")
            with contextlib.suppress(ValueError):
                pyvm.unregister("passing")
            while pyvm.whereis("passing") is not None:
                await pyvm.yield_now()
        return rounds

    native = mix.build_native(tmp_path)
    if native is None:
        pytest.skip("no C++ compiler or no headers")
    assert pyvm.run(main, 5_000) == 5_000
