# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random functions of all of Python's grammar: each compiles and loads, or is a CompileError.

What the compiler makes the loader must take. Each seed is printed before its run:

    python tests/fuzz/source_fuzz.py FIRST COUNT
"""

from __future__ import annotations

import linecache
import random
import sys
import types
import warnings

import pyvm
from pyvm import _code, _core

NAMES = ("a", "b", "c", "d", "x", "total")
CONSTANTS = ("0", "1", "-7", "2**70", "2.5", "'text'", "b'bytes'", "None", "True", "()", "''")
BINARY = ("+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^")
COMPARED = ("==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in")
CALLED = ("len", "range", "print", "g", "h", "str", "Wrong", "min", "bool", "tuple", "repr")
ATTRIBUTES = ("append", "items", "upper", "args", "pop")


class Grammar:
    """A random module with a function `f`, of which a seed repeats each choice."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.loops = 0
        self.nested = 0
        self.captures = iter(())

    def one(self, *choices):
        return self.random.choice(choices)

    def rare(self, usual, *others):
        return self.one(*others) if self.chance(0.03) else usual

    def chance(self, share):
        return self.random.random() < share

    def many(self, make, most=3, least=0):
        return [make() for _ in range(self.random.randint(least, most))]

    def module(self):
        head = "class Wrong(Exception):\n    pass\n\n\ndef g(a, b=2, *, c=3):\n    return a\n\n\n"
        other = (
            "def h(*a, **b):\n    return a\n\n\n"
            if self.chance(0.03)
            else "def h(a):\n    return f(a, a)\n\n\n"
        )
        names = "    c, d, x, total = a, [b], None, 0\n"
        return head + other + "def f(a, b):\n" + names + self.block(1, 3)

    # Statements.

    def block(self, indent, depth):
        return "".join(self.many(lambda: self.statement(indent, depth), most=4, least=1))

    def statement(self, indent, depth):
        kinds = [self.simple] * 6
        if depth > 0:
            kinds += [
                self.s_if,
                self.s_while,
                self.s_for,
                self.s_try,
                self.s_try,
                self.s_def,
                self.s_match,
                self.s_receive,
            ]
            kinds += [self.s_with] if self.chance(0.03) else []
        return self.random.choice(kinds)(indent, depth)

    def line(self, indent, text):
        return "    " * indent + text + "\n"

    def simple(self, indent, depth):
        e, t = self.expression, self.target
        text = self.random.choice(
            (
                lambda: f"{t()} = {e()}",
                lambda: f"{t()} = {t()} = {e()}",
                lambda: f"{self.random.choice(NAMES)} {self.random.choice(BINARY)}= {e()}",
                lambda: f"{self.place()} {self.random.choice(BINARY)}= {e()}",
                lambda: e(),
                lambda: f"return {e()}",
                lambda: f"del {self.one(self.random.choice(NAMES), self.place())}",
                lambda: f"assert {e()}, {e()}",
                lambda: f"raise {self.one('Wrong', 'ValueError')}({e()})",
                lambda: f"raise {e()} from {e()}",
                lambda: self.rare(
                    "pass",
                    "raise",
                    "nonlocal a",
                    "global total",
                    "import math",
                    "yield",
                    "x: int = 3",
                ),
                lambda: self.one("break", "continue", "pass") if self.loops else "pass",
                lambda: f"pyvm.send({e()}, {e()})",
            )
        )()
        return self.line(indent, text)

    def s_if(self, indent, depth):
        text = self.line(indent, f"if {self.expression()}:") + self.block(indent + 1, depth - 1)
        if self.chance(0.3):
            text += self.line(indent, f"elif {self.expression()}:") + self.block(
                indent + 1, depth - 1
            )
        if self.chance(0.4):
            text += self.line(indent, "else:") + self.block(indent + 1, depth - 1)
        return text

    def looped(self, indent, depth):
        self.loops += 1
        text = self.block(indent + 1, depth - 1)
        self.loops -= 1
        if self.chance(0.3):
            text += self.line(indent, "else:") + self.block(indent + 1, depth - 1)
        return text

    def s_while(self, indent, depth):
        return self.line(indent, f"while {self.expression()}:") + self.looped(indent, depth)

    def s_for(self, indent, depth):
        return self.line(
            indent, f"{self.rare('for', 'async for')} {self.target()} in {self.expression()}:"
        ) + self.looped(indent, depth)

    def s_try(self, indent, depth):
        text = self.line(indent, "try:") + self.block(indent + 1, depth - 1)
        handlers = self.random.randrange(3)
        for _ in range(handlers):
            caught = self.one(
                "Wrong", "ValueError", "(KeyError, Wrong)", "Exception", self.expression(1)
            )
            name = self.one("", " as error", " as x")
            text += self.line(indent, f"except {caught}{name}:") + self.block(indent + 1, depth - 1)
        if handlers and self.chance(0.3):
            text += self.line(indent, "else:") + self.block(indent + 1, depth - 1)
        if not handlers or self.chance(0.4):
            text += self.line(indent, "finally:") + self.block(indent + 1, depth - 1)
        return text

    def s_with(self, indent, depth):
        return self.line(indent, f"with {self.expression()} as {self.target()}:") + self.block(
            indent + 1, depth - 1
        )

    def s_def(self, indent, depth):
        name = self.one("c", "d", "g")
        parameters = self.rare(
            self.one("", "x", "x=1", "x, /, y=1", "*, x", "x, *, y=2"), "*x", "**x", "x=a"
        )
        loops, self.loops = self.loops, 0
        body = self.block(indent + 1, depth - 1)
        self.loops = loops
        if self.chance(0.02):
            return self.line(indent, f"class {name.title()}:") + self.line(indent + 1, "x = 1")
        return self.line(indent, f"{self.rare('', 'async ')}def {name}({parameters}):") + body

    def cases(self, indent, depth):
        text = ""
        for _ in range(self.random.randint(1, 3)):
            self.captures = iter(("x", "d", "c", "total", "e1", "e2", "e3", "e4"))
            guard = f" if {self.expression(1)}" if self.chance(0.3) else " if a"
            text += self.line(indent + 1, f"case {self.pattern(2)}{guard}:") + self.block(
                indent + 2, depth - 1
            )
        return text

    def s_match(self, indent, depth):
        return self.line(indent, f"match {self.expression()}:") + self.cases(indent, depth)

    def s_receive(self, indent, depth):
        timeout = self.one("", "", f"timeout={self.expression(1)}")
        return self.line(indent, f"match pyvm.receive({timeout}):") + self.cases(indent, depth)

    def pattern(self, depth):
        if depth == 0:
            return self.one(
                "_", self.captured(), "1", "'text'", "None", "pyvm.TIMEOUT", "-1", "b'b'"
            )
        inner = lambda: self.pattern(depth - 1)  # noqa: E731
        return self.random.choice(
            (
                inner,
                lambda: (
                    "(" + "".join(f"{inner()}, " for _ in range(self.random.randrange(3))) + ")"
                ),
                lambda: f"[{inner()}, *{self.captured()}]",
                lambda: f"{{'k': {inner()}}}",
                lambda: f"{{'k': {inner()}, **{self.captured()}}}",
                lambda: self.one("1 | 'text'", "(1, _) | None", "[_] | {'k': 1}"),
                lambda: f"{{'k': {inner()}}} as {self.captured()}",
                lambda: self.one("int()", f"str({self.captured()})", "bool()"),
            )
        )()

    def captured(self):
        return next(self.captures, "_1")

    # Expressions.

    def place(self):
        name = self.random.choice(NAMES)
        return self.one(
            f"{name}[{self.expression(0)}]", f"{name}[{self.slice()}]", self.rare("a[0]", "a.x")
        )

    def slice(self):
        return ":".join(self.one("", self.expression(0)) for _ in range(self.random.randint(2, 3)))

    def target(self):
        name = self.random.choice(NAMES)
        return self.one(
            name,
            name,
            name,
            f"{name}[{self.expression(0)}]",
            f"{name}, b",
            f"({name}, *c)",
            f"[x, ({name}, d)]",
        )

    def expression(self, depth=2):
        if depth == 0 or self.chance(0.2):
            return self.random.choice(
                NAMES if self.chance(0.6) else (*CONSTANTS, self.rare("0", "1j", "..."))
            )
        return "(" + self.random.choice(self.EXPRESSIONS)(self, depth - 1) + ")"

    def e_operator(self, depth):
        e = self.expression
        return self.one(
            f"{e(depth)} {self.random.choice(BINARY)} {e(depth)}",
            f"{self.one('-', '+', '~', 'not ')}{e(depth)}",
            f"{e(depth)} {self.random.choice(COMPARED)} {e(depth)} {self.random.choice(COMPARED)} {e(depth)}",
            f"{e(depth)} {self.random.choice(COMPARED)} {e(depth)}",
            f"{e(depth)} {self.one('and', 'or')} {e(depth)}",
            f"{e(depth)} if {e(depth)} else {e(depth)}",
        )

    def e_display(self, depth):
        parts = self.many(lambda: self.one("", "", "*") + self.expression(depth))
        pairs = self.many(
            lambda: self.one(
                f"{self.expression(depth)}: {self.expression(depth)}", f"**{self.expression(depth)}"
            )
        )
        return self.one(
            f"[{', '.join(parts)}]",
            "".join(f"{one}, " for one in parts) or "()",
            f"{{{', '.join(parts)}}}",
            f"{{{', '.join(pairs)}}}",
        )

    def e_call(self, depth):
        parts = self.many(lambda: self.rare("", "*", "key=", "c=") + self.expression(depth))
        parts.sort(key=lambda one: (one.startswith(("key=", "c=")), one.startswith("*")))
        called = (
            self.random.choice(CALLED)
            if self.chance(0.7)
            else self.one(
                self.random.choice(CALLED),
                f"({self.expression(depth)}).{self.random.choice(ATTRIBUTES)}",
                "pyvm.self",
                "a",
                self.rare("a", "isinstance", "unknown", "sorted"),
            )
        )
        return f"{called}({', '.join(parts)})"

    def e_comprehension(self, depth):
        e = self.expression
        self.nested += 1  # where no name may be bound
        loops = " ".join(
            f"for {self.target()} in {e(depth)}" + self.one("", f" if {e(depth)}")
            for _ in range(self.random.randint(1, 2))
        )
        made = self.one(
            f"[{e(depth)} {loops}]",
            f"{{{e(depth)} {loops}}}",
            f"{{{e(depth)}: {e(depth)} {loops}}}",
            f"sum({e(depth)} {loops})",
        )
        self.nested -= 1
        return made

    def e_other(self, depth):
        e = self.expression
        return self.one(
            f"lambda x{self.rare('', '=a', ', *y')}: {e(depth)}",
            f"{self.one('x', 'd')} := {e(depth)}" if not self.nested else "a",
            f"f'{{{self.random.choice(NAMES)}{self.one('', '!r', ':>5', ':{a}', '=')}}}'",
            f"({e(depth)}).{self.random.choice(ATTRIBUTES)}",
            f"{e(depth)}[{self.one(e(depth), self.slice())}]",
            self.rare(
                "pyvm.receive(timeout=0)",
                "yield x",
                "await a",
                "pyvm.receive()",
                "__name__",
                "super()",
                "locals()",
            ),
        )

    EXPRESSIONS = (e_operator, e_operator, e_display, e_call, e_comprehension, e_other)


def define(text, number):
    """Runs the text as a module, or gives None where Python itself refuses it."""
    name = f"<source {number}>"
    try:
        code = compile(text, name, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    module = types.ModuleType("source_of_fuzz")
    sys.modules[module.__name__] = module
    vars(module)["pyvm"] = pyvm
    exec(code, vars(module))
    return vars(module)["f"]


def main(first, count):
    warnings.simplefilter("ignore")
    made = refused = 0
    for seed in range(first, first + count):
        print("seed", seed, flush=True)
        text = Grammar(seed).module()
        function = define(text, seed)
        if function is None:
            continue
        try:
            function = pyvm.process(function)
            if not _code.is_compiled(function):
                continue  # it was given to another kind of body
            _core.load_code(_code.image_of(function))
            made += 1
        except pyvm.CompileError:
            refused += 1
        except BaseException:
            print(text)
            raise
        linecache.cache.clear()
    print("compiled", made, "refused", refused, "of", count)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
