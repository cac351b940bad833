# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Shorter ways through a function, and copies that nobody needs."""

import pytest
from support import assert_same, define, image_of, names_of_opcodes


def codes(source):
    return names_of_opcodes(image_of(define(source)["f"]))


def test_a_loop_of_receives_is_one_jump_and_one_test():
    source = (
        "def f(n):\n while True:\n  match receive():\n   case 'inc':\n    n += 1\n"
        "   case k:\n    n -= k\n"
    )
    assert codes(source) == [
        "Unset", "Receive", "JumpIfNotEqualInt", "InPlaceAddInt", "LoopJump", "InPlace", "LoopJump",
    ]  # fmt: skip


def test_a_jump_to_a_jump_goes_where_that_goes():
    source = (
        "def f(n):\n while n > 0:\n  if n > 5:\n   if n > 8:\n    n -= 3\n   else:\n    n -= 2\n"
        "  else:\n   n -= 1\n return n\n"
    )
    # Each way through the body has a jump back of its own, which is the test at the head.
    assert codes(source).count("LoopIfGreaterInt") == 3
    assert "LoopJump" not in codes(source)
    assert_same(source, *((n,) for n in range(12)))


def test_a_test_around_a_jump_is_the_opposite_test():
    source = "def f(n):\n for i in range(n):\n  if i == 3:\n   break\n  n += i\n return n\n"
    assert "Jump" not in codes(source)
    assert_same(source, (0,), (3,), (4,), (9,))


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n y = x\n x = 3\n return x, y\n",
        "def f(x):\n y = x\n z = y\n y = 4\n return x, y, z\n",
        "def f(x):\n y = x\n try:\n  x = 1 // y\n except ZeroDivisionError:\n  return x, y\n return x, y\n",
        "def f(x):\n y = 7\n try:\n  y = x\n  z = 1 // y\n  y = 5\n except ZeroDivisionError:\n"
        "  return y\n return y, z\n",
        "def f(x):\n try:\n  y = x\n  z = 1 // y\n  del y\n except ZeroDivisionError:\n  return y\n return z\n",
        "def f(x):\n try:\n  try:\n   x = 1 // x\n  except:\n   pass\n except ZeroDivisionError:\n"
        "  return 5\n return x\n",
        "def f(x):\n try:\n  try:\n   x = 1 // x\n  except:\n   pass\n finally:\n  x = [x]\n return x\n",
        "def f(x):\n while x < 5:\n  try:\n   try:\n    x += 1\n   finally:\n    continue\n"
        "  except ValueError:\n   x = 9\n return x\n",
        "def f(x):\n n = 0\n b = 4\n while True:\n  if x < b:\n   x += 1\n  else:\n   b -= 1\n"
        "  n += 1\n  if n > 5:\n   return x, b\n",
        "def f(x):\n b = 3\n while not x < b or x > 5:\n  x -= 1\n return x\n",
        "def f(x):\n y = x\n g = lambda: y\n y += 1\n return x, y, g()\n",
        "def f(x):\n y = x\n y += 1\n y = y * x\n return [x, y, str(x), abs(y)]\n",
        "def f(x):\n a, b = x, x + 1\n a, b = b, a\n return a - b, a, b\n",
        "def f(x):\n a = [x]\n b = a\n b += [2]\n b.append(x)\n return a, b\n",
        "def f(x):\n if x > 2:\n  y = x\n del x\n return y\n",
        "def f(x):\n total = 0\n while (y := x) > 0:\n  x = y - 1\n  total += y\n return total, x\n",
        "def f(x):\n match (x, x):\n  case (a, b) if a > 2:\n   a = b + a\n   return a, b\n  case (c, 0):\n"
        "   return c\n  case other:\n   return other\n",
        "def f(x):\n try:\n  if x == 1:\n   return x\n  if x == 2:\n   raise ValueError\n"
        " finally:\n  x += 10\n return x\n",
        "def f(x):\n for i in range(x):\n  if i % 2:\n   continue\n  if i > 5:\n   break\n"
        "  x += i\n else:\n  x = -x\n return x\n",
        "def f(x):\n while True:\n  x += 1\n  if x < 4:\n   continue\n  if x >= 7:\n   return x\n",
    ],
)
def test_the_same_as_before(source):
    assert_same(source, *((x,) for x in (0, 1, 2, 3, 7)))


def test_a_loop_that_waits_pins_no_constants_and_one_that_does_not_does():
    waiting = (
        "def f(n):\n while n > 0:\n  while True:\n   if n % 7 == 3:\n    break\n"
        "   n -= receive()\n return n\n"
    )
    assert codes(waiting)[:2] == ["Unset", "JumpIfNotGreaterInt"]
    counting = (
        "def f(n):\n while True:\n  n = n * 3 % 1000003\n  if n < 9:\n   break\n"
        " return receive(timeout=0)\n"
    )
    assert codes(counting)[:3] == ["Unset", "LoadInt", "LoadConst"]


def test_copies_are_read_where_they_come_from():
    source = "def f(x):\n y = x\n z = y\n return z + y\n"
    assert codes(source) == ["Add", "Return"]


def test_a_copy_stays_while_its_original_is_written():
    source = "def f(x):\n y = x\n x -= 1\n return y - x\n"
    assert codes(source) == ["Move", "InPlaceAddInt", "Subtract", "Return"]
    assert_same(source, (3,), (-3,))
