# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Python's functions that call back into the program, and iterators as values."""

import functools
import itertools
import operator
import types

import pytest
from support import assert_same, define, image_of

from pyvm.compiler import library

MODULES = {"functools": functools, "itertools": itertools, "operator": operator}
LISTS = [
    ([3, 1, 2],),
    ([],),
    (["bb", "a", "ccc", "dd"],),
    ([(1, "x"), (0, "y"), (1, "z")],),
    (5,),
    ([1, None],),
]


def same(expression, *calls, before=""):
    assert_same(f"{before}\ndef f(x):\n    z = {expression}\n    return z\n", *calls, **MODULES)
    assert_same(f"{before}\ndef f(x):\n    return {expression}\n", *calls, **MODULES)


EXPRESSIONS = """
list(map(str, x))
list(map(lambda a: a * 2, x))
list(map(lambda a, b: (a, b), x, [1, 2]))
list(map(divmod, x, [2, 3, 4]))
list(map(None, x))
[a for a in map(str, x)]
next(map(str, x))
list(filter(None, x))
list(filter(lambda a: a != 1, x))
list(filter(str, x))
sorted(x, key=str)
sorted(x, key=lambda a: 0)
sorted(x, key=lambda a: 0, reverse=True)
sorted(x, key=lambda a: a, reverse=True)
sorted(x, key=None)
sorted(x, key=len)
sorted(x, key=lambda a: [a], **{"reverse": 1})
sorted(x, key=operator.itemgetter(0))
sorted((a for a in x), key=repr)
min(x, key=str)
max(x, key=str)
min(x, key=lambda a: 0)
max(x, key=lambda a: 0)
min(x, key=str, default="none")
max(x, default="none", key=len)
min(x, key=None, default=0)
max(x, key=None)
max(*x, key=str)
max(1, 2, key=lambda a: -a)
min([1], 2, key=str, default=3)
[g(x) for g in (min, max, sorted)]
[g(x, key=repr) for g in (min, max, sorted)]
[g(str, x) is None for g in (map, filter)]
functools.reduce(lambda a, b: (a, b), x)
functools.reduce(operator.add, x, 0)
functools.reduce(operator.add, x)
functools.reduce(max, x, 2)
functools.partial(sorted, key=repr)(x)
functools.partial(lambda *a, **k: (a, k), 1, b=2)(x, 3, b=4, c=5)
functools.partial(functools.partial(divmod), x)(1)
operator.itemgetter(0)(x)
operator.itemgetter(0, -1)(x)
operator.itemgetter(slice)(x) if x == 6 else 0
operator.methodcaller("index", 1)(x)
operator.methodcaller("upper")(str(x))
operator.attrgetter("start", "stop")(range(3, 9))
operator.attrgetter("nothing")(x)
operator.attrgetter(1)(x)
operator.concat(x, [1])
operator.contains(x, 1)
operator.countOf(x, 1)
operator.indexOf(x, 1)
operator.getitem(x, 0)
operator.add(x, x)
operator.not_(x)
operator.truth(x)
operator.eq(x, [])
operator.is_(x, None)
operator.is_not(x, None)
operator.iadd(x, [5])
operator.call(str, x)
list(itertools.chain(x, "ab", x))
list(itertools.chain())
list(itertools.chain.from_iterable([x, x]))
list(itertools.chain.from_iterable(x))
list(itertools.islice(x, 2))
list(itertools.islice(x, 1, None))
list(itertools.islice(x, 0, 5, 2))
list(itertools.islice(x, None))
list(itertools.islice(x, -1))
list(itertools.islice(x, 1, -1))
list(itertools.islice(x, 1, 2, 0))
list(itertools.accumulate(x))
list(itertools.accumulate(x, lambda a, b: (a, b)))
list(itertools.accumulate(x, max, initial=2))
list(itertools.product(x, "ab"))
list(itertools.product(x, repeat=2))
list(itertools.product())
list(itertools.product(x, repeat=0))
list(itertools.product(x, repeat=-1))
list(itertools.permutations(x))
list(itertools.permutations(x, 2))
list(itertools.permutations(x, 0))
list(itertools.permutations(x, -1))
list(itertools.combinations(x, 2))
list(itertools.combinations(x, 0))
list(itertools.combinations(x, 9))
list(itertools.combinations(x, -1))
list(itertools.combinations_with_replacement(x, 2))
list(itertools.zip_longest(x, "ab", fillvalue=0))
list(itertools.zip_longest(x, [1, 2, 3, 4, 5]))
list(itertools.zip_longest())
list(itertools.takewhile(lambda a: a != 1, x))
list(itertools.dropwhile(lambda a: a != 1, x))
list(itertools.filterfalse(lambda a: a == 1, x))
list(itertools.filterfalse(None, x))
list(itertools.starmap(lambda *a: a, [x, "ab", ()]))
list(itertools.starmap(pow, [(2, 5), (2, 5, 3)]))
list(itertools.islice(x, "a", None))
list(itertools.islice(x, 1, -2))
[(k, list(g)) for k, g in itertools.groupby(x)]
[(k, list(g)) for k, g in itertools.groupby(x, key=lambda a: str(a)[:1])]
list(itertools.pairwise(x))
list(itertools.repeat(x, 3))
list(itertools.repeat(x, -1))
list(itertools.compress(x, [1, 0, True]))
[list(t) for t in itertools.tee(x, 3)]
dict.fromkeys(x)
dict.fromkeys(x, 0)
list(map(str.upper, x))
sorted(x, key=str.lower)
sorted(x, key=list.__len__) if x == 6 else 0
str.upper(x)
list.count(x, 1)
list.index(x, 1, 1)
[g(x) for g in (list.copy, list.clear)]
(lambda g: g())(str.strip)
str.join("-", x)
list.append(x, 5)
getattr(x, "count")(1)
getattr(x, "nothing", 7)
getattr(x, "nothing")
"""


@pytest.mark.parametrize("expression", EXPRESSIONS.strip().splitlines())
def test_expressions(expression):
    same(expression, *LISTS)


def test_the_functions_of_operator_are_all_there():
    names = [
        name
        for name in operator.__all__
        if name not in ("matmul", "imatmul", "index", "length_hint", "iconcat", "inv")
    ]
    missing = [name for name in names if library.stand_in(getattr(operator, name)) is None]
    assert missing == []


def test_binary_functions_of_operator():
    names = "lt le eq ne ge gt add sub mul truediv floordiv mod pow lshift rshift and_ or_ xor iadd isub imul"
    names += " itruediv ifloordiv imod ipow ilshift irshift iand ior ixor"
    calls = ", ".join(f"operator.{name}" for name in names.split())
    source = f"""
def f(a, b):
    found = []
    for one in [{calls}]:
        try:
            found.append(one(a, b))
        except Exception as error:
            found.append(str(error))
    return found, operator.neg(a), operator.pos(a), operator.invert(a), operator.abs(a)
"""
    assert_same(source, (7, 2), (-5, 0), (True, 3), **MODULES)


SORTS = """
x.sort(key=lambda a: str(a))
x.sort(key=len, reverse=True)
x.sort(reverse=n(True), key=n(repr))
x.sort(key=None)
x.sort(key=lambda a: len(x))
x.sort(key=lambda a: x.append(a))
x.sort(key=5)
[x, log][0].sort(key=str)
"""


@pytest.mark.parametrize("statement", SORTS.strip().splitlines())
def test_sort_with_a_key(statement):
    source = f"""
def f(x):
    log = []
    def n(v):
        log.append(str(v)[:5])
        return v
    try:
        result = {statement}
    except Exception as error:
        return str(error), x
    return result, x, len(log)
"""
    assert_same(source, *LISTS)


def test_sort_of_what_is_no_list():
    source = "def f(x):\n    x.sort(key=len)\n"
    assert_same(source, (5,), ((1,),), ({},))


def test_sort_is_stable_and_compares_keys_only():
    source = """
def f(x):
    x.sort(key=lambda a: a[0])
    y = sorted(x, key=lambda a: a[0], reverse=True)
    z = sorted(x, key=lambda a: a[0] * 0.5)
    return x, y, z, max(x, key=lambda a: a[0]), min(x, key=lambda a: a[0])
"""
    many = [(i % 7, {"n": i}) for i in range(50)]
    assert_same(source, (many,), ([(1, None), (0, {}), (1, None)],))
    assert_same("def f(x):\n    return sorted(x, key=lambda a: None)\n", ([1, 2],), ([1],))


ITERATORS = """
it = iter(x); a = next(it); b = list(it); c = list(it)
it = iter(x); a = next(it, 0); b = [y for y in it]; c = next(it, "end")
it = iter(x); a = 2 in it; b = list(it); c = 2 in it
it = iter(x); a, b = it; c = next(it, 0)
it = iter(x); a, *b = it; c = next(it, 0)
it = iter(x); a = list(zip(it, it)); b = c = list(it)
it = iter(x); a = iter(it) is it; b = next(it); c = len(list(it))
it = iter(x); a = any(y == 1 for y in it); b = list(it); c = next(it)
it = iter(x); a = sum(1 for _ in it); b = tuple(it); c = max(it, default=0)
it = iter(x); a = dict(zip("abc", it)); b = sorted(it); c = set(it)
it = iter(x); a = [*it]; b = (*it, 1); c = str(next(it, None))
it = map(str, x); a = next(it, 0); b = list(it); c = list(it)
it = reversed([*x]); a = next(it, 0); b = list(it); c = list(it)
it = enumerate(x); a = next(it, 0); b = list(it); c = next(it, 1)
it = iter(x); a = list(itertools.islice(it, 2)); b = next(it, 0); c = list(it)
it = iter(x); a = list(itertools.islice(it, 0, 3, 2)); b = next(it, 0); c = list(it)
it = iter(x); a = list(itertools.islice(it, 3, 1)); b = next(it, 0); c = list(it)
it = iter(x); a = list(itertools.takewhile(lambda y: y != 1, it)); b = list(it); c = 0
it = iter(x); a = list(itertools.dropwhile(lambda y: y != 1, it)); b = list(it); c = 0
it = iter(x); a = functools.reduce(lambda y, z: z, it, 0); b = list(it); c = 0
a = b = c = next(x)
a = b = c = next(iter(x))
"""


@pytest.mark.parametrize("lines", ITERATORS.strip().splitlines())
def test_iterators_are_used_step_by_step(lines):
    source = f"def f(x):\n    {lines}\n    return a, b, c\n"
    calls = [
        ([3, 1, 2],),
        ((1, 2),),
        ([],),
        ("abc",),
        ({"k": 1, "l": 2},),
        (b"xyz",),
        ([1, 2, 3, 4, 5],),
        (7,),
    ]
    assert_same(source, *calls, **MODULES)


def test_a_loop_over_an_iterator_goes_on_where_another_stopped():
    source = """
def f(x):
    log = []
    it = iter(x)
    for a in it:
        log.append(a)
        if a == 2:
            break
    else:
        log.append("end")
    for b in it:
        log.append((b, next(it, None)))
    for c in it:
        log.append(c)
    x.append(9)
    return log, next(it, "ended")
"""
    assert_same(source, ([1, 2, 3, 4, 5],), ([2],), ([],))


def test_an_iterated_dict_must_not_change():
    source = """
def f(x):
    it = iter(x)
    next(it)
    x["new"] = 1
    return next(it)
"""
    assert_same(source, ({"a": 1, "b": 2},))


def test_exceptions_of_the_program_come_through():
    source = """
def fail(x):
    if x == 2:
        raise KeyError(x)
    return x

def f(x):
    found = []
    for one in (lambda: list(map(fail, x)), lambda: sorted(x, key=fail), lambda: max(x, key=fail),
                lambda: functools.reduce(lambda a, b: fail(b), x), lambda: x.sort(key=fail)):
        try:
            found.append(one())
        except KeyError as error:
            found.append(error.args)
    return found, x
"""
    assert_same(source, ([3, 2, 1],), ([3, 1],), **MODULES)


def test_the_library_knows_its_files():
    image = image_of(define("def f(x):\n    return sorted(x, key=lambda a: a)\n")["f"])
    homes = [(home, file.rpartition("/")[2]) for home, file in image[3]]
    assert homes[0][0] == "made"
    assert homes[1:] == [("builtins", "of_builtins.py")]
    assert [function[1] for function in image[4]] == ["f", "sorted", "f.<locals>.<lambda>"]


def test_a_stand_in_takes_what_python_s_function_takes():
    """Whatever a name of the library stands for exists, and is no class where it is asked for one."""
    for home, own in library._HOMES:
        for name, made in vars(own).items():
            if isinstance(made, types.FunctionType) and not name.startswith("_"):
                meant = getattr(home, name, None)
                assert meant is None or library.stand_in(meant) is made
