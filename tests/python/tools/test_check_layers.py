# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""tools/check_layers.py, on small trees of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "check_layers.py"
LAYERS = "# Layers\n\n    base/         words\n    net/ dist/    words\n    python/       words\n"


def check(tree: Path, **contents: str) -> tuple[int, str]:
    """Lays out csrc from `folder__file=content` and runs the tool on it."""
    csrc = tree / "csrc"
    for folder in ("base", "net", "dist", "python"):
        (csrc / folder).mkdir(parents=True)
        (csrc / folder / "own.h").touch()
    (csrc / "README.md").write_text(LAYERS)
    for place, content in contents.items():
        folder, _, name = place.partition("__")
        (csrc / folder).mkdir(exist_ok=True)
        (csrc / folder / f"{name}.h").write_text(content)
    (tree / "tools").mkdir()
    tool = shutil.copy(TOOL, tree / "tools")
    done = subprocess.run([sys.executable, tool], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "contents",
    [
        {"net__a": '#include "base/own.h"\n#include "net/own.h"\n#include <vector>\n'},
        {"python__a": '#include <Python.h>\n#include "dist/own.h"\n'},
    ],
)
def test_includes_of_own_and_lower_layers_pass(tmp_path: Path, contents: dict[str, str]) -> None:
    assert check(tmp_path, **contents)[0] == 0


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"base__a": '\n#include "net/own.h"\n'}, "csrc/base/a.h:2: base may not include net"),
        ({"net__a": '#include "dist/own.h"\n'}, "csrc/net/a.h:1: net may not include dist"),
        ({"base__a": "#include <Python.h>\n"}, "a.h:1: only csrc/python may include Python.h"),
        ({"base__a": '#include "gone.h"\n'}, 'csrc/base/a.h:1: "gone.h" is not in csrc'),
        ({"extra__a": ""}, "csrc/extra/a.h:1: csrc/README.md does not list extra"),
    ],
)
def test_a_breach_is_named_with_its_place(
    tmp_path: Path, contents: dict[str, str], message: str
) -> None:
    status, output = check(tmp_path, **contents)
    assert status == 1
    assert message in output
