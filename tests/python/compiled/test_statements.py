# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Assignments, loops, functions and comprehensions mean what they mean in CPython."""

import textwrap

import pytest
from support import assert_same, define, machine_of

BODIES = """
x = y = a
x += 1
return x, y
---
x: int = a
y: str
return x
---
a, b = b, a
return a, b
---
(a, [b, *c]), d = (1, [2, 3, 4]), 5
return a, b, c, d
---
*x, y = [1, 2, 3]
return x, y
---
x, *y = 'abc'
[z] = (a,)
return x, y, z
---
x, y = [1]
return x
---
x, y = [1, 2, 3]
return x
---
x, *y, z = [1]
return x
---
x, y = 5
return x
---
x = [1, 2, 3]
x[0], x[1:2] = 5, [6, 7]
del x[-1]
return x
---
x = [1, 2, 3, 4]
del x[1:3], x[0]
return x
---
x = {1: 2}
x[3] = x[1] = a
del x[1]
return x
---
x = [1, 2]
y = x
x += (3,)
x *= 2
return x, y, x is y
---
x = (1,)
y = x
x += (2,)
return x, y
---
x = {1, 2}
y = x
x |= {3}
x -= {1}
x &= {2, 3}
x ^= {9}
return x, y
---
x = {1: 2}
y = x
x |= {3: 4}
return y
---
x = [[1], 2]
x[0] += [5]
x[1] *= 4
x[0:1] += [9]
return x
---
x = 7
x //= 2
x **= 3
x %= 20
x <<= 2
x >>= 1
x /= 2
x -= 3
x -= -1
x += -2
return x
---
x = a
x += (x := 10)
return x
---
x = a or x
return x
---
x = 5
x = b and x
return x
---
return x
x = 1
---
if a:
    x = 1
return x
---
x = 1
del x
return x
---
del x
x = 1
---
if a > b:
    return 1
elif a == b:
    return 2
else:
    return 3
---
x = 0
while x < 5:
    x += 1
    if x == a:
        break
    if x == b:
        continue
else:
    return 'else', x
return x
---
t = 0
for i in range(a):
    for j in range(1, b):
        if j == 3:
            break
        t += i * j
    else:
        t += 100
return t, i
---
t = []
for i in range(10, 0, -3):
    t.append(i)
return t
---
t = []
for i, (j, *k) in [(1, (2, 3)), (4, [5])]:
    t += [i, j, k]
return t
---
for i in range(3, 3):
    pass
return i
---
for i in range(1.5):
    pass
---
for i in range(1, 2, 0):
    pass
---
for i in a:
    pass
---
x = [0]
for x[0] in range(3):
    pass
return x
---
t = []
for k, v in {'a': 1, 'b': 2}.items():
    t.append((k, v))
for c in 'xy':
    t.append(c)
return t
---
while True:
    a += 1
    if a > 20:
        return a
---
assert a > 0
return 1
---
assert a > b, ('no', a)
return 1
---
pass
'text'
...
return
---
def g(x, y=2, *, z=3):
    return x, y, z
return g(1), g(1, 5), g(z=9, x=0), g(7, y=1)
---
def g(x, /, y):
    return x - y
return g(5, y=3)
---
def g(n):
    return 1 if n < 2 else n * g(n - 1)
return g(5)
---
def up():
    nonlocal a
    a += 1
    return a
return up(), up(), a
---
def outer():
    def inner():
        nonlocal b
        b = [b]
        return a
    return inner
return outer()(), b
---
fs = []
for i in range(3):
    fs.append(lambda: i)
return [g() for g in fs]
---
return [g() for g in [lambda: i for i in range(3)]]
---
g = lambda: y
y = 5
return g()
---
g = lambda: y
if a < 0:
    y = 5
return g()
---
x = 1
g = lambda: x
del x
return g()
---
def g():
    return b
b = 100
return g()
---
k = 3
return [x * k for x in range(4) if x if x != 2], {x for x in 'aab'}, {x: y for x in 'ab' for y in (1, 2)}
---
return [(x, y) for x in range(3) for y in range(x)], [[y for y in range(x)] for x in range(3)]
---
return [x for x in x]
x = 1
---
return [y for x in [1] for y in y]
---
a = 1
return [a for a in range(3)], a
---
return [(last := x) for x in range(4)], last
---
return sum(x * x for x in range(a)), max(x for x in [3, 1]), ','.join(str(x) for x in range(3))
---
return any(x > 2 for x in range(a)), all(x < 2 for x in [0, 1]), any(x for x in []), all(1 for x in [])
---
return sorted((x for x in [3, 1]), reverse=True), tuple(x for x in 'ab'), dict((x, 1) for x in 'ab')
---
return [lambda: x for x in range(2)][0](), [(lambda y: y + x)(1) for x in range(3)]
---
x = 5
def g():
    return [x + i for i in range(2)]
return g()
---
def g():
    x = 1
    def h():
        return a + x
    return h
return g()()
---
x = [1]
x.append(2)
x.sort(reverse=True)
return x, x.index(1), x.pop()
---
x = None
return x.foo
---
x = None
x.foo()
---
x = {}
x.update({1: 2})
return x.get(1), x.get(2, 3), x.setdefault(4, [])
---
x = 9
return [next((y for y in range(a) if y > 1), x), next((y for y in []), (1, None)), next(y for y in [3])]
---
return next(y for y in range(a) if y > 4)
---
next((0 for y in x), None)
x = 1
---
t = []
for i in range(3):
    t.append(lambda: i)
    for j in [i]:
        def g(k=2):
            nonlocal j
            j += k
            return j
        t.append(g)
return [h() for h in t]
""".strip().split("\n---\n")


@pytest.mark.parametrize("body", BODIES)
def test_a_body_does_the_same(body):
    assert_same("def f(a, b):\n" + textwrap.indent(body, "    "), (7, 2), (0, 3), (3, 3))


MODULE = """
from dataclasses import dataclass
import enum

LIMIT = 10
TABLE = {"a": (1, 2)}

class Hue(enum.Enum):
    RED = 1
    BLUE = 2

@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0

def f(n):
    p = Point(n, y=2)
    seen = [TABLE["a"], LIMIT, p.x + p.y, Hue.RED.value, Hue(2)]
    return seen, even(n), later(n, k=2), later(k=1, x=n), later(n)

def even(n):
    return True if n == 0 else odd(n - 1)

def odd(n):
    if n == 0:
        return False
    return even(n - 1)

def later(x, *, k=5, j=DEFAULT):
    return x * k, j
"""


def test_functions_and_constants_of_the_module():
    assert_same(MODULE, (5,), (4,), DEFAULT=(1, 2))


def test_a_tail_call_keeps_no_frame():
    source = "def f(n, t):\n    return t if n == 0 else f(n - 1, t + n)\n"
    assert machine_of(define(source)["f"]).call(0, [5000, 0]) == 12502500


def test_a_function_that_is_a_value():
    source = """
def f(n):
    return list(map(g, [1, n])), [h for h in [g]][0](3)

def g(x):
    return -x
"""
    assert_same(source, (5,))


def test_a_process_made_in_a_function_keeps_what_is_around_it():
    source = """
def make(k):
    def f(x):
        return g(x) * k

    def g(x):
        return x + 1

    return f

f = make(3)
"""
    assert_same(source, (5,))


def test_private_names_in_a_class():
    source = """
class A:
    def g(x):
        __y = x
        return __y + __z

A__z = 1
_A__z = 2
f = A.g
"""
    assert_same(source, (5,))


def test_many_branches():
    branches = "".join(f"    elif a == {i}:\n        x = {i}\n" for i in range(100))
    assert_same(
        f"def f(a):\n    if a is None:\n        x = 0\n{branches}    return x\n",
        (0,),
        (399,),
        (400,),
    )


def test_a_sum_of_many_terms():
    assert_same(f"def f(a):\n    return {' + '.join(['a'] * 150)}\n", (3,))


def test_a_dict_has_no_slices():
    assert_same("def f(d):\n    d[1:] = [1]\n", ({1: 2},))
    assert_same("def f(d):\n    del d[1:]\n", ({1: 2},))


def test_the_target_of_a_comprehension_may_read_its_own_variable():
    source = """
def f(rows):
    c = [[0]]
    kept = (1, 2, 3, 4, 5, 6)
    try:
        return [c for c[0] in rows for c in kept]
    except UnboundLocalError as error:
        return str(error), kept
"""
    assert_same(source, ([1],))
