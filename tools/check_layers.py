#!/usr/bin/env python3
# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Checks that csrc keeps the layer order written down in csrc/README.md.

Promises: a file includes only its own folder and the folders above it in the list; folders on one
line do not include each other; Python.h and pybind11 stay in csrc/python; every folder is listed.
Prints each breach as `file:line: what` and exits with 1 if there was one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

CSRC = Path(__file__).resolve().parent.parent / "csrc"
LAYER_LINE = re.compile(r"^    ((?:\w+/ )+) *\w")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
EXTERN = re.compile(r'^\s*cdef extern from\s*(["\'])<?([^"\'>]+)>?["\']')
PYTHON_ONLY = re.compile(r"^(Python\.h|pybind11/)")
SUFFIXES = {".h", ".cc", ".def", ".inc", ".pyx", ".pxd", ".pxi"}


def read_ranks() -> dict[str, int]:
    """The rank of each folder: higher may include lower, equal ranks stand side by side."""
    lines = (CSRC / "README.md").read_text(encoding="utf-8").splitlines()
    listed = [match[1].split() for line in lines if (match := LAYER_LINE.match(line))]
    return {folder.rstrip("/"): rank for rank, row in enumerate(listed) for folder in row}


def included_layer(file: Path, name: str, quoted: bool) -> str | None:
    """The folder of csrc that an include names; None if it is not one of ours."""
    if quoted and (sibling := (file.parent / name).resolve()).exists():
        return sibling.relative_to(CSRC).parts[0]
    first, _, rest = name.partition("/")
    return first if rest and (CSRC / first).is_dir() else None


def breach(file: Path, name: str, quoted: bool, ranks: dict[str, int]) -> str | None:
    """What is wrong with one include, or None."""
    layer = file.relative_to(CSRC).parts[0]
    if PYTHON_ONLY.match(name):
        return None if layer == "python" else f"only csrc/python may include {name}"
    target = included_layer(file, name, quoted)
    if target is None:
        generated = layer == "python"  # Cython writes headers into the build directory
        return f'"{name}" is not in csrc' if quoted and not generated else None
    if target == layer or ranks.get(target, len(ranks)) < ranks[layer]:
        return None
    return f"{layer} may not include {target} ({name})"


def breaches(ranks: dict[str, int]) -> Iterator[str]:
    """Every breach in csrc, as a line to print."""
    for file in sorted(path for path in CSRC.rglob("*") if path.suffix in SUFFIXES):
        place = file.relative_to(CSRC.parent)
        if (layer := file.relative_to(CSRC).parts[0]) not in ranks:
            yield f"{place}:1: csrc/README.md does not list {layer}"
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line) or EXTERN.match(line)
            if match and (wrong := breach(file, match[2], match[1] == '"', ranks)):
                yield f"{place}:{number}: {wrong}"


def main() -> int:
    """Runs the check; the exit status is the answer."""
    ranks = read_ranks()
    if not ranks:
        print("csrc/README.md lists no layers", file=sys.stderr)
        return 1
    found = list(breaches(ranks))
    print("\n".join(found) or f"csrc keeps its order: {', '.join(ranks)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
