# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""match receive(...) and receive()."""

import enum
import types

import pytest
from fake_vm import TIMEOUT, Deadlock, ReceiveTimeout
from support import define, image_of, machine_of, names_of_opcodes


def run(body, mailbox, *arguments, parameters="", **names):
    vm = types.ModuleType("vm")
    vm.TIMEOUT = TIMEOUT
    scope = define(f"def f({parameters}):\n{body}", vm=vm, **names)
    machine = machine_of(scope["f"], mailbox)
    return machine.call(0, list(arguments)), machine


def test_the_oldest_message_that_a_case_takes():
    body = " match receive():\n  case ('b', x):\n   return x\n  case 'c':\n   return 'c'\n"
    result, machine = run(body, ["a", ("b", 5), "c"])
    assert (result, machine.mailbox) == (5, ["a", "c"])


def test_a_guard_decides_and_the_search_goes_on():
    body = (
        " match receive():\n  case (x, y) if x > y:\n   return 'first', x, y\n"
        "  case (x, y) if x == 1:\n   return 'second', x, y\n"
    )
    result, machine = run(body, [(0, 5), (1, 7), (9, 2)])
    assert (result, machine.mailbox) == (("second", 1, 7), [(0, 5), (9, 2)])


def test_what_a_refused_case_bound_stays_bound():
    body = " x = 0\n match receive():\n  case int(x) if x > 5:\n   return x\n  case str():\n   return x\n"
    assert run(body, [3, "s"])[0] == 3


def test_a_timeout_is_a_subject():
    body = (
        " match receive(timeout=n):\n  case vm.TIMEOUT:\n   return 'late'\n  case 1:\n   return 1\n"
    )
    assert run(body, [2], 0, parameters="n")[0] == "late"
    assert run(body, [2, 1], 0, parameters="n")[0] == 1


def test_a_timeout_that_no_case_takes():
    with pytest.raises(ReceiveTimeout):
        run(" match receive(timeout=1):\n  case 1:\n   return 1\n", [2])
    with pytest.raises(Deadlock):
        run(" match receive():\n  case 1:\n   return 1\n", [2])
    body = " try:\n  match receive(timeout=1):\n   case 1:\n    return 1\n"
    body += " except Exception as e:\n  return str(type(e))\n"
    assert "ReceiveTimeout" in run(body, [2])[0]


def test_dotted_values_are_parameters():
    kind = enum.Enum("Kind", "A B")
    body = " match receive():\n  case (math.pi, x) | (Kind.B, x):\n   return x\n"
    assert run(body, [(1, 2), (3.141592653589793, 4)], Kind=kind)[0] == 4
    assert run(body, [(kind.A, 2), (kind.B, 5)], Kind=kind)[0] == 5


def test_the_message_may_be_named():
    body = " match (m := receive()):\n  case (x, _):\n   return m, x\n  case m:\n   return m\n"
    assert run(body, [(1, 2)])[0] == ((1, 2), 1)
    assert run(body, [5])[0] == 5


def test_any_message():
    assert run(
        " m = receive()\n return [m, receive(timeout=0), receive(timeout=n)]\n",
        [1, 2],
        0,
        parameters="n",
    )[0] == [1, 2, TIMEOUT]


def test_a_server_loop_keeps_no_dead_values():
    body = (
        " count = 0\n big = 'dead'\n while True:\n"
        "  match receive():\n"
        "   case ('add', n, text):\n    joined = text + text\n    count += len(joined) * n\n"
        "   case ('get', who) if who != 'skip':\n    return count\n"
    )
    result, machine = run(
        body, [("add", 2, "abc"), ("add", 1, "x"), ("get", "skip"), ("get", "me")]
    )
    assert result == 14
    assert [sorted(map(str, held)) for held in machine.waits] == [
        ["0"],
        ["12"],
        ["14"],
        ["14"],
    ]


def test_the_timeout_stays_while_the_message_is_awaited():
    body = " t = receive(timeout=t)\n u = 0\n u = receive(timeout=u)\n return t, u\n"
    assert run(body, [("x", 1)], 0.5, parameters="t")[0] == (("x", 1), TIMEOUT)
    body = " y = 5\n try:\n  y = receive(timeout='a')\n except TypeError:\n  return y\n return y\n"
    assert run(body, [3])[0] == 3
    body = " n = 0\n while receive(timeout=0) is not TIMEOUT:\n  n += 1\n return n\n"
    assert run(body, [1, 2, 3], TIMEOUT=TIMEOUT)[0] == 3


def test_many_cases():
    cases = "".join(f"  case ({i}, x) if x != 5:\n   return {i}, x\n" for i in range(13))
    for i in range(13):
        assert run(f" match receive():\n{cases}", [(i, 5), (i, 1)])[0] == (i, 1)


def test_what_a_case_binds_is_not_checked():
    body = (
        " match receive():\n  case ('x', v) if v > 1:\n   return v\n  case ('y', w):\n   return w\n"
    )
    assert "CheckSet" not in names_of_opcodes(image_of(define(f"def f():\n{body}")["f"]))


def test_hints_reach_the_program():
    body = " match receive():\n  case (r, answer) if r == ref:\n   return answer\n"
    scope = define(f"def f(ref):\n{body}")
    image = image_of(scope["f"])
    assert image[5] == (
        ((("seq", [("bind", 0, ("param", 0)), ("bind", 1, ("_",))], None, []),), (False,)),
    )
    assert run(body, [(1, 2), (3, 4)], 3, parameters="ref")[0] == 4


def test_in_a_nested_function_and_with_cells():
    body = (
        " def get():\n  match receive():\n   case ('x', v) if v > k:\n    return lambda: v\n"
        " k = 3\n return get()()\n"
    )
    assert run(body, [("x", 1), ("x", 5)])[0] == 5


def test_a_guard_that_compares_with_a_variable_is_part_of_the_pattern():
    body = (
        " found = []\n"
        " for i in (2, 1.0, 'a'):\n"
        "  match receive():\n"
        "   case ('x', k, v) if k == i and v != 0:\n    found.append((k, v))\n"
        " return found\n"
    )
    image = image_of(define(f"def f():\n{body}")["f"])
    assert image[5][0][1] == (True,)  # what is left of the guard
    mailbox = [("x", "a", 7), ("x", 1, 0), ("x", 1, 5), ("x", 2.0, 6)]
    assert run(body, mailbox)[0] == [(2.0, 6), (1, 5), ("a", 7)]
