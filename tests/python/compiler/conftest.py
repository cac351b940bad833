# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Makes `pyvm.compiler` importable where the native module is not built: it does not need it."""

import importlib
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

try:
    importlib.import_module("pyvm.compiler")
except ImportError:
    for _name in [name for name in sys.modules if name.partition(".")[0] == "pyvm"]:
        del sys.modules[_name]
    _package = types.ModuleType("pyvm")
    _package.__path__ = [str(Path(__file__).parents[3] / "pyvm")]
    sys.modules["pyvm"] = _package
