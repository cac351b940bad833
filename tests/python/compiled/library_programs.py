# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs, as in record_programs.py, with enums, exceptions of their own, `with` and the library."""

from __future__ import annotations

from programs import NAMED
from record_programs import RecordProgram

HEAD = """
import enum
import functools
import itertools
import json
import math
import operator

class Color(enum.Enum):
    RED = 1
    GREEN = 'ab'
    BLUE = (1, 2)

    @property
    def worth(self):
        return [self.name, self.value]

class Level(enum.IntEnum):
    LOW = 1
    HIGH = 7

KINDS = {int: 'int', str: [1], list: {'k': 2}, type(None): None, Color: Color.RED, bool: True}
SPAN = range(1, 9, 3)

class Oops(ValueError):
    def __init__(self, code, *more):
        super().__init__(code, *more)
        self.code = code

    def doubled(self):
        return self.code * 2

class Worse(Oops, KeyError):
    def __str__(self):
        return f'worse {self.code}'

@dataclass(frozen=True)
class Guard:
    log: list
    quiet: object = None

    def __enter__(self):
        self.log.append('in')
        return self.quiet

    def __exit__(self, kind, error, trace):
        self.log.append(None if kind is None else (kind.__name__, error.args))
        return self.quiet
"""
TEXT = [".upper()", ".strip('a')", ".split('a')", ".replace('a', 'bc')", ".find('b')", ".title()"]
TEXT += [".partition('b')", ".zfill(6)", ".center(7, '*')", ".encode()", ".isalnum()", ".count('a')"]
TEXT += [".join(['x', 'y'])", ".ljust(4)", ".startswith('a')", ".rsplit(None, 1)", ".index('b')"]
LIST = [".copy()", ".index(1)", ".count(1)", ".pop()", ".reverse()", ".sort(key=repr)", ".clear()"]
DICT = [".get('k')", ".copy()", ".pop('k')", ".setdefault('k', [])", ".get(1, 'none')", ".popitem()"]
INT = [".bit_length()", ".bit_count()", ".as_integer_ratio()", ".to_bytes(2, 'big')", ".real"]
SPECS = ["", "5", ">8", "^9", "05", "x", "b", ",", ".2f", "e", "s", "+", "<3", "_", "%"]


class LibraryProgram(RecordProgram):
    """Writes one that also calls what is not of the language itself."""

    def text(self):
        head, middle, rest = super().text().partition("@dataclass")
        return head + HEAD + "\n" + middle + rest

    def expression(self, depth, names=(), kind=None):
        if depth > 0 and self.random.random() < 0.2:
            makers = [self.of_method, self.of_library, self.of_iterable, self.of_enum, self.of_set]
            return self.pick(*makers, self.of_bytes, self.of_format)(depth - 1, names)
        return super().expression(depth, names, kind)

    def of_method(self, depth, names):
        kind, methods = self.pick(("str", TEXT), ("list", LIST), ("dict", DICT), ("int", INT))
        return f"({self.expression(depth, names, kind)}){self.pick(*methods)}"

    def of_library(self, depth, names):
        one, other = self.expression(depth, names, "int"), self.expression(depth, names, "int")
        value = self.expression(depth, names)
        return self.pick(
            f"divmod({one}, {other})",
            f"pow({one}, {self.pick('0', '1', '3', '-1')}, {self.pick('7', '-7', '10', other)})",
            f"abs({one})",
            f"round({one}, {self.pick('None', '0', '-1', '2')})",
            f"math.gcd({one}, {other})",
            f"math.floor({one} / {self.pick('2', '3', '0.5')})",
            f"float({one})",
            f"int(str({one}))",
            f"hex({one})",
            f"json.dumps({value})",
            f"json.loads(json.dumps({value}))",
            f"operator.add({one}, {other})",
            f"repr({value})",
            f"type({value}).__name__",
            f"KINDS.get(type({value}))",
            f"KINDS[type({value})]",
            f"SPAN[{one}]",
            f"slice({one}, {other}).indices(5)",
        )

    def of_iterable(self, depth, names):
        many, other = self.expression(depth, names, "list"), self.expression(depth, names, "list")
        key = self.expression(depth, [*names, "v"], "int")
        return self.pick(
            f"functools.reduce(lambda v, w: [v, w], {many}, 0)",
            f"list(itertools.accumulate({many}))",
            f"list(itertools.chain({many}, {other}))",
            f"list(itertools.islice({many}, 1, None))",
            f"list(itertools.combinations(({many})[:3], 2))",
            f"[(k, list(g)) for k, g in itertools.groupby({many}, key=lambda v: {key})]",
            f"list(itertools.zip_longest({many}, {other}))",
            f"list(itertools.takewhile(lambda v: {key}, {many}))",
            f"list(zip({many}, {other}))",
            f"list(enumerate({many}, {self.pick('0', '1', '-5')}))",
            f"list(reversed({many}))",
            f"dict.fromkeys({many})",
            f"dict(zip({many}, {other}))",
            f"sum({many})",
            f"max({many})",
            f"'-'.join(map(str, {many}))",
            f"({many})[slice({self.pick('1', '-3', 'None')}, {self.pick('None', '-1')}, -1)]",
            f"list(SPAN) + {many}",
            f"list(range(9)[{self.pick('1', '-3')}:{self.pick('7', '', '-1')}:{self.pick('2', '-1', '')}])",
        )

    def of_enum(self, depth, names):
        member = self.pick("Color.RED", "Color.GREEN", "Color.BLUE")
        one = self.expression(depth, names, "int")
        return self.pick(
            member,
            f"{member}.name",
            f"{member}.value",
            f"{member}.worth",
            f"Color({one})",
            f"Color[{self.expression(depth, names, 'str')}]",
            f"[c.name for c in Color if c is not {member}]",
            f"f'{{{member}}} {{{member}!r}}'",
            f"({member} == {one})",
            f"(Level.HIGH {self.pick('+', '-', '<', '==', '*', '//')} {one})",
            f"({one} {self.pick('+', '>', '&')} Level.LOW)",
            f"Level({one})",
            f"max(Level.LOW, {one})",
        )

    def of_set(self, depth, names):
        many, other = self.expression(depth, names, "list"), self.expression(depth, names, "list")
        operator = self.pick("|", "&", "-", "^", "<=", "==", "<")
        return self.pick(
            f"sorted(set({many}) {self.pick('|', '&', '-', '^')} set({other}), key=repr)",
            f"(set({many}) {operator} frozenset({other}))",
            f"len({{*{many}, *{other}}})",
            f"set({many}).issubset({other})",
        )

    def of_bytes(self, depth, names):
        one = self.expression(depth, names, "int")
        return self.pick(
            f"bytes([{one}, 65])",
            f"b'abc'[{self.pick('0', '-1', '1:', '::-1')}]",
            f"(b'ab' + str({one}).encode())",
            f"b'a,b,c'.split(b',', {one})",
            f"({one} in b'abc')",
            f"b'abc'.hex()[{one}]",
        )

    def of_format(self, depth, names):
        one = self.expression(depth, names)
        return self.pick(
            f"format({one}, '{self.pick(*SPECS)}')",
            f"'%{self.pick('s', 'r', 'd', '5s', 'x', '.1f')}' % ({one},)",
            f"'{{:{self.pick(*SPECS)}}}|{{}}'.format({one}, a)",
        )

    # Statements.

    def statement(self, indent, names, *, in_loop, depth):
        draw = self.random.random()
        if depth <= 2 and draw < 0.06:
            return self.s_with(indent, names, in_loop, depth)
        if depth <= 2 and draw < 0.12:
            return self.s_own_errors(indent, names, in_loop, depth)
        if depth <= 2 and draw < 0.18:
            return self.s_match_record(indent, names, in_loop, depth)
        return super().statement(indent, names, in_loop=in_loop, depth=depth)

    def s_with(self, indent, names, in_loop, depth):
        name = self.pick("", " as b", " as c")
        more = self.pick("", "", ", Guard(log)")
        self.add(indent, f"with Guard(log, {self.expression(2, names)}){name}{more}:")
        self.block(indent + 1, names, in_loop=in_loop, depth=depth)

    def s_own_errors(self, indent, names, in_loop, depth):
        self.add(indent, "try:")
        self.block(indent + 1, names, in_loop=in_loop, depth=depth)
        kind, value = self.pick("Oops", "Worse"), self.expression(2, names)
        self.add(indent + 1, f"raise {kind}({value}, {self.expression(1, names)})")
        caught = self.pick("Oops", "Worse", "KeyError", "(Worse, TypeError)")
        self.add(indent, f"except {caught} as error:")
        shown = self.pick("str(error)", "repr(error)", "error.args", "type(error).__name__")
        self.add(indent + 1, f"note([{shown}])")
        if self.pick(0, 1):
            self.add(indent + 1, "note(error.doubled())")

    def s_match_record(self, indent, names, in_loop, depth):
        one, other = self.random.sample(NAMED["int"], 2)
        patterns = [
            f"P({one}, {other})", f"P(x={one})", f"Q(y={one}, made=[_, *d])", "Color.RED | Color.BLUE",
            "Color()", f"[P(x={one}), *{other}]", f"Level() as {one}", "P(0 | 1)", f"Q() as {one}",
            f"{{'k': Color() as {one}}}", f"bytes({one})", f"dict() | set() as {one}", f"float({one})",
        ]  # fmt: skip
        subject = self.pick(self.of_record, self.of_enum, self.of_library)(1, names)
        self.add(indent, f"match {subject}:")
        for pattern in self.random.sample(patterns, self.pick(1, 2, 3, 4)):
            self.add(indent + 1, f"case {pattern}:")
            self.block(indent + 2, names, in_loop=in_loop, depth=depth)


