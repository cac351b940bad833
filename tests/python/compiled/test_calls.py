# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Calls with stars, parameters that take what is left, defaults that are computed."""

import pytest
from support import assert_same, define, image_of, names_of_opcodes

CALLEES = """
import functools

def plain(a, b=2):
    return a, b

def strict(a, /, b, *, c, d=4):
    return a, b, c, d

def rest(a, *b):
    return a, b

def named(a, /, **b):
    return a, b

def both(a, b=2, *c, d, e=5, **f):
    return a, b, c, d, e, f

def nothing():
    return None

def note(log, x):
    log.append(x)
    return x

"""
CALLS = """
plain(*x)
plain(*x, **y)
plain(**y)
plain(1, *x)
plain(b=1, **y)
plain(a=1, **y, b=2)
strict(*x, **y)
strict(1, *x, c=3)
strict(1, 2, c=3, **y)
rest(*x)
rest(1, *x, 2, *x)
rest(*x, **y)
named(*x, **y)
named(1, a=2, **y)
both(*x, d=4, **y)
both(*x, **y)
both(1, *x, d=1, z=3)
nothing(*x)
nothing(**y)
print(*[], **y)
max(*x)
ValueError(*x).args
dict(**y)
dict(y, a=1)
dict([("a", 0)], a=1, z=2)
(lambda *a, **b: (a, b))(*x, **y)
(lambda a, *, b: (a, b))(*x, **y)
x(*y)
"""
SPREADS = [
    ([1, 2], {"b": 3}),
    ((1,), {"b": 3, "c": 4}),
    ((1, 2, 3), {}),
    ([], {"a": 1}),
    (tuple(range(5)), {"d": 1, "b": 2}),
    ("ab", {"c": 3, "q": 1}),
    ({"k": 1}, {1: 2}),
    (5, {"b": 1}),
    ([1, 2], 7),
    (None, None),
]


@pytest.mark.parametrize("call", CALLS.strip().splitlines())
def test_spread_calls(call):
    assert_same(CALLEES + f"def f(x, y):\n    z = {call}\n    return z\n", *SPREADS)


@pytest.mark.parametrize("call", CALLS.strip().splitlines())
def test_spread_calls_at_the_tail(call):
    assert_same(CALLEES + f"def f(x, y):\n    return {call}\n", *SPREADS)


def test_spread_calls_of_built_in_functions():
    source = """
def f(x, y):
    found = []
    found.append(*[x])
    text = "{} {k}".format(*x, **{"k": 1}) + "{a}".format(a=y) + "{0}{1}".format(*x)
    found[0].update(*[{"n": 1}], **{"m": 2})
    found[0].update(o=3)
    return found, text, len(*[y]), divmod(*x), int(*["11"], **{}), {}.get(*x), sorted(*[y], **{"reverse": True})
"""
    assert_same(source.replace("found.append(*[x])", "found.append(*[{}])"), ([7, 3], "abc"))
    assert_same("def f(x):\n    return [].append(*x)\n", (5,), (None,))
    assert_same("def f(x):\n    return len(*x)\n", (5,), ([1, 2],))


DIRECT = """
rest(1)
rest(1, 2, 3)
named(1)
named(1, b=x, a=3)
both(1, d=x)
both(1, 2, 3, 4, d=5, e=6, f=7, g=8)
both(d=note(log, 1), g=note(log, 2), a=note(log, 3), f=note(log, 4))
both(note(log, 1), note(log, 2), note(log, 3), e=note(log, 4), z=note(log, 5), d=note(log, 6))
both(rest(1, 2), rest(3), rest(4, rest(5, 6)), d=named(1, k=2), q=both(1, d=2))
"""


@pytest.mark.parametrize("call", DIRECT.strip().splitlines())
def test_direct_calls_of_functions_that_take_what_is_left(call):
    assert_same(CALLEES + f"def f(x):\n    log = []\n    z = {call}\n    return z, log\n", (1,))
    assert_same(CALLEES + f"def f(x):\n    log = []\n    return {call}\n", (1,))


def test_direct_calls_bind_when_they_are_compiled():
    source = CALLEES + "def f(x):\n    return rest(1, x)\n"
    assert names_of_opcodes(image_of(define(source)["f"])) == [
        "LoadInt", "Move", "MakeTuple", "TailCall",
    ]  # fmt: skip


BY_VALUE = """
g()
g(1)
g(1, 2)
g(1, 2, 3)
g(1, 2, 3, c=4)
g(1, 2, 3, c=4, d=5)
g(a=1)
g(a=1, b=2, c=3)
g(1, a=1)
g(1, 2, c=1, z=5)
g(1, 2, z=5, y=6)
g(b=1, c=2)
g(q=1, a=2, b=3)
"""


@pytest.mark.parametrize("call", BY_VALUE.strip().splitlines())
def test_calls_of_values_bind_as_in_python(call):
    functions = "plain, strict, rest, named, both, nothing, lambda: 0, lambda a, b=1, *, c=3, d: 0"
    source = f"""
def f():
    found = []
    for g in [{functions}]:
        try:
            found.append({call})
        except TypeError as error:
            found.append(str(error))
    return found
"""
    assert_same(CALLEES + source)


def test_the_order_of_evaluation():
    source = (
        CALLEES
        + """
def f(x):
    log = []
    def n(v):
        return note(log, v)
    def g(*a, **b):
        return a, list(b.items())
    def late():
        log.append("g")
        return g
    results = [
        late()(n(1), *n([2, 3]), n(4), *n("ab"), k=n(5), **n({"l": 6}), m=n(7), **n({"o": 8})),
        late()(*n([1]), **n({"a": 2})),
    ]
    try:
        late()(*n(x), **n({"a": 1}), a=n(2))
    except TypeError as error:
        results.append(str(error))
    try:
        late()(*n(1), *n(2), k=n(3))
    except TypeError as error:
        results.append(str(error))
    try:
        late()(*n(x), **n({"k": 1}), k=n(2), **n({"z": 3}))
    except TypeError as error:
        results.append(str(error))
    return results, log
"""
    )
    assert_same(source, ([1],), (5,))


def test_what_is_given_is_copied():
    source = """
def f(x, y):
    def change(*a, **b):
        b["new"] = a
        return b
    return change(*x, **y), change(**y), change(*x), x, y
"""
    assert_same(source, ([1, 2], {"k": [3]}))


def test_tail_calls_with_stars_need_no_stack():
    source = """
def f(n):
    return down(*[n, 0])

def down(n, total, *rest, **names):
    if n == 0:
        return total, rest, names
    if n % 2:
        return down(*[n - 1, total + n], n, **{"last": n})
    return down(n - 1, total + n, *rest, **names)
"""
    assert_same(source, (300,))


def test_iterators_behind_stars():
    source = """
def f(x):
    it = iter(x)
    first = next(it)
    def g(*a):
        return a
    return first, g(*it), g(*it), g(*map(lambda y: y * 2, x)), g(*{1: 2}), g(*"ab", *(3, 4))
"""
    assert_same(source, ([1, 2, 3],), ("xy",), ((),))


def test_parameters_in_cells():
    source = """
def f(*a, **b):
    def more(*c, d=a, **e):
        nonlocal a
        a = (*a, *c)
        b.update(e)
        return a, b, d
    return more(1, k=2), more(*a, **b), a, b

def g(x):
    return f(x, y=x)
"""
    assert_same(source, (1,), name="g")


def test_defaults_that_are_computed():
    source = """
def f(x):
    log = []
    def n(v):
        log.append(v)
        return v
    def g(a, b=n(1), c=n([]), *, d, e=n(x)):
        c.append(a)
        return a, b, c, d, e
    calls = [g(1, d=2), g(2, c=[0], d=1), g(3, e=4, d=5), g(4, d=0)]
    made = []
    for i in range(3):
        made.append(lambda y=i, z=n(i): (y, z, i))
    try:
        g(1)
    except TypeError as error:
        calls.append(str(error))
    return calls, [h() for h in made], made[0](5), [h(z=1) for h in made], log
"""
    assert_same(source, (7,), ([1],))


def test_defaults_see_what_is_around_the_function():
    source = """
def helper(x):
    return x + 1

def f(x):
    def g(y=x, z=helper, w=(x, 2), v=[x for x in range(3)]):
        return y, z(1), w, v
    x = 100
    return g(), g(1, z=lambda q: q), (lambda y=(k := 3): (y, k))()
"""
    assert_same(source, (7,))


def test_defaults_of_functions_that_call_themselves():
    source = """
def f(n):
    def down(k, seen=[n]):
        seen.append(k)
        return seen if k == 0 else down(k - 1)
    return down(n), down(1, []), down(1)
"""
    assert_same(source, (3,))


def test_many_arguments():
    source = "def f(x):\n    def g(*a, **b):\n        return len(a), sum(a), len(b)\n"
    source += (
        "    return g(*x, *x, **{str(i): i for i in x}), max(*x), dict(**{str(i): i for i in x})\n"
    )
    assert_same(source, (list(range(3000)),))


def test_names_of_functions_in_comprehensions():
    source = """
def f(x):
    calls = [[lambda: 0 for i in x][0], *{(lambda: 0) for i in x}, {i: lambda: 0 for i in x}[1]]
    calls += sum([[(lambda: 0) for j in [lambda: 1]] for i in x], [])
    found = []
    for one in calls:
        try:
            one(1)
        except TypeError as error:
            found.append(str(error))
    return found, any((lambda: 0)(i) for i in x)
"""
    assert_same(source, ([1],))


@pytest.mark.parametrize(
    "call",
    [
        "'a b c'.split(sep=' ', maxsplit=1), 'a b c'.rsplit(maxsplit=1), 'a b'.split(' ', maxsplit=0)",
        "b'a,b'.split(sep=b','), 'a\\nb'.splitlines(keepends=True), 'a\\tb'.expandtabs(tabsize=4)",
        "'a'.encode(encoding='utf-8', errors='strict'), b'a'.decode(encoding='ascii')",
        "(5).to_bytes(length=2, byteorder='big', signed=True), b'abc'.hex(sep=':', bytes_per_sep=1)",
        "'{a}{0}'.format(1, a=2), b'abc'.translate(None, delete=b'a')",
        "'a'.split(' ', sep=' ')",
        "'a'.split(foo=1)",
        "'a'.strip(chars='a')",
        "b'a'.replace(old=b'a', new=b'b')",
        "[1].index(value=1)",
        "[1].pop(index=0)",
        "[1].append(object=1)",
        "{}.get(key=1)",
        "{1}.add(object=1)",
        "'a'.upper(x=1)",
        "[1].pop('k', 5)",
        "{}.get()",
        "{}.setdefault(1, 2, 3)",
        "[1].index()",
    ],
)
def test_methods_of_built_in_types_by_name(call):
    assert_same(f"def f():\n    return {call}\n")


def test_words_of_texts_and_bytes():
    source = """
def f(n):
    spaces = " ", "\\n", "\\t", "\\x0b", "\\x0c", "\\x1c", "\\x1f", "\\x00", "\\x7f", "\\x85", "\\u2003"
    found = []
    state = n
    for size in range(0, 140, 1 + n % 5):
        text = ""
        while len(text) < size:
            state = (state * 1103515245 + 12345) % 2147483648
            space = spaces[(state >> 16) % (11 if n % 2 else 7)]
            text += space if (state >> 8) % 4 == 0 else chr(97 + (state >> 12) % 26)
        data = text.encode().replace(b"a", bytes([255]))
        found.append((text.split(), text.split(None, 3), data.split(), text.encode().split()))
    counts = {}
    for one in found:
        for word in one[0] + one[2]:
            counts[word] = counts.get(word, 0) + 1
            if word in counts:
                counts[word] += 1
    return found, counts
"""
    assert_same(source, (1,), (4,))
