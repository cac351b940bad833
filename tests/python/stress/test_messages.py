# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Many messages leave memory flat: a short run of tests/stress/messages.py for each kind of body."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture
def messages(monkeypatch):
    path = Path(__file__).parents[2] / "stress" / "messages.py"
    spec = importlib.util.spec_from_file_location("stress_messages", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "stress_messages", module)  # its classes are found by it
    spec.loader.exec_module(module)
    return module


@pytest.mark.unsanitized
@pytest.mark.timeout(120)
@pytest.mark.parametrize("body", ["compiled", "coroutine", "native"])
def test_messages_leave_memory_flat(messages, body):
    try:
        memory = messages.run(400_000, body, quiet=True)
    except messages.NoCompiler as error:
        pytest.skip(str(error))
    assert len(memory) == messages.MARKS
