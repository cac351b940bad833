# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Literal patterns compare by value, None and bools by identity."""


def kind(value):
    match value:
        case 0:
            return "zero"
        case -1 | 1.5:
            return "number"
        case "text":
            return "text"
        case b"bytes":
            return "bytes"
        case None:
            return "none"
        case True:
            return "true"
        case False:
            return "false"
        case _:
            return "other"


def main():
    print([kind(v) for v in (0, -1, 1.5, "text", b"bytes", None)])
    # expect: ['zero', 'number', 'number', 'text', 'bytes', 'none']
    print(kind(0.0), kind(-1.0), kind(True), kind(False), kind(1), kind(""), kind("Text"), kind(2**70), kind([]))
    # expect: zero number true zero other other other other other
