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
    "test_hashes_and_compression",
    "test_library",
    "test_math",
    "test_random_and_time",
    "test_waiting",
]


# CPython 3.11 itself leaks the dict of `f(*5, **d)`, which LeakSanitizer reports.
_LEAKING = ["test_callbacks", "test_calls"] if sys.version_info < (3, 12) else []


def pytest_collection_modifyitems(items):
    """Most tests here are about the compiler, which is Python: sanitized runs do without them.

    Not with PYVM_SANITIZE_ALL: they run on the machine as well.
    """
    left_out = _LEAKING if "PYVM_SANITIZE_ALL" in os.environ else None
    for item in items:
        stem = item.path.stem
        if item.path.parent != HERE or stem in _NATIVE:
            continue
        if left_out is None or stem in left_out:
            item.add_marker("unsanitized")
