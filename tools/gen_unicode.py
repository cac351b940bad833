#!/usr/bin/env python3
# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Writes the tables behind csrc/term/unicode.h: what the Python that runs this knows of each code point.

Promises: str methods of that Python and the functions of unicode.h say the same of every code point.
CMake runs it at build time (`gen_unicode.py unicode_tables.cc`); what it writes is never committed.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

BLOCK = 128
CODE_POINTS = 0x110000
EXPANDED = 1 << 30  # a mapping to several code points: EXPANDED | offset << 2 | count (unicode.h)

Record = tuple[int, ...]  # flags, decimal value, then the mappings to upper, lower, title, folded

PREAMBLE = """// Written by tools/gen_unicode.py from the Unicode {version} of Python {python}.
#include "term/unicode.h"

namespace pyvm::unicode_detail {{

"""


def flags_of(c: str) -> int:
    """The flags of UnicodeFlag, in its order. A final sigma tells what is ignorable, title() what is cased."""
    after_letter = ("A" + c + "\u03a3").lower().endswith("\u03c2")
    after_digit = ("1" + c + "\u03a3").lower().endswith("\u03c2")
    facts = (
        c.isalpha(),
        c.isdecimal(),
        c.isdigit(),
        c.isnumeric(),
        c.islower(),
        c.isupper(),
        unicodedata.category(c) == "Lt",
        c.isspace(),
        c.isprintable(),
        len(("a" + c + "b").splitlines()) == 2,
        c.isidentifier(),
        ("a" + c).isidentifier(),
        (c + "A").title().endswith("a"),
        after_letter and not after_digit,
    )
    return sum(1 << i for i, fact in enumerate(facts) if fact)


class Tables:
    """Records and expansions seen so far, each once."""

    def __init__(self) -> None:
        self.records: dict[Record, int] = {}
        self.expansions: list[int] = []
        self.blocks: dict[tuple[int, ...], int] = {}
        self.block_of: list[int] = []
        self._offsets: dict[str, int] = {}

    def add_block(self, first: int) -> None:
        """Adds the records of the code points [first, first + BLOCK)."""
        block = tuple(self._record_number(code_point) for code_point in range(first, first + BLOCK))
        self.block_of.append(self.blocks.setdefault(block, len(self.blocks)))

    def _record_number(self, code_point: int) -> int:
        c = chr(code_point)
        record: Record = (0, -1, 0, 0, 0, 0)
        if unicodedata.category(c) not in (
            "Cn",
            "Co",
            "Cs",
        ):  # of these nothing holds, and all map to themselves
            texts = (c.upper(), c.lower(), c.title(), c.casefold())
            mappings = [self._mapping(code_point, text) for text in texts]
            record = (flags_of(c), unicodedata.decimal(c, -1), *mappings)
        return self.records.setdefault(record, len(self.records))

    def _mapping(self, code_point: int, text: str) -> int:
        if len(text) == 1:
            return ord(text) - code_point
        if text not in self._offsets:
            self._offsets[text] = len(self.expansions)
            self.expansions += map(ord, text)
        return EXPANDED | self._offsets[text] << 2 | len(text)


def array(kind: str, name: str, items: list[str]) -> str:
    """A C++ array, some items a line."""
    lines = (", ".join(items[i : i + 16]) for i in range(0, len(items), 16))
    return f"const {kind} {name}[] = {{\n    " + ",\n    ".join(lines) + "};\n"


def render() -> str:
    """The text of unicode_tables.cc."""
    tables = Tables()
    for first in range(0, CODE_POINTS, BLOCK):
        tables.add_block(first)
    text = PREAMBLE.format(version=unicodedata.unidata_version, python=sys.version.split()[0])
    records = ["{" + ", ".join(map(str, record)) + "}" for record in tables.records]
    text += array("UnicodeRecord", "kRecords", records)
    text += array("char32_t", "kExpansions", list(map(str, tables.expansions)))
    text += array("std::uint16_t", "kBlockOf", list(map(str, tables.block_of)))
    text += array(
        "std::uint16_t", "kBlocks", [str(number) for block in tables.blocks for number in block]
    )
    return text + "\n}  // namespace pyvm::unicode_detail\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
