# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The support of these tests; the native module is not needed (see tests/python/compiler)."""

import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

_spec = importlib.util.spec_from_file_location(
    "compiler_conftest", HERE.parent / "compiler/conftest.py"
)
_spec.loader.exec_module(importlib.util.module_from_spec(_spec))

_NATIVE = [
    "test_call_processes",
    "test_processes",
    "test_random",
    "test_random_library",
    "test_refused_memory",
    "test_library",
    "test_math",
    "test_random_and_time",
    "test_waiting",
]


def pytest_collection_modifyitems(items):
    """Most tests here are about the compiler, which is Python: sanitized runs do without them.

    Not with PYVM_SANITIZE_ALL: they run on the machine as well.
    """
    for item in items:
        if "PYVM_SANITIZE_ALL" not in os.environ and item.path.parent == HERE and item.path.stem not in _NATIVE:
            item.add_marker("unsanitized")
