# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Generator expressions that are consumed where they stand do what they do in CPython."""

import pytest
from support import assert_same, define, image_of

from pyvm.compiler.errors import CompileError

HEAD = "import functools\nimport itertools\nimport math\nimport operator\n"
TWO = "(x for x in [2, 1])"


@pytest.mark.parametrize(
    "expression",
    [
        f"sum{TWO}, any{TWO}, all{TWO}, sorted{TWO}, min{TWO}, max{TWO}, list{TWO}, tuple{TWO}",
        f"set{TWO}, frozenset{TWO}, bytes{TWO}, dict((x, x) for x in [1]), ','.join(c for c in 'ab')",
        f"sorted({TWO}, key=lambda x: x), sorted({TWO}, reverse=True), max({TWO}, default=0)",
        f"sum({TWO}, 1), sum({TWO}, start=1), next({TWO}, None), list(enumerate({TWO}, start=1))",
        f"list(enumerate{TWO}), list(zip({TWO}, {TWO}, {TWO})), list(zip({TWO}))",
        f"list(map(str, {TWO})), list(map(operator.add, {TWO}, {TWO})), list(filter(None, {TWO}))",
        f"functools.reduce(operator.add, {TWO}), functools.reduce(operator.add, {TWO}, 5)",
        f"list(itertools.chain({TWO}, {TWO}, {TWO})), list(itertools.islice({TWO}, 1))",
        "list(itertools.chain.from_iterable([x, x] for x in [1, 2])), dict.fromkeys(x for x in 'ab')",
        f"list(itertools.product({TWO}, {TWO})), list(itertools.zip_longest({TWO}, [], fillvalue=0))",
        f"[(k, list(g)) for k, g in itertools.groupby{TWO}], list(itertools.accumulate{TWO})",
        f"max(*{TWO}), [*{TWO}, 3], (*{TWO},), {{*{TWO}}}, (lambda *a: a)(0, *{TWO})",
        f"{{1}}.union({TWO}, {TWO}), {{1}}.issubset{TWO}, {{1}}.symmetric_difference{TWO}",
        f"{{5}}.intersection{TWO}, {{1}}.difference{TWO}, {{**dict((x, x) for x in [1])}}",
        "[y for y in (x + 1 for x in range(3))], {a: b for a, b in ((x, -x) for x in range(2))}",
        "[(y, z) for y in range(2) for z in (y + x for x in range(2)) if z], any(y for y in (x for x in [0]))",
        "[x for x in (x for x in (x + 1 for x in range(3)) if x != 2)]",
    ],
)
def test_what_consumes_a_generator_expression(expression):
    assert_same(f"{HEAD}\ndef f():\n    return {expression}\n")


def test_methods_that_change_their_object():
    source = """
def f():
    a = [0]
    a.extend(x for x in "ab")
    b, c, d = {1, 2, 3}, {1, 2, 3}, {1, 2, 3}
    b.intersection_update(x for x in [1, 2, 9])
    c.difference_update((x for x in [1]), [3])
    d.symmetric_difference_update(x for x in [1, 9])
    d.update(x for x in [7])
    e = {}
    e.update((x, x) for x in "c")
    return a, b, c, d, e
"""
    assert_same(source)


@pytest.mark.parametrize("other", ["5", "[1], 5", "[[]]", "[1], [[1]]"])
@pytest.mark.parametrize(
    "method", ["intersection_update", "difference_update", "symmetric_difference_update"]
)
def test_sets_that_are_changed_by_what_does_not_fit(method, other):
    source = f"""
def f():
    a = {{1, 2}}
    try:
        a.{method}({other})
    except TypeError as e:
        return a, "symmetric" in {method!r} and "exactly" in str(e) or str(e)
    return a
"""
    assert_same(source)


def test_a_loop_over_one_takes_turns_with_it():
    source = """
def f():
    log = []
    def note(x):
        log.append(x)
        return x
    for y in (note(x) for x in range(6) if x != 1):
        if y == 2:
            continue
        if y == 4:
            break
        log.append(-y)
    else:
        log.append("else")
    x = 7
    r = [(x, note(z)) for z in (note(x * 10) for x in range(3)) if z != 10]
    for y, w in ((a, b) for a in "ab" for b in range(2)):
        log.append((y, w))
    else:
        log.append("done")
    for x in (x for x in (note(x + 1) for x in range(3))):
        log.append(-x)
    try:
        for q in (1 // x for x in [1, 0, 1]):
            log.append(q)
    except ZeroDivisionError as e:
        log.append(str(e))
    return log, r, x, q
"""
    assert_same(source)


def test_variables_of_loops_over_them_in_cells():
    source = """
def f():
    made = []
    for y in (x for x in range(3)):
        made.append(lambda: y)
    for one in (lambda: x for x in range(3)):
        made.append(one)
    def more():
        nonlocal y
        y += 1
        return y
    more()
    made += [lambda: (y, k) for k in (x for x in range(2))]
    return [one() for one in made]

def g(n):
    for y in (x for x in range(n)):
        try:
            if y == 2:
                return y
            continue
        finally:
            last = y
    return None, last
"""
    assert_same(source)
    assert_same(source, (1,), (4,), name="g")


@pytest.mark.parametrize("values", ["[1, 2]", "[1]", "[1, 2, 3]"])
@pytest.mark.parametrize("targets", ["a, b", "[a, *b]"])
def test_one_that_is_unpacked(targets, values):
    assert_same(f"def f():\n    {targets} = (x for x in {values})\n    return a, b\n")


@pytest.mark.parametrize(
    "body",
    [
        "return (x for x in y)",
        "z = (x for x in y)",
        "z = t, u = (x for x in y)",
        "return len(x for x in y)",
        "return 1 in (x for x in y)",
        "return reversed(x for x in y)",
        "return {1}.isdisjoint(x for x in y)",
    ],
)
def test_a_generator_expression_is_no_value(body):
    with pytest.raises(CompileError, match=r"make a list with \[\.\.\.\]"):
        image_of(define(f"def f(y):\n    {body}\n")["f"])
