# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random programs, as in programs.py, that make records and call their methods and operators."""

from __future__ import annotations

from programs import Program

HEAD = """
from dataclasses import dataclass, field, replace

@dataclass(frozen=True{order})
class P:
    x: object
    y: object = 2
    LIMIT = 3

    def total(self, k=0, *, m=1):
        return {total}

    @property
    def first(self):
        return {first}

    @classmethod
    def sum(cls, *parts):
        return cls({sum}, len(parts))

    @staticmethod
    def pair(a, b=LIMIT):
        return (a, b)

    def twice(self):
        return replace(self, x=self.total(), y=self.y)
{operators}

@dataclass(frozen=True{order})
class Q(P):
    made: list = field(default_factory=list, compare=True)

    def __post_init__(self):
        if {check}:
            raise ValueError(self.y)
        self.made.append(self.x)

    def total(self, k=0, *, m=2):
        return (super().total(k, m=m), self.made)
"""
_SELF = "P(self.x + other.x, self.y) if isinstance(other, P) else NotImplemented"
_LESS = "self.x < other.x if isinstance(other, P) else NotImplemented"
OPERATORS = {
    "add": ("__add__(self, other)", _SELF),
    "radd": ("__radd__(self, other)", "(other, self.x)"),
    "mul": ("__mul__(self, n)", "P(self.x * n, self.y)"),
    "lt": ("__lt__(self, other)", _LESS),
    "len": ("__len__(self)", "self.x"),
    "bool": ("__bool__(self)", "self.x == self.y"),
    "contains": ("__contains__(self, one)", "one in (self.x, self.y)"),
    "item": ("__getitem__(self, i)", "(self.x, self.y)[i]"),
    "iter": ("__iter__(self)", "iter([self.x, self.y])"),
    "str": ("__str__(self)", "f'<{self.x}>'"),
    "neg": ("__neg__(self)", "P(self.y, self.x)"),
    "call": ("__call__(self, *args)", "(self.x, args)"),
}


def _method(name):
    head, value = OPERATORS[name]
    return f"\n    def {head}:\n        return {value}\n"


class RecordProgram(Program):
    """Writes one with the classes P and Q."""

    def text(self):
        body = super().text()
        names = self.random.sample(sorted(OPERATORS), self.pick(0, 1, 3, 6))
        if "item" in names and "iter" not in names:  # which a loop over a record needs
            names = sorted([*names, "iter"])
        order = ", order=True" if self.pick(0, 0, 1) and "lt" not in names else ""
        parts = {
            "order": order,
            "total": self.pick("self.x + self.y * m + k", "[self.x, k, m]", "self.first"),
            "first": self.pick("self.x", "self.x + 1", "(self.x, self.LIMIT)"),
            "sum": self.pick("sum(parts)", "parts", "max(parts, default=None)"),
            "check": self.pick("self.x == self.y", "self.y is None", "not self.x"),
            "operators": "".join(map(_method, names)),
        }
        head = HEAD
        for name, text in parts.items():
            head = head.replace("{" + name + "}", text)
        return head + body

    def expression(self, depth, names=(), kind=None):
        if depth > 0 and self.random.random() < 0.15:
            return self.of_record(depth - 1, names)
        return super().expression(depth, names, kind)

    def record(self, depth, names):
        one, other = self.expression(depth, names, "int"), self.expression(depth, names, "int")
        return self.pick(
            f"P({one}, {other})", f"P({one})", f"Q({one}, y={other})", f"P.sum({one}, {other})"
        )

    def of_record(self, depth, names):
        made, other = self.record(depth, names), self.record(depth, names)
        one = self.expression(depth, names, "int")
        return self.pick(
            made,
            f"{made}.total({one})",
            f"{made}.total(m={one})",
            f"{made}.first",
            f"{made}.twice().x",
            f"{made}.pair({one})",
            f"({made} {self.pick('+', '<', '==', '*')} {other})",
            f"({one} {self.pick('+', '<', '==', 'in')} {made})",
            f"({made} {self.pick('+', '*', '<')} {one})",
            f"(-{made})",
            f"len({made})",
            f"str({made})",
            f"{made}[{one}]",
            f"[z for z in {made}]",
            f"({made} and {one})",
            f"replace({made}, x={one})",
            f"isinstance({made}, {self.pick('P', 'Q', '(Q, int)')})",
            f"(type({made}) is {self.pick('P', 'Q')})",
            f"{made}({one})",
            "P.LIMIT",
        )
