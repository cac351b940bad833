# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""slice(i, j, k) as a value: made, taken apart, compared, given to containers and to `__getitem__`."""

import sys

import pytest
from library_kit import assert_alike, needs_machine
from support import assert_same

import pyvm

BODIES = """
s = slice(1, 3)
return s.start, s.stop, s.step, repr(s), str(slice(5)), f"{slice(1, None, -1)}", bool(slice(0)), [s, (s,)]
---
s = slice(a)
return "abcdef"[s], b"abcdef"[s], [1, 2, 3, 4][s], (1, 2, 3, 4)[s], list(range(9)[s])
---
x = [1, 2, 3, 4, 5, 6]
x[slice(None, None, 2)] = "abc"
del x[slice(0, 1)]
x[slice(1, 2)] += [0]
return x, x[slice(-1, None, -1)]
---
first = slice(1, 2) == slice(1, 2), slice(1) == slice(2), slice(1) != slice(1)
return first, slice(0) == slice(0.0), slice(1) == 1
---
first = slice(1, 2) < slice(1, 3), slice(2, 2, 1) > slice(1, 9, 9), slice(1) <= slice(1)
return first, max([slice(None, 1, 2), slice(None, 1, 3)], key=str)
---
return isinstance(slice(1), slice), type(slice(1)) is slice, slice(1).__class__ is slice, isinstance(1, slice)
---
match slice(1, (2, 3)):
    case slice(start=1, stop=(x, y), step=None):
        return x, y
---
match range(1, 5, 2), 7:
    case range(start=x, stop=y), int(real=z):
        return x, y, z
---
s = slice([1], {2: 3}, (4,))
return s, [s, s.start, s.stop], s == slice([1], {2: 3}, (4,))
---
return a[slice(1)]
---
return slice(1).size
---
a = [1]
return a[1:2, 0]
---
a = [1, 2, 3]
a[::2] = 5
---
a = [1, 2, 3]
a[::0] = 5
---
a = [1, 2, 3]
a["x":] = 5
---
a = [1, 2, 3]
a[1:] = 5
---
s = slice(len, lambda x: x + 1)
return s.start("abc"), s.stop(4)
---
return slice("a") < slice(1)
---
return slice(1) < 1
---
(1, 2)[slice(1)] = 3
---
return [1, 2][slice("a")]
---
return slice(1) + slice(2)
---
x = [(i, j) for i in (None, -2, 0, 1, 9) for j in (None, -9, 2)]
x = [slice(i, j, k) for i, j in x for k in (None, 1, -1, 3, -2)]
return [s.indices(n) for s in x for n in (0, 1, 5)]
---
first = slice(None).indices(10**30), slice(-5, 10**40, 10**20).indices(10**30)
return first, slice(None, None, -(2**70)).indices(2**65)
---
return slice(True, None).indices(5), slice(2).indices(True)
---
return slice(1).indices(-1)
---
return slice(1, 2, 0).indices(3)
---
return slice(1.5).indices(3)
---
return slice(1).indices("a")
"""


@pytest.mark.parametrize("body", BODIES.strip().split("\n---\n"))
def test_values(body):
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    source = f"def inner(a):\n{lines}\n\ndef f(a):\n    return repr(inner(a))\n"  # a slice cannot be sent
    assert_same(source, [2], [None], by_reference=False)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on CPython's slices can be keys")
@pytest.mark.parametrize("value", ["{slice(1): 2}", "hash(slice(1))", "{1: 2}[slice(1)]", "{1: 2}[1:]"])
def test_no_key(value):
    assert_same(f"def f():\n    return {value}\n", by_reference=False)


RECORDS = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Row:
    cells: tuple

    def __getitem__(self, index):
        return (index, self.cells[index])

def f(a, b):
    row = Row((1, 2, 3))
    return repr((row[a:b], row[:], row[::-1], row[a], row[slice(a, b)], [7, 8, 9][a:b], "xyz"[a:]))

def g():
    row = Row(([1], [2]))
    try:
        row[0:1] += [5]
    except TypeError as error:
        text = str(error)
    x = [1, 2, 3]
    x[0:1] += [5]
    x[1:] *= 2
    return text, x

@dataclass(frozen=True)
class Grid:
    def __getitem__(self, place):
        return place

def h(a):
    return repr((Grid()[1:2, 3], Grid()[:, ::a], Grid()[a:]))
"""


def test_a_record_is_given_slices():
    assert_same(RECORDS, [0, 2], [-1, None], by_reference=False)
    assert_same(RECORDS, name="g", by_reference=False)
    assert_same(RECORDS, [5], name="h", by_reference=False)


@pyvm.process
def sends_a_slice(who):
    pyvm.send(who, [slice(1)])


@needs_machine
async def test_a_slice_stays_in_its_process():
    _, ref = pyvm.spawn(sends_a_slice, pyvm.self(), monitor=True)
    down = await pyvm.receive(("DOWN", ref, ..., ..., ...), timeout=5.0)
    assert "message[0]: a slice belongs to its process" in str(down[4])
    with pytest.raises(TypeError, match="send its start, stop and step"):
        pyvm.send(pyvm.self(), slice(1))


@needs_machine
async def test_slices_of_everything():
    bounds = (None, -4, -1, 0, 2, 7)
    cases = [(i, j, k) for i in bounds for j in bounds for k in (None, -2, 1, 3)]
    await assert_alike("('abcde'[slice(a, b, c)], b'abcde'[slice(a, b, c)])", cases)
    await assert_alike("([1, 2, 3, 4][slice(a, b, c)], (1, 2, 3)[slice(a, b, c)])", cases)
    await assert_alike("slice(a, b, c).indices(4)", cases)
