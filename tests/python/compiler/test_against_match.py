# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Random matches over random mailboxes, against CPython's own `match` run message by message."""

import random
import re

import fake_vm
import pytest
import shapes
from fake_vm import ReceiveTimeout, run

SEEDS = 400
MESSAGES_OF_A_SEED = 6

ATOMS = ["0", "1", "2", "'a'", "'b'", "b'x'", "None", "True", "1.0", "-1", "Color.RED", "Level.LOW"]
CLASSES = ["int", "str", "bool", "float", "tuple", "list", "dict", "bytes", "object"]


class Maker:
    """Writes patterns and messages of the same kinds, so that they meet often."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = iter(())

    def case_pattern(self):
        self.names = iter([f"n{i}" for i in range(50)])
        return self.pattern(3)

    def pattern(self, depth, *, captures=True):
        kinds = [self.value, self.value, self.capture, self.type_test]
        if depth:
            kinds += [self.sequence, self.sequence, self.mapping, self.alternatives, self.named]
            kinds += [self.class_pattern, self.sequence]
        return self.random.choice(kinds)(depth - 1, captures)

    def value(self, depth, captures):
        return self.random.choice(
            [*ATOMS, "Values.one", "Values.text", "self.one", "self.pair", "1+0j"]
        )

    def capture(self, depth, captures):
        return next(self.names) if captures and self.random.random() < 0.8 else "_"

    def type_test(self, depth, captures):
        return f"{self.random.choice(CLASSES)}()"

    def sequence(self, depth, captures):
        parts = [self.pattern(depth, captures=captures) for _ in range(self.random.randrange(4))]
        if self.random.random() < 0.3:
            star = "*" + self.capture(depth, captures)
            parts.insert(self.random.randrange(len(parts) + 1), star)
        return f"[{', '.join(parts)}]"

    def mapping(self, depth, captures):
        keys = self.random.sample(
            ["'a'", "'b'", "1", "Values.text", "None"], self.random.randrange(3)
        )
        if "Values.text" in keys and "'a'" in keys:
            keys.remove("'a'")
        parts = [f"{key}: {self.pattern(depth, captures=captures)}" for key in keys]
        if captures and self.random.random() < 0.3:
            parts.append(f"**{next(self.names)}")
        return f"{{{', '.join(parts)}}}"

    def alternatives(self, depth, captures):
        if captures and self.random.random() < 0.4:
            name = next(self.names)
            texts = [
                f"[{self.pattern(0, captures=False)}, {name}]",
                f"{{'a': {name}}}",
                f"Shape({name})",
            ]
            return f"({' | '.join(self.random.sample(texts, 2))})"
        count = self.random.choice([2, 2, 3])
        return f"({' | '.join(self.pattern(depth, captures=False) for _ in range(count))})"

    def named(self, depth, captures):
        inner = self.pattern(depth, captures=captures)
        return f"({inner} as {next(self.names)})" if captures else f"({inner})"

    def class_pattern(self, depth, captures):
        inner = self.pattern(depth, captures=captures)
        texts = ["Point({})", "Point(y={})", "Shape({})", "Round(radius={})", "tuple({})"]
        texts += ["Point(total={})", "str({})", "list({})", "int({})", "int(real={})"]
        texts += ["Point({}, 0)", "Round(_, {})"]
        shape = self.random.choice(texts)
        return shape.format(inner)

    def guard(self):
        texts = [
            "",
            "",
            "",
            " if note(len(seen) % 2)",
            " if note(False)",
            " if note(True)",
            " if note({0})",
        ]
        return self.random.choice(texts)

    def message(self, depth=3):
        if depth == 0 or self.random.random() < 0.35:
            return eval(self.random.choice([*ATOMS, "(1, 2)", "0.5"]), vars(shapes))
        kind = self.random.randrange(6)
        if kind < 2:
            return tuple(self.message(depth - 1) for _ in range(self.random.randrange(4)))
        if kind == 2:
            return [self.message(depth - 1) for _ in range(self.random.randrange(4))]
        if kind == 3:
            keys = self.random.sample(["a", "b", 1, None], self.random.randrange(4))
            return {key: self.message(depth - 1) for key in keys}
        one, two = self.message(depth - 1), self.message(depth - 1)
        return self.random.choice([shapes.Point(1, 0), shapes.Point(two, 1), shapes.Shape(one),
                                   shapes.Round(one, two)])  # fmt: skip


def definition(maker):
    """One match of random cases, its bodies telling what is bound; None if Python refuses it."""
    cases = []
    for number in range(maker.random.choice([1, 1, 2, 3, 4, 11])):
        pattern, guard = maker.case_pattern(), maker.guard()
        guard = guard.format(f"{pattern.count('n')} > 1" if "{0}" in guard else "")
        cases.append(f"            case {pattern}{guard}:\n                result = {number}\n")
    timeout = maker.random.choice(
        ["", "            case vm.TIMEOUT:\n                result = 'late'\n"]
    )
    named = maker.random.choice(["", "", "whole := "])
    return named, "".join(cases), timeout


REWRITTEN = """
@process
async def body(self, seen, note):
    for _ in "x":
        match {named}await receive(timeout=1):
{cases}{timeout}
    return locals()
"""
MODEL = """
async def body(self, seen, note, mailbox):
    for i, subject in enumerate([*mailbox, vm.TIMEOUT]):
        match {named}subject:
{cases}{timeout}
            case _:
                continue
        del mailbox[i:i + 1]
        break
    else:
        raise ReceiveTimeout
    del i, subject
    return locals()
"""


def outcome(make, *arguments):
    """What a body returns or raises, and the answers its guards gave on the way."""
    seen = []

    def note(answer):
        seen.append(answer)
        return answer

    try:
        found, vm = run(make(shapes.Values, seen, note, *arguments[1:]), arguments[0])
        kept = [name for name in sorted(found) if re.fullmatch(r"n\d+|result|whole", name)]
        found = {name: found[name] for name in kept}
    except (TypeError, ReceiveTimeout, AttributeError) as error:
        found, vm = (type(error), str(error)), fake_vm.current
    return repr(found), seen, vm.mailbox


@pytest.mark.parametrize("batch", range(20))
def test_random_matches_do_what_python_does(batch):
    compared = 0
    for seed in range(batch * SEEDS // 20, (batch + 1) * SEEDS // 20):
        maker = Maker(seed)
        named, cases, timeout = definition(maker)
        values = {"named": named, "cases": cases, "timeout": timeout}
        names = {**vars(shapes), "vm": fake_vm, "ReceiveTimeout": ReceiveTimeout}
        try:
            model = fake_vm.define(MODEL.format(**values), f"<model {seed}>", **names)["body"]
        except SyntaxError:  # names bound twice, or a case that hides those after it
            continue
        body = fake_vm.define(REWRITTEN.format(**values), f"<rewritten {seed}>", **names)["body"]
        for _ in range(MESSAGES_OF_A_SEED):
            mailbox = [maker.message() for _ in range(maker.random.randrange(6))]
            copy = list(mailbox)
            expected = (*outcome(model, [], copy)[:2], copy)
            assert outcome(body, mailbox) == expected, (seed, cases, mailbox)
            compared += 1
    assert compared > 30
