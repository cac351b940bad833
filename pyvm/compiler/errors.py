# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The error of a process body that cannot be compiled: construct, file, line, column, cure."""

from __future__ import annotations

import ast


class CompileError(SyntaxError):
    """A construct that a process body may not contain.

    It is a `SyntaxError`, so tracebacks, editors and notebooks show the user's own line.
    """


def error_at(node: ast.AST, filename: str, source: str, message: str) -> CompileError:
    """Makes the error that points at a node of the user's source.

    Args:
        node: the construct at fault; one with a place: a statement, an expression, a pattern.
        filename: the user's file.
        source: the text that `node` was parsed from.
        message: what is wrong and the cure.

    Returns:
        The error, to be raised.
    """
    assert isinstance(node, ast.stmt | ast.expr | ast.pattern)
    lines = source.splitlines(keepends=True)
    start, end = node.lineno, node.end_lineno or node.lineno
    line = _line(lines, start)
    offset = _column(line, node.col_offset)
    end_offset = _column(_line(lines, end), node.end_col_offset or node.col_offset)
    return CompileError(message, (filename, start, offset, line, end, end_offset))


def error_in(filename: str, line: int, column: int | None, message: str) -> CompileError:
    """Makes the error of a place whose source is missing; `column` counts from 0."""
    offset = None if column is None else column + 1
    return CompileError(message, (filename, line, offset, None))


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if number <= len(lines) else ""


def _column(line: str, utf8_offset: int) -> int:
    """The 1-based character column of a 0-based UTF-8 offset."""
    return len(line.encode()[:utf8_offset].decode(errors="replace")) + 1
