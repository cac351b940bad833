# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs of the language, the same for the same seed.

Each is a module with functions `f` and `g`. They end: loops count, and `g` calls nobody. Any
statement may raise, and variables may lack a value.
"""

from __future__ import annotations

import random
import re

NAMES = ["a", "b", "c", "d", "e"]
NAMED = {"int": ["a", "b", "c"], "list": ["d"], "dict": ["e"], "str": [], "any": NAMES}
ERRORS = ["ValueError", "TypeError", "(KeyError, IndexError)", "Exception", "NameError"]
BINARY = ["+", "-", "|", "&", "^", "//", "%", "=="]
COMPARE = ["<", "<=", ">", ">=", "==", "!="]
LITERALS = {
    "int": ["0", "1", "2", "-3", "7", "70000", "True"],
    "list": ["[]", "[1, 2]", "[0, (1, 2)]"],
    "dict": ["{}", "{'k': 1}"],
    "str": ["'x'", "'ab'", "''"],
    "any": ["None", "2.5", "()", "(1, 'x')"],
}
WILD = 0.03  # how often a part has another type than it should


class Program:
    """Writes one.

    Args:
        seed: of the random numbers.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.inner = 0
        self.loops = 0
        self.walrus = True

    def text(self):
        self.lines = ["def g(x, y=2, *, k=3):", "    if x == y:", "        return [x, k]"]
        self.add(
            1,
            f"return {self.pick('x', '[x, y]', '{k: x}', 'x if y else k', '(x, y, k) if x != k else x + y')}",
        )
        self.lines += ["", "def s(x, *y, k=4, **z):", "    return [x, y, k, z]"]
        self.lines += [
            "",
            "def f(a, b):",
            "    log = []",
            "    def note(x):",
            "        log.append(x)",
        ]
        self.lines += ["        return x", "    if a is not None:", "        c = 5"]
        self.lines += ["    d, e = [1, (2, 3)], {'k': 4}"]
        for _ in range(self.random.randint(4, 9)):
            self.statement(1, (), in_loop=False, depth=0)
        self.lines.append(f"    return log, {self.expression(2)}")
        return "\n".join(self.lines) + "\n"

    def add(self, indent, text):
        self.lines.append("    " * indent + text)

    def pick(self, *choices):
        return self.random.choice(choices)

    # Expressions. `names` are those that may be read besides the variables of that type.

    def expression(self, depth, names=(), kind=None):
        kind = kind or self.pick("int", "int", "list", "str", "dict", "any")
        if self.random.random() < WILD:
            kind = "any"
        if kind == "any" and depth > 0:
            return self.expression(depth, names, self.pick("int", "list", "str", "dict"))
        if depth <= 0 or self.random.random() < 0.15:
            return self.pick(*NAMED[kind], *names, *NAMED[kind], *LITERALS[kind])
        return getattr(self, self.pick(*MAKERS[kind], "e_conditional", "e_boolean"))(
            depth - 1, names, kind
        )

    def e_binary(self, depth, names, kind):
        left, right = self.expression(depth, names, "int"), self.expression(depth, names, "int")
        return f"({left} {self.pick(*BINARY)} {right})"

    def e_small(self, depth, names, kind):
        one = self.expression(depth, names, "int")
        return f"({one} {self.pick('+', '-')} {self.pick('1', '-1', '40000')})"

    def e_unary(self, depth, names, kind):
        return f"({self.pick('-', '~', '+', 'not ')}{self.expression(depth, names, 'int')})"

    def e_compare(self, depth, names, kind):
        one = self.pick("int", "int", "list", "str")
        parts = [self.expression(depth, names, one)]
        for _ in range(self.pick(1, 1, 2)):
            parts += [self.pick(*COMPARE), self.expression(depth, names, one)]
        return f"({' '.join(parts)})"

    def e_in(self, depth, names, kind):
        one, many = self.expression(depth, names), self.expression(depth, names, "list")
        return f"({one} {self.pick('in', 'not in')} {many})"

    def e_none(self, depth, names, kind):
        return f"({self.expression(depth, names)} {self.pick('is', 'is not')} None)"

    def e_boolean(self, depth, names, kind):
        word = self.pick(" and ", " or ")
        return f"({word.join(self.expression(depth, names, kind) for _ in range(self.pick(2, 3)))})"

    def e_conditional(self, depth, names, kind):
        one, other = self.expression(depth, names, kind), self.expression(depth, names, kind)
        return f"({one} if {self.expression(depth, names)} else {other})"

    def e_count(self, depth, names, kind):
        many = self.expression(depth, names, self.pick("list", "str", "dict"))
        return self.pick(
            f"len({many})",
            f"isinstance({many}, (int, str))",
            f"sum({self.e_squares(depth, names, kind)})",
        )

    def e_squares(self, depth, names, kind):
        return f"v * 2 for v in {self.iterated(depth, names)} if isinstance(v, int)"

    def e_any(self, depth, names, kind):
        test = self.expression(depth, [*names, "v"], "int")
        return f"{self.pick('any', 'all')}({test} for v in {self.iterated(depth, names)})"

    def e_display(self, depth, names, kind):
        parts = [self.expression(depth, names) for _ in range(self.pick(1, 2, 3))]
        if self.random.random() < 0.3:
            parts[0] = "*" + self.expression(depth, names, "list")
        return "[{}]".format(", ".join(parts))

    def e_sum(self, depth, names, kind):
        one = self.expression(depth, names, kind)
        return self.pick(f"({one} * 2)", f"({one} + {self.expression(depth, names, kind)})")

    def e_slice(self, depth, names, kind):
        return f"({self.expression(depth, names, kind)})[{self.pick('1:', ':-1', '::2', '::-1')}]"

    def e_item(self, depth, names, kind):
        many, place = self.pick(("list", "0"), ("list", "-1"), ("dict", "'k'"))
        return f"({self.expression(depth, names, many)})[{place}]"

    def e_dict(self, depth, names, kind):
        one = self.expression(depth, names)
        return self.pick(
            f"{{'k': {one}, **{self.expression(depth, names, 'dict')}}}",
            f"{{v: {self.expression(depth, [*names, 'v'])} for v in range(3)}}",
        )

    def e_call(self, depth, names, kind):
        one, other = self.expression(depth, names), self.expression(depth, names)
        return self.pick(f"g({one})", f"g({one}, k={other})", f"g(y={one}, x={other})")

    def e_star(self, depth, names, kind):
        one, many = self.expression(depth, names), self.expression(depth, names, "list")
        named = self.expression(depth, names, "dict")
        return self.pick(
            f"g(*{many})",
            f"g({one}, *{many}, k={one})",
            f"g({one}, **{named})",
            f"(lambda *v, **w: (v, w))(*{many}, **{named})",
            f"s({one}, *{many}, z={one})",
            f"s(*{many}, **{named})",
        )

    def e_key(self, depth, names, kind):
        many, key = self.expression(depth, names, "list"), self.expression(depth, [*names, "v"])
        default = re.sub(r"\bv\b", "a", key)
        return self.pick(
            f"sorted({many}, key=lambda v: {key})",
            f"sorted({many}, key=repr, reverse={self.expression(1, names, 'int')} > 1)",
            f"list(map(lambda v: {key}, {many}))",
            f"list(filter(lambda v: {key}, {many}))",
            f"[max({many}, key=lambda v: {key}, default={default})]",
            f"[min({many}, key=str)]",
        )

    def e_note(self, depth, names, kind):
        return f"note({self.expression(depth, names, kind)})"

    def e_lambda(self, depth, names, kind):
        inside = self.expression(depth, [*names, "v"], kind)
        return f"(lambda v: {inside})({self.expression(depth, names)})"

    def e_comprehension(self, depth, names, kind):
        inside = [*names, "v"]
        many, one = self.iterated(depth, names), self.expression(depth, inside)
        test = self.pick("", f" if {self.expression(depth, inside)}")
        # Of few items: a loop around `d = [w for v in d for w in d]` would square a list each time.
        more = self.pick("", "", f" for w in ({self.iterated(depth, inside)})[:3]")
        return f"[{one} for v in {many}{test}{more}]"

    def iterated(self, depth, names):
        """What a comprehension iterates over, where Python allows no `:=`."""
        before, self.walrus = self.walrus, False
        many = self.expression(depth, names, "list")
        self.walrus = before
        return many

    def e_format(self, depth, names, kind):
        one, other = self.pick(*NAMES), self.pick(*NAMES)
        return f"(f'<{{{one}!r}}{{{other}}}>' + str({self.expression(depth, names)}))"

    def e_walrus(self, depth, names, kind):
        if "v" in names or not self.walrus:
            return self.expression(depth, names, kind)
        return f"({self.pick(*NAMED[kind])} := {self.expression(depth, names, kind)})"

    # Statements.

    def block(self, indent, names, *, in_loop, depth):
        for _ in range(self.random.randint(1, 3)):
            self.statement(indent, names, in_loop=in_loop, depth=depth + 1)

    def statement(self, indent, names, *, in_loop, depth):
        choices = SIMPLE if depth > 2 else [*SIMPLE, *COMPOUND]
        if in_loop:
            choices = [*choices, "leave"]
        kind = self.pick(*choices)
        if kind in SIMPLE and self.random.random() < 0.5:
            self.add(indent, "try:")
            getattr(self, "s_" + kind)(indent + 1, names, in_loop, depth)
            self.add(indent, "except Exception as error:")
            self.add(indent + 1, "note(str(error).replace('=:', ':'))")
        else:
            getattr(self, "s_" + kind)(indent, names, in_loop, depth)

    def s_assign(self, indent, names, in_loop, depth):
        kind = self.pick("int", "int", "list", "dict")
        name, one = self.pick(*NAMED[kind]), self.expression(3, names, kind)
        self.add(
            indent, self.pick(f"{name} = {one}", f"{name} = {self.pick(*NAMED[kind])} = {one}")
        )

    def s_copy(self, indent, names, in_loop, depth):
        for _ in range(self.random.randint(1, 3)):
            self.add(indent, f"{self.pick(*NAMED['int'])} = {self.pick(*NAMED['int'])}")

    def s_unpack(self, indent, names, in_loop, depth):
        one, other = self.random.sample(NAMED["int"], 2)
        left = self.pick(f"{one}, {other}", f"{one}, *d", f"[{one}, ({other},)]", f"{one}, {other}")
        right = self.pick(f"{other}, {one}", f"{self.expression(1, names, 'int')}, {other}")
        self.add(indent, f"{left} = {self.pick(right, right, self.expression(2, names, 'list'))}")

    def s_augment(self, indent, names, in_loop, depth):
        kind = self.pick("int", "int", "list", "dict")
        operator = self.pick(
            *{"int": ["+", "-", "|", "&", "^", "//"], "list": "+", "dict": "|"}[kind]
        )
        target = (
            self.pick(*NAMED[kind]) if self.random.random() < 0.7 else self.pick("d[0]", "e['k']")
        )
        self.add(indent, f"{target} {operator}= {self.expression(2, names, kind)}")

    def s_item(self, indent, names, in_loop, depth):
        place = self.pick("d[0]", "d[-1]", "e['k']", "e[a]", "d[a]")
        self.add(indent, f"{place} = {self.expression(2, names)}")
        if self.random.random() < 0.3:
            self.add(
                indent, f"{self.pick('d[1:]', 'd[0:2]')} = {self.expression(2, names, 'list')}"
            )

    def s_delete(self, indent, names, in_loop, depth):
        self.add(indent, f"del {self.pick('c', 'd[0]', 'd[1:]', repr('k').join(['e[', ']']), 'b')}")

    def s_note(self, indent, names, in_loop, depth):
        self.add(indent, f"note({self.expression(3, names)}){self.pick('', '', '; d.append(a)')}")

    def s_assert(self, indent, names, in_loop, depth):
        self.add(indent, f"assert {self.expression(2, names)}, {self.pick(*NAMES)}")

    def s_raise(self, indent, names, in_loop, depth):
        kind = self.pick("ValueError(1)", "TypeError", "KeyError('k')")
        self.add(indent, f"if {self.expression(2, names)}:")
        self.add(indent + 1, f"raise {kind}{self.pick('', ' from None', ' from ValueError(2)')}")

    def s_return(self, indent, names, in_loop, depth):
        self.add(indent, f"if {self.expression(2, names)}:")
        self.add(indent + 1, f"return {self.pick('log', self.expression(2, names), 'g(1)')}")

    def s_leave(self, indent, names, in_loop, depth):
        self.add(indent, f"if {self.expression(2, names)}:")
        self.add(indent + 1, self.pick("break", "continue"))

    def s_if(self, indent, names, in_loop, depth):
        self.add(indent, f"if {self.expression(3, names)}:")
        self.block(indent + 1, names, in_loop=in_loop, depth=depth)
        if self.random.random() < 0.5:
            self.add(indent, "else:")
            self.block(indent + 1, names, in_loop=in_loop, depth=depth)

    def s_for(self, indent, names, in_loop, depth):
        many = self.pick(
            "range(3)", "range(2, -2, -2)", "[a, 2]", f"{self.expression(1, names, 'list')}[:4]"
        )
        self.add(indent, f"for {self.pick(*NAMED['int'])} in {many}:")
        self.block(indent + 1, names, in_loop=True, depth=depth)
        self.otherwise(indent, names, in_loop, depth)

    def s_while(self, indent, names, in_loop, depth):
        self.loops += 1
        counter = f"n{self.loops}"
        self.add(indent, f"{counter} = 0")
        self.add(indent, f"while {counter} < 3 and {self.expression(2, names)}:")
        self.add(indent + 1, f"{counter} += 1")
        self.block(indent + 1, names, in_loop=True, depth=depth)
        self.otherwise(indent, names, in_loop, depth)

    def otherwise(self, indent, names, in_loop, depth):
        if self.random.random() < 0.3:
            self.add(indent, "else:")
            self.block(indent + 1, names, in_loop=in_loop, depth=depth)

    def s_try(self, indent, names, in_loop, depth):
        self.add(indent, "try:")
        self.block(indent + 1, names, in_loop=in_loop, depth=depth)
        handlers = self.pick(0, 1, 1, 2)
        for left in reversed(range(handlers)):
            kind, name = self.pick(*ERRORS), self.pick("", "", " as b")
            is_bare = left == 0 and self.random.random() < 0.3
            self.add(indent, "except:" if is_bare else f"except {kind}{name}:")
            if self.random.random() < 0.2:
                self.add(indent + 1, "pass")
                continue
            self.block(indent + 1, names, in_loop=in_loop, depth=depth)
            if self.random.random() < 0.2:
                self.add(indent + 1, "raise")
        if handlers and self.random.random() < 0.3:
            self.add(indent, "else:")
            self.block(indent + 1, names, in_loop=in_loop, depth=depth)
        if not handlers or self.random.random() < 0.4:
            self.add(indent, "finally:")
            self.block(indent + 1, names, in_loop=in_loop, depth=depth)

    def s_match(self, indent, names, in_loop, depth):
        one, other = self.random.sample(["a", "b", "c", "d"], 2)
        patterns = [
            f"[{one}, *{other}]", f"({one}, _)", f"{{'k': {one}, **{other}}}", f"int({one}) | str({one})",
            f"[1, {one}] | [{one}]", "None | True", f"{one} if {self.expression(1, names)}", "0 | 'x' | -3",
            f"[int(), ({one}, {other})]", f"list() as {one}",
        ]  # fmt: skip
        self.add(indent, f"match {self.expression(2, names)}:")
        for pattern in self.random.sample(patterns, self.pick(1, 2, 3)):
            self.add(indent + 1, f"case {pattern}:")
            self.block(indent + 2, names, in_loop=in_loop, depth=depth)

    def s_function(self, indent, names, in_loop, depth):
        self.inner += 1
        name = f"h{self.inner}"
        kind = self.pick("int", "list")
        changed = self.pick(*NAMED[kind])
        default = self.pick("1", repr("x"), "a", "[a]")
        self.add(indent, f"def {name}(v, w={default}{self.pick('', '', ', *x', ', **x')}):")
        self.add(indent + 1, f"nonlocal {changed}")
        self.add(indent + 1, f"{changed} = {self.expression(2, [*names, 'v', 'w'], kind)}")
        self.add(indent + 1, f"return {self.expression(2, [*names, 'v', 'w'])}")
        one = self.expression(1, names)
        call = self.pick(
            f"{name}(1)", f"{name}(w=2, v={one})", f"{name}(*d)", f"{name}({one}, **e)"
        )
        self.add(indent, f"note({call})")


MAKERS = {
    "int": [
        "e_binary",
        "e_binary",
        "e_small",
        "e_unary",
        "e_compare",
        "e_in",
        "e_none",
        "e_count",
        "e_any",
        "e_item",
        "e_walrus",
        "e_note",
        "e_call",
    ],
    "list": [
        "e_display",
        "e_display",
        "e_sum",
        "e_slice",
        "e_comprehension",
        "e_star",
        "e_key",
        "e_walrus",
        "e_lambda",
    ],
    "str": ["e_format", "e_sum", "e_slice", "e_lambda"],
    "dict": ["e_dict", "e_dict", "e_walrus", "e_note"],
}
SIMPLE = [
    "assign",
    "assign",
    "assign",
    "unpack",
    "augment",
    "item",
    "delete",
    "note",
    "note",
    "assert",
    "raise",
    "return",
]
COMPOUND = ["if", "for", "while", "try", "try", "match", "function"]
