# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The stress mix, for 5 seconds: every process accounted for, memory flat."""

import importlib.util
from pathlib import Path

import pytest


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
