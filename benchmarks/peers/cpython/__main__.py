# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The functions of benchmarks/compiled/compute.py as CPython runs them, without pyvm."""

import sys
import types
from pathlib import Path

sys.path[:1] = []
sys.path.append(str(Path(__file__).resolve().parents[3]))

# The module names pyvm; what is measured here does not use it.
absent = types.ModuleType("pyvm")
vars(absent).update(
    process=lambda function: function, Pid=object, receive=None, send=None, spawn=None
)
sys.modules["pyvm"] = absent

from benchmarks import harness  # noqa: E402
from benchmarks.compiled import compute  # noqa: E402

harness.run(
    dict.fromkeys(compute.ALONE, compute.alone),
    lambda workload, name, params: workload(name, params),
)
